//! Members of a vendor's JSON document by path, with refusals that name the path and quote what stands there.
//!
//! Null, absent and blank text are the same: not known. A member of another kind than expected is a fault of the document, not an unknown.

use serde_json::Value;
use trunkline_events::Timestamp;

use super::quote::quoted;
use crate::connector::Reject;

/// Numbers from here on are milliseconds: as seconds they would lie thousands of years ahead.
const FIRST_MILLIS: f64 = 1e11;

/// A document, or an object inside one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'v>(pub(super) &'v Value);

impl<'v> Fields<'v> {
    /// The value at a path of names joined by dots; `None` for null and where there is none.
    pub(super) fn get(self, path: &str) -> Option<&'v Value> {
        path.split('.').try_fold(self.0, |value, name| value.get(name)).filter(|value| !value.is_null())
    }

    /// The object at a path.
    pub(super) fn object(self, path: &str) -> Option<Self> {
        self.get(path).filter(|value| value.is_object()).map(Self)
    }

    /// The elements of an array; none where there is no array.
    pub(super) fn list(self, path: &str) -> impl Iterator<Item = Fields<'v>> + Clone {
        self.get(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter().map(Fields)
    }

    /// Text, or the digits of a number: ids are written either way.
    pub(super) fn text(self, path: &str) -> Result<Option<String>, Reject> {
        match self.get(path) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(bad(path, "text", other)),
        }
    }

    /// Text that the document cannot be understood without.
    pub(super) fn required(self, path: &str) -> Result<String, Reject> {
        self.text(path)?.ok_or_else(|| Reject::new("missing_field", format!("'{path}' is missing")))
    }

    /// A number, also when it is written as text.
    pub(super) fn number(self, path: &str) -> Result<Option<f64>, Reject> {
        let Some(value) = self.get(path) else { return Ok(None) };
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| bad(path, "a number", value))
    }

    /// True or false.
    pub(super) fn flag(self, path: &str) -> Result<Option<bool>, Reject> {
        match self.get(path) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(bad(path, "true or false", other)),
        }
    }

    /// An instant: RFC 3339, or seconds (with or without a fraction) or milliseconds since the epoch. 0 means never.
    pub(super) fn instant(self, path: &str) -> Result<Option<Timestamp>, Reject> {
        let refused = |value: &Value| {
            let expected = "neither RFC 3339 with an offset nor seconds since the epoch";
            Reject::new("bad_time", format!("'{path}' is {expected}: {}", quoted(value)))
        };
        match self.get(path) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(value @ Value::String(text)) => Timestamp::parse_rfc3339(text.trim()).map(Some).ok_or_else(|| refused(value)),
            Some(value @ Value::Number(number)) => match number.as_f64() {
                Some(0.0) => Ok(None),
                Some(epoch) if epoch > 0.0 && epoch < 1e14 => Ok(Some(since_epoch(epoch))),
                _ => Err(refused(value)),
            },
            Some(other) => Err(refused(other)),
        }
    }

    /// The first instant among `paths`.
    ///
    /// `no_time` when none of them has one.
    pub(super) fn first_instant(self, paths: &[&str]) -> Result<Timestamp, Reject> {
        for path in paths {
            if let Some(at) = self.instant(path)? {
                return Ok(at);
            }
        }
        Err(Reject::new("no_time", format!("no instant in any of '{}'", paths.join("', '"))))
    }
}

fn since_epoch(epoch: f64) -> Timestamp {
    let micros = if epoch >= FIRST_MILLIS { epoch * 1e3 } else { epoch * 1e6 };
    Timestamp::from_micros(micros.round() as i64)
}

fn bad(path: &str, expected: &str, found: &Value) -> Reject {
    Reject::new("bad_field", format!("'{path}' must be {expected}, not {}", quoted(found)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;
    use trunkline_events::Timestamp;

    use super::Fields;

    #[test]
    fn an_instant_is_read_in_every_form_and_zero_is_never() {
        let doc = json!({"iso": "2026-01-05T10:00:00.5Z", "s": 1767607200, "f": 1767607200.25, "ms": 1767607200500_i64, "never": 0, "bad": "yesterday"});
        let at = |path: &str| Fields(&doc).instant(path).unwrap().map(|at| at.to_string());
        assert_eq!(at("iso").as_deref(), Some("2026-01-05T10:00:00.5Z"));
        assert_eq!((at("s").as_deref(), at("f").as_deref()), (Some("2026-01-05T10:00:00Z"), Some("2026-01-05T10:00:00.25Z")));
        assert_eq!((at("ms").as_deref(), at("never"), at("absent")), (Some("2026-01-05T10:00:00.5Z"), None, None));
        let refused = Fields(&doc).instant("bad").unwrap_err();
        assert_eq!(refused.code, "bad_time");
        assert!(refused.message.contains("'bad'") && refused.message.contains("yesterday"), "{}", refused.message);
        assert_eq!(Fields(&doc).first_instant(&["absent", "s"]).unwrap(), Timestamp::from_seconds(1_767_607_200));
        assert_eq!(Fields(&doc).first_instant(&["absent"]).unwrap_err().code, "no_time");
    }

    #[test]
    fn refusals_name_the_path_and_quote_the_value() {
        let doc = json!({"a": {"id": 7, "on": "yes", "list": [1]}});
        assert_eq!(Fields(&doc).required("a.id").unwrap(), "7");
        assert_eq!(Fields(&doc).required("a.b").unwrap_err().message, "'a.b' is missing");
        assert_eq!(Fields(&doc).flag("a.on").unwrap_err().message, "'a.on' must be true or false, not \"yes\"");
        assert_eq!(Fields(&doc).text("a.list").unwrap_err().message, "'a.list' must be text, not [1]");
    }
}
