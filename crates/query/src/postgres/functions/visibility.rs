//! Whether an object is found without its schema.

use arrow::datatypes::DataType;

use super::Session;
use super::call::{Function, oid, say};

/// The functions of this file.
pub(super) fn functions(session: &Session) -> Vec<Function> {
    // All that is not a table belongs to pg_catalog.
    let always = [
        "pg_type_is_visible",
        "pg_function_is_visible",
        "pg_operator_is_visible",
        "pg_opclass_is_visible",
        "pg_opfamily_is_visible",
        "pg_collation_is_visible",
        "pg_conversion_is_visible",
        "pg_statistics_obj_is_visible",
        "pg_ts_config_is_visible",
        "pg_ts_dict_is_visible",
        "pg_ts_parser_is_visible",
        "pg_ts_template_is_visible",
    ];
    let never = ["pg_relation_is_publishable", "pg_column_is_updatable"];
    let mut all: Vec<Function> = always.map(|name| Function::new(name, 1..=1, DataType::Boolean, |_| say(true))).into_iter().collect();
    all.extend(never.map(|name| Function::new(name, 1..=3, DataType::Boolean, |_| say(false))));
    all.push(Function::new("pg_relation_is_updatable", 2..=2, DataType::Int32, |_| Ok(0.into())));
    let own = session.clone();
    all.push(Function::new("pg_table_is_visible", 1..=1, DataType::Boolean, move |arguments| {
        let wanted = arguments.first().and_then(oid);
        let tables = || own.snapshot.tables.iter();
        let table = tables().find(|t| Some(t.oid) == wanted || t.key.as_ref().is_some_and(|k| Some(k.index) == wanted));
        say(table.is_some_and(|t| own.is_visible(t)))
    }));
    all
}
