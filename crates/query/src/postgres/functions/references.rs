//! Names for OIDs and OIDs for names: what casts to `regclass`, `regtype` and the like are rewritten to, and `to_regclass`.

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};

use super::super::types::{by_name, written};
use super::Session;
use super::call::{Function, give_any, oid, text};
use super::procedures;

/// OID of a name, `None` when there is none.
type Lookup = fn(&Session, &str) -> Option<i32>;
/// Name of an OID.
type Name = fn(&Session, i32) -> Option<String>;

/// The functions of this file.
pub(super) fn functions(session: &Session) -> Vec<Function> {
    let kinds: [(&str, Lookup, Name, [&'static str; 3]); 5] = [
        ("relation", class, class_name, ["pg_regclass_oid", "pg_regclass_name", "to_regclass"]),
        (
            "type",
            |_, name| by_name(name).map(|e| e.kind.oid),
            |_, oid| Some(written(oid, None)),
            ["pg_regtype_oid", "pg_regtype_name", "to_regtype"],
        ),
        (
            "function",
            |_, name| procedures::of_name(name),
            |_, oid| procedures::name(oid),
            ["pg_regproc_oid", "pg_regproc_name", "to_regproc"],
        ),
        ("schema", schema, schema_name, ["pg_regnamespace_oid", "pg_regnamespace_name", "to_regnamespace"]),
        ("role", role, role_name, ["pg_regrole_oid", "pg_regrole_name", "to_regrole"]),
    ];
    let mut all = Vec::new();
    for (what, lookup, name, names) in kinds {
        let own = session.clone();
        let strict = move |arguments: &[ScalarValue]| oid_of(&own, arguments, lookup, Some(what));
        let own = session.clone();
        let lenient = move |arguments: &[ScalarValue]| oid_of(&own, arguments, lookup, None);
        let own = session.clone();
        let shown = move |arguments: &[ScalarValue]| name_of(&own, arguments, lookup, name, what);
        all.push(Function::new(names[0], 1..=1, DataType::Int32, strict).told("oid"));
        all.push(Function::new(names[1], 1..=1, DataType::Utf8, shown));
        all.push(Function::new(names[2], 1..=1, DataType::Int32, lenient).told("oid"));
    }
    all
}

fn oid_of(session: &Session, arguments: &[ScalarValue], lookup: Lookup, what: Option<&str>) -> Result<ScalarValue> {
    let Some(value) = arguments.first() else { return Ok(ScalarValue::Int32(None)) };
    let found = oid(value).or_else(|| text(value).and_then(|name| lookup(session, name)));
    match (found, what) {
        (None, Some(what)) => exec_err!("{what} \"{}\" does not exist", text(value).unwrap_or_default()),
        (found, _) => Ok(ScalarValue::Int32(found)),
    }
}

/// The name as it must be written; an OID without a name is shown as the number.
fn name_of(session: &Session, arguments: &[ScalarValue], lookup: Lookup, name: Name, what: &str) -> Result<ScalarValue> {
    let ScalarValue::Int32(Some(found)) = oid_of(session, arguments, lookup, Some(what))? else { return give_any(None) };
    give_any(Some(if found == 0 { "-".to_owned() } else { name(session, found).unwrap_or_else(|| found.to_string()) }))
}

fn class(session: &Session, name: &str) -> Option<i32> {
    let key = |name: &str| session.snapshot.tables.iter().filter_map(|t| t.key.as_ref()).find(|k| k.name == name).map(|k| k.index);
    session.table(name).map(|t| t.oid).or_else(|| key(name.rsplit('.').next()?))
}

fn class_name(session: &Session, oid: i32) -> Option<String> {
    let key = || session.snapshot.tables.iter().filter_map(|t| t.key.as_ref()).find(|k| k.index == oid).map(|k| k.name.clone());
    session.snapshot.table(oid).map(|t| session.shown(t)).or_else(key)
}

fn schema(session: &Session, name: &str) -> Option<i32> {
    session.snapshot.schemas.iter().find(|s| s.name == name.trim_matches('"')).map(|s| s.oid)
}

fn schema_name(session: &Session, oid: i32) -> Option<String> {
    session.snapshot.schemas.iter().find(|s| s.oid == oid).map(|s| s.name.clone())
}

fn role(session: &Session, name: &str) -> Option<i32> {
    session.snapshot.roles().into_iter().find(|(_, role)| *role == name.trim_matches('"')).map(|(oid, _)| oid)
}

fn role_name(session: &Session, oid: i32) -> Option<String> {
    session.snapshot.roles().into_iter().find(|(role, _)| *role == oid).map(|(_, name)| name.to_owned())
}
