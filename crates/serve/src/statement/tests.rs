//! What is answered and what is refused.

use super::*;

/// The statement is refused with this code.
fn refused(sql: &str, code: &str) {
    let outcome = read(sql, TextLimits::default());
    assert_eq!(outcome.as_ref().map_err(|refusal| refusal.code), Err(code), "{sql}: {outcome:?}");
}

fn answered(sql: &str) -> Kind {
    read(sql, TextLimits::default()).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}")).pop().unwrap()
}

#[test]
fn whatever_would_change_something_is_refused() {
    for sql in [
        "INSERT INTO contacts VALUES (1)",
        "UPDATE contacts SET queue = 'x'",
        "DELETE FROM contacts",
        "TRUNCATE contacts",
        "CREATE TABLE t (a int)",
        "CREATE TABLE t AS SELECT 1",
        "CREATE TEMPORARY TABLE t (a int)",
        "CREATE EXTENSION x",
        "DROP TABLE contacts",
        "ALTER TABLE contacts ADD COLUMN x int",
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x",
        "SELECT * INTO t FROM contacts",
        "COPY contacts FROM STDIN",
        "LOCK TABLE contacts",
        "GRANT ALL ON contacts TO eve",
        "VACUUM",
        "SELECT 1; DROP TABLE contacts",
    ] {
        refused(sql, "25006");
    }
    refused("COPY contacts TO '/tmp/x.csv'", "42501");
    refused("COPY contacts TO PROGRAM 'cat'", "42501");
    refused("EXPLAIN ANALYZE SELECT 1", "0A000");
    refused("EXPLAIN INSERT INTO contacts VALUES (1)", "25006");
    refused("PREPARE p AS DELETE FROM contacts", "25006");
    refused("SET ROLE postgres", "42501");
    refused("SET SESSION AUTHORIZATION postgres", "42501");
    refused("selec 1", "42601");
}

#[test]
fn limits_of_the_text_hold() {
    refused(&format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000)), "54001");
    refused(&format!("SELECT 1 WHERE 1 IN ({})", vec!["1"; 50_001].join(",")), "54000");
    refused(&format!("SELECT 1 FROM {}", vec!["t"; 201].join(",")), "54000");
    refused(&format!("SELECT (SELECT 1 FROM {})", vec!["t"; 201].join(" NATURAL JOIN ")), "54000");
    let _ = answered(&format!("SELECT 1 FROM {}", vec!["t"; 200].join(",")));
    let doubled = |times: usize| {
        let named = |i: usize| format!(", c{i} AS (SELECT * FROM c{} UNION ALL SELECT * FROM C{})", i - 1, i - 1);
        format!("WITH c0 AS (SELECT 1) {} SELECT * FROM c{times}", (1..=times).map(named).collect::<String>())
    };
    refused(&doubled(60), "54000");
    refused(&format!("SELECT ({})", doubled(60)), "54000");
    refused(&format!("EXPLAIN {}", doubled(60)), "54000");
    refused(&format!("DECLARE c CURSOR FOR {}", doubled(60)), "54000");
    let _ = answered(&doubled(12));
    let many = |tables| format!("SELECT {}", vec!["(SELECT 1 FROM t)"; tables].join(","));
    refused(&many(20_001), "54000");
    let within = |levels: usize| format!("SELECT {}1{}", "(SELECT 1 + ".repeat(levels), ")".repeat(levels));
    refused(&within(13), "54000");
    refused(&format!("SELECT 1 WHERE {}true{}", "EXISTS (SELECT 1 WHERE ".repeat(13), ")".repeat(13)), "54000");
    let _ = answered(&within(12));
    let _ = answered(&many(20_000));
    refused(&"x".repeat(2 << 20), "54000");
}

#[test]
fn settings_and_transactions_are_told_apart() {
    let set = |name: &str, value: Option<&str>, lasts| Kind::Set(vec![(name.into(), value.map(Into::into))], lasts);
    assert_eq!(answered("SET TIME ZONE 'Europe/Berlin'"), set("timezone", Some("Europe/Berlin"), Lasts::Session));
    assert_eq!(answered("SET TIME ZONE INTERVAL '+02:00' HOUR TO MINUTE"), set("timezone", Some("2"), Lasts::Session));
    assert_eq!(answered("SET TIME ZONE INTERVAL '-03:30' HOUR TO MINUTE"), set("timezone", Some("-3.5"), Lasts::Session));
    assert_eq!(answered("SET LOCAL timezone = 'UTC'"), set("timezone", Some("UTC"), Lasts::Transaction));
    assert_eq!(answered("SET search_path TO public, kpi"), set("search_path", Some("public, kpi"), Lasts::Session));
    assert_eq!(answered("SET extra_float_digits = 3"), set("extra_float_digits", Some("3"), Lasts::Session));
    assert_eq!(answered("SET statement_timeout TO DEFAULT"), set("statement_timeout", None, Lasts::Session));
    assert_eq!(answered("SHOW TRANSACTION ISOLATION LEVEL"), Kind::Show("transaction_isolation".into()));
    assert_eq!(answered("show server_version"), Kind::Show("server_version".into()));
    assert_eq!(answered("RESET ALL"), Kind::Reset(None));
    assert_eq!(answered("BEGIN ISOLATION LEVEL READ COMMITTED"), Kind::Begin);
    assert_eq!(answered("END"), Kind::Commit);
    assert_eq!(answered("ROLLBACK TO SAVEPOINT a"), Kind::RollbackTo("a".into()));
    assert_eq!(answered("DISCARD ALL"), Kind::Discard(true));
    assert_eq!(answered("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"), Kind::Set(Vec::new(), Lasts::Transaction));
}

#[test]
fn cursors_go_forward() {
    assert!(
        matches!(answered("DECLARE \"C 1\" CURSOR WITH HOLD FOR SELECT 1"), Kind::Declare { name, is_hold: true, .. } if name == "C 1")
    );
    assert_eq!(answered("FETCH 100 IN c"), Kind::Fetch { name: "c".into(), rows: Some(100), is_move: false });
    assert_eq!(answered("FETCH FORWARD ALL FROM c"), Kind::Fetch { name: "c".into(), rows: None, is_move: false });
    assert_eq!(answered("MOVE FORWARD 10 IN c"), Kind::Fetch { name: "c".into(), rows: Some(10), is_move: true });
    refused("FETCH BACKWARD 1 FROM c", "55000");
    refused("DECLARE c CURSOR FOR DELETE FROM contacts", "25006");
}

#[test]
fn copy_goes_to_the_client() {
    let words = |sql: &str| match answered(sql) {
        Kind::CopyOut(_, CopyFormat::Words(words)) => words,
        other => unreachable!("{sql}: {other:?}"),
    };
    let text = CopyWords { delimiter: b'\t', null: "\\N".into(), has_header: false, quotes: None };
    assert_eq!(words("COPY (SELECT 1) TO STDOUT"), text);
    // As PHP says it.
    assert_eq!(words(r"COPY contacts TO STDOUT DELIMITER E'\t' NULL AS E'\\N'"), text);
    assert_eq!(words("COPY contacts TO STDIN"), text);
    let quotes = CopyQuotes { quote: b'"', escape: b'"', forced: Vec::new() };
    let csv = CopyWords { delimiter: b',', null: String::new(), has_header: true, quotes: Some(quotes) };
    assert_eq!(words("COPY contacts (queue) TO STDOUT WITH (FORMAT csv, HEADER true)"), csv);
    let other =
        words(r#"COPY contacts TO STDOUT (FORMAT csv, DELIMITER ';', NULL '-', QUOTE '|', ESCAPE '!', FORCE_QUOTE (Queue, "Wait"))"#);
    let quotes = CopyQuotes { quote: b'|', escape: b'!', forced: vec!["queue".into(), "Wait".into()] };
    assert_eq!(other, CopyWords { delimiter: b';', null: "-".into(), has_header: false, quotes: Some(quotes) });
    assert!(matches!(answered("COPY (SELECT 1) TO STDOUT (FORMAT binary)"), Kind::CopyOut(_, CopyFormat::Binary)));
}

#[test]
fn what_could_not_be_read_back_is_refused() {
    for (options, code) in [
        ("(FORMAT binary, DELIMITER ',')", "42601"),
        ("(DELIMITER 'a')", "22023"),
        ("(DELIMITER '.')", "22023"),
        ("(NULL 'a\tb')", "22023"),
        ("(QUOTE '|')", "42601"),
        ("(FORMAT csv, QUOTE ',')", "22023"),
        ("(FORMAT csv, NULL '\"')", "22023"),
        ("(FORMAT csv, DELIMITER '\n')", "22023"),
        ("(FREEZE)", "0A000"),
    ] {
        refused(&format!("COPY contacts TO STDOUT {options}"), code);
    }
}

fn viewed(sql: &str) -> Asked {
    match answered(sql) {
        Kind::View(asked) => *asked,
        kind => panic!("{sql}: {kind:?}"),
    }
}

#[test]
fn statements_about_views_are_read_in_the_forms_that_clients_send() {
    let parts = |name: &str| name.split('.').map(str::to_owned).collect::<Vec<_>>();
    let sql = "/* dbt */ create view \"trunkline\".\"reports\".\"A\"\n (x, \"Y\") as (\n select 1, 2 \n);";
    let Asked::Create { name, columns, question, replaces: false } = viewed(sql) else { panic!() };
    assert_eq!((name, columns, question.to_string()), (parts("trunkline.reports.A"), vec!["x".into(), "Y".into()], "SELECT 1, 2".into()));
    let sql = "CREATE OR REPLACE VIEW r.a WITH (security_invoker = true) AS (SELECT 1 UNION SELECT 2) ORDER BY 1";
    let Asked::Create { question, replaces: true, .. } = viewed(sql) else { panic!() };
    assert_eq!(question.to_string(), "(SELECT 1 UNION SELECT 2) ORDER BY 1");
    let drops = Asked::Drop { names: vec![parts("r.a"), parts("b")], if_exists: true, cascade: true };
    assert_eq!(viewed("drop view if exists R.a, B cascade"), drops);
    let renames = |if_exists| Asked::Rename { name: parts("r.a"), to: "B".into(), if_exists };
    for (sql, if_exists) in [
        ("alter table r.a rename to \"B\"", false),
        ("/* x */ ALTER VIEW r.a RENAME TO \"B\";", false),
        ("alter\n-- view\nview if exists r . a rename to \"B\"", true),
    ] {
        assert_eq!(viewed(sql), renames(if_exists), "{sql}");
    }
    assert_eq!(read("select 'alter view'; alter view r.a rename to \"B\"; commit", TextLimits::default()).unwrap().len(), 3);
    let comment = |column: Option<&str>, text: Option<&str>| Asked::Comment {
        name: parts("r.a"),
        column: column.map(Into::into),
        text: text.map(Into::into),
    };
    assert_eq!(
        viewed("comment on view r.a is $dbt_comment$It's \"one\"\n$ of 'it'$dbt_comment$"),
        comment(None, Some("It's \"one\"\n$ of 'it'"))
    );
    assert_eq!(viewed("COMMENT ON TABLE r.a IS NULL"), comment(None, None));
    assert_eq!(viewed("COMMENT ON COLUMN r.a.x IS 'y'"), comment(Some("x"), Some("y")));
    assert_eq!(viewed("create schema if not exists reports"), Asked::Schema { name: "reports".into(), if_not_exists: true });
}

#[test]
fn what_a_view_cannot_be_is_said() {
    for sql in [
        "CREATE MATERIALIZED VIEW r.a AS SELECT 1",
        "CREATE TEMPORARY VIEW a AS SELECT 1",
        "CREATE VIEW r.a AS SELECT 1 WITH LOCAL CHECK OPTION;",
        "CREATE VIEW r.a WITH (security_invoker = false) AS SELECT 1",
        "CREATE VIEW r.a WITH (security_barrier = true) AS SELECT 1",
        "CREATE VIEW IF NOT EXISTS r.a AS SELECT 1",
    ] {
        refused(sql, "0A000");
    }
    for sql in [
        "CREATE VIEW r.a AS SELECT 1 INTO b",
        "CREATE VIEW r.a AS WITH x AS (DELETE FROM contacts RETURNING *) SELECT * FROM x",
        "ALTER VIEW r.a OWNER TO eve",
        "ALTER TABLE r.a RENAME COLUMN b TO c",
        "GRANT SELECT ON r.a TO eve",
        "DROP MATERIALIZED VIEW r.a",
        "DROP SCHEMA r CASCADE",
    ] {
        refused(sql, "25006");
    }
    refused(&format!("CREATE VIEW r.a AS SELECT {}1{}", "(".repeat(200), ")".repeat(200)), "54001");
    refused(&format!("CREATE VIEW r.a AS SELECT 1 IN (0{})", ", 1".repeat(60_000)), "54000");
    for text in [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT 1 WHERE EXISTS (SELECT pg_catalog.\"pg_cancel_backend\"(1))",
        "SELECT set_config('timezone', 'UTC', false)",
    ] {
        assert_eq!(of_view(text, TextLimits::default()).unwrap_err().code, "0A000", "{text}");
    }
    assert!(of_view("SELECT 1; SELECT 2", TextLimits::default()).is_err() && of_view("SHOW ALL", TextLimits::default()).is_err());
}
