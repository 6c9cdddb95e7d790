//! `has_*_privilege`: the truth for whoever asks. They may read what they see, connect, and nothing else.

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};

use super::super::snapshot::{OWNER, OWNER_NAME, Table};
use super::Session;
use super::call::{Function, number, oid, say, text};

/// The functions of this file.
pub(super) fn functions(session: &Session) -> Vec<Function> {
    let table = |name: &'static str, arguments: usize| {
        let own = session.clone();
        Function::new(name, arguments..=arguments + 1, DataType::Boolean, move |given| table_privilege(&own, given, arguments))
    };
    let other = |name: &'static str, held: &'static [&'static str], exists: fn(&Session, &ScalarValue) -> bool| {
        let own = session.clone();
        Function::new(name, 2..=3, DataType::Boolean, move |given| {
            let (user, given) = split(given, 2);
            let [object, privilege] = given else { return say(false) };
            say(exists(&own, object) && may(&own, user, privilege, held))
        })
    };
    vec![
        table("has_table_privilege", 2),
        table("has_any_column_privilege", 2),
        table("has_column_privilege", 3),
        other("has_schema_privilege", &["usage"], has_schema),
        other("has_database_privilege", &["connect"], has_database),
        other("has_function_privilege", &["execute"], |_, _| true),
        other("has_type_privilege", &["usage"], |_, _| true),
        other("has_language_privilege", &[], |_, _| true),
        other("has_tablespace_privilege", &[], |_, _| true),
        other("has_sequence_privilege", &[], |_, _| false),
        other("has_server_privilege", &[], |_, _| false),
        other("has_foreign_data_wrapper_privilege", &[], |_, _| false),
        other("pg_has_role", &["usage", "member", "set"], is_self),
    ]
}

/// The user a call names, if it names one, and the rest.
fn split(given: &[ScalarValue], own: usize) -> (Option<&ScalarValue>, &[ScalarValue]) {
    match given.split_first() {
        Some((user, rest)) if given.len() > own => (Some(user), rest),
        _ => (None, given),
    }
}

fn is_self(session: &Session, role: &ScalarValue) -> bool {
    text(role).is_some_and(|name| name == session.snapshot.identity.user) || oid(role) == Some(session.snapshot.user)
}

/// Whether the user holds one of the privileges in the list, of which `held` are given to those who see the object.
fn may(session: &Session, user: Option<&ScalarValue>, privilege: &ScalarValue, held: &[&str]) -> bool {
    let is_owner = |user: &ScalarValue| text(user) == Some(OWNER_NAME) || oid(user) == Some(OWNER);
    let is_known = user.is_none_or(|user| is_self(session, user) || is_owner(user));
    let wanted = text(privilege).unwrap_or_default().to_lowercase();
    is_known && wanted.split(',').map(str::trim).any(|word| held.contains(&word))
}

fn table_privilege(session: &Session, given: &[ScalarValue], arguments: usize) -> Result<ScalarValue> {
    let (user, given) = split(given, arguments);
    let (Some(wanted), Some(privilege)) = (given.first(), given.last()) else { return say(false) };
    let Some(table) = find(session, wanted)? else { return Ok(ScalarValue::Boolean(None)) };
    if let [_, column, _] = given {
        let named = text(column).is_some_and(|name| table.columns.iter().any(|c| c.name == name));
        let place = || number(column).and_then(|at| usize::try_from(at - 1).ok()).is_some_and(|at| at < table.columns.len());
        if !named && !place() {
            return Ok(ScalarValue::Boolean(None));
        }
    }
    say(may(session, user, privilege, &["select"]))
}

/// A table by OID, of which an unknown one is nothing, or by name, of which an unknown one is a mistake.
fn find<'s>(session: &'s Session, wanted: &ScalarValue) -> Result<Option<&'s Table>> {
    match (text(wanted), oid(wanted)) {
        (_, Some(oid)) => Ok(session.snapshot.table(oid)),
        (Some(name), None) => match session.table(name) {
            Some(table) => Ok(Some(table)),
            None => exec_err!("relation \"{name}\" does not exist"),
        },
        (None, None) => Ok(None),
    }
}

fn has_schema(session: &Session, schema: &ScalarValue) -> bool {
    session.snapshot.schemas.iter().any(|s| text(schema) == Some(s.name.as_str()) || oid(schema) == Some(s.oid))
}

fn has_database(session: &Session, database: &ScalarValue) -> bool {
    text(database) == Some(session.snapshot.identity.database.as_str()) || oid(database) == Some(session.snapshot.database)
}
