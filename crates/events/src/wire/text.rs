//! Writing JSON text by hand.

use std::fmt::Write as _;

/// Appends a JSON string; quotes, backslashes and control characters are escaped.
pub(super) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().any(|b| b < 0x20 || b == b'"' || b == b'\\') {
        text.chars().for_each(|c| push_escaped(out, c));
    } else {
        out.push_str(text);
    }
    out.push('"');
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        c if c < ' ' => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Appends a member of an object that was begun with `{`.
pub(super) fn push_member(out: &mut String, key: &str, value: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    push_text(out, key);
    out.push(':');
    out.push_str(value);
}
