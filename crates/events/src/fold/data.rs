//! Reading single fields out of a payload without building a tree.

use std::borrow::Cow;

use sonic_rs::{JsonType, JsonValueTrait};

use crate::row::EventRow;
use crate::upcast;

/// A payload in its current version.
pub(super) struct Data<'a>(Cow<'a, str>);

impl<'a> Data<'a> {
    pub(super) fn of(row: &EventRow<'a>) -> Self {
        Self(upcast::upcast(row.kind, row.schema_version, row.data))
    }

    /// A member as text; numbers keep their digits, empty text and null are absent.
    pub(super) fn text(&self, path: &[&str]) -> Option<String> {
        let value = sonic_rs::get(self.0.as_ref(), path).ok()?;
        let text = match value.get_type() {
            JsonType::String => value.as_str()?.to_string(),
            JsonType::Number => value.as_raw_str().to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// A member as a whole number.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        let value = sonic_rs::get(self.0.as_ref(), [name]).ok()?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// A member as a length in milliseconds, never negative.
    pub(super) fn millis(&self, name: &str) -> Option<i64> {
        self.int(name).filter(|n| *n >= 0)
    }

    /// True when a member is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        sonic_rs::get(self.0.as_ref(), [name]).ok().and_then(|v| v.as_bool()) == Some(true)
    }

    /// A member that says yes or no, as a boolean or as a word.
    pub(super) fn yes_no(&self, path: &[&str]) -> Option<bool> {
        let value = sonic_rs::get(self.0.as_ref(), path).ok()?;
        value.as_bool().or_else(|| match value.as_str()? {
            "yes" | "true" => Some(true),
            "no" | "false" => Some(false),
            _ => None,
        })
    }
}
