//! The CloudEvents envelope.

use std::borrow::Cow;

use sonic_rs::JsonType;

use super::push::{Envelope, push};
use super::text::push_member;
use super::{Draft, KEYED, TYPE_PREFIX, WireContext, WireError};
use crate::batch::EventBatch;
use crate::time::Timestamp;
use crate::vocabulary::EventType;
use crate::vocabulary::object::{self, JsonFault, Value, excerpt};

/// Number of attributes with a meaning of their own.
const KNOWN: usize = 12;
const SPECVERSION: usize = 0;
const ID: usize = 1;
const SOURCE: usize = 2;
const TYPE: usize = 3;
const TIME: usize = 4;
const RECORDED_TIME: usize = 5;
const SUBJECT: usize = 6;
const CONTENT_TYPE: usize = 7;
const SEQUENCE: usize = 8;
const DATA: usize = 9;
const DATA_BASE64: usize = 10;
const KEYED_AT: usize = 11;

/// The place of an attribute in [`Attributes::values`]; `None` for extensions.
fn place(name: &str) -> Option<usize> {
    Some(match name {
        "specversion" => SPECVERSION,
        "id" => ID,
        "source" => SOURCE,
        "type" => TYPE,
        "time" => TIME,
        "recordedtime" => RECORDED_TIME,
        "subject" => SUBJECT,
        "datacontenttype" => CONTENT_TYPE,
        "sequence" => SEQUENCE,
        "data" => DATA,
        "data_base64" => DATA_BASE64,
        KEYED => KEYED_AT,
        _ => return None,
    })
}

#[derive(Default)]
struct Attributes<'a> {
    /// One bit for every known attribute that stood there, null or not.
    met: u16,
    values: [Option<Value<'a>>; KNOWN],
    others: Vec<Cow<'a, str>>,
    /// A JSON object without its closing brace, or nothing.
    extensions: String,
}

/// Reads one structured CloudEvents JSON object and pushes one row.
///
/// # Errors
/// See [`WireError`]; nothing is pushed then.
pub fn read_event(json: &[u8], context: &WireContext<'_>, out: &mut EventBatch) -> Result<(), WireError> {
    let text = std::str::from_utf8(json).map_err(|cause| WireError::new("bad_encoding", format!("not UTF-8: {cause}")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii();
    if !text.starts_with('{') {
        return Err(WireError::new("bad_json", format!("an event is a JSON object, not '{}'", excerpt(text))));
    }
    object::precheck(text)?;
    let mut a = Attributes::default();
    object::members(text, |key, value| a.add(key, value))?;
    match a.text("specversion", SPECVERSION)? {
        Some("1.0") => {}
        Some(other) => return Err(WireError::new("bad_envelope", format!("specversion '{}' is not 1.0", excerpt(other)))),
        None => return Err(WireError::new("bad_envelope", "specversion is missing")),
    }
    let (id, source) = (a.required("id", ID)?, a.required("source", SOURCE)?);
    let (kind, schema_version) = split_type(a.required("type", TYPE)?);
    let recorded_at = a.instant("recordedtime", RECORDED_TIME)?;
    let occurred_at = a.instant("time", TIME)?.or(recorded_at).unwrap_or(context.now);
    let data = a.data(kind)?;
    let extensions = (!a.extensions.is_empty()).then(|| format!("{}}}", a.extensions));
    let envelope = Envelope {
        sequence: a.values[SEQUENCE].as_ref().map(Value::as_raw_str),
        extensions: extensions.as_deref(),
        is_keyed: a.values[KEYED_AT].as_ref().is_some_and(|value| value.as_raw_str() == "true"),
    };
    let draft = Draft { id, source, kind, schema_version, occurred_at, recorded_at, subject: a.text("subject", SUBJECT)?, data: &data };
    push(&draft, envelope, context, out)
}

impl<'a> Attributes<'a> {
    fn add(&mut self, key: Cow<'a, str>, value: Value<'a>) -> Result<(), WireError> {
        let Some(at) = place(&key) else { return self.extension(key, &value) };
        if self.met & (1 << at) != 0 {
            return Err(repeated(&key));
        }
        self.met |= 1 << at;
        let is_null = value.get_type() == JsonType::Null;
        if at == CONTENT_TYPE && !is_null && !is_plain_json(&value) {
            self.keep(&key, &value);
        }
        // For attributes null means absent; for data it is a value.
        if !is_null || at == DATA {
            self.values[at] = Some(value);
        }
        Ok(())
    }

    fn extension(&mut self, key: Cow<'a, str>, value: &Value<'a>) -> Result<(), WireError> {
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            return Err(WireError::new(
                "bad_envelope",
                format!("attribute name '{}' has other characters than a-z and 0-9", excerpt(&key)),
            ));
        }
        let fine = match value.get_type() {
            JsonType::Null | JsonType::Boolean | JsonType::String => true,
            JsonType::Number => value.as_raw_str().parse::<i32>().is_ok(),
            _ => false,
        };
        if !fine {
            let found = excerpt(value.as_raw_str());
            return Err(WireError::new(
                "bad_envelope",
                format!("extension '{key}' must be text, true, false or a 32-bit integer, not {found}"),
            ));
        }
        if self.others.contains(&key) {
            return Err(repeated(&key));
        }
        if value.get_type() != JsonType::Null {
            self.keep(&key, value);
        }
        self.others.push(key);
        Ok(())
    }

    fn keep(&mut self, key: &str, value: &Value<'_>) {
        if self.extensions.is_empty() {
            self.extensions.push('{');
        }
        push_member(&mut self.extensions, key, value.as_raw_str());
    }

    fn text(&self, name: &str, at: usize) -> Result<Option<&str>, WireError> {
        let Some(value) = &self.values[at] else { return Ok(None) };
        let refused = || WireError::new("bad_envelope", format!("{} must be text, not {}", name, excerpt(value.as_raw_str())));
        value.as_str().map(Some).ok_or_else(refused)
    }

    fn required(&self, name: &str, at: usize) -> Result<&str, WireError> {
        match self.text(name, at)? {
            Some("") => Err(WireError::new("bad_envelope", format!("{name} is empty"))),
            Some(text) => Ok(text),
            None => Err(WireError::new("bad_envelope", format!("{name} is missing"))),
        }
    }

    fn instant(&self, name: &str, at: usize) -> Result<Option<Timestamp>, WireError> {
        let Some(value) = &self.values[at] else { return Ok(None) };
        let refused =
            || WireError::new("bad_time", format!("{} {} is no RFC 3339 instant with an offset", name, excerpt(value.as_raw_str())));
        value.as_str().and_then(Timestamp::parse_rfc3339).map(Some).ok_or_else(refused)
    }

    fn data(&self, kind: &str) -> Result<Cow<'a, str>, WireError> {
        match (&self.values[DATA], &self.values[DATA_BASE64]) {
            (Some(_), Some(_)) => Err(WireError::new("bad_envelope", "data and data_base64 exclude each other")),
            (None, None) => Ok(Cow::Borrowed("{}")),
            (None, Some(base64)) => {
                let refused =
                    |code, why: &str| Err(WireError::new(code, format!("data_base64 {why}, not {}", excerpt(base64.as_raw_str()))));
                match base64.as_str() {
                    Some(_) if EventType::from_name(kind).is_some() => {
                        refused("bad_payload", "cannot hold a known type: data must be an object")
                    }
                    Some(text) if is_base64(text) => Ok(Cow::Owned(format!("{{\"data_base64\":{}}}", base64.as_raw_str()))),
                    _ => refused("bad_envelope", "must be base64 text"),
                }
            }
            (Some(value), None) => {
                let media = self.text("datacontenttype", CONTENT_TYPE)?.unwrap_or("application/json");
                if !is_json(media) && value.get_type() != JsonType::String {
                    return Err(WireError::new("bad_envelope", format!("data of type '{}' must be text", excerpt(media))));
                }
                Ok(Cow::Borrowed(value.as_raw_str()))
            }
        }
    }
}

fn repeated(name: &str) -> WireError {
    WireError::new("duplicate_key", format!("'{}' stands there twice", excerpt(name)))
}

/// The media type without its parameters.
fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim_ascii()
}

fn is_json(content_type: &str) -> bool {
    let media = media_type(content_type).to_ascii_lowercase();
    media.ends_with("/json") || media.ends_with("+json")
}

/// True for the content type that is meant when there is none, so that it need not be kept.
fn is_plain_json(value: &Value<'_>) -> bool {
    value.as_str().is_some_and(|text| media_type(text).eq_ignore_ascii_case("application/json"))
}

pub(super) fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - digits.len() <= 2
        && digits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

/// `org.trunkline.<type>.v<n>` or a bare type, which means version 1; a foreign type keeps its whole name.
fn split_type(name: &str) -> (&str, i32) {
    let Some(ours) = name.strip_prefix(TYPE_PREFIX) else { return (name, 1) };
    let versioned = ours.rsplit_once(".v").filter(|(_, digits)| digits.bytes().all(|b| b.is_ascii_digit()));
    versioned.and_then(|(kind, digits)| Some((kind, digits.parse().ok()?))).unwrap_or((ours, 1))
}

impl From<JsonFault> for WireError {
    fn from(fault: JsonFault) -> Self {
        Self::new("bad_json", fault.0)
    }
}
