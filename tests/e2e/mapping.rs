//! A spreadsheet becomes contacts by a mapping specification alone.

use trunkline_testkit::Bench;

#[test]
fn a_spec_that_does_not_fit_the_file_names_the_columns() {
    let bench = Bench::new();
    let _ = bench.write("calls.csv", "A;B\n1;2\n");
    let spec = format!("{}/../pipelines/examples/calls_semicolon.yaml", env!("CARGO_MANIFEST_DIR"));
    let said = bench.run(&["ingest", "calls.csv", "--connector", "mapping", "--map", &spec]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains('A') && said.stderr.contains('B'), "the columns there are: {}", said.stderr);
}
