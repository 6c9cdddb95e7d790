//! Reading a vendor's JSON document: members by name, and refusals that say where in the document and what stood there.

use serde_json::Value;
use trunkline_events::Timestamp;

use super::quote::quoted;
use crate::connector::Reject;

/// Epochs from here on are milliseconds: as seconds they would lie beyond the year 5000.
const MILLIS_FROM: i64 = 100_000_000_000;

/// A value and the way to it.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Node<'a> {
    /// The document itself.
    pub(super) const fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// The JSON as it is.
    pub(super) const fn value(&self) -> &'a Value {
        self.value
    }

    fn path_to(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// A member; `None` where it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self { value, path: self.path_to(name) })
    }

    /// A member that must be there.
    pub(super) fn need(&self, name: &str) -> Result<Self, Reject> {
        self.get(name).ok_or_else(|| Reject::new("missing_field", format!("{} is missing in {}", self.path_to(name), quoted(self.value))))
    }

    /// The elements of an array.
    pub(super) fn items(&self) -> Result<Vec<Self>, Reject> {
        let Value::Array(items) = self.value else { return Err(self.wrong("an array")) };
        Ok(items.iter().enumerate().map(|(i, value)| Self { value, path: format!("{}[{i}]", self.path) }).collect())
    }

    /// The elements of a member; none where it is absent.
    pub(super) fn list(&self, name: &str) -> Result<Vec<Self>, Reject> {
        self.get(name).map_or_else(|| Ok(Vec::new()), |member| member.items())
    }

    /// Text of a member, or the digits of a number; `None` for anything else and for blank text.
    pub(super) fn maybe(&self, name: &str) -> Option<String> {
        match self.value.get(name)? {
            Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Text that must be there.
    pub(super) fn text(&self, name: &str) -> Result<String, Reject> {
        let member = self.need(name)?;
        self.maybe(name).ok_or_else(|| member.wrong("text that is not blank"))
    }

    /// True where a member is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.value.get(name) == Some(&Value::Bool(true))
    }

    /// An epoch that must be there, in seconds or milliseconds, as a number or as digits.
    pub(super) fn epoch(&self, name: &str) -> Result<Timestamp, Reject> {
        let member = self.get(name).ok_or_else(|| Reject::new("no_time", format!("{} is missing: no instant", self.path_to(name))))?;
        let digits = self.maybe(name).and_then(|text| text.parse::<i64>().ok()).filter(|number| *number > 0);
        let number = digits.ok_or_else(|| Reject::new("bad_time", member.wrong("an epoch").message))?;
        Ok(if number >= MILLIS_FROM { Timestamp::from_millis(number) } else { Timestamp::from_seconds(number) })
    }

    /// An instant with an offset, RFC 3339, if there is one.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, Reject> {
        let Some(member) = self.get(name) else { return Ok(None) };
        let Some(text) = self.maybe(name) else { return Ok(None) };
        match Timestamp::parse_rfc3339(&text) {
            Some(at) => Ok(Some(at)),
            None => Err(Reject::new("bad_time", member.wrong("an RFC 3339 instant with an offset").message)),
        }
    }

    /// The first of several instants that is there; one must be.
    pub(super) fn instant_of(&self, names: &[&str]) -> Result<Timestamp, Reject> {
        for name in names {
            if let Some(at) = self.instant(name)? {
                return Ok(at);
            }
        }
        let paths: Vec<String> = names.iter().map(|name| self.path_to(name)).collect();
        Err(Reject::new("no_time", format!("none of {} is there: no instant", paths.join(", "))))
    }

    /// A refusal of this value.
    pub(super) fn wrong(&self, expected: &str) -> Reject {
        let path = if self.path.is_empty() { "the document" } else { &self.path };
        Reject::new("bad_field", format!("{path} must be {expected}, not {}", quoted(self.value)))
    }
}
