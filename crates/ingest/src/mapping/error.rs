//! What can go wrong: with a spec (found before any row is read) and with one row (the row is rejected, the file goes on).

use std::fmt;

/// A mapping spec that cannot be used: bad YAML, an unknown name, or a spec that does not fit the file's header.
/// Displays as `file:line:col: message` followed by the line and a caret, where the place is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SpecError {
    /// Spec file as the user named it.
    pub file: String,
    /// 1-based line and column of the offending node, if known.
    pub place: Option<(usize, usize)>,
    /// What is wrong, quoting the user's text.
    pub message: String,
    /// The offending line of the spec, for the caret.
    pub line_text: String,
}

impl SpecError {
    /// An error at a place of the spec; `text` is the whole spec, from which the line is quoted. Line 0 means unknown.
    pub(crate) fn at(file: &str, text: &str, line: usize, column: usize, message: impl Into<String>) -> Self {
        let place = (line > 0).then_some((line, column.max(1)));
        let line_text = place.and_then(|(line, _)| text.lines().nth(line - 1)).unwrap_or_default().to_owned();
        Self { file: file.to_owned(), place, message: message.into(), line_text }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((line, column)) = self.place else {
            return write!(f, "{}: {}", self.file, self.message);
        };
        writeln!(f, "{}:{line}:{column}: {}", self.file, self.message)?;
        let gutter = line.to_string();
        writeln!(f, "{gutter} | {}", self.line_text)?;
        write!(f, "{} | {}^", " ".repeat(gutter.len()), " ".repeat(column - 1))
    }
}

/// Why one record is refused. The record itself is kept whole by the collector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct RowError {
    /// Stable code in snake case: `bad_encoding`, `bad_json`, `duplicate_key`, `too_few_fields`, `too_many_fields`, `unclosed_quote`, `bad_quote`, `bad_time`,
    /// `ambiguous_time`, `missing_time` (a local time that does not exist), `bad_number`, `bad_value`, `lookup_miss`,
    /// `check_failed`, `missing_subject`, `no_rule`, and the codes of event validation.
    pub code: &'static str,
    /// Reason, column and offending text.
    pub message: String,
}

impl RowError {
    /// Builds an error.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// True when the message says which column it is about.
    pub(crate) fn names_column(&self) -> bool {
        self.message.starts_with("column `")
    }

    /// Puts the column (or derived value) in front, unless an inner node did already.
    pub(crate) fn in_column(mut self, column: &str) -> Self {
        if !self.names_column() && !column.is_empty() {
            self.message = format!("column `{column}`: {}", self.message);
        }
        self
    }
}
