//! Reading single fields of a payload: text, lengths of time, yes or no.

use compact_str::CompactString;

use super::scan::{self, Member};
use super::span::LONGEST_MS;

/// Text of a column or of a payload, borrowed. Escapes in payload text are resolved only when it is compared or written out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Text<'a> {
    /// As it reads.
    Plain(&'a str),
    /// JSON text between quotes, with escapes.
    Escaped(&'a str),
}

impl<'a> Text<'a> {
    /// Text of a raw JSON value: strings and numbers; absent, null, blank and anything nested are `None`.
    fn of(raw: &'a str) -> Option<Self> {
        let text = match raw.as_bytes().first()? {
            b'"' => {
                let inner = raw.get(1..raw.len() - 1)?;
                if inner.as_bytes().contains(&b'\\') { Self::Escaped(inner) } else { Self::Plain(inner) }
            }
            b'-' | b'0'..=b'9' => Self::Plain(raw),
            _ => return None,
        };
        (!text.raw().trim().is_empty()).then_some(text)
    }

    const fn raw(self) -> &'a str {
        match self {
            Self::Plain(text) | Self::Escaped(text) => text,
        }
    }

    /// The text for comparison with words of the vocabulary, none of which has an escape.
    pub(super) const fn word(self) -> &'a str {
        self.raw()
    }

    /// The text itself.
    pub(super) fn owned(self) -> CompactString {
        match self {
            Self::Plain(text) => text.into(),
            Self::Escaped(inner) => {
                sonic_rs::from_str::<String>(&format!("\"{inner}\"")).map_or_else(|_| inner.into(), CompactString::from)
            }
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(a), Self::Plain(b)) => a == b,
            _ => self.owned() == other.owned(),
        }
    }
}

/// A payload with its members found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payload<'s, 'a> {
    pub(super) data: &'a str,
    pub(super) members: &'s [Member],
}

impl<'a> Payload<'_, 'a> {
    /// A member's JSON text.
    pub(super) fn raw(&self, name: &str) -> Option<&'a str> {
        let data = self.data;
        let part = |(from, to): (u32, u32)| data.get(from as usize..to as usize);
        // Lengths first: most members differ in theirs, and the rest are seldom equal.
        let is_named = |m: &&Member| (m.name.1 - m.name.0) as usize == name.len() && part(m.name) == Some(name);
        part(self.members.iter().find(is_named)?.value)
    }

    /// A member as text; numbers keep their digits, null and blank text are absent.
    pub(super) fn text(&self, name: &str) -> Option<Text<'a>> {
        Text::of(self.raw(name)?)
    }

    /// A member as a word of the vocabulary; empty when absent.
    pub(super) fn word(&self, name: &str) -> &'a str {
        self.text(name).map_or("", Text::word)
    }

    /// A member as a whole number, also when it is written as text.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let digits = self.text(name)?.raw().trim();
        digits.parse().ok().or_else(|| digits.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n as i64))
    }

    /// A member as a length in milliseconds: neither negative nor longer than anyone can believe.
    pub(super) fn millis(&self, name: &str) -> Option<i64> {
        self.number(name).filter(|ms| (0..=LONGEST_MS).contains(ms))
    }

    /// True when a member is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.yes_no(name) == Some(true)
    }

    /// A member that says yes or no, as a boolean or as a word; anything else says nothing.
    pub(super) fn yes_no(&self, name: &str) -> Option<bool> {
        match self.raw(name)? {
            "true" | "\"yes\"" | "\"true\"" => Some(true),
            "false" | "\"no\"" | "\"false\"" => Some(false),
            _ => None,
        }
    }

    /// Calls `read` with the object that a member is; `None` when it is none.
    pub(super) fn nested<T>(&self, name: &str, read: impl FnOnce(Payload<'_, 'a>) -> Option<T>) -> Option<T> {
        let data = self.raw(name).filter(|raw| raw.starts_with('{'))?;
        let mut members = Vec::with_capacity(8);
        scan::members(data, &mut members);
        read(Payload { data, members: &members })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Payload, Text, scan};

    #[test]
    fn fields_are_read_as_what_they_mean() {
        let data = r#"{"t":"a\"b","n":12,"s":"34","f":1500.0,"neg":-5,"blank":" ","null":null,"yes":"yes","no":false,"o":{"id":7}}"#;
        let mut members = Vec::new();
        scan::members(data, &mut members);
        let payload = Payload { data, members: &members };
        assert_eq!(payload.text("t").unwrap().owned(), "a\"b");
        assert_eq!((payload.millis("n"), payload.millis("s"), payload.millis("f")), (Some(12), Some(34), Some(1500)));
        assert_eq!((payload.millis("neg"), payload.millis("t"), payload.millis("absent")), (None, None, None));
        assert_eq!((payload.text("blank"), payload.text("null"), payload.text("o")), (None, None, None));
        assert_eq!((payload.yes_no("yes"), payload.yes_no("no"), payload.yes_no("t")), (Some(true), Some(false), None));
        assert_eq!(payload.nested("o", |o| o.text("id")), Some(Text::Plain("7")));
        assert!(Text::Escaped("\\u00e9") == Text::Plain("é"));
    }
}
