//! Patterns of dates and times in pieces.

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text that stands for itself.
    Text(String),
    /// A field, and whether `TH` or `th` comes after it.
    Field(Field, Option<bool>),
}

/// A field of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its word as in [`WORDS`].
    pub(super) word: &'static str,
    /// As it was written.
    pub(super) written: String,
    /// Whether `FM` comes before it.
    pub(super) is_trimmed: bool,
}

/// The fields, longer before shorter ones that begin alike.
const WORDS: [&str; 50] = [
    "SSSSS", "SSSS", "Y,YYY", "YYYY", "IYYY", "MONTH", "IDDD", "HH24", "HH12", "A.M.", "P.M.", "A.D.", "B.C.", "YYY", "IYY", "MON", "DAY",
    "DDD", "TZH", "TZM", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "HH", "MI", "SS", "MS", "US", "AM", "PM", "AD", "BC", "YY", "IY", "MM",
    "DY", "DD", "ID", "WW", "IW", "CC", "RM", "TZ", "OF", "J", "Q", "Y",
];
/// Fields of one letter that begin longer ones.
const LETTERS: [&str; 3] = ["I", "D", "W"];

/// Takes a pattern to pieces.
pub(super) fn parse(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    let mut is_trimmed = false;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = strip(rest, "FM") {
            is_trimmed = true;
            rest = after;
        } else if let Some(after) = strip(rest, "FX").or_else(|| strip(rest, "TM")) {
            rest = after;
        } else if let Some((word, after)) = WORDS.iter().chain(&LETTERS).find_map(|word| Some((*word, strip(rest, word)?))) {
            let written = rest[..word.len()].to_owned();
            let ordinal = after.get(..2).filter(|t| t.eq_ignore_ascii_case("th")).map(|t| t == "TH");
            rest = if ordinal.is_some() { &after[2..] } else { after };
            pieces.push(Piece::Field(Field { word, written, is_trimmed }, ordinal));
            is_trimmed = false;
        } else if let Some(inner) = rest.strip_prefix('"') {
            let end = inner.find('"').unwrap_or(inner.len());
            text(&mut pieces, &inner[..end]);
            rest = inner.get(end + 1..).unwrap_or_default();
        } else {
            text(&mut pieces, &rest[..c.len_utf8()]);
            rest = &rest[c.len_utf8()..];
        }
    }
    pieces
}

fn strip<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

fn text(pieces: &mut Vec<Piece>, more: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push_str(more),
        _ => pieces.push(Piece::Text(more.to_owned())),
    }
}
