//! Headers and parameters.

use std::collections::BTreeMap;

use datafusion::common::ScalarValue;
use jiff::civil::date;

use super::relative::day;
use super::{Header, Library};

const GOOD: &str = "--! name: x\n--! title: X\n--! grain: one row per queue\n--! params:\n--!   from: {type: date, default: yesterday}\n--! returns: {queue: text}\n--! order: [queue]\nselect queue from queue_stints where local_start($from, 'UTC') < enqueued_at order by 1\n";

#[test]
fn mistakes_in_a_header_have_a_line() {
    assert!(Header::parse("x.sql", "x", GOOD).is_ok());
    for (text, line, says) in [
        (GOOD.replace("--! title: X", "--! tittle: X"), 2, "tittle"),
        (GOOD.replace("$from", "$since"), 8, "$since"),
        (GOOD.replace("name: x", "name: y"), 1, "stem"),
        (GOOD.replace("--! order: [queue]\n", ""), 1, "order"),
    ] {
        let error = Header::parse("x.sql", "x", &text).unwrap_err();
        assert!(error.line == line && error.message.contains(says), "wanted line {line} and '{says}': {error}");
    }
}

#[test]
fn days_may_be_relative() {
    let today = date(2026, 3, 15);
    for (text, want) in [
        ("today", date(2026, 3, 15)),
        ("yesterday", date(2026, 3, 14)),
        ("-7d", date(2026, 3, 8)),
        ("month-1", date(2026, 2, 1)),
        ("2026-01-31", date(2026, 1, 31)),
    ] {
        assert_eq!(day(text, today), Some(want), "{text}");
    }
    assert_eq!(day("someday", today), None);
}

#[test]
fn built_in_queries_bind_their_defaults_and_refuse_strangers() {
    let library = Library::load(None).unwrap();
    let query = library.get("daily_queue_summary").unwrap();
    let values = query.bind(&BTreeMap::new(), date(2026, 3, 15)).unwrap();
    assert!(values.values().any(|v| matches!(v, ScalarValue::Date32(Some(_)))), "{values:?}");
    let error = query.bind(&BTreeMap::from([("frm".to_string(), "x".to_string())]), date(2026, 3, 15)).unwrap_err();
    assert!(error.primary.contains("frm"));
    assert!(library.get("daily_queue_sumary").unwrap_err().hint.unwrap().contains("daily_queue_summary"));
}
