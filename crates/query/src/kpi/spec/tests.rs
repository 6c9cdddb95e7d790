//! A definition file is read whole or refused with the place of its mistake.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const GOOD: &str = "name: x\ntitle: X\ndoc: d\ngrain: stint\nfact: queue_stints\nkind: sum\nunit: count\ndirection: none\n\
    bases: {event: left_at}\ndefault_basis: event\nnumerator: '1'\nowner: o\nsource: s\nvalid_from: 2000-01-01\n\
    parameters: {t: 20}\nversions:\n  - {valid_from: 2026-01-01, parameters: {t: 30}}\n";

#[test]
fn versions_override_what_they_name() {
    let spec = KpiSpec::parse("x.yaml", GOOD).unwrap();
    assert_eq!(spec.in_version(0).parameters["t"], 20.0);
    assert_eq!(spec.in_version(1).parameters["t"], 30.0);
    assert_eq!(spec.in_version(1).numerator, "1");
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let error = KpiSpec::parse("x.yaml", &format!("{GOOD}colour: red\n")).unwrap_err();
    assert_eq!(error.file, "x.yaml");
    assert_eq!(error.line, 18);
    assert!(error.message.contains("colour"), "{error}");
}
