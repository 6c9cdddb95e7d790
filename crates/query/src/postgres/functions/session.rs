//! Who asks, where, and with which settings.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_err};

use super::super::{Stop, Wish};
use super::call::{Function, give, give_any, oid, say, text};
use super::{Session, list_of};

/// The version in a form that SQLAlchemy and others can read.
pub(super) const VERSION: &str = concat!("PostgreSQL 16.6 (Trunkline ", env!("CARGO_PKG_VERSION"), ") on x86_64-pc-linux-gnu, 64-bit");

/// The functions of this file.
pub(super) fn functions(session: &Session) -> Vec<Function> {
    let mut all = names(session);
    all.extend(places(session));
    all.extend(settings(session));
    all.extend(
        [("pg_cancel_backend", Stop::Statement), ("pg_terminate_backend", Stop::Session)].map(|(name, what)| stop(session, name, what)),
    );
    all
}

fn constant(name: &'static str, returns: DataType, value: ScalarValue) -> Function {
    Function::new(name, 0..=0, returns, move |_| Ok(value.clone()))
}

fn names(session: &Session) -> Vec<Function> {
    let word = |name: &'static str, value: &str| constant(name, DataType::Utf8, value.into()).told("name");
    let identity = &session.snapshot.identity;
    let mut all: Vec<Function> =
        ["current_user", "session_user", "user", "current_role"].map(|name| word(name, &identity.user)).into_iter().collect();
    all.extend(["current_database", "current_catalog"].map(|name| word(name, &identity.database)));
    all.push(constant("version", DataType::Utf8, VERSION.into()));
    let own = session.clone();
    let schema = move |_: &[ScalarValue]| give_any(own.path().into_iter().next());
    all.push(Function::new("current_schema", 0..=0, DataType::Utf8, schema).told("name"));
    let own = session.clone();
    let schemas = move |arguments: &[ScalarValue]| {
        let mut path = own.path();
        if matches!(arguments, [ScalarValue::Boolean(Some(true))]) && !path.iter().any(|s| s == "pg_catalog") {
            path.insert(0, "pg_catalog".to_owned());
        }
        let values: Vec<ScalarValue> = path.into_iter().map(ScalarValue::from).collect();
        Ok(ScalarValue::List(ScalarValue::new_list_nullable(&values, &DataType::Utf8)))
    };
    all.push(Function::new("current_schemas", 1..=1, list_of(DataType::Utf8), schemas).told("_name"));
    all
}

fn places(session: &Session) -> Vec<Function> {
    let instant = |name: &'static str| {
        let kind = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        constant(name, kind, ScalarValue::TimestampMicrosecond(Some(session.snapshot.began_at), Some("UTC".into())))
    };
    let pid = session.snapshot.identity.backend_pid;
    let no_text = |name: &'static str| constant(name, DataType::Utf8, ScalarValue::Utf8(None));
    let no_numbers = ScalarValue::List(ScalarValue::new_list_nullable(&[], &DataType::Int32));
    let no_port = |name: &'static str| constant(name, DataType::Int32, ScalarValue::Int32(None));
    vec![
        constant("pg_backend_pid", DataType::Int32, pid.into()).of_session(),
        instant("pg_postmaster_start_time"),
        instant("pg_conf_load_time"),
        constant("pg_is_in_recovery", DataType::Boolean, false.into()),
        constant("pg_is_wal_replay_paused", DataType::Boolean, false.into()),
        // Nobody waits for a lock.
        Function::new("pg_blocking_pids", 1..=1, list_of(DataType::Int32), move |_| Ok(no_numbers.clone())),
        constant("pg_my_temp_schema", DataType::Int32, 0.into()).told("oid"),
        Function::new("pg_is_other_temp_schema", 1..=1, DataType::Boolean, |_| say(false)),
        constant("txid_current", DataType::Int64, 1_i64.into()),
        constant("txid_current_if_assigned", DataType::Int64, ScalarValue::Int64(None)),
        constant("pg_client_encoding", DataType::Utf8, "UTF8".into()).told("name"),
        constant("getdatabaseencoding", DataType::Utf8, "UTF8".into()).told("name"),
        constant("pg_advisory_unlock_all", DataType::Utf8, "".into()),
        no_text("inet_server_addr"),
        no_text("inet_client_addr"),
        no_port("inet_server_port"),
        no_port("inet_client_port"),
    ]
}

/// Stops another session of the same user; of any other it says what it says of one that is not there.
fn stop(session: &Session, name: &'static str, what: Stop) -> Function {
    let sessions = session.snapshot.identity.sessions.clone();
    let ask = move |arguments: &[ScalarValue]| {
        say(arguments.first().and_then(oid).is_some_and(|pid| sessions.as_ref().is_some_and(|own| own.stop(pid, what))))
    };
    Function::new(name, 1..=2, DataType::Boolean, ask).at_each_row()
}

fn settings(session: &Session) -> Vec<Function> {
    let own = session.clone();
    let get = move |arguments: &[ScalarValue]| -> Result<ScalarValue> {
        let Some(name) = arguments.first().and_then(text) else { return give_any(None) };
        match (own.settings.get(name), arguments.get(1)) {
            (Some(value), _) => give(value),
            (None, Some(ScalarValue::Boolean(Some(true)))) => give_any(None),
            (None, _) => exec_err!("unrecognized configuration parameter \"{name}\""),
        }
    };
    let own = session.clone();
    let set = move |arguments: &[ScalarValue]| {
        let [name, value, is_local] = arguments else { return give_any(None) };
        let Some(name) = text(name) else { return exec_err!("a setting must have a name") };
        let value = text(value).map(ToOwned::to_owned);
        own.settings.wish(Wish {
            name: name.to_lowercase(),
            value: value.clone(),
            is_local: matches!(is_local, ScalarValue::Boolean(Some(true))),
        });
        give_any(value)
    };
    let set = Function::new("set_config", 3..=3, DataType::Utf8, set).with_nulls().at_each_row();
    vec![Function::new("current_setting", 1..=2, DataType::Utf8, get).of_session(), set]
}
