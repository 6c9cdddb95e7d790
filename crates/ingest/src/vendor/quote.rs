//! What a refusal quotes of a document.

use serde_json::Value;

/// Characters of an offending value that a message quotes.
const QUOTED_MAX: usize = 80;

/// The beginning of a value, as JSON.
pub(super) fn quoted(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
