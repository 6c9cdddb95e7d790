//! The CloudEvents envelope.

use std::borrow::Cow;

use sonic_rs::{JsonType, JsonValueTrait, LazyValue};

use super::payload::push_text;
use super::push::push;
use super::{Draft, WireContext, WireError};
use crate::batch::EventBatch;
use crate::time::Timestamp;

/// Prefix of our types on the wire.
pub(super) const TYPE_PREFIX: &str = "org.trunkline.";

#[derive(Default)]
struct Attributes<'a> {
    specversion: Option<LazyValue<'a>>,
    id: Option<LazyValue<'a>>,
    source: Option<LazyValue<'a>>,
    kind: Option<LazyValue<'a>>,
    time: Option<LazyValue<'a>>,
    recorded: Option<LazyValue<'a>>,
    subject: Option<LazyValue<'a>>,
    content_type: Option<LazyValue<'a>>,
    sequence: Option<LazyValue<'a>>,
    data: Option<LazyValue<'a>>,
    data_base64: Option<LazyValue<'a>>,
    extensions: String,
}

/// Reads one structured CloudEvents JSON object and pushes one row.
///
/// # Errors
/// See [`WireError`]; nothing is pushed then.
pub fn read_event(json: &[u8], context: &WireContext<'_>, out: &mut EventBatch) -> Result<(), WireError> {
    let text = std::str::from_utf8(json).map_err(|cause| WireError::new("bad_encoding", format!("not UTF-8: {cause}")))?.trim();
    if text.contains("\\u") {
        // Escapes may hide half a character; the strict parser says so.
        serde_json::from_str::<serde_json::Value>(text).map_err(|cause| WireError::new("bad_json", cause.to_string()))?;
    }
    if !text.starts_with('{') {
        return Err(WireError::new("bad_json", format!("an event is a JSON object, not {}", excerpt(text))));
    }
    let a = attributes(text)?;
    let id = required("id", &a.id)?;
    let source = required("source", &a.source)?;
    let (kind, schema_version) = split_type(required("type", &a.kind)?);
    match a.specversion.as_ref().and_then(|v| v.as_str()) {
        Some("1.0") => {}
        Some(other) => return Err(WireError::new("bad_envelope", format!("specversion '{other}' is not 1.0"))),
        None => return Err(WireError::new("bad_envelope", "specversion is missing")),
    }
    let recorded_at = instant("recordedtime", &a.recorded)?;
    let occurred_at = instant("time", &a.time)?.or(recorded_at).unwrap_or(context.now);
    let data = data(&a)?;
    let sequence = a.sequence.as_ref().map(scalar);
    let extensions = (!a.extensions.is_empty()).then(|| format!("{{{}}}", a.extensions));
    let draft = Draft {
        id,
        source,
        kind,
        schema_version,
        occurred_at,
        recorded_at,
        subject: a.subject.as_ref().and_then(|v| v.as_str()),
        data: &data,
    };
    push(&draft, sequence.as_deref(), extensions.as_deref(), context, out)
}

fn attributes(text: &str) -> Result<Attributes<'_>, WireError> {
    let mut a = Attributes::default();
    let mut others: Vec<Cow<'_, str>> = Vec::new();
    for member in sonic_rs::to_object_iter(text) {
        let (key, value) = member.map_err(|cause| WireError::new("bad_json", first_line(&cause.to_string())))?;
        let slot = match key.as_ref() {
            "specversion" => &mut a.specversion,
            "id" => &mut a.id,
            "source" => &mut a.source,
            "type" => &mut a.kind,
            "time" => &mut a.time,
            "recordedtime" => &mut a.recorded,
            "subject" => &mut a.subject,
            "datacontenttype" => &mut a.content_type,
            "sequence" => &mut a.sequence,
            "data" => &mut a.data,
            "data_base64" => &mut a.data_base64,
            name => {
                check_extension(name, &value)?;
                if others.iter().any(|known| known == name) {
                    return Err(WireError::new("duplicate_key", format!("'{name}' stands there twice")));
                }
                if value.get_type() != JsonType::Null {
                    if !a.extensions.is_empty() {
                        a.extensions.push(',');
                    }
                    push_text(&mut a.extensions, name);
                    a.extensions.push(':');
                    a.extensions.push_str(value.as_raw_str());
                }
                others.push(key);
                continue;
            }
        };
        if slot.is_some() {
            return Err(WireError::new("duplicate_key", format!("'{key}' stands there twice")));
        }
        // For attributes, null means absent; for data it is a value.
        if value.get_type() != JsonType::Null || key == "data" {
            *slot = Some(value);
        }
    }
    trailing(text)?;
    Ok(a)
}

/// The member iterator stops at the closing brace; whatever follows makes the line no event.
fn trailing(text: &str) -> Result<(), WireError> {
    if text.ends_with('}') {
        Ok(())
    } else {
        Err(WireError::new("bad_json", format!("text after the event: {}", excerpt(text.rsplit('}').next().unwrap_or_default()))))
    }
}

fn check_extension(name: &str, value: &LazyValue<'_>) -> Result<(), WireError> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Err(WireError::new("bad_envelope", format!("attribute name '{name}' has other characters than a-z and 0-9")));
    }
    let fine = match value.get_type() {
        JsonType::Null | JsonType::Boolean | JsonType::String => true,
        JsonType::Number => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        _ => false,
    };
    if fine {
        Ok(())
    } else {
        Err(WireError::new(
            "bad_envelope",
            format!("extension '{name}' must be text, true, false or a 32-bit integer, not {}", excerpt(value.as_raw_str())),
        ))
    }
}

fn required<'v>(name: &str, value: &'v Option<LazyValue<'_>>) -> Result<&'v str, WireError> {
    match value.as_ref().map(|v| v.as_str()) {
        Some(Some("")) => Err(WireError::new("bad_envelope", format!("{name} is empty"))),
        Some(Some(text)) => Ok(text),
        Some(None) => Err(WireError::new("bad_envelope", format!("{name} must be text"))),
        None => Err(WireError::new("bad_envelope", format!("{name} is missing"))),
    }
}

fn instant(name: &str, value: &Option<LazyValue<'_>>) -> Result<Option<Timestamp>, WireError> {
    let Some(value) = value else { return Ok(None) };
    let parsed = value.as_str().and_then(Timestamp::parse_rfc3339);
    parsed
        .map(Some)
        .ok_or_else(|| WireError::new("bad_time", format!("{name} {} is no RFC 3339 instant with an offset", excerpt(value.as_raw_str()))))
}

/// `org.trunkline.<type>.v<n>` or a bare type, which means version 1; a foreign type keeps its whole name.
fn split_type(name: &str) -> (&str, i32) {
    let Some(ours) = name.strip_prefix(TYPE_PREFIX) else { return (name, 1) };
    match ours.rsplit_once(".v").and_then(|(kind, version)| Some((kind, version.parse().ok()?))) {
        Some((kind, version)) => (kind, version),
        None => (ours, 1),
    }
}

fn data<'a>(a: &Attributes<'a>) -> Result<Cow<'a, str>, WireError> {
    match (&a.data, &a.data_base64) {
        (Some(_), Some(_)) => Err(WireError::new("bad_envelope", "data and data_base64 exclude each other")),
        (None, Some(base64)) => Ok(Cow::Owned(format!("{{\"data_base64\":{}}}", base64.as_raw_str()))),
        (None, None) => Ok(Cow::Borrowed("{}")),
        (Some(value), None) => {
            let media = a.content_type.as_ref().and_then(|v| v.as_str()).unwrap_or("application/json");
            let media = media.split(';').next().unwrap_or_default().trim();
            let is_json = media.ends_with("/json") || media.ends_with("+json");
            if !is_json && value.get_type() != JsonType::String {
                return Err(WireError::new("bad_envelope", format!("data of type '{media}' must be text")));
            }
            Ok(value.as_raw_cow())
        }
    }
}

fn scalar(value: &LazyValue<'_>) -> String {
    value.as_str().map_or_else(|| value.as_raw_str().to_string(), str::to_string)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_string()
}

/// The beginning of a text, for messages.
fn excerpt(text: &str) -> &str {
    const EXCERPT_BYTES_MAX: usize = 80;
    let end = (0..=text.len().min(EXCERPT_BYTES_MAX)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}
