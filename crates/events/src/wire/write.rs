//! A stored row as structured CloudEvents JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

use sonic_rs::JsonType;

use super::envelope::is_base64;
use super::payload::{CUSTOMER_KEY, EXTENSIONS, SEQUENCE};
use super::personal::{is_personal, quoted};
use super::text::{push_member, push_text};
use super::{KEYED, TYPE_PREFIX};
use crate::row::EventRow;
use crate::vocabulary::object::{self, JsonFault, Value};
use crate::vocabulary::{CURRENT_VERSION, EventType};

/// Appends the event as one JSON object. Our types get their prefix and version; `_seq` becomes `sequence`, `_ext` the extensions
/// it came from, a payload that is no object stands alone again, `recorded_at` becomes `recordedtime`, and the column `customer_key` a member of `data`. Reading it again gives the
/// same row, whatever the secret: what was made a key stays that key.
pub fn write_event(row: &EventRow<'_>, out: &mut Vec<u8>) {
    let mut text = String::with_capacity(row.data.len() + 256);
    text.push_str("{\"specversion\":\"1.0\",\"id\":");
    push_text(&mut text, row.event_id);
    text.push_str(",\"source\":");
    push_text(&mut text, row.source);
    text.push_str(",\"type\":");
    if EventType::from_name(row.kind).is_some() || row.schema_version != CURRENT_VERSION {
        push_text(&mut text, &format!("{TYPE_PREFIX}{}.v{}", row.kind, row.schema_version));
    } else {
        push_text(&mut text, row.kind);
    }
    // Writing to a String cannot fail.
    let _ = write!(text, ",\"time\":\"{}\",\"recordedtime\":\"{}\"", row.occurred_at, row.recorded_at);
    if let Some(subject) = row.subject {
        text.push_str(",\"subject\":");
        push_text(&mut text, subject);
    }
    push_data(&mut text, row);
    text.push('}');
    out.extend_from_slice(text.as_bytes());
}

fn push_data(text: &mut String, row: &EventRow<'_>) {
    let Some(members) = members(row.data) else {
        if row.data.starts_with('[') {
            push_member(text, KEYED, "true");
        }
        push_member(text, "data", row.data);
        return;
    };
    let (mut data, mut may_hold_keys, mut is_moved) = (String::with_capacity(row.data.len() + 64), row.customer_key.is_some(), false);
    let mut left = Vec::new();
    data.push('{');
    for (key, value) in &members {
        match key.as_ref() {
            SEQUENCE if matches!(value.get_type(), JsonType::String | JsonType::Number) => {
                push_member(text, "sequence", value.as_raw_str());
                is_moved = true;
            }
            EXTENSIONS if push_extensions(text, value) => {
                is_moved = true;
                may_hold_keys = true;
            }
            CUSTOMER_KEY if row.customer_key.is_some() => {}
            name => {
                may_hold_keys |= is_personal(name) || matches!(value.get_type(), JsonType::Object | JsonType::Array);
                push_member(&mut data, name, value.as_raw_str());
                left.push(value);
            }
        }
    }
    if let Some(key) = row.customer_key {
        push_member(&mut data, CUSTOMER_KEY, &quoted(key));
        is_moved = true;
    }
    if may_hold_keys {
        push_member(text, KEYED, "true");
    }
    data.push('}');
    // What stood alone before something of the envelope was put beside it stands alone again.
    if let [bare] = left.as_slice()
        && bare.get_type() != JsonType::Object
        && data.starts_with("{\"data\":")
        && is_moved
        && row.customer_key.is_none()
        && EventType::from_name(row.kind).is_none()
    {
        push_member(text, "data", bare.as_raw_str());
        return;
    }
    let base64 =
        data.strip_prefix("{\"data_base64\":\"").filter(|_| (is_moved || data == row.data) && EventType::from_name(row.kind).is_none());
    match base64.and_then(|rest| rest.strip_suffix("\"}")).filter(|rest| !rest.contains('"')) {
        Some(base64) if is_base64(base64) => push_member(text, "data_base64", &quoted(base64)),
        _ => push_member(text, "data", if is_moved { &data } else { row.data }),
    }
}

fn members(data: &str) -> Option<Vec<(Cow<'_, str>, Value<'_>)>> {
    let mut members = Vec::with_capacity(12);
    object::members::<JsonFault>(data, |key, value| {
        members.push((key, value));
        Ok(())
    })
    .ok()?;
    Some(members)
}

/// Writes the members of `_ext` as attributes if all of them can be attributes; else nothing, and false.
fn push_extensions(text: &mut String, value: &Value<'_>) -> bool {
    let Some(members) = members(value.as_raw_str()) else { return false };
    let can_be = |key: &str, value: &Value<'_>| {
        let is_free =
            !matches!(key, "specversion" | "id" | "source" | "type" | "time" | "recordedtime" | "subject" | "sequence" | "data" | KEYED);
        let is_name = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        is_free
            && is_name
            && match value.get_type() {
                JsonType::String | JsonType::Boolean => true,
                JsonType::Number => value.as_raw_str().parse::<i32>().is_ok(),
                _ => false,
            }
    };
    if members.is_empty() || !members.iter().all(|(key, value)| can_be(key, value)) {
        return false;
    }
    for (key, value) in &members {
        push_member(text, key, value.as_raw_str());
    }
    true
}
