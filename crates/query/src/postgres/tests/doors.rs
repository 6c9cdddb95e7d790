//! A statement means the same in the shell on a lake, and in the query library, as on a server.

use std::collections::{BTreeMap, HashMap};

use super::Client;
use crate::{Engine, EngineOptions};

#[tokio::test]
async fn the_shell_on_a_lake_gives_the_answers_of_a_server() {
    let zone = "Asia/Tokyo";
    let client = Client::within(zone).await;
    let shell = Engine::in_memory(HashMap::new(), &EngineOptions { zone: zone.into(), ..EngineOptions::default() }).unwrap();
    for (sql, wanted) in [
        ("to_char(timestamptz '2026-01-05 20:30:00+00', 'YYYY-MM-DD HH24:MI')", "2026-01-06 05:30"),
        ("(timestamptz '2026-01-05 20:30:00+00' AT TIME ZONE 'Europe/Berlin')::text", "2026-01-05 21:30:00"),
        ("(timestamp '2026-01-05 20:30:00' AT TIME ZONE 'Europe/Berlin')::text", "2026-01-06 04:30:00+09"),
        ("(timestamptz '2026-01-05 20:30:00+00')::text", "2026-01-06 05:30:00+09"),
        ("to_char(make_interval(secs => 90.5), 'MI:SS.MS')", "01:30.500"),
        ("age(timestamp '2026-03-01', timestamp '2026-01-15')::text", "1 mon 17 days"),
        ("interval '1 day 02:30'::text", "1 day 02:30:00"),
        ("'abc' SIMILAR TO '(a|x)%'", "true"),
        ("'sales-north'::varchar(5)", "sales"),
        ("substring('queue-12' FROM '[0-9]+')", "12"),
        ("percentile_cont(ARRAY[0.5]) WITHIN GROUP (ORDER BY x) FROM (VALUES (1), (2)) AS t(x)", "[1.5]"),
        ("count(*) FROM (SELECT x FROM (VALUES (1), (2), (3)) AS t(x) FETCH FIRST 2 ROWS ONLY) AS u", "2"),
        (
            "max(d)::text FROM (SELECT generate_series(date '2026-01-01', date '2026-01-03', interval '1 day')::date AS d) AS s",
            "2026-01-03",
        ),
        ("count(*) FROM generate_series('2026-01-01'::timestamp, '2026-01-02', '12 hours') AS s", "3"),
        ("count(*) FROM (SELECT generate_series(timestamptz '2026-01-01', '2026-01-02', '1 hour')) AS s", "25"),
        ("localtimestamp = now()::timestamp", "true"),
        ("x * x / 2 FROM (VALUES (3::int)) AS t(x)", "4"),
    ] {
        let sql = format!("SELECT {sql}");
        client.answers(&sql, wanted).await;
        let batches = shell.collect(&sql, &BTreeMap::new()).await.unwrap();
        let found = arrow::util::display::array_value_to_string(batches[0].column(0), 0).unwrap();
        assert_eq!(found.parse::<f64>().map_or(found.clone(), |number| number.to_string()), wanted, "{sql}");
    }
    // Columns keep the engine's names there: files of reports are read by them.
    let frame = shell.plan("SELECT count(*), 1 + 1", &BTreeMap::new()).await.unwrap();
    assert_eq!(frame.schema().field(0).name(), "count(*)");
}

#[tokio::test]
async fn errors_say_what_was_wrong_and_not_whom_to_tell() {
    let shell = Engine::in_memory(HashMap::new(), &EngineOptions::default()).unwrap();
    for (sql, code, begins) in [
        ("SELECT substr('abc', 'b')", "42883", "No function matches"),
        ("SELECT substring('abc' FROM '(')", "2201B", "Regular expression"),
        ("SELECT sum(x * x) FROM (VALUES (4000000000)) AS t(x)", "22003", "bigint out of range"),
    ] {
        let error = shell.collect(sql, &BTreeMap::new()).await.unwrap_err();
        let said = error.to_string();
        assert!(error.sqlstate.code() == code && said.contains(begins), "{sql}: {error:?}");
        assert!(!said.contains("Internal error") && !said.contains("bug report"), "{said}");
    }
}
