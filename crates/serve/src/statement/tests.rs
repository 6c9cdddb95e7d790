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
        "CREATE VIEW v AS SELECT 1",
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
    let _ = answered(&many(20_000));
    refused(&"x".repeat(2 << 20), "54000");
}

#[test]
fn settings_and_transactions_are_told_apart() {
    let set = |name: &str, value: Option<&str>, lasts| Kind::Set(vec![(name.into(), value.map(Into::into))], lasts);
    assert_eq!(answered("SET TIME ZONE 'Europe/Berlin'"), set("timezone", Some("Europe/Berlin"), Lasts::Session));
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
    assert!(matches!(answered("COPY (SELECT 1) TO STDOUT"), Kind::CopyOut(_, CopyFormat::Text)));
    assert!(matches!(
        answered("COPY contacts (queue) TO STDOUT WITH (FORMAT csv, HEADER true)"),
        Kind::CopyOut(_, CopyFormat::Csv { has_header: true })
    ));
    assert!(matches!(answered("COPY (SELECT 1) TO STDOUT (FORMAT binary)"), Kind::CopyOut(_, CopyFormat::Binary)));
}
