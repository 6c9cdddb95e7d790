//! What can go wrong between a question about a KPI and its SQL.

use std::fmt;

/// A question that cannot be answered as asked. Messages quote what the user wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KpiError {
    /// No KPI of that name.
    #[error("unknown KPI \"{name}\"{hint}")]
    UnknownKpi {
        /// As written.
        name: String,
        /// `; did you mean ...?` or empty.
        hint: String,
    },
    /// A column to group by that the KPI's rows do not have.
    #[error("\"{column}\" is not a dimension of {kpi}; it has {known}")]
    UnknownDimension {
        /// KPI.
        kpi: String,
        /// As written.
        column: String,
        /// What would be accepted.
        known: String,
    },
    /// A parameter the KPI does not declare.
    #[error("{kpi} has no parameter \"{parameter}\"; it has {known}")]
    UnknownParameter {
        /// KPI.
        kpi: String,
        /// As written.
        parameter: String,
        /// What would be accepted.
        known: String,
    },
    /// A parameter that is not a finite, non-negative number.
    #[error("parameter {parameter} needs a number of at least 0, not \"{value}\"")]
    BadParameter {
        /// Parameter.
        parameter: String,
        /// As written.
        value: String,
    },
    /// A time basis the KPI does not offer.
    #[error("{kpi} has no basis \"{basis}\"; it has {known}")]
    UnknownBasis {
        /// KPI.
        kpi: String,
        /// As written.
        basis: String,
        /// What would be accepted.
        known: String,
    },
    /// A grain that is no step of the calendar.
    #[error("\"{0}\" is not a grain; use 15m, 30m, 1h, 1d, 1w, 1mo or 1y")]
    BadGrain(String),
    /// A zone the bundled database does not know.
    #[error("\"{0}\" is not an IANA time zone")]
    BadZone(String),
    /// An instant that is neither a date, a local date and time, nor RFC 3339.
    #[error("\"{0}\" is not a date or time; write 2026-01-31, 2026-01-31T09:30 or 2026-01-31T09:30:00Z")]
    BadInstant(String),
    /// `from` is not before `to`.
    #[error("the range is empty: from must be before to")]
    EmptyRange,
    /// A clipped KPI by period needs a range to lay the periods over.
    #[error("{0} in basis clipped by period needs both from and to")]
    NeedsRange(String),
    /// Too many periods to lay out.
    #[error("{0} periods asked for, at most {1} are laid out in one query; use a coarser grain or a shorter range")]
    TooManyPeriods(usize, usize),
    /// `MEASURE(kpi)` where it cannot be right.
    #[error("MEASURE({kpi}) cannot stand here: {why}")]
    OutsideGrain {
        /// KPI.
        kpi: String,
        /// Reason.
        why: String,
        /// What to write instead.
        hint: String,
    },
    /// `kpi(...)` with arguments that make no question.
    #[error("kpi(): {0}")]
    BadCall(String),
    /// SQL that the definitions produced and the parser refused: a definition is wrong.
    #[error("the definition of {kpi} does not make valid SQL: {detail}")]
    Definition {
        /// KPI.
        kpi: String,
        /// What the parser said.
        detail: String,
    },
}

impl KpiError {
    /// The word of the question that the mistake is about, where there is one.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::UnknownKpi { name: word, .. }
            | Self::UnknownDimension { column: word, .. }
            | Self::UnknownParameter { parameter: word, .. }
            | Self::BadParameter { value: word, .. }
            | Self::UnknownBasis { basis: word, .. }
            | Self::BadGrain(word)
            | Self::BadZone(word)
            | Self::BadInstant(word)
            | Self::NeedsRange(word)
            | Self::OutsideGrain { kpi: word, .. } => Some(word),
            _ => None,
        }
    }
}

/// A mistake in a definition file, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// File as the user knows it.
    pub file: String,
    /// 1-based; 0 when the mistake has no place of its own.
    pub line: u64,
    /// 1-based; 0 when the mistake has no place of its own.
    pub column: u64,
    /// What is wrong, possibly followed by the lines around it with a caret.
    pub message: String,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
        }
    }
}

impl std::error::Error for SpecError {}

/// `; did you mean "x"?` for the nearest of `known`, or an empty text when nothing is near.
#[must_use]
pub fn nearest_hint<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let wanted = wanted.to_lowercase();
    let mut ranked: Vec<(usize, &str)> = known
        .map(|name| {
            let inside = name.contains(&wanted) || (name.len() > 2 && wanted.contains(name));
            (if inside { 1 } else { distance(&wanted, name) }, name)
        })
        .filter(|(d, name)| *d <= (name.len().max(wanted.len()) / 3).max(2))
        .collect();
    ranked.sort();
    let names: Vec<String> = ranked.iter().take(3).map(|(_, n)| format!("\"{n}\"")).collect();
    if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(", ")) }
}

/// Levenshtein distance in characters.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replace = corner + usize::from(ca != *cb);
            corner = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_name_what_is_near() {
        let known = ["service_level", "asa", "answered"];
        assert_eq!(nearest_hint("servce_level", known.into_iter()), "; did you mean \"service_level\"?");
        assert_eq!(nearest_hint("zzzzzz", known.into_iter()), "");
    }
}
