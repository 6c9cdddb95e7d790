//! What the catalogue knows of an object by its OID: comments, definitions, names of types and roles, sizes.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

use super::super::snapshot::Key;
use super::super::types::{of_type, written};
use super::call::{Function, give, give_any, give_texts, number, numbers, oid, text};
use super::{Session, list_of};

/// The functions of this file.
pub(super) fn functions(session: &Session) -> Vec<Function> {
    let mut all = absent();
    all.extend(types());
    all.extend(comments(session));
    all.extend(keys(session));
    all.extend(sizes(session));
    all
}

/// Definitions of what there is none of.
fn absent() -> Vec<Function> {
    let names = [
        "pg_get_expr",
        "pg_get_ruledef",
        "pg_get_triggerdef",
        "pg_get_functiondef",
        "pg_get_function_sqlbody",
        "pg_get_partkeydef",
        "pg_get_partition_constraintdef",
        "pg_get_serial_sequence",
        "pg_get_statisticsobjdef",
        "pg_get_statisticsobjdef_columns",
        "pg_describe_object",
    ];
    names.map(|name| Function::new(name, 1..=3, DataType::Utf8, |_| give_any(None))).into_iter().collect()
}

fn types() -> Vec<Function> {
    let format = |arguments: &[ScalarValue]| {
        let modifier = arguments.get(1).and_then(oid);
        give_any(arguments.first().and_then(oid).map(|kind| written(kind, modifier)))
    };
    let encoding = |arguments: &[ScalarValue]| {
        give(match arguments.first().and_then(number) {
            Some(6) => "UTF8",
            Some(0) => "SQL_ASCII",
            _ => "",
        })
    };
    vec![
        Function::new("format_type", 2..=2, DataType::Utf8, format).with_nulls(),
        Function::new("pg_typeof", 1..=1, DataType::Utf8, |a| {
            give(a.first().map_or_else(String::new, |value| match value.data_type() {
                DataType::Null => "unknown".to_owned(),
                kind => written(of_type(&kind).oid, None),
            }))
        })
        .with_nulls(),
        Function::new("pg_encoding_to_char", 1..=1, DataType::Utf8, encoding).told("name"),
        Function::new("pg_char_to_encoding", 1..=1, DataType::Int32, |_| Ok(6.into())),
        Function::new("pg_tablespace_size", 1..=1, DataType::Int64, |_| Ok(ScalarValue::Int64(None))),
        Function::new("pg_tablespace_location", 1..=1, DataType::Utf8, |_| give("")),
    ]
}

fn comments(session: &Session) -> Vec<Function> {
    let own = session.clone();
    let object = move |arguments: &[ScalarValue]| {
        let Some(object) = arguments.first().and_then(oid) else { return give_any(None) };
        let kind = arguments.get(1).and_then(text).map(|t| t.trim_start_matches("pg_catalog."));
        let table = || own.snapshot.table(object).and_then(|t| t.comment.clone());
        let schema = || own.snapshot.schemas.iter().find(|s| s.oid == object).and_then(|s| s.comment).map(ToOwned::to_owned);
        give_any(match kind {
            Some("pg_class") => table(),
            Some("pg_namespace") => schema(),
            Some(_) => None,
            None => table().or_else(schema),
        })
    };
    let own = session.clone();
    let column = move |arguments: &[ScalarValue]| {
        let [table, at] = arguments else { return give_any(None) };
        let place = number(at).and_then(|at| usize::try_from(at - 1).ok());
        let column = oid(table).and_then(|table| own.snapshot.table(table)).and_then(|t| t.columns.get(place?));
        give_any(column.and_then(|c| c.comment.clone()))
    };
    let own = session.clone();
    let shared = move |arguments: &[ScalarValue]| {
        let is_database = arguments.first().and_then(oid) == Some(own.snapshot.database);
        give_any(is_database.then(|| "Contact-centre facts and KPIs; read only.".to_owned()))
    };
    let own = session.clone();
    let role = move |arguments: &[ScalarValue]| {
        let wanted = arguments.first().and_then(oid).unwrap_or_default();
        let found = own.snapshot.roles().into_iter().find(|(role, _)| *role == wanted).map(|(_, name)| name.to_owned());
        give(found.unwrap_or_else(|| format!("unknown (OID={wanted})")))
    };
    let own = session.clone();
    let view = move |arguments: &[ScalarValue]| {
        let named = arguments.first().and_then(text).and_then(|name| own.table(name));
        let table = named.or_else(|| arguments.first().and_then(oid).and_then(|view| own.snapshot.table(view)));
        give_any(table.and_then(|t| t.definition.clone()))
    };
    vec![
        Function::new("obj_description", 1..=2, DataType::Utf8, object),
        Function::new("col_description", 2..=2, DataType::Utf8, column),
        Function::new("shobj_description", 2..=2, DataType::Utf8, shared),
        Function::new("pg_get_userbyid", 1..=1, DataType::Utf8, role).told("name"),
        Function::new("pg_get_viewdef", 1..=2, DataType::Utf8, view),
    ]
}

fn keys(session: &Session) -> Vec<Function> {
    let own = session.clone();
    let constraint = move |arguments: &[ScalarValue]| {
        let wanted = arguments.first().and_then(oid);
        let found = own.snapshot.tables.iter().find_map(|t| Some((t, t.key.as_ref().filter(|k| Some(k.constraint) == wanted)?)));
        give_any(found.map(|(table, key)| format!("PRIMARY KEY ({})", table.key_columns(key).join(", "))))
    };
    let own = session.clone();
    let index = move |arguments: &[ScalarValue]| {
        let wanted = arguments.first().and_then(oid);
        let is_wanted = |key: &&Key| Some(key.index) == wanted;
        let found = own.snapshot.tables.iter().find_map(|t| Some((t, t.key.as_ref().filter(is_wanted)?)));
        let place = arguments.get(1).and_then(number).unwrap_or_default();
        give_any(found.and_then(|(table, key)| match usize::try_from(place - 1) {
            Ok(at) => table.key_columns(key).get(at).cloned(),
            Err(_) => Some(table.index_definition(key)),
        }))
    };
    vec![
        Function::new("pg_get_constraintdef", 1..=2, DataType::Utf8, constraint),
        Function::new("pg_get_indexdef", 1..=3, DataType::Utf8, index),
        index_property(session),
        column_names(session),
    ]
}

/// What every column of a key has: it ascends, NULL would come last.
fn index_property(session: &Session) -> Function {
    let own = session.clone();
    Function::new("pg_index_column_has_property", 3..=3, DataType::Boolean, move |arguments| {
        let wanted = arguments.first().and_then(oid);
        let key = own.snapshot.tables.iter().filter_map(|table| table.key.as_ref()).find(|key| Some(key.index) == wanted);
        let columns = key.map_or(0, |key| key.columns.len());
        let at = arguments.get(1).and_then(number).and_then(|at| usize::try_from(at).ok()).filter(|at| (1..=columns).contains(at));
        let has = match at.and(arguments.get(2)).and_then(text) {
            Some("asc" | "nulls_last" | "orderable" | "returnable" | "search_array" | "search_nulls") => Some(true),
            Some("desc" | "nulls_first" | "distance_orderable") => Some(false),
            _ => None,
        };
        Ok(ScalarValue::Boolean(has))
    })
}

/// `pg_column_names(table, numbers)`: what a question that spreads the columns of a key is rewritten to.
fn column_names(session: &Session) -> Function {
    let own = session.clone();
    Function::new("pg_column_names", 2..=2, list_of(DataType::Utf8), move |arguments| {
        let [table, keys] = arguments else { return Ok(ScalarValue::Null) };
        let table = oid(table).and_then(|table| own.snapshot.table(table));
        let keys = numbers(keys);
        let names = keys.iter().filter_map(|at| table?.columns.get(usize::try_from(at - 1).ok()?)).map(|column| column.name.clone());
        give_texts(names)
    })
}

fn sizes(session: &Session) -> Vec<Function> {
    let size = |name: &'static str| {
        let own = session.clone();
        Function::new(name, 1..=2, DataType::Int64, move |arguments| {
            let named = arguments.first().and_then(text).and_then(|name| own.table(name));
            let table = named.or_else(|| arguments.first().and_then(oid).and_then(|table| own.snapshot.table(table)));
            Ok(table.map_or(ScalarValue::Int64(None), |t| t.bytes.unwrap_or_default().into()))
        })
    };
    let own = session.clone();
    let all = move |_: &[ScalarValue]| Ok(own.snapshot.own_tables().filter_map(|t| t.bytes).sum::<i64>().into());
    let pretty = |arguments: &[ScalarValue]| give_any(arguments.first().and_then(number).map(pretty));
    vec![
        size("pg_relation_size"),
        size("pg_table_size"),
        size("pg_total_relation_size"),
        Function::new("pg_indexes_size", 1..=1, DataType::Int64, |_| Ok(0_i64.into())),
        Function::new("pg_database_size", 1..=1, DataType::Int64, all),
        Function::new("pg_size_pretty", 1..=1, DataType::Utf8, pretty),
    ]
}

/// Bytes as PostgreSQL shows them: the next unit from ten thousand and some on, rounded to the nearest.
fn pretty(bytes: i64) -> String {
    let limit = 10 * 1024;
    if bytes.abs() < limit {
        return format!("{bytes} bytes");
    }
    // One bit more than the unit is kept, so that halves round up.
    let (mut halves, units) = (bytes >> 9, ["kB", "MB", "GB", "TB"]);
    for unit in units {
        if halves.abs() < 2 * limit - 1 {
            return format!("{} {unit}", (halves + halves.signum()) / 2);
        }
        halves >>= 10;
    }
    format!("{} PB", (halves + halves.signum()) / 2)
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn sizes_read_as_in_postgresql() {
        for (bytes, wanted) in [(0, "0 bytes"), (10_239, "10239 bytes"), (10_240, "10 kB"), (123_456_789, "118 MB"), (-20_480, "-20 kB")] {
            assert_eq!(pretty(bytes), wanted, "{bytes}");
        }
    }
}
