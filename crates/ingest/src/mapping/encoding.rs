//! Character encodings of input files. Only encodings in which line ends, quotes and delimiters cannot hide inside another
//! character are accepted, so that records are found without decoding: UTF-8, UTF-16 and the single-byte ones.

use std::borrow::Cow;

use super::error::RowError;

/// An accepted encoding.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Encoding {
    /// UTF-8.
    Utf8,
    /// ISO-8859-1 in the strict sense: byte = code point.
    Latin1,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// Any other single-byte encoding.
    Single(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// By name, as in the WHATWG list of labels.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let lower = name.trim().to_ascii_lowercase();
        match lower.as_str() {
            "utf-8" | "utf8" | "utf-8-sig" => return Ok(Self::Utf8),
            "iso-8859-1" | "latin1" | "latin-1" => return Ok(Self::Latin1),
            "utf-16le" | "utf-16" | "utf16le" => return Ok(Self::Utf16Le),
            "utf-16be" | "utf16be" => return Ok(Self::Utf16Be),
            _ => {}
        }
        match encoding_rs::Encoding::for_label(lower.as_bytes()) {
            Some(encoding) if encoding.is_single_byte() => Ok(Self::Single(encoding)),
            Some(_) => Err(format!("encoding `{name}` is not supported; convert the file to UTF-8")),
            None => Err(format!("unknown encoding `{name}`")),
        }
    }

    /// Bytes of one code unit.
    pub(crate) const fn width(self) -> usize {
        match self {
            Self::Utf16Le | Self::Utf16Be => 2,
            _ => 1,
        }
    }

    /// The code unit at byte `at`, which must be inside.
    #[inline]
    pub(crate) fn unit(self, bytes: &[u8], at: usize) -> u16 {
        match self {
            Self::Utf16Le => u16::from_le_bytes([bytes[at], bytes[at + 1]]),
            Self::Utf16Be => u16::from_be_bytes([bytes[at], bytes[at + 1]]),
            _ => u16::from(bytes[at]),
        }
    }

    /// Decodes a record, without a byte order mark in front.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, RowError> {
        let text = match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(e) => {
                    let at = e.valid_up_to();
                    return Err(RowError::new("bad_encoding", format!("byte {at} of the record, 0x{:02x}, is not UTF-8", bytes[at])));
                }
            },
            Self::Latin1 => encoding_rs::mem::decode_latin1(bytes),
            Self::Utf16Le | Self::Utf16Be => {
                if bytes.len() % 2 == 1 {
                    return Err(RowError::new("bad_encoding", "the record has an odd number of bytes, which is not UTF-16"));
                }
                let units = (0..bytes.len() / 2).map(|i| self.unit(bytes, i * 2));
                let text: Result<String, _> = char::decode_utf16(units).collect();
                Cow::Owned(text.map_err(|e| {
                    RowError::new("bad_encoding", format!("lone surrogate 0x{:04x} in UTF-16 text", e.unpaired_surrogate()))
                })?)
            }
            Self::Single(encoding) => encoding
                .decode_without_bom_handling_and_without_replacement(bytes)
                .ok_or_else(|| RowError::new("bad_encoding", format!("a byte of the record has no meaning in {}", encoding.name())))?,
        };
        Ok(match text {
            Cow::Borrowed(t) => Cow::Borrowed(t.strip_prefix('\u{feff}').unwrap_or(t)),
            Cow::Owned(t) if t.starts_with('\u{feff}') => Cow::Owned(t['\u{feff}'.len_utf8()..].to_owned()),
            owned => owned,
        })
    }

    /// A byte order mark at the start of a file that says another encoding than this one.
    pub(crate) fn contradicted_by(self, head: &[u8]) -> Option<&'static str> {
        let said = match head {
            [0xEF, 0xBB, 0xBF, ..] => "utf-8",
            [0xFF, 0xFE, ..] => "utf-16le",
            [0xFE, 0xFF, ..] => "utf-16be",
            _ => return None,
        };
        let is = match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Latin1 | Self::Single(_) => "",
        };
        (said != is).then_some(said)
    }
}
