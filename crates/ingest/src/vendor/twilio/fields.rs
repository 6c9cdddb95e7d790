//! The members of a document by name, however its feed spells them.
//!
//! One fact has three spellings at Twilio: `TaskSid` in callbacks, `task_sid` in Event Streams, `taskSid` in some of its types. Here a
//! name is its letters and digits in lower case, so that one reader serves all feeds. Objects inside of objects are found under both
//! names with a point between them, as forms spell them (`MessagingBinding.Address`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use trunkline_events::Timestamp;

use crate::connector::Reject;
use crate::vendor::percent::{Plus, decode};

/// Seconds since 1970 have fewer digits than this for the next three thousand years, milliseconds have had more since 1973.
const MILLIS_DIGITS: usize = 12;

/// Members as text; absent, null and blank are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// The fields of a form; the first of equal names counts.
    pub(super) fn of_form(body: &str) -> Result<Self, Reject> {
        let mut fields = Self::default();
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(Reject::new("bad_form", format!("neither a JSON object nor a form: '{}'", excerpt(pair))));
            };
            let (Some(name), Some(value)) = (decode(name, Plus::Blank), decode(value, Plus::Blank)) else {
                return Err(Reject::new("bad_encoding", format!("field {}: '{}' is not UTF-8", excerpt(name), excerpt(value))));
            };
            fields.0.entry(plain(&name)).or_insert_with(|| value.into_owned());
        }
        Ok(fields)
    }

    /// Adds the members of an object; those that are there already stay.
    pub(super) fn add(&mut self, object: &Map<String, Value>) {
        self.add_under("", object);
    }

    fn add_under(&mut self, prefix: &str, object: &Map<String, Value>) {
        for (name, value) in object {
            let name = format!("{prefix}{}", plain(name));
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if let Value::Object(inner) = value {
                self.add_under(&format!("{name}."), inner);
            }
            self.0.entry(name).or_insert(text);
        }
    }

    /// A field that is not blank.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(&plain(name)).map(String::as_str).filter(|text| !text.trim_ascii().is_empty())
    }

    /// The first of these that is not blank.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A field without which the document says nothing.
    pub(super) fn need(&self, name: &str) -> Result<&str, Reject> {
        self.text(name).ok_or_else(|| Reject::new("missing_field", format!("{name} is missing or blank")))
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Reject> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let refused = || Reject::new("bad_field", format!("{name} must be a whole number, not '{}'", excerpt(text)));
        text.trim_ascii().parse().map(Some).map_err(|_| refused())
    }

    /// A length of time: a whole number, not negative.
    pub(super) fn millis(&self, name: &str) -> Result<Option<i64>, Reject> {
        match self.number(name)? {
            Some(negative) if negative < 0 => Err(Reject::new("bad_field", format!("{name} must not be negative: '{negative}'"))),
            other => Ok(other),
        }
    }

    /// An object, also one that is written as JSON inside of text.
    pub(super) fn object(&self, name: &str) -> Result<Map<String, Value>, Reject> {
        let Some(text) = self.text(name) else { return Ok(Map::new()) };
        let refused =
            |cause: serde_json::Error| Reject::new("bad_field", format!("{name} is no JSON object ({cause}): '{}'", excerpt(text)));
        serde_json::from_str(text).map_err(refused)
    }

    /// The first of these fields that is there, as an instant.
    pub(super) fn instant(&self, names: &[&str]) -> Result<Option<Timestamp>, Reject> {
        let Some((name, text)) = names.iter().find_map(|name| Some((*name, self.text(name)?))) else { return Ok(None) };
        instant(name, text).map(Some)
    }

    /// As [`Self::instant`]; a document without any instant cannot be placed.
    pub(super) fn need_instant(&self, names: &[&str]) -> Result<Timestamp, Reject> {
        self.instant(names)?.ok_or_else(|| Reject::new("no_time", format!("the document names no instant, none of {}", names.join(", "))))
    }
}

/// Reads an instant: digits are an epoch in seconds or milliseconds, told by how many there are; the rest is RFC 3339, or RFC 2822 as in
/// the older REST resources and in HTTP.
pub(super) fn instant(name: &str, text: &str) -> Result<Timestamp, Reject> {
    let text = text.trim_ascii();
    let found = if text.bytes().all(|b| b.is_ascii_digit()) {
        let of = if text.len() >= MILLIS_DIGITS { Timestamp::from_millis } else { Timestamp::from_seconds };
        text.parse().ok().filter(|epoch| *epoch > 0).map(of)
    } else {
        Timestamp::parse_rfc3339(text).or_else(|| {
            let stamp = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            Some(Timestamp::from_micros(stamp.as_microsecond()))
        })
    };
    found.ok_or_else(|| Reject::new("bad_time", format!("{name} '{}' is no instant: an epoch, RFC 3339 or RFC 2822", excerpt(text))))
}

/// A name without what the feeds differ in; the points of nested names stay.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || *c == '.').flat_map(char::to_lowercase).collect()
}

/// The beginning of a text, for messages.
pub(super) fn excerpt(text: &str) -> &str {
    text.char_indices().nth(60).map_or(text, |(end, _)| &text[..end])
}
