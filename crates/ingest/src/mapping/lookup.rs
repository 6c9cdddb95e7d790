//! Lookup files: delimited text with a key and its value per line. The first line is a header when its first field is `key`.

use std::collections::HashMap;

use super::delimited::{Marks, fields, record_len, without_line_end};
use super::encoding::Encoding;

/// Reads key and value from the first two fields of each line; comma, semicolon or tab, whichever the first line has.
pub(crate) fn read(text: &str) -> Result<HashMap<String, String>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b'\t', b';', b','].into_iter().find(|d| first.contains(char::from(*d))).unwrap_or(b',');
    let marks = Marks { delimiter, quote: Some(b'"') };
    let mut table = HashMap::new();
    let (mut rest, mut line) = (text, 1_usize);
    while let Some(len) = record_len(rest.as_bytes(), true, Encoding::Utf8, Some(marks)) {
        let (record, after) = rest.split_at(len);
        rest = after;
        let record_line = line;
        line += record.matches('\n').count();
        let record = without_line_end(record);
        if record.trim().is_empty() {
            continue;
        }
        let row = fields(record, marks).map_err(|e| format!("line {record_line}: {}", e.message))?;
        let [key, value, ..] = row.as_slice() else {
            return Err(format!("line {record_line}: `{record}` has no value"));
        };
        let (key, value) = (key.trim(), value.trim());
        if record_line == 1 && key.eq_ignore_ascii_case("key") {
            continue;
        }
        if table.insert(key.to_owned(), value.to_owned()).is_some_and(|old| old != value) {
            return Err(format!("line {record_line}: key `{key}` has two values"));
        }
    }
    Ok(table)
}
