//! Wrong input gets a clear message and the documented exit code.

use trunkline_testkit::Bench;

#[test]
fn a_missing_lake_says_what_to_do() {
    let said = Bench::new().run(&["kpi", "asa"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("ingest"), "no hint at ingest: {}", said.stderr);
    assert!(said.stdout.is_empty(), "errors do not go to standard output: {}", said.stdout);
}

#[test]
fn an_unknown_kpi_is_answered_with_the_nearest_name() {
    let bench = small_centre();
    let said = bench.run(&["kpi", "servicelevel"]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("service_level"), "{}", said.stderr);
}

#[test]
fn sql_cannot_write_or_read_files() {
    let bench = small_centre();
    for sql in [
        "create table x as select 1",
        "drop table contacts",
        "insert into contacts select * from contacts",
        "copy contacts to 'x.csv'",
        "set datafusion.execution.batch_size = 1",
    ] {
        let said = bench.run(&["sql", "-c", sql]);
        assert_ne!(said.code, 0, "'{sql}' was accepted: {}", said.stdout);
    }
    let said = bench.run(&["sql", "-c", "select * from '/etc/hostname'"]);
    assert_ne!(said.code, 0, "a file of the machine was read: {}", said.stdout);
}

#[test]
fn an_unknown_column_is_answered_with_the_nearest_name() {
    let said = small_centre().run(&["sql", "-c", "select wait_m from queue_stints"]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("wait_ms"), "{}", said.stderr);
}

#[test]
fn what_is_built_in_passes_its_own_check() {
    let said = Bench::new().run(&["check"]);
    assert_eq!(said.code, 0, "{}\n{}", said.stdout, said.stderr);
}

/// A lake with a few hundred contacts.
fn small_centre() -> Bench {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "300", "--days", "1", "--out", "events.jsonl"]).ok();
    let _ = bench.run(&["ingest", "events.jsonl", "--connector", "cloudevents"]).ok();
    bench
}
