//! The members of a JSON object in one strict pass, and what must hold of JSON text before it is walked at all.

use std::borrow::Cow;

use sonic_rs::{JsonType, JsonValueTrait, LazyValue};

/// Deepest nesting that is read. The parser recurses (about 35 KiB a level in a debug build), so the depth that a sender chooses must
/// have a limit well below what a thread's stack holds.
pub(crate) const DEPTH_MAX: usize = 32;

/// Why text is not an object that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonFault(pub(crate) String);

/// A value where it stands in the text it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Value<'a> {
    raw: &'a str,
    /// A string without quotes and escapes; empty for other values.
    text: Cow<'a, str>,
}

impl<'a> Value<'a> {
    /// A value that was read from `text`, and the offset of the first byte after it.
    #[inline]
    fn read(text: &'a str, value: &LazyValue<'_>) -> (Self, usize) {
        let part = value.as_raw_str();
        let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let end = start + part.len();
        let raw = text.get(start..end).unwrap_or_default();
        let text = match value.as_str() {
            // Every escape is longer than what it stands for, so the same length means that there is none.
            Some(same) if same.len() + 2 == raw.len() => Cow::Borrowed(&raw[1..raw.len() - 1]),
            Some(unescaped) => Cow::Owned(unescaped.to_string()),
            None => Cow::Borrowed(""),
        };
        (Self { raw, text }, end)
    }

    #[inline]
    pub(crate) fn get_type(&self) -> JsonType {
        match self.raw.as_bytes().first() {
            Some(b'"') => JsonType::String,
            Some(b'{') => JsonType::Object,
            Some(b'[') => JsonType::Array,
            Some(b't' | b'f') => JsonType::Boolean,
            Some(b'n') | None => JsonType::Null,
            Some(_) => JsonType::Number,
        }
    }

    /// The text of a string.
    #[inline]
    pub(crate) fn as_str(&self) -> Option<&str> {
        (self.get_type() == JsonType::String).then_some(&self.text)
    }

    /// The text of a string, or the digits of a number.
    #[inline]
    pub(crate) fn scalar(&self) -> Option<&str> {
        match self.get_type() {
            JsonType::String => Some(&self.text),
            JsonType::Number => Some(self.raw),
            _ => None,
        }
    }

    /// The value as it was written.
    #[inline]
    pub(crate) fn as_raw_str(&self) -> &'a str {
        self.raw
    }
}

/// Calls `each` with every member in order, then makes sure that nothing but blanks follows the closing brace. Nested values are
/// checked for grammar, not for repeated names.
///
/// # Errors
/// [`JsonFault`] for text that is no JSON object, or what `each` returns.
pub(crate) fn members<'a, E: From<JsonFault>>(
    text: &'a str,
    mut each: impl FnMut(Cow<'a, str>, Value<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let mut end = None;
    for member in sonic_rs::to_object_iter(text) {
        let (key, value) = member.map_err(|cause| JsonFault(first_line(&cause.to_string())))?;
        let (value, after) = Value::read(text, &value);
        end = Some(after);
        each(key, value)?;
    }
    let rest = match end {
        Some(at) => text.get(at..).unwrap_or_default().trim_ascii(),
        None => text.trim_ascii().strip_prefix('{').unwrap_or_default().trim_ascii(),
    };
    if rest == "}" { Ok(()) } else { Err(JsonFault(format!("text after the object: {}", excerpt(rest.trim_start_matches('}')))).into()) }
}

/// Calls `each` with every element of an array.
///
/// # Errors
/// [`JsonFault`] for text that is no JSON array, or what `each` returns.
pub(crate) fn elements<'a, E: From<JsonFault>>(text: &'a str, mut each: impl FnMut(Value<'a>) -> Result<(), E>) -> Result<(), E> {
    for element in sonic_rs::to_array_iter(text) {
        let element = element.map_err(|cause| JsonFault(first_line(&cause.to_string())))?;
        each(Value::read(text, &element).0)?;
    }
    Ok(())
}

/// Refuses nesting beyond [`DEPTH_MAX`].
pub(crate) fn limit_depth(text: &str) -> Result<(), JsonFault> {
    let bytes = text.as_bytes();
    // Counted in bytes that cannot overflow, so that the compiler can count many at once; `[` and `{` differ in one bit.
    let opened: usize = bytes.chunks(128).map(|chunk| usize::from(chunk.iter().map(|b| u8::from(b | 0x20 == b'{')).sum::<u8>())).sum();
    if opened > DEPTH_MAX && depth(bytes) > DEPTH_MAX { Err(JsonFault(format!("nested deeper than {DEPTH_MAX}"))) } else { Ok(()) }
}

/// Refuses nesting beyond [`DEPTH_MAX`] and escapes that stand for half a character.
pub(crate) fn precheck(text: &str) -> Result<(), JsonFault> {
    limit_depth(text)?;
    let bytes = text.as_bytes();
    match memchr::memchr(b'\\', bytes).and_then(|_| lone_surrogate(bytes)) {
        Some(at) => Err(JsonFault(format!("half a character: {}", text.get(at..at + 6).unwrap_or_default()))),
        None => Ok(()),
    }
}

fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut is_escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_text,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Where the first surrogate escape stands that has no partner.
fn lone_surrogate(bytes: &[u8]) -> Option<usize> {
    let unit = |at: usize| -> Option<u32> {
        if bytes.get(at..at + 2)? != b"\\u" {
            return None;
        }
        bytes.get(at + 2..at + 6)?.iter().try_fold(0, |sum, b| Some(sum * 16 + char::from(*b).to_digit(16)?))
    };
    let mut at = 0;
    while let Some(next) = bytes.get(at..)?.iter().position(|b| *b == b'\\') {
        at += next;
        match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => return Some(at),
            _ => at += 2,
        }
    }
    None
}

pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_string()
}

/// The beginning of a text, for messages.
pub(crate) fn excerpt(text: &str) -> &str {
    const EXCERPT_BYTES_MAX: usize = 80;
    &text[..text.floor_char_boundary(EXCERPT_BYTES_MAX)]
}
