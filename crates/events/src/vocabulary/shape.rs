//! What a payload member looks like: shapes for the one-pass check, and the types that hold values of each shape.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use sonic_rs::JsonType;

use super::object::Value;
use crate::time::Timestamp;

/// Any JSON, where the vocabulary leaves a member loose.
pub type Any = serde_json::Value;

/// What a payload member must look like. `null` is the same as an absent member in every shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text, or a number whose digits are taken as text. A required one is not empty.
    Text,
    /// A number, or text that is one as a whole.
    Number,
    /// Whole milliseconds, 0 or more.
    Millis,
    /// RFC 3339 with an offset or `Z`.
    Instant,
    /// true or false.
    Bool,
    /// An object.
    Object,
    /// An array.
    Array,
    /// Anything.
    Any,
}

impl Shape {
    /// The words for messages.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Millis => "whole milliseconds, 0 or more",
            Self::Instant => "an RFC 3339 instant with an offset",
            Self::Bool => "true or false",
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Any => "a value",
        }
    }

    /// True when a value that is not null has this shape.
    pub(crate) fn fits(self, value: &Value<'_>) -> bool {
        match (self, value.get_type()) {
            (Self::Any, _)
            | (Self::Text, JsonType::String | JsonType::Number)
            | (Self::Number, JsonType::Number)
            | (Self::Bool, JsonType::Boolean)
            | (Self::Object, JsonType::Object)
            | (Self::Array, JsonType::Array) => true,
            (Self::Millis, JsonType::Number) => whole_millis(value.as_raw_str()).is_some(),
            (Self::Instant, JsonType::String) => value.as_str().and_then(Timestamp::parse_rfc3339).is_some(),
            (Self::Number, JsonType::String) => value.as_str().and_then(number).is_some(),
            _ => false,
        }
    }
}

fn whole_millis(digits: &str) -> Option<i64> {
    digits.parse().ok().filter(|n| *n >= 0)
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|n: &f64| n.is_finite())
}

/// One declared member of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name on the wire.
    pub name: &'static str,
    /// Shape of its value.
    pub shape: Shape,
    /// False when sources may lack it.
    pub is_required: bool,
}

/// A type that can stand in a payload.
pub trait Typed {
    /// Shape on the wire.
    const SHAPE: Shape;
    /// False for `Option`.
    const IS_REQUIRED: bool = true;
}

impl<T: Typed> Typed for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const IS_REQUIRED: bool = false;
}

impl<T> Typed for Vec<T> {
    const SHAPE: Shape = Shape::Array;
}

impl Typed for bool {
    const SHAPE: Shape = Shape::Bool;
}

impl Typed for Any {
    const SHAPE: Shape = Shape::Any;
}

impl Typed for serde_json::Map<String, Any> {
    const SHAPE: Shape = Shape::Object;
}

/// Text; a JSON number becomes its digits, exactly as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Text(pub String);

impl Typed for Text {
    const SHAPE: Shape = Shape::Text;
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).map(Self).map_err(D::Error::custom),
            Some(b'-' | b'0'..=b'9') => Ok(Self(raw.to_string())),
            _ => Err(D::Error::custom(format!("expected text, not {raw}"))),
        }
    }
}

/// A finite number; text that is one as a whole is accepted.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Number(pub f64);

impl Typed for Number {
    const SHAPE: Shape = Shape::Number;
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        number(&text.0).map(Self).ok_or_else(|| D::Error::custom(format!("expected a number, not '{}'", text.0)))
    }
}

/// A duration in whole milliseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Millis(pub i64);

impl Typed for Millis {
    const SHAPE: Shape = Shape::Millis;
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        whole_millis(raw).map(Self).ok_or_else(|| D::Error::custom(format!("expected whole milliseconds, 0 or more, not {raw}")))
    }
}

/// An instant in a payload, RFC 3339 with an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub Timestamp);

impl Typed for Instant {
    const SHAPE: Shape = Shape::Instant;
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refused = || D::Error::custom(format!("expected an RFC 3339 instant with an offset, not '{text}'"));
        Timestamp::parse_rfc3339(&text).map(Self).ok_or_else(refused)
    }
}

/// Something named by kind and id: a contact, a case, an agent, a queue, a number outside.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct EntityRef {
    /// What it is, for example `contact`.
    pub kind: Option<Text>,
    /// The source's own id.
    pub id: Option<Text>,
}

impl Typed for EntityRef {
    const SHAPE: Shape = Shape::Object;
}
