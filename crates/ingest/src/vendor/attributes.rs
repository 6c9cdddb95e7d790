//! Attributes that customers of a vendor define themselves: kept, but for addresses in them.
//!
//! Nobody knows what such an attribute holds, and callers' numbers are often among them. A value that reads like a telephone number or an
//! e-mail address is stored under its name with `_addr` added, which makes the wire keep a keyed hash instead of the text.

use serde_json::{Map, Value};

/// Digits from which on a value reads like a telephone number; with a plus sign fewer are enough.
const DIGITS_MIN: usize = 9;
const DIGITS_AFTER_PLUS_MIN: usize = 7;

/// The attributes as they are stored.
pub(super) fn kept(attributes: &Map<String, Value>) -> Map<String, Value> {
    let named = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) if is_address(text) => (format!("{name}_addr"), Value::from(text.trim_ascii())),
        _ => (name.clone(), value.clone()),
    };
    attributes.iter().filter(|(_, value)| !value.is_null()).map(named).collect()
}

fn is_address(text: &str) -> bool {
    let text = text.trim_ascii();
    let text = ["tel:", "sip:", "mailto:"].iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    if text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !text.contains(' ')) {
        return true;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || b" +()-./".contains(&b));
    is_number && digits >= if text.starts_with('+') { DIGITS_AFTER_PLUS_MIN } else { DIGITS_MIN }
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn numbers_and_mail_addresses_are_told_from_words() {
        for text in ["+34600111", "(555) 123-4567", "555.123.4567", "ana@example.org", "tel:+4930123456", "sip:1234@pbx.example.org"] {
            assert!(is_address(text), "{text}");
        }
        for text in ["", "Y", "8477597_002_00002", "20260302", "12.50", "billing@home", "write to ana@example.org please"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
