//! Percent-encoding as vendors use it: in forms, where a plus is a blank, and inside of values, where it is a plus.

use std::borrow::Cow;

/// What a plus sign stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plus {
    /// A blank: forms.
    Blank,
    /// Itself.
    Plus,
}

/// The text behind an encoding; `None` when it is not UTF-8. A percent sign without two hexadecimal digits stands for itself.
pub(super) fn decode(text: &str, plus: Plus) -> Option<Cow<'_, str>> {
    let is_plain = |b: u8| b != b'%' && (b != b'+' || plus == Plus::Plus);
    if text.bytes().all(is_plain) {
        return Some(Cow::Borrowed(text));
    }
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let pair = bytes.get(at + 1).zip(bytes.get(at + 2));
        let coded = pair.and_then(|(high, low)| Some(digit(*high)? << 4 | digit(*low)?));
        match (byte, coded) {
            (b'%', Some(coded)) => {
                out.push(coded);
                at += 2;
            }
            (b'+', _) if plus == Plus::Blank => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::{Plus, decode};

    #[test]
    fn numbers_keep_their_plus_only_where_it_is_one() {
        assert_eq!(decode("%2B34+a%c3%A9", Plus::Blank).as_deref(), Some("+34 aé"));
        assert_eq!(decode("+34%20x", Plus::Plus).as_deref(), Some("+34 x"));
        assert_eq!(decode("50%", Plus::Plus).as_deref(), Some("50%"));
        assert_eq!(decode("%zz%4", Plus::Blank).as_deref(), Some("%zz%4"));
        assert_eq!(decode("%ff", Plus::Blank), None);
    }
}
