//! Finding records and fields in delimited text. A quote opens a quoted field only at the field's first character; inside, a
//! quote is doubled; after the closing quote a delimiter or the end of the line must follow.

use std::borrow::Cow;

use super::encoding::Encoding;
use super::error::RowError;

/// A quoted field longer than this never ends: its line becomes a rejected record and reading resumes at the next line.
const MAX_QUOTED_BYTES: usize = 4 << 20;

/// Marks of a delimited file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    /// Between fields.
    pub(crate) delimiter: u8,
    /// Around fields that hold a delimiter, a quote or a line end; `None` when quotes mean nothing.
    pub(crate) quote: Option<u8>,
}

enum At {
    FieldStart,
    Plain,
    Quoted,
    AfterQuote,
}

/// Length in bytes of the first record of `bytes` with its line end; `None` when its end is not there yet. `last` says that
/// nothing follows `bytes`. A quote that never closes, or closes in the middle of a field, ends the record at its first line.
pub(crate) fn record_len(bytes: &[u8], last: bool, encoding: Encoding, marks: Option<Marks>) -> Option<usize> {
    let width = encoding.width();
    let mut at = At::FieldStart;
    let mut first_line: Option<usize> = None;
    let mut i = 0;
    if encoding.unit_is_bom(bytes) {
        i = encoding.bom_len();
    }
    while i + width <= bytes.len() {
        let unit = encoding.unit(bytes, i);
        i += width;
        let newline = unit == u16::from(b'\n');
        let Some(Marks { delimiter, quote }) = marks else {
            if newline {
                return Some(i);
            }
            continue;
        };
        let is_quote = quote.is_some_and(|q| unit == u16::from(q));
        let is_delimiter = unit == u16::from(delimiter);
        at = match at {
            At::Quoted if is_quote => At::AfterQuote,
            At::Quoted => {
                if newline && first_line.is_none() {
                    first_line = Some(i);
                }
                At::Quoted
            }
            At::AfterQuote if is_quote => At::Quoted,
            _ if newline => return Some(i),
            _ if is_delimiter => At::FieldStart,
            At::AfterQuote if unit == u16::from(b'\r') => At::AfterQuote,
            At::AfterQuote if first_line.is_some() => return first_line,
            At::FieldStart if is_quote => At::Quoted,
            _ => At::Plain,
        };
    }
    if matches!(at, At::Quoted) && first_line.is_some() && (last || bytes.len() > MAX_QUOTED_BYTES) {
        return first_line;
    }
    (last && !bytes.is_empty()).then_some(bytes.len())
}

impl Encoding {
    fn bom_len(self) -> usize {
        match self {
            Self::Utf8 => 3,
            _ => 2,
        }
    }

    fn unit_is_bom(self, bytes: &[u8]) -> bool {
        match self {
            Self::Utf8 => bytes.starts_with(&[0xEF, 0xBB, 0xBF]),
            Self::Utf16Le => bytes.starts_with(&[0xFF, 0xFE]),
            Self::Utf16Be => bytes.starts_with(&[0xFE, 0xFF]),
            Self::Latin1 | Self::Single(_) => false,
        }
    }
}

/// Drops the line end of a decoded record.
pub(crate) fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// Splits a decoded record without its line end into fields.
pub(crate) fn fields<'r>(text: &'r str, marks: Marks) -> Result<Vec<Cow<'r, str>>, RowError> {
    let delimiter = char::from(marks.delimiter);
    let mut out = Vec::with_capacity(24);
    let mut rest = text;
    loop {
        let quote = marks.quote.map(char::from);
        let Some(quote) = quote.filter(|q| rest.starts_with(*q)) else {
            match rest.split_once(delimiter) {
                Some((field, after)) => {
                    out.push(Cow::Borrowed(field));
                    rest = after;
                    continue;
                }
                None => {
                    out.push(Cow::Borrowed(rest));
                    return Ok(out);
                }
            }
        };
        let (field, after) = quoted(&rest[1..], quote).ok_or_else(|| unclosed(rest, out.len()))?;
        out.push(field);
        if after.is_empty() {
            return Ok(out);
        }
        rest = after.strip_prefix(delimiter).ok_or_else(|| {
            let near: String = after.chars().take(24).collect();
            RowError::new("bad_quote", format!("field {}: text `{near}` after the closing quote", out.len()))
        })?;
    }
}

fn unclosed(rest: &str, index: usize) -> RowError {
    let near: String = rest.chars().take(24).collect();
    RowError::new("unclosed_quote", format!("field {}: the quote at `{near}` is never closed", index + 1))
}

/// The field up to its closing quote and what follows it.
fn quoted(text: &str, quote: char) -> Option<(Cow<'_, str>, &str)> {
    let mut built: Option<String> = None;
    let mut rest = text;
    loop {
        let at = rest.find(quote)?;
        let (part, after) = (&rest[..at], &rest[at + 1..]);
        if let Some(next) = after.strip_prefix(quote) {
            let text = built.get_or_insert_with(String::new);
            text.push_str(part);
            text.push(quote);
            rest = next;
            continue;
        }
        return Some(match built {
            None => (Cow::Borrowed(part), after),
            Some(mut text) => {
                text.push_str(part);
                (Cow::Owned(text), after)
            }
        });
    }
}
