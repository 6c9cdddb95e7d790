//! The values a mapping computes with, numbers as people write them, and JSON text out of values.

use std::borrow::Cow;
use std::fmt::Write as _;

use trunkline_events::Timestamp;

use super::error::RowError;

/// One value of a row. Numbers read from JSON keep their digits as text until arithmetic needs them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'r> {
    /// No value: an absent column or a declared null-like.
    Null,
    /// Text.
    Text(Cow<'r, str>),
    /// A JSON number, digits as written.
    Digits(Cow<'r, str>),
    /// A computed integer.
    Int(i64),
    /// A computed fraction.
    Float(f64),
    /// Truth.
    Bool(bool),
    /// An instant.
    Time(Timestamp),
    /// JSON text of an object or array, taken over as it is or built by the spec.
    Json(Cow<'r, str>),
}

impl<'r> Value<'r> {
    /// Text that owns itself.
    pub(crate) fn owned(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }

    /// True for no value.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The value as text for concatenation, ids, lookups and hashes; no value is `None`.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Value::Null => return None,
            Value::Text(t) | Value::Digits(t) | Value::Json(t) => Cow::Borrowed(t.as_ref()),
            Value::Int(i) => Cow::Owned(i.to_string()),
            Value::Float(x) => Cow::Owned(x.to_string()),
            Value::Bool(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
            Value::Time(t) => Cow::Owned(t.to_string()),
        })
    }

    /// Like [`Value::text`], empty for no value.
    pub(crate) fn text_or_empty(&self) -> Cow<'_, str> {
        self.text().unwrap_or_default()
    }

    /// The value as a number: integers stay integers. Text must be a plain number in full.
    pub(crate) fn number(&self, decimal: char) -> Result<Number, RowError> {
        match self {
            Value::Int(i) => Ok(Number::Int(*i)),
            Value::Float(x) => Ok(Number::Float(*x)),
            Value::Text(t) => parse_number(t, decimal, None),
            Value::Digits(t) => parse_number(t, '.', None),
            other => Err(RowError::new("bad_number", format!("`{}` is not a number", other.text_or_empty()))),
        }
    }

    /// Appends the value as JSON.
    pub(crate) fn write_json(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Text(t) => write_json_text(t, out),
            Value::Digits(t) | Value::Json(t) => out.push_str(t),
            Value::Int(i) => {
                let _ = write!(out, "{i}");
            }
            Value::Float(x) => {
                let _ = write!(out, "{x}");
            }
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Time(t) => {
                let _ = write!(out, "\"{t}\"");
            }
        }
    }

    /// Detaches the value from the row it came from.
    pub(crate) fn into_owned<'o>(self) -> Value<'o> {
        match self {
            Value::Text(t) => Value::Text(Cow::Owned(t.into_owned())),
            Value::Digits(t) => Value::Digits(Cow::Owned(t.into_owned())),
            Value::Json(t) => Value::Json(Cow::Owned(t.into_owned())),
            Value::Null => Value::Null,
            Value::Int(i) => Value::Int(i),
            Value::Float(x) => Value::Float(x),
            Value::Bool(b) => Value::Bool(b),
            Value::Time(t) => Value::Time(t),
        }
    }
}

/// A number that arithmetic and comparisons work on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    /// Whole.
    Int(i64),
    /// With a fraction, always finite.
    Float(f64),
}

impl Number {
    /// As a float.
    pub(crate) fn float(self) -> f64 {
        match self {
            Self::Int(i) => i as f64,
            Self::Float(x) => x,
        }
    }

    /// As a value.
    pub(crate) fn value<'r>(self) -> Value<'r> {
        match self {
            Self::Int(i) => Value::Int(i),
            Self::Float(x) => Value::Float(x),
        }
    }
}

/// Parses a number as people write it: blanks around are dropped, an exponent is refused, the decimal mark must be the declared
/// one, and grouping marks are accepted only where declared and only in groups of three.
pub(crate) fn parse_number(text: &str, decimal: char, thousands: Option<char>) -> Result<Number, RowError> {
    let bad = || RowError::new("bad_number", format!("`{text}` is not a number"));
    let trimmed = text.trim();
    let (sign, digits) = match trimmed.strip_prefix(['-', '+']) {
        Some(rest) => (if trimmed.starts_with('-') { "-" } else { "" }, rest),
        None => ("", trimmed),
    };
    let (whole, fraction) = match digits.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut plain = String::with_capacity(trimmed.len());
    plain.push_str(sign);
    match thousands {
        Some(mark) if whole.contains(mark) => {
            for (i, group) in whole.split(mark).enumerate() {
                let fits = if i == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
                if !fits {
                    return Err(bad());
                }
                plain.push_str(group);
            }
        }
        _ => plain.push_str(whole),
    }
    let whole_digits = plain.len() - sign.len();
    if whole_digits == 0 || !plain[sign.len()..].bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let Some(fraction) = fraction else {
        return plain.parse().map(Number::Int).map_err(|_| RowError::new("bad_number", format!("`{text}` does not fit 64 bits")));
    };
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    plain.push('.');
    plain.push_str(fraction);
    plain.parse().ok().filter(|x: &f64| x.is_finite()).map(Number::Float).ok_or_else(bad)
}

/// Appends `text` as a JSON string; control characters and NUL are escaped, nothing is lost.
pub(crate) fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
