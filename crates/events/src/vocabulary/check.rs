//! The check of a payload in the same pass in which its members are read.

use sonic_rs::JsonType;

use super::object::{self, Value, excerpt};
use super::{EventType, Field, Payload, PayloadError, Shape};

/// Checks members as they come by. Bits of `seen` are declared members with a value, bits of `met` those that stood there at all.
#[derive(Debug)]
pub(crate) struct Checker {
    kind: EventType,
    fields: &'static [Field],
    seen: u64,
    met: u64,
}

impl Checker {
    pub(crate) fn new(kind: EventType) -> Self {
        Self { kind, fields: kind.fields(), seen: 0, met: 0 }
    }

    /// Checks one member.
    #[inline]
    pub(crate) fn member(&mut self, key: &str, value: &Value<'_>) -> Result<(), PayloadError> {
        let is_null = value.get_type() == JsonType::Null;
        let Some(at) = self.fields.iter().position(|field| field.name == key) else {
            return if is_null || !key.ends_with("_ms") { Ok(()) } else { shaped(key, Shape::Millis, value) };
        };
        if self.met & (1 << at) != 0 {
            return Err(PayloadError::Duplicate(key.to_string()));
        }
        self.met |= 1 << at;
        if is_null {
            return Ok(());
        }
        let field = &self.fields[at];
        shaped(key, field.shape, value)?;
        // Blank text where text is required is refused as a missing member.
        if !(field.is_required && field.shape == Shape::Text && value.as_str().is_some_and(|text| text.trim_ascii().is_empty())) {
            self.seen |= 1 << at;
        }
        Ok(())
    }

    /// Checks what can only be told at the end: members that are missing, and what must hold between members.
    pub(crate) fn finish(&self, data: &str) -> Result<(), PayloadError> {
        for (at, field) in self.fields.iter().enumerate() {
            if field.is_required && self.seen & (1 << at) == 0 {
                return Err(PayloadError::Missing { kind: self.kind.name(), field: field.name, expected: field.shape.words() });
            }
        }
        if self.kind.has_nested() { Payload::typed(self.kind, data)?.check() } else { Ok(()) }
    }
}

fn shaped(key: &str, shape: Shape, value: &Value<'_>) -> Result<(), PayloadError> {
    if shape.fits(value) {
        return Ok(());
    }
    Err(PayloadError::Shape { field: key.to_string(), expected: shape.words(), found: excerpt(value.as_raw_str()).to_string() })
}

/// Checks a payload of the current version without building it. Unknown types are always fine.
///
/// # Errors
/// [`PayloadError`] when `data` is not what a payload of type `kind` must be.
pub fn validate(kind: &str, data: &str) -> Result<(), PayloadError> {
    EventType::from_name(kind).map_or(Ok(()), |kind| known(kind, data))
}

pub(super) fn known(kind: EventType, data: &str) -> Result<(), PayloadError> {
    object::precheck(data)?;
    if !data.trim_ascii_start().starts_with('{') {
        return Err(PayloadError::NotObject { kind: kind.name(), found: excerpt(data).to_string() });
    }
    let mut checker = Checker::new(kind);
    object::members(data, |key, value| checker.member(&key, &value))?;
    checker.finish(data)
}
