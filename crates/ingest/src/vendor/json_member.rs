//! Members of a vendor's JSON, read so that a refusal names the place and quotes what stands there.
//!
//! Names are matched as written, else without regard to case: some vendors write the same member in both ways. Null and blank text are
//! the same as an absent member; a member of the wrong type is refused, never guessed at.

use serde_json::{Map, Value};
use trunkline_events::Timestamp;

use super::quote::quoted;
use crate::connector::Reject;

/// A JSON object and where it stands in its document.
#[derive(Debug, Clone)]
pub(super) struct Object<'a> {
    members: &'a Map<String, Value>,
    path: String,
}

impl<'a> Object<'a> {
    /// A document, which must be an object.
    pub(super) fn root(document: &'a Value) -> Result<Self, Reject> {
        let refused = || Reject::new("bad_field", format!("a document is a JSON object, not {}", quoted(document)));
        document.as_object().map(|members| Self { members, path: String::new() }).ok_or_else(refused)
    }

    /// The place of a member, for messages.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// All members.
    pub(super) const fn members(&self) -> &'a Map<String, Value> {
        self.members
    }

    /// A member that is not null.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        let exact = self.members.get(name);
        let value = exact.or_else(|| self.members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value));
        value.filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn read<T>(&self, name: &str, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Result<Option<T>, Reject> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let refused = || Reject::new("bad_field", format!("{} must be {expected}, not {}", self.path(name), quoted(value)));
        read(value).map(Some).ok_or_else(refused)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Reject> {
        Ok(self.read(name, "text", Value::as_str)?.map(str::trim_ascii).filter(|text| !text.is_empty()))
    }

    pub(super) fn need_text(&self, name: &str) -> Result<&'a str, Reject> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    pub(super) fn missing(&self, name: &str) -> Reject {
        Reject::new("missing_field", format!("{} is missing", self.path(name)))
    }

    /// A whole number; one written with a fraction of zero counts.
    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>, Reject> {
        let whole =
            |value: &Value| value.as_i64().or_else(|| value.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 1e15).map(|n| n as i64));
        self.read(name, "a whole number", whole)
    }

    /// A length of time, which is never negative.
    pub(super) fn length(&self, name: &str) -> Result<Option<i64>, Reject> {
        match self.whole(name)? {
            Some(length) if length < 0 => Err(Reject::new("bad_field", format!("{} must be 0 or more, not {length}", self.path(name)))),
            length => Ok(length),
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<f64>, Reject> {
        self.read(name, "a number", Value::as_f64)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Reject> {
        self.read(name, "true or false", Value::as_bool)
    }

    /// An instant: RFC 3339 with an offset, or milliseconds since 1970 as a number.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, Reject> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let refused = || Reject::new("bad_time", format!("{} {} is no instant", self.path(name), quoted(value)));
        match value {
            Value::String(text) if text.trim_ascii().is_empty() => Ok(None),
            Value::String(text) => Timestamp::parse_rfc3339(text.trim_ascii()).map(Some).ok_or_else(refused),
            Value::Number(number) => number.as_i64().map(|millis| Some(Timestamp::from_millis(millis))).ok_or_else(refused),
            _ => Err(refused()),
        }
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Reject> {
        let members = self.read(name, "an object", Value::as_object)?;
        Ok(members.map(|members| Self { members, path: self.path(name) }))
    }

    /// The objects in an array; an absent array is an empty one, nulls in it are left out.
    pub(super) fn list(&self, name: &str) -> Result<Vec<Self>, Reject> {
        let Some(values) = self.read(name, "an array", Value::as_array)? else { return Ok(Vec::new()) };
        let element = |(i, value): (usize, &'a Value)| {
            let path = format!("{}[{i}]", self.path(name));
            match value.as_object() {
                Some(members) => Ok(Self { members, path }),
                None => Err(Reject::new("bad_field", format!("{path} must be an object, not {}", quoted(value)))),
            }
        };
        values.iter().enumerate().filter(|(_, value)| !value.is_null()).map(element).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;
    use trunkline_events::Timestamp;

    use super::Object;

    #[test]
    fn names_match_in_any_case_and_null_is_absent() {
        let document = json!({"AgentInfo": {"AgentArn": "a"}, "reason": null, "blank": " ", "at": 1_500, "iso": "1970-01-01T00:00:02Z"});
        let root = Object::root(&document).unwrap();
        assert_eq!(root.object("agentInfo").unwrap().unwrap().text("agentArn").unwrap(), Some("a"));
        assert_eq!((root.text("reason").unwrap(), root.text("blank").unwrap()), (None, None));
        assert_eq!(root.instant("at").unwrap(), Some(Timestamp::from_millis(1_500)));
        assert_eq!(root.instant("iso").unwrap(), Some(Timestamp::from_seconds(2)));
    }

    #[test]
    fn a_refusal_names_the_place_and_quotes_the_text() {
        let document = json!({"a": {"list": [{"at": "2021-04-2T15:30:51.418Z", "n": -1, "t": 7}]}});
        let root = Object::root(&document).unwrap();
        let element = &root.object("a").unwrap().unwrap().list("list").unwrap()[0];
        assert_eq!(element.instant("at").unwrap_err().message, "a.list[0].at \"2021-04-2T15:30:51.418Z\" is no instant");
        assert_eq!(element.length("n").unwrap_err().message, "a.list[0].n must be 0 or more, not -1");
        assert_eq!(element.text("t").unwrap_err().message, "a.list[0].t must be text, not 7");
        assert_eq!(element.need_text("x").unwrap_err().message, "a.list[0].x is missing");
        assert!(Object::root(&json!([1])).unwrap_err().message.contains("not [1]"));
    }
}
