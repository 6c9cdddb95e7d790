//! Old payload forms lifted to the current one when they are read; what is stored stays as it was.
//!
//! One pure step per type and version. `crates/events/compat/` holds a stored example and what it becomes for every step.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The payload in the form of the type's current version; borrowed when it is current already.
#[must_use]
pub fn upcast<'a>(kind: &str, version: i32, data: &'a str) -> Cow<'a, str> {
    let step: fn(&mut Map<String, Value>) = match (kind, version) {
        ("contact.ended", 0) => ended_v0,
        ("hold.ended", 0) => hold_ended_v0,
        _ => return Cow::Borrowed(data),
    };
    let Ok(Value::Object(mut members)) = serde_json::from_str(data) else { return Cow::Borrowed(data) };
    step(&mut members);
    Cow::Owned(Value::Object(members).to_string())
}

/// Version 0 called the reason `disconnect_reason`.
fn ended_v0(members: &mut Map<String, Value>) {
    if let Some(reason) = members.remove("disconnect_reason") {
        members.insert("reason".to_string(), reason);
    }
}

/// Version 0 gave the length in seconds, as a number that may have a fraction.
fn hold_ended_v0(members: &mut Map<String, Value>) {
    if let Some(seconds) = members.remove("held_s").and_then(|v| v.as_f64()) {
        members.insert("held_ms".to_string(), Value::from((seconds * 1_000.0).round() as i64));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::upcast;

    #[test]
    fn stored_examples_become_what_they_became_before() {
        let pairs = [
            ("contact.ended", include_str!("../compat/contact.ended.v0.json"), include_str!("../compat/contact.ended.v0.expected.json")),
            ("hold.ended", include_str!("../compat/hold.ended.v0.json"), include_str!("../compat/hold.ended.v0.expected.json")),
        ];
        for (kind, old, expected) in pairs {
            let new: serde_json::Value = serde_json::from_str(&upcast(kind, 0, old)).unwrap();
            assert_eq!(new, serde_json::from_str::<serde_json::Value>(expected).unwrap(), "{kind}");
            assert_eq!(upcast(kind, 1, old), old, "version 1 is current");
        }
    }
}
