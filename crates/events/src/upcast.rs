//! Old payload forms lifted to the current one when they are read; what is stored stays as it was.
//!
//! One pure step per type and version: it renames or converts members one by one and leaves all others as they are, digit for
//! digit. `crates/events/compat/` holds a stored example and what it becomes for every step.

use std::borrow::Cow;

use sonic_rs::JsonType;

use crate::vocabulary::object::{self, JsonFault, Value};

/// The new name and value of a member; `None` leaves it as it is.
type Step = fn(&str, &Value<'_>) -> Option<(&'static str, String)>;

/// The payload in the form of the type's current version; borrowed when it is current already, or no JSON object.
#[must_use]
pub fn upcast<'a>(kind: &str, version: i32, data: &'a str) -> Cow<'a, str> {
    if version != 0 {
        return Cow::Borrowed(data);
    }
    let step: Step = match kind {
        "contact.ended" => ended_v0,
        "hold.ended" => hold_ended_v0,
        "queue.exited" => exited_v0,
        _ => return Cow::Borrowed(data),
    };
    lifted(data, step).map_or(Cow::Borrowed(data), Cow::Owned)
}

fn lifted(data: &str, step: Step) -> Option<String> {
    let mut out = String::with_capacity(data.len() + 16);
    object::members::<JsonFault>(data, |key, value| {
        out.push(if out.is_empty() { '{' } else { ',' });
        match step(&key, &value) {
            Some((name, json)) => out.push_str(&format!("\"{name}\":{json}")),
            None => {
                let name = serde_json::to_string(key.as_ref()).map_err(|cause| JsonFault(cause.to_string()))?;
                out.push_str(&format!("{name}:{}", value.as_raw_str()));
            }
        }
        Ok(())
    })
    .ok()?;
    if out.is_empty() {
        out.push('{');
    }
    out.push('}');
    Some(out)
}

/// Version 0 called the reason `disconnect_reason`.
fn ended_v0(key: &str, value: &Value<'_>) -> Option<(&'static str, String)> {
    (key == "disconnect_reason").then(|| ("reason", value.as_raw_str().to_string()))
}

/// Version 0 gave the length in seconds.
fn hold_ended_v0(key: &str, value: &Value<'_>) -> Option<(&'static str, String)> {
    if key == "held_s" { Some(("held_ms", millis(value)?)) } else { None }
}

/// Version 0 gave the wait in seconds.
fn exited_v0(key: &str, value: &Value<'_>) -> Option<(&'static str, String)> {
    if key == "wait_s" { Some(("wait_ms", millis(value)?)) } else { None }
}

/// Seconds, a number or text that is one, as whole milliseconds, rounded. Null stays null; what is no number is not lifted.
fn millis(seconds: &Value<'_>) -> Option<String> {
    let number: f64 = match seconds.get_type() {
        JsonType::Null => return Some("null".to_string()),
        JsonType::Number => seconds.as_raw_str().parse().ok()?,
        JsonType::String => seconds.as_str()?.trim_ascii().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then(|| ((number * 1_000.0).round() as i64).to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
