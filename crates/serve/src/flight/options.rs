//! Options of a session: what a client sets once instead of sending it with each call (Flight.proto, "SetSessionOptions").
//!
//! A session is what a handshake's token stands for. Its options are the settings of PostgreSQL's protocol by their names there, and two that
//! drivers set by themselves: `catalog`, of which there is one, and `schema`, where names without a schema are looked for first.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};

use crate::server::DATABASE;
use crate::settings::Settings;

/// Bytes of a value at most: they are kept as long as the session.
const VALUE_BYTES: usize = 256;

/// What a client wants its options to be.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SetSessionOptions {
    #[prost(map = "string, message", tag = "1")]
    options: HashMap<String, Value>,
}

/// What became of it: those that are not listed are set.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    errors: HashMap<String, Wrong>,
}

/// All that is set.
#[derive(Clone, PartialEq, Message)]
pub(super) struct GetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    options: HashMap<String, Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Kind {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Truth(bool),
    #[prost(sfixed64, tag = "3")]
    Whole(i64),
    #[prost(double, tag = "4")]
    Number(f64),
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
struct Wrong {
    #[prost(enumeration = "Why", tag = "1")]
    why: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
enum Why {
    Unspecified = 0,
    InvalidName = 1,
    InvalidValue = 2,
    Error = 3,
}

/// Sets what can be set. Without a session (`None`) nothing can be kept, and only what is so already is no error.
pub(super) fn set(asked: SetSessionOptions, mut session: Option<&mut Settings>) -> SetSessionOptionsResult {
    let mut options: Vec<_> = asked.options.into_iter().collect();
    options.sort_by(|(a, _), (b, _)| a.cmp(b));
    let wrong = |(name, value): (String, Value)| {
        let why = set_one(&name, value, session.as_deref_mut()).err()?;
        Some((name, Wrong { why: why as i32 }))
    };
    SetSessionOptionsResult { errors: options.into_iter().filter_map(wrong).collect() }
}

fn set_one(name: &str, value: Value, session: Option<&mut Settings>) -> Result<(), Why> {
    let value = match value.kind {
        Some(Kind::Text(text)) => Some(text),
        Some(Kind::Truth(truth)) => Some(if truth { "on" } else { "off" }.to_owned()),
        Some(Kind::Whole(number)) => Some(number.to_string()),
        Some(Kind::Number(number)) => Some(number.to_string()),
        None => None,
    };
    if value.as_ref().is_some_and(|value| value.len() > VALUE_BYTES) {
        return Err(Why::InvalidValue);
    }
    if name.eq_ignore_ascii_case("catalog") {
        let is_it = value.is_none_or(|value| value == DATABASE);
        return if is_it { Ok(()) } else { Err(Why::InvalidValue) };
    }
    let (name, value) = match name.eq_ignore_ascii_case("schema") {
        true => ("search_path", value.map(|schema| format!("\"{}\"", schema.trim_matches('"')))),
        false => (name, value),
    };
    let session = session.ok_or(Why::Error)?;
    session.set(name, value.as_deref()).map_err(|refusal| if refusal.code == "42704" { Why::InvalidName } else { Why::InvalidValue })
}

/// All options of a session.
pub(super) fn get(session: &Settings) -> GetSessionOptionsResult {
    let text = |value: &str| Value { kind: Some(Kind::Text(value.to_owned())) };
    let first =
        session.get("search_path").unwrap_or_default().split(',').map(|name| name.trim().trim_matches('"')).find(|name| *name != "$user");
    let own = [("catalog", text(DATABASE)), ("schema", text(first.unwrap_or_default()))];
    let options = session.all().map(|(name, value)| (name, text(value))).chain(own);
    GetSessionOptionsResult { options: options.map(|(name, value)| (name.to_owned(), value)).collect() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn asked(options: &[(&str, Option<Kind>)]) -> SetSessionOptions {
        SetSessionOptions { options: options.iter().map(|(name, kind)| ((*name).to_owned(), Value { kind: kind.clone() })).collect() }
    }

    fn text(value: &str) -> Option<Kind> {
        Some(Kind::Text(value.to_owned()))
    }

    fn told(settings: &Settings, name: &str) -> Option<Kind> {
        get(settings).options.get(name).unwrap().kind.clone()
    }

    #[test]
    fn what_is_set_stays_and_what_cannot_be_is_told() {
        let mut settings = Settings::of("anna");
        assert_eq!(told(&settings, "schema"), text("public"));
        let long = "x".repeat(VALUE_BYTES + 1);
        let all = asked(&[
            ("catalog", text(DATABASE)),
            ("schema", text("kpi")),
            ("TimeZone", text("europe/berlin")),
            ("statement_timeout", Some(Kind::Whole(2000))),
            ("lock_timeout", Some(Kind::Number(1.5))),
            ("jit", Some(Kind::Truth(true))),
            ("datafusion.execution.batch_size", Some(Kind::Whole(1))),
            ("datestyle", text("German")),
            ("application_name", text(&long)),
        ]);
        let mut wrong: Vec<_> = set(all, Some(&mut settings)).errors.into_iter().map(|(name, wrong)| (name, wrong.why())).collect();
        wrong.sort();
        let expected = [
            ("application_name", Why::InvalidValue),
            ("datafusion.execution.batch_size", Why::InvalidName),
            ("datestyle", Why::InvalidValue),
        ];
        assert_eq!(wrong, expected.map(|(name, why)| (name.to_owned(), why)));
        assert_eq!(
            ["catalog", "schema", "timezone"].map(|name| told(&settings, name)),
            [text(DATABASE), text("kpi"), text("Europe/Berlin")]
        );
        assert_eq!(settings.statement_timeout(), Some(std::time::Duration::from_secs(2)));
        assert!(set(asked(&[("timezone", None)]), Some(&mut settings)).errors.is_empty());
        assert_eq!(settings.zone_name(), "UTC");
    }

    #[test]
    fn without_a_session_only_the_catalogue_is_as_asked() {
        let wrong = set(asked(&[("catalog", text(DATABASE)), ("timezone", text("UTC"))]), None).errors;
        assert_eq!(wrong.keys().collect::<Vec<_>>(), ["timezone"]);
        assert_eq!(set(asked(&[("catalog", text("other"))]), None).errors["catalog"].why(), Why::InvalidValue);
    }
}
