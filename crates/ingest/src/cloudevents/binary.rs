//! CloudEvents in binary mode: attributes in headers `ce-…`, the body is the data. Made into the structured JSON that everything else reads.
//!
//! Format: CloudEvents 1.0, HTTP binding 3.1 and NATS binding 3.1. Values of headers are unquoted, then percent-decoded once; what is no UTF-8
//! then is refused. What is missing or contradicts itself (no id, a name twice) is written as it stands: the reader of the envelope refuses
//! it and says why. A message that cannot be made is kept as it came ([`kept`]), and refused with the same reason when it is mapped.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::connector::Reject;
use crate::vendor::Request;

/// The beginning of headers that are attributes.
const PREFIX: &str = "ce-";
/// Set by those who forward events that we wrote, where only `true` as a boolean counts; a header has only text.
const KEYED: &str = "customerkeyed";
/// Characters of an offending value that a message quotes.
const QUOTED_MAX: usize = 80;

/// A header's name, in any case, and its value as it came.
pub type Header<'h> = (&'h str, &'h [u8]);

/// How a CloudEvent is written, by what its headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One JSON object, or nothing says that it is anything else.
    Structured,
    /// A JSON array of them.
    Batch,
    /// Attributes in headers.
    Binary,
    /// A CloudEvent in another format than JSON.
    Foreign,
}

/// The mode of a message. `content_type` goes first, as the bindings say; then one of the four attributes that every event has.
pub fn mode<'h>(content_type: Option<&str>, mut names: impl Iterator<Item = &'h str>) -> Mode {
    let media = media_type(content_type.unwrap_or_default());
    for (begin, mode) in [("application/cloudevents-batch", Mode::Batch), ("application/cloudevents", Mode::Structured)] {
        if let Some(rest) = media.strip_prefix(begin) {
            return if rest.is_empty() || rest == "+json" { mode } else { Mode::Foreign };
        }
    }
    let is_required = |name: &str| {
        attribute(name).is_some_and(|name| ["specversion", "id", "source", "type"].iter().any(|known| name.eq_ignore_ascii_case(known)))
    };
    if names.any(is_required) { Mode::Binary } else { Mode::Structured }
}

/// The structured JSON of an event in binary mode. Headers other than attributes and the content
/// type are passed over. `ce-datacontenttype`, which NATS has, counts before `content-type`.
///
/// Data of a JSON type is embedded as it is, of types that are bytes as `data_base64`, everything else as text (or `data_base64`, where it is
/// none). Without a type, JSON if it is JSON.
///
/// # Errors
/// `bad_encoding` for an attribute that is no UTF-8, `bad_json` for JSON that is none.
pub fn structured(headers: &[Header<'_>], body: &[u8]) -> Result<Vec<u8>, Reject> {
    let mut out = String::from("{");
    let mut content_type = None;
    for (name, value) in headers {
        let Some(name) = attribute(name).map(str::to_ascii_lowercase) else { continue };
        let value = decoded(&name, value)?;
        if name == "datacontenttype" {
            content_type = Some(value.clone());
        }
        let is_flag = name == KEYED && (value == "true" || value == "false");
        member(&mut out, &name, &if is_flag { value } else { Value::from(value).to_string() });
    }
    if content_type.is_none()
        && let Some((_, value)) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        let value = String::from_utf8_lossy(value).trim().to_owned();
        member(&mut out, "datacontenttype", &Value::from(value.as_str()).to_string());
        content_type = Some(value);
    }
    if !body.is_empty() {
        data(&mut out, content_type.as_deref(), body)?;
    }
    out.push('}');
    Ok(out.into_bytes())
}

/// A message that [`structured`] refuses, whole: `{"headers":{…},"body":…}`. Mapping it gives the refusal again.
#[must_use]
pub fn kept(headers: &[Header<'_>], body: &[u8]) -> Vec<u8> {
    let is_ours = |name: &str| attribute(name).is_some() || name.eq_ignore_ascii_case("content-type");
    let headers: Vec<(String, String)> =
        headers.iter().filter(|(name, _)| is_ours(name)).map(|(name, value)| (name.to_ascii_lowercase(), written(value))).collect();
    match std::str::from_utf8(body) {
        Ok(_) => Request::capture(headers.iter(), body),
        Err(_) => Request::capture(headers.iter(), STANDARD.encode(body).as_bytes()),
    }
}

/// Why a message was [`kept`] instead of made; `None` for every other record.
pub(super) fn reason(record: &[u8]) -> Option<Reject> {
    let request = Request::of(record).ok().filter(|request| request.headers().any(|(name, _)| attribute(name).is_some()))?;
    let headers: Vec<Header<'_>> = request.headers().map(|(name, value)| (name, value.as_bytes())).collect();
    structured(&headers, request.body().as_bytes()).err()
}

/// The name of the attribute that a header holds.
fn attribute(header: &str) -> Option<&str> {
    let (begin, name) = header.split_at_checked(PREFIX.len())?;
    begin.eq_ignore_ascii_case(PREFIX).then_some(name)
}

fn member(out: &mut String, name: &str, json: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    out.push_str(&Value::from(name).to_string());
    out.push(':');
    out.push_str(json);
}

fn data(out: &mut String, content_type: Option<&str>, body: &[u8]) -> Result<(), Reject> {
    let json = serde_json::from_slice::<&RawValue>(body);
    let media = media_type(content_type.unwrap_or_default());
    // Anything but one whole value would write members of the envelope.
    match json {
        Ok(json) if media.is_empty() || is_json(&media) => member(out, "data", json.get()),
        Err(cause) if is_json(&media) => return Err(Reject::new("bad_json", format!("the data are no JSON: {cause}"))),
        _ => match std::str::from_utf8(body) {
            Ok(text) if !is_bytes(&media) => member(out, "data", &Value::from(text).to_string()),
            _ => member(out, "data_base64", &Value::from(STANDARD.encode(body)).to_string()),
        },
    }
    Ok(())
}

/// The media type in lower case, without parameters.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim_ascii().to_ascii_lowercase()
}

fn is_json(media: &str) -> bool {
    media.ends_with("/json") || media.ends_with("+json")
}

/// Types that are bytes, even where these happen to be text.
fn is_bytes(media: &str) -> bool {
    ["application/octet-stream", "image/", "audio/", "video/"].iter().any(|begin| media.starts_with(begin))
}

/// The value of an attribute: unquoted, then one round of percent-decoding. A percent sign that begins no pair of digits stands for itself.
fn decoded(name: &str, value: &[u8]) -> Result<String, Reject> {
    let (value, mut out) = (unquoted(value.trim_ascii()), Vec::with_capacity(value.len()));
    let digit = |at: usize| value.get(at).and_then(|b| char::from(*b).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        match (byte, digit(at + 1).zip(digit(at + 2))) {
            (b'%', Some((high, low))) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).map_err(|_| {
        let found: String = written(&value).chars().take(QUOTED_MAX).collect();
        Reject::new("bad_encoding", format!("the header ce-{name} is no UTF-8: '{found}'"))
    })
}

/// A quoted string of RFC 7230 without its quotes and backslashes; everything else as it is.
fn unquoted(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else { return Cow::Borrowed(value) };
    let (mut out, mut bytes) = (Vec::with_capacity(inner.len()), inner.iter());
    while let Some(&byte) = bytes.next() {
        out.extend(if byte == b'\\' { bytes.next().copied() } else { Some(byte) });
    }
    Cow::Owned(out)
}

/// The text of a header's value; bytes that are none are percent-encoded, which decodes to the same bytes.
fn written(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|b| if b.is_ascii() { char::from(*b).to_string() } else { format!("%{b:02X}") }).collect(),
    }
}

#[cfg(test)]
mod tests;
