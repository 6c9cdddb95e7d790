//! Customer addresses: which members hold them, and the keys that are stored instead.

use std::borrow::Cow;

use sonic_rs::JsonType;

use super::text::{push_member, push_text};
use crate::identity::CustomerSecret;
use crate::vocabulary::object::{self, Value};
use crate::vocabulary::{EventType, PayloadError};

/// How addresses become keys in one event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keying<'a> {
    /// The secret of the hash.
    pub(super) secret: &'a CustomerSecret,
    /// The event was written by us: what looks like a key is one already, and hashing it again would make another event of it.
    pub(super) is_keyed: bool,
}

impl Keying<'_> {
    /// The key of an address; `None` for blank text.
    pub(super) fn key(&self, address: &str) -> Option<String> {
        if self.is_keyed && is_key(address) { Some(address.to_string()) } else { self.secret.customer_key(address) }
    }

    /// The JSON that is stored for the value of a personal member.
    pub(super) fn stored(&self, value: &Value<'_>) -> Result<String, PayloadError> {
        match value.get_type() {
            JsonType::Array => Ok(self.array(value.as_raw_str(), true)?.unwrap_or_else(|| value.as_raw_str().to_string())),
            JsonType::Object => self.inside(value.as_raw_str()),
            JsonType::Boolean | JsonType::Null => Ok(value.as_raw_str().to_string()),
            JsonType::String | JsonType::Number => {
                Ok(value.scalar().and_then(|text| self.key(text)).map_or_else(|| "null".to_string(), |key| quoted(&key)))
            }
        }
    }

    /// An object under a personal name: any member of it may be the address, so every text and number becomes a key.
    fn inside(&self, raw: &str) -> Result<String, PayloadError> {
        let mut seen: Vec<Cow<'_, str>> = Vec::new();
        let mut out = String::with_capacity(raw.len() + 64);
        out.push('{');
        object::members(raw, |key, value| {
            if seen.contains(&key) {
                return Err(PayloadError::Duplicate(key.to_string()));
            }
            push_member(&mut out, &key, &self.stored(&value)?);
            seen.push(key);
            Ok(())
        })?;
        out.push('}');
        Ok(out)
    }

    /// A nested array or object with its addresses replaced; `None` when there are none. Refuses repeated names on the way.
    pub(super) fn nested(&self, raw: &str) -> Result<Option<String>, PayloadError> {
        // Without an object there are no names, so neither addresses nor repetitions.
        if !raw.contains('{') {
            return Ok(None);
        }
        if raw.starts_with('{') { self.object(raw) } else { self.array(raw, false) }
    }

    fn object(&self, raw: &str) -> Result<Option<String>, PayloadError> {
        let mut members: Vec<(Cow<'_, str>, Value<'_>)> = Vec::new();
        object::members(raw, |key, value| {
            let repeated = members.iter().any(|(known, _)| *known == key);
            members.push((key, value));
            if repeated { Err(PayloadError::Duplicate(members[members.len() - 1].0.to_string())) } else { Ok(()) }
        })?;
        let text_of = |name: &str| members.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.scalar());
        let own = own_addresses(None, text_of("direction"));
        let names_customer = text_of("kind").is_some_and(is_customer_kind);
        let (mut out, mut is_changed) = (String::with_capacity(raw.len() + 32), false);
        out.push('{');
        for (key, value) in &members {
            let is_personal = is_personal(key) && !own.contains(&key.as_ref()) || names_customer && key == "id";
            let new = match value.get_type() {
                _ if is_personal => Some(self.stored(value)?),
                JsonType::Object | JsonType::Array => self.nested(value.as_raw_str())?,
                _ => None,
            };
            is_changed |= new.is_some();
            push_member(&mut out, key, new.as_deref().unwrap_or(value.as_raw_str()));
        }
        out.push('}');
        Ok(is_changed.then_some(out))
    }

    /// An array; with `is_personal` its texts and numbers are addresses themselves.
    fn array(&self, raw: &str, is_personal: bool) -> Result<Option<String>, PayloadError> {
        let (mut out, mut is_changed) = (String::with_capacity(raw.len() + 32), false);
        out.push('[');
        object::elements::<PayloadError>(raw, |element| {
            let new = match element.get_type() {
                JsonType::Array if is_personal => self.array(element.as_raw_str(), true)?,
                JsonType::Object | JsonType::Array => self.nested(element.as_raw_str())?,
                JsonType::String | JsonType::Number if is_personal => Some(self.stored(&element)?),
                _ => None,
            };
            is_changed |= new.is_some();
            if out.len() > 1 {
                out.push(',');
            }
            out.push_str(new.as_deref().unwrap_or(element.as_raw_str()));
            Ok(())
        })?;
        out.push(']');
        Ok(is_changed.then_some(out))
    }
}

/// Members that hold a customer's address or id.
pub(super) fn is_personal(name: &str) -> bool {
    match name {
        "customer_id" | "customer_key" | "from_addr" | "to_addr" | "requester_ref" | "customer_ref" | "email" | "phone"
        | "phone_number" | "msisdn" | "ani" | "caller_id" => true,
        _ => (name.ends_with("_addr") || name.ends_with("_email") || name.ends_with("_phone")) && !name.starts_with("agent_"),
    }
}

/// Kinds of entity whose id is an address or names a customer.
fn is_customer_kind(kind: &str) -> bool {
    matches!(kind, "customer" | "external" | "phone" | "number" | "email" | "address")
}

/// The addresses that are ours, not the customer's, and so stay as they are.
pub(super) fn own_addresses(kind: Option<EventType>, direction: Option<&str>) -> &'static [&'static str] {
    match (direction, kind) {
        (Some("internal"), _) => &["from_addr", "to_addr"],
        (Some("outbound"), _) => &["from_addr"],
        (Some("inbound"), _) => &["to_addr"],
        (_, Some(EventType::MessageSent)) => &["from_addr"],
        _ => &["to_addr"],
    }
}

/// True for text that has the form of a customer key: 32 lower-case hexadecimal digits.
pub(super) fn is_key(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_text(&mut out, text);
    out
}
