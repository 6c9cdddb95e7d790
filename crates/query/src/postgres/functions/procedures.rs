//! The functions of `pg_proc`: their names, what they take and what they give.

use std::collections::HashMap;
use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

use super::super::types::written;
use super::call::{Function, give, give_any, give_texts, numbers, oid};
use super::list_of;

/// A function as `pg_proc` has it.
struct Procedure {
    name: &'static str,
    is_set: bool,
    gives: i32,
    takes: Vec<i32>,
}

static PROCEDURES: LazyLock<HashMap<i32, Procedure>> = LazyLock::new(|| {
    let rows = include_str!("../data/pg_proc.tsv").lines().filter_map(|line| {
        let cells: Vec<&'static str> = line.split('\t').collect();
        let &[oid, name, _, is_set, _, _, gives, takes] = cells.as_slice() else { return None };
        let takes = takes.split(' ').filter_map(|kind| kind.parse().ok()).collect();
        Some((oid.parse().ok()?, Procedure { name, is_set: is_set == "t", gives: gives.parse().ok()?, takes }))
    });
    rows.collect()
});

/// The first function of a name, whatever it is said to take: `array_in(cstring,oid,integer)`.
pub(super) fn of_name(name: &str) -> Option<i32> {
    let name = name.trim_start_matches("pg_catalog.").split('(').next()?;
    PROCEDURES.iter().filter(|(_, found)| found.name == name).map(|(oid, _)| *oid).min()
}

/// The name of a function, by its OID.
#[must_use]
pub fn name(oid: i32) -> Option<String> {
    PROCEDURES.get(&oid).map(|found| found.name.to_owned())
}

/// The functions of this file.
pub(super) fn functions() -> Vec<Function> {
    let shown = |name: &'static str, show: fn(&Procedure) -> String| {
        Function::new(name, 1..=1, DataType::Utf8, move |arguments| {
            give_any(arguments.first().and_then(oid).and_then(|oid| PROCEDURES.get(&oid)).map(show))
        })
    };
    let takes = |found: &Procedure| found.takes.iter().map(|kind| written(*kind, None)).collect::<Vec<_>>().join(", ");
    let kinds =
        |arguments: &[ScalarValue]| arguments.first().map(numbers).unwrap_or_default().into_iter().map(|kind| written(kind as i32, None));
    vec![
        Function::new("oidvectortypes", 1..=1, DataType::Utf8, move |arguments| give(kinds(arguments).collect::<Vec<_>>().join(", "))),
        Function::new("pg_regtype_names", 1..=1, list_of(DataType::Utf8), move |arguments| give_texts(kinds(arguments))),
        shown("pg_get_function_result", |found| format!("{}{}", if found.is_set { "SETOF " } else { "" }, written(found.gives, None))),
        shown("pg_get_function_arguments", takes),
        shown("pg_get_function_identity_arguments", takes),
    ]
}
