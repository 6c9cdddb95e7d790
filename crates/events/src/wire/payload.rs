//! One pass over the members of a payload: required fields, durations, what is lifted, what is replaced.

use std::borrow::Cow;

use sonic_rs::{JsonType, JsonValueTrait, LazyValue};

use super::WireError;
use crate::identity::CustomerSecret;
use crate::vocabulary::{Shape, TypeSpec};

/// Members that hold a customer's address or id.
const PERSONAL: [&str; 4] = ["customer_id", "from_addr", "to_addr", "requester_ref"];

/// What was found in a payload.
#[derive(Debug, Default)]
pub(super) struct Payload<'a> {
    members: Vec<(Cow<'a, str>, LazyValue<'a>)>,
    has_personal: bool,
}

impl<'a> Payload<'a> {
    /// Reads and checks the object `data` of an event of type `spec` (`None`: a foreign type, nothing is required).
    pub(super) fn read(data: &'a str, spec: Option<&TypeSpec>) -> Result<Self, WireError> {
        let mut found = Self { members: Vec::with_capacity(12), has_personal: false };
        let mut seen = 0_u32;
        for member in sonic_rs::to_object_iter(data) {
            let (key, value) = member.map_err(|cause| WireError::new("bad_json", format!("data is no JSON object: {cause}")))?;
            if found.members.iter().any(|(known, _)| *known == key) {
                return Err(WireError::new("duplicate_key", format!("data has '{key}' twice")));
            }
            if key.ends_with("_ms") {
                check_duration(&key, &value)?;
            }
            if let Some(spec) = spec
                && let Some(at) = spec.required.iter().position(|(name, _)| *name == key)
                && value.get_type() != JsonType::Null
            {
                check_shape(&key, &value, spec.required[at].1)?;
                seen |= 1 << at;
            }
            found.has_personal |= PERSONAL.contains(&key.as_ref());
            found.members.push((key, value));
        }
        if let Some(spec) = spec
            && let Some(at) = (0..spec.required.len()).find(|at| seen & (1 << at) == 0)
        {
            let (name, shape) = spec.required[at];
            return Err(WireError::new("bad_payload", format!("{} needs data.{name}, {}", spec.name, shape.word())));
        }
        Ok(found)
    }

    /// The member as text; numbers keep their digits. Absent, null and empty are `None`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.members.iter().find(|(key, _)| key == name)?;
        let text = match value.get_type() {
            JsonType::String => value.as_str()?,
            JsonType::Number => value.as_raw_str(),
            _ => return None,
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// The customer's key: what the payload calls so, else hashed from the customer's id, else from the customer's address.
    pub(super) fn customer_key(&self, secret: &CustomerSecret) -> Option<String> {
        if let Some(key) = self.text("customer_key") {
            return Some(key.to_string());
        }
        let address = if self.text("direction") == Some("outbound") { "to_addr" } else { "from_addr" };
        self.text("customer_id").or_else(|| self.text(address)).and_then(|text| secret.customer_key(text))
    }

    /// The payload as it is stored: personal members replaced by their keys, `seq` and `extensions` added.
    pub(super) fn stored(&self, raw: &'a str, secret: &CustomerSecret, seq: Option<&str>, extensions: Option<&str>) -> Cow<'a, str> {
        if !self.has_personal && seq.is_none() && extensions.is_none() {
            return Cow::Borrowed(raw);
        }
        let own_address = if self.text("direction") == Some("outbound") { "from_addr" } else { "to_addr" };
        let mut out = String::with_capacity(raw.len() + 64);
        out.push('{');
        for (key, value) in &self.members {
            if key == "_seq" && seq.is_some() || key == "_ext" && extensions.is_some() {
                continue;
            }
            push_key(&mut out, key);
            if PERSONAL.contains(&key.as_ref()) && key != own_address {
                match self.text(key).and_then(|text| secret.customer_key(text)) {
                    Some(hash) => push_text(&mut out, &hash),
                    None => out.push_str("null"),
                }
            } else {
                out.push_str(value.as_raw_str());
            }
        }
        if let Some(seq) = seq {
            push_key(&mut out, "_seq");
            push_text(&mut out, seq);
        }
        if let Some(extensions) = extensions {
            push_key(&mut out, "_ext");
            out.push_str(extensions);
        }
        out.push('}');
        Cow::Owned(out)
    }
}

fn check_duration(key: &str, value: &LazyValue<'_>) -> Result<(), WireError> {
    let fine = match value.get_type() {
        JsonType::Null => true,
        JsonType::Number => value.as_i64().is_some_and(|n| n >= 0),
        _ => false,
    };
    if fine {
        Ok(())
    } else {
        Err(WireError::new("bad_payload", format!("data.{key} must be whole milliseconds, 0 or more, not {}", value.as_raw_str())))
    }
}

fn check_shape(key: &str, value: &LazyValue<'_>, shape: Shape) -> Result<(), WireError> {
    let fine = match (shape, value.get_type()) {
        (Shape::Text, JsonType::String) => value.as_str().is_some_and(|text| !text.is_empty()),
        (Shape::Text | Shape::Number, JsonType::Number)
        | (Shape::Bool, JsonType::Boolean)
        | (Shape::Object, JsonType::Object)
        | (Shape::Array, JsonType::Array) => true,
        _ => false,
    };
    if fine {
        Ok(())
    } else {
        Err(WireError::new("bad_payload", format!("data.{key} must be {}, not {}", shape.word(), value.as_raw_str())))
    }
}

fn push_key(out: &mut String, key: &str) {
    if out.len() > 1 {
        out.push(',');
    }
    push_text(out, key);
    out.push(':');
}

/// A JSON string; quotes, backslashes and control characters are escaped.
pub(super) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
