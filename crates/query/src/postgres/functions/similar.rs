//! `similar_to_escape`: the regular expression that a pattern of `SIMILAR TO` means.

use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

use super::call::{Function, give, give_any, text};

/// The functions of this file.
pub(super) fn functions() -> Vec<Function> {
    vec![Function::new("similar_to_escape", 1..=2, DataType::Utf8, |arguments| {
        let Some(pattern) = arguments.first().and_then(text) else { return give_any(None) };
        give(expression(pattern, arguments.get(1).and_then(text).unwrap_or("\\"))?)
    })]
}

/// What PostgreSQL's manual says in 9.7.2: `%` and `_` as in LIKE, `|`, `*`, `+`, `?`, braces, brackets and parentheses as in regular expressions, all
/// of the text; anything else is itself.
fn expression(pattern: &str, escape: &str) -> Result<String> {
    if escape.chars().count() > 1 {
        return exec_err!("invalid escape string \"{escape}\": it must be empty or one character");
    }
    let (escape, mut out, mut is_in_class) = (escape.chars().next(), String::from("(?s)^(?:"), false);
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            _ if Some(letter) == escape => out.extend(letters.next().into_iter().flat_map(itself)),
            '\\' => out.push_str("\\\\"),
            _ if is_in_class => {
                is_in_class = letter != ']';
                out.push(letter);
            }
            '[' => {
                is_in_class = true;
                out.push('[');
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '(' => out.push_str("(?:"),
            '.' | '^' | '$' => out.extend(itself(letter)),
            other => out.push(other),
        }
    }
    out.push_str(")$");
    Ok(out)
}

/// A character as an expression that means it.
fn itself(letter: char) -> impl Iterator<Item = char> {
    (!letter.is_alphanumeric() && letter.is_ascii()).then_some('\\').into_iter().chain([letter])
}
