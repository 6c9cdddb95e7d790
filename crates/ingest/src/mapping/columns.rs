//! Which columns a mapping reads and where they are in a given file.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::error::SpecError;

/// A column a spec refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnRef {
    /// As written: a name, `Name#2` for the second of that name, `#3` for the third column, or a dotted path in JSON.
    pub(crate) name: String,
    /// Line and column of the first mention in the spec; 0 when unknown.
    pub(crate) place: (usize, usize),
}

/// The columns of a delimited file, matched with what a mapping reads.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Names as in the header, trimmed.
    pub(crate) names: Vec<String>,
    /// For each column reference of the mapping: its position in a row.
    pub(crate) positions: Vec<usize>,
}

impl Layout {
    /// Finds every reference among `names`; the first that cannot be found, or is ambiguous, is the error.
    pub(crate) fn bind(names: Vec<String>, wanted: &[ColumnRef], file: &str, spec_text: &str) -> Result<Self, SpecError> {
        let mut positions = Vec::with_capacity(wanted.len());
        for column in wanted {
            let found = find(&names, &column.name).map_err(|problem| {
                let list = names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
                let message = format!("column `{}` {problem}; the file has the columns {list}", column.name);
                SpecError::at(file, spec_text, column.place.0, column.place.1, message)
            })?;
            positions.push(found);
        }
        Ok(Self { names, positions })
    }

    /// Names of the columns nothing refers to.
    pub(crate) fn unread(&self) -> Vec<String> {
        let unread = self.names.iter().enumerate().filter(|(i, name)| !self.positions.contains(i) && !name.is_empty());
        unread.map(|(_, name)| name.clone()).collect()
    }
}

fn find(names: &[String], wanted: &str) -> Result<usize, String> {
    let mut same = names.iter().enumerate().filter(|(_, n)| n.as_str() == wanted).map(|(i, _)| i);
    match (same.next(), same.next()) {
        (Some(position), None) => return Ok(position),
        (Some(_), Some(_)) => return Err(format!("occurs more than once; write `{wanted}#1` or `{wanted}#2`, or a position like `#3`")),
        (None, _) => {}
    }
    let absent = || "is not in the file".to_owned();
    let (name, number) = wanted.rsplit_once('#').ok_or_else(absent)?;
    let number: usize = number.parse().ok().filter(|n| *n > 0).ok_or_else(absent)?;
    if name.is_empty() {
        return if number <= names.len() { Ok(number - 1) } else { Err(absent()) };
    }
    names.iter().enumerate().filter(|(_, n)| n.as_str() == name).map(|(i, _)| i).nth(number - 1).ok_or_else(absent)
}

/// Keys seen in JSON records, to tell at the end which were never read.
#[derive(Debug, Default)]
pub(crate) struct SeenKeys {
    keys: Mutex<BTreeMap<String, bool>>,
}

impl SeenKeys {
    /// Notes a top-level key and whether the mapping reads it. Beyond 10,000 distinct keys nothing more is noted.
    pub(crate) fn note(&self, key: &str, read: bool) {
        let Ok(mut keys) = self.keys.lock() else { return };
        if let Some(flag) = keys.get_mut(key) {
            *flag |= read;
        } else if keys.len() < 10_000 {
            keys.insert(key.to_owned(), read);
        }
    }

    /// Keys seen and never read, in alphabetical order.
    pub(crate) fn unread(&self) -> Vec<String> {
        let Ok(keys) = self.keys.lock() else { return Vec::new() };
        keys.iter().filter(|(_, read)| !**read).map(|(key, _)| key.clone()).collect()
    }
}
