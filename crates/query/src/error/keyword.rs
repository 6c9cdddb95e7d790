//! What keyword was probably meant where the parser stumbled. A misspelt keyword is read as a name, so the parser complains
//! about the word after it.

use super::Place;
use crate::kpi::error::distance;

/// Keywords worth a hint.
const KEYWORDS: [&str; 27] = [
    "and",
    "between",
    "case",
    "describe",
    "distinct",
    "else",
    "explain",
    "filter",
    "from",
    "group",
    "having",
    "inner",
    "join",
    "left",
    "limit",
    "offset",
    "order",
    "over",
    "partition",
    "select",
    "show",
    "then",
    "union",
    "values",
    "when",
    "where",
    "with",
];

/// The nearest keyword to a word at or shortly before `place` that is none, with that word and where it stands.
pub(super) fn meant(sql: &str, place: Place) -> Option<(&'static str, Place)> {
    let words = words(sql);
    let at = words.iter().rposition(|(_, word)| (word.line, word.column) <= (place.line, place.column))?;
    words[at.saturating_sub(1)..=at].iter().find_map(|(text, found)| {
        let text = text.to_ascii_lowercase();
        if text.len() < 3 || KEYWORDS.contains(&text.as_str()) {
            return None;
        }
        let allowed = if text.len() < 4 { 1 } else { 2 };
        let near = KEYWORDS.iter().map(|keyword| (distance(&text, keyword), *keyword)).filter(|(far, _)| *far <= allowed).min()?;
        Some((near.1, *found))
    })
}

/// The words of the statement and their places.
fn words(sql: &str) -> Vec<(&str, Place)> {
    let mut found = Vec::new();
    for (line, text) in sql.split('\n').enumerate() {
        let mut rest = text;
        let mut column = 1;
        while let Some(begin) = rest.find(|c: char| c.is_alphanumeric() || c == '_') {
            column += rest[..begin].chars().count();
            rest = &rest[begin..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let length = rest[..end].chars().count();
            found.push((&rest[..end], Place { line: line + 1, column, length }));
            column += length;
            rest = &rest[end..];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_misspelt_word_is_found_before_the_place() {
        for (sql, column, keyword, at) in [
            ("SELECT 1 FRM contacts", 14, "from", 10),
            ("SELECT queue FORM queue_stints", 19, "from", 14),
            ("selct * from contacts", 1, "select", 1),
            ("SELECT * FROM contacts WERE a = 1", 29, "where", 24),
            ("SELECT a FROM contacts GRUOP BY a", 30, "group", 24),
        ] {
            let found = meant(sql, Place { line: 1, column, length: 1 });
            assert_eq!(found.map(|(word, place)| (word, place.column)), Some((keyword, at)), "{sql}");
        }
        assert_eq!(meant("SELECT a b c FROM contacts", Place { line: 1, column: 12, length: 1 }), None);
    }
}
