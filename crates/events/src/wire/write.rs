//! A stored row as structured CloudEvents JSON.

use super::envelope::TYPE_PREFIX;
use super::payload::push_text;
use crate::row::EventRow;
use crate::vocabulary;

/// Appends the event as one JSON object. Our types get their prefix and version; `_seq` becomes `sequence`, `_ext` the extensions it
/// came from, `recorded_at` becomes `recordedtime`.
pub fn write_event(row: &EventRow<'_>, out: &mut Vec<u8>) {
    let mut text = String::with_capacity(row.data.len() + 256);
    text.push_str("{\"specversion\":\"1.0\",\"id\":");
    push_text(&mut text, row.event_id);
    text.push_str(",\"source\":");
    push_text(&mut text, row.source);
    text.push_str(",\"type\":");
    if vocabulary::find(row.kind).is_some() {
        push_text(&mut text, &format!("{TYPE_PREFIX}{}.v{}", row.kind, row.schema_version));
    } else {
        push_text(&mut text, row.kind);
    }
    text.push_str(&format!(",\"time\":\"{}\",\"recordedtime\":\"{}\"", row.occurred_at, row.recorded_at));
    if let Some(subject) = row.subject {
        text.push_str(",\"subject\":");
        push_text(&mut text, subject);
    }
    push_data(&mut text, row);
    text.push('}');
    out.extend_from_slice(text.as_bytes());
}

fn push_data(text: &mut String, row: &EventRow<'_>) {
    let mut data = String::from("{");
    for member in sonic_rs::to_object_iter(row.data) {
        let Ok((key, value)) = member else {
            text.push_str(&format!(",\"data\":{}", row.data));
            return;
        };
        match key.as_ref() {
            "_seq" => text.push_str(&format!(",\"sequence\":{}", value.as_raw_str())),
            "_ext" => {
                let inner = value.as_raw_str().trim().trim_start_matches('{').trim_end_matches('}');
                if !inner.trim().is_empty() {
                    text.push_str(&format!(",{inner}"));
                }
            }
            name => {
                if data.len() > 1 {
                    data.push(',');
                }
                push_text(&mut data, name);
                data.push(':');
                data.push_str(value.as_raw_str());
            }
        }
    }
    if let (Some(key), false) = (row.customer_key, row.data.contains("\"customer_key\"")) {
        data.push_str(if data.len() > 1 { ",\"customer_key\":" } else { "\"customer_key\":" });
        push_text(&mut data, key);
    }
    text.push_str(&format!(",\"data\":{data}}}"));
}
