//! Arrays that are spread into rows, and what libraries of other languages ask about keys by them.

use super::{Client, row};

#[tokio::test]
async fn arrays_of_a_row_are_spread_beside_it() {
    let client = Client::new().await;
    let table = "(SELECT 1 AS b, [5, 6] AS a UNION ALL SELECT 2, [7] UNION ALL SELECT 3, NULL) AS t";
    let spread = [row(&["1", "5"]), row(&["1", "6"]), row(&["2", "7"])];
    for from in [
        ", unnest(t.a) AS k",
        " CROSS JOIN unnest(t.a) AS k",
        " CROSS JOIN LATERAL unnest(a) AS k",
        " JOIN LATERAL unnest(t.a) AS k ON true",
    ] {
        assert_eq!(client.rows(&format!("SELECT b, k FROM {table}{from} ORDER BY 1, 2")).await, spread, "{from}");
    }
    let places = format!("SELECT t.b, k.v, k.o FROM {table} CROSS JOIN LATERAL unnest(t.a) WITH ORDINALITY AS k(v, o) ORDER BY 1, 3");
    assert_eq!(client.rows(&places).await, [row(&["1", "5", "1"]), row(&["1", "6", "2"]), row(&["2", "7", "1"])]);
    let alone = "SELECT x, o FROM unnest(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, o) ORDER BY o";
    assert_eq!(client.rows(alone).await, [row(&["a", "1"]), row(&["b", "2"])]);
    let firsts =
        "SELECT count(*) FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY AS k(key, option, at) WHERE key > 0 AND at = 1";
    assert_eq!(client.value(firsts).await, client.value("SELECT count(*) FROM pg_index").await);
    // The engine reads by itself what is no column of another.
    assert_eq!(client.value("SELECT sum(x) FROM unnest(ARRAY[3, 4]) AS t(x)").await, "7");
    assert_eq!(client.value("SELECT array_to_string(ARRAY(SELECT generate_series(1, 3)), ',')").await, "1,2,3");
}

#[tokio::test]
async fn libraries_find_the_columns_of_a_key_in_its_order() {
    let client = Client::new().await;
    let keys = client.recorded("django_constraints").await;
    assert_eq!(keys[0][..3], row(&["agent_legs_pkey", "[source, contact_id, leg_no]", "p"]));
    let indexes = client.recorded("django_indexes").await;
    assert_eq!(indexes[0][1], "[source, contact_id, leg_no]");
    assert_eq!(indexes[0][4], "[ASC, ASC, ASC]");
    assert_eq!(client.recorded("rails_primary_key").await, [row(&["source"]), row(&["contact_id"]), row(&["leg_no"])]);
    let statistics = client.recorded("perl_statistics").await;
    assert!(statistics.contains(&row(&["false", "agent_legs_pkey", "3", "leg_no", "A", "last"])), "{statistics:?}");
    let columns = client.recorded("pgadmin_index_columns").await;
    assert_eq!(columns.len(), 3);
    assert_eq!(columns[1][1..4], row(&["[ASC, NULLS LAST]", "2", "contact_id"]));
}

#[tokio::test]
async fn functions_of_types_have_names() {
    let client = Client::new().await;
    assert_eq!(client.value("SELECT typreceive::text FROM pg_type WHERE typname = 'int8'").await, "int8recv");
    assert_eq!(
        client.value("SELECT count(*) FROM pg_type WHERE typname = 'int8' AND typreceive = 'int8recv'::regproc AND typreceive <> 0").await,
        "1"
    );
    let arrays = client.recorded("rails_types").await;
    assert!(arrays.iter().any(|found| found[1] == "_int8"), "{arrays:?}");
    let functions = client.recorded("pgcli_functions").await;
    assert!(
        functions.iter().any(|found| found[1] == "int8recv" && found[5] == "bigint" && found[3] == "[internal]"),
        "{:?}",
        functions.first()
    );
}

#[tokio::test]
async fn what_cannot_be_there_is_counted_as_nothing() {
    let client = Client::new().await;
    let tables = client.recorded("pgadmin_tables").await;
    assert_eq!(tables.len(), 1);
    assert_eq!(tables[0][1..], row(&["agent_legs", "0", "0", "false", "0", "0"]));
    assert_eq!(client.value("SELECT (SELECT CASE WHEN count(*) > 0 THEN 'some' ELSE 'none' END FROM pg_trigger WHERE tgrelid = c.oid) FROM pg_class c WHERE relnamespace = 2200 AND relname = 'agent_legs'").await, "none");
    assert!(client.recorded("pgcli_foreign_keys").await.is_empty());
    assert_eq!(client.value("SELECT count(*) FROM pg_constraint WHERE contype <> 'p'").await, "0");
}

#[tokio::test]
async fn a_column_may_stand_beside_a_star() {
    let client = Client::new().await;
    let of = "(SELECT 'sales' AS queue, 5 AS wait) AS t";
    for columns in ["queue, *", "t.queue, t.*", "queue, t.*", "*, queue"] {
        let (names, rows) = client.answer(&format!("SELECT {columns} FROM {of}")).await.unwrap();
        assert_eq!(names.iter().filter(|name| *name == "queue").count(), 2, "{columns}: {names:?}");
        assert_eq!(rows[0].iter().filter(|value| *value == "sales").count(), 2, "{columns}");
    }
    assert_eq!(
        client.rows(&format!("SELECT s.twice, s.wait FROM (SELECT wait * 2 AS twice, * FROM {of}) AS s")).await,
        [row(&["10", "5"])]
    );
    assert_eq!(client.rows(&format!("SELECT wait, * FROM {of} ORDER BY wait")).await, [row(&["5", "sales", "5"])]);
}

#[tokio::test]
async fn parts_of_texts_are_found_by_patterns() {
    let client = Client::new().await;
    for (sql, wanted) in [
        ("substring('queue-12-b' FROM '[0-9]+')", "12"),
        ("substring('queue-12-b' FROM 'queue-([0-9]+)-(.)')", "12"),
        ("substring('queue' FROM '[0-9]+') IS NULL", "true"),
        ("substring('queue', 'u.')", "ue"),
        ("substring('queue' FROM 2 FOR 3)", "ueu"),
        ("round(123.456::numeric(1000, 15), 1)", "123.5"),
        ("CASE true WHEN 't' THEN 'yes' ELSE 'no' END", "yes"),
    ] {
        client.answers(&format!("SELECT {sql}"), wanted).await;
    }
}

#[tokio::test]
async fn quantiles_of_several_shares_are_an_array() {
    let client = Client::new().await;
    for (sql, wanted) in [
        ("percentile_cont(ARRAY[0.25, 0.5]) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) AS t(x)", "[1.75, 2.5]"),
        ("percentile_disc(ARRAY[0.25, 0.5]) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2), (3), (4)) AS t(x)", "[1, 2]"),
        ("(percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY x) FILTER (WHERE x > 1))[1] FROM (VALUES (1), (2), (4)) AS t(x)", "3"),
    ] {
        client.answers(&format!("SELECT {sql}"), wanted).await;
    }
}
