//! COPY ... TO STDOUT: the only COPY there is.

use datafusion::sql::sqlparser::ast::{CopyLegacyCsvOption, CopyLegacyOption, CopyOption, CopySource, CopyTarget, Ident, Statement};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::{Kind, TextLimits, question};
use crate::refusal::Refusal;

/// How COPY writes rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyFormat {
    /// A line of words for each row.
    Words(CopyWords),
    /// PostgreSQL's binary format.
    Binary,
}

/// How words are told apart. Defaults are PostgreSQL's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyWords {
    /// What stands between two.
    pub delimiter: u8,
    /// What stands for NULL.
    pub null: String,
    /// Names of the columns first.
    pub has_header: bool,
    /// Of CSV; without, words are escaped by backslashes.
    pub quotes: Option<CopyQuotes>,
}

/// Quotes of CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyQuotes {
    /// Before and after a word that needs it.
    pub quote: u8,
    /// Before a quote, or itself, within quotes.
    pub escape: u8,
    /// Columns whose words are always quoted, in lower case where they were written without quotes.
    pub forced: Vec<String>,
}

/// Reads a COPY.
pub(super) fn copy(
    source: CopySource,
    to: bool,
    target: &CopyTarget,
    options: &[CopyOption],
    legacy: &[CopyLegacyOption],
    limits: TextLimits,
) -> Result<Kind, Refusal> {
    if !to {
        return Err(Refusal::read_only("COPY FROM"));
    }
    // Old drivers say STDIN for both directions, and PostgreSQL lets them.
    if !matches!(target, CopyTarget::Stdout | CopyTarget::Stdin) {
        return Err(
            Refusal::error("42501", "permission denied to COPY to a file or a program").hint("COPY ... TO STDOUT sends the rows to you")
        );
    }
    let statement = match source {
        CopySource::Query(query) => Statement::Query(query),
        CopySource::Table { table_name, columns } => {
            let columns = columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let sql = format!("SELECT {} FROM {table_name}", if columns.is_empty() { "*" } else { &columns });
            let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &sql).ok().and_then(|mut statements| statements.pop());
            parsed.ok_or_else(|| Refusal::error("42601", "COPY of something that is no table"))?
        }
    };
    let format = format(options, legacy)?;
    match question(statement, limits)? {
        Kind::Question(question) => Ok(Kind::CopyOut(question, format)),
        other => Ok(other),
    }
}

/// What is written in the options, before defaults.
#[derive(Default)]
struct Asked {
    is_csv: bool,
    is_binary: bool,
    has_header: bool,
    delimiter: Option<char>,
    null: Option<String>,
    quote: Option<char>,
    escape: Option<char>,
    forced: Vec<String>,
}

fn format(options: &[CopyOption], legacy: &[CopyLegacyOption]) -> Result<CopyFormat, Refusal> {
    let mut asked = Asked::default();
    for option in options {
        match option {
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("text") => {}
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("csv") => asked.is_csv = true,
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("binary") => asked.is_binary = true,
            CopyOption::Header(is_wanted) => asked.has_header = *is_wanted,
            CopyOption::Delimiter(letter) => asked.delimiter = Some(*letter),
            CopyOption::Null(text) => asked.null = Some(text.clone()),
            CopyOption::Quote(letter) => asked.quote = Some(*letter),
            CopyOption::Escape(letter) => asked.escape = Some(*letter),
            CopyOption::ForceQuote(columns) => asked.forced = columns.iter().map(name_of).collect(),
            CopyOption::Encoding(_) => {}
            other => return Err(Refusal::unsupported(&format!("COPY with {other}"))),
        }
    }
    for option in legacy {
        match option {
            CopyLegacyOption::Binary => asked.is_binary = true,
            CopyLegacyOption::Delimiter(letter) => asked.delimiter = Some(*letter),
            CopyLegacyOption::Null(text) => asked.null = Some(text.clone()),
            CopyLegacyOption::Csv(these) => {
                asked.is_csv = true;
                for one in these {
                    match one {
                        CopyLegacyCsvOption::Header => asked.has_header = true,
                        CopyLegacyCsvOption::Quote(letter) => asked.quote = Some(*letter),
                        CopyLegacyCsvOption::Escape(letter) => asked.escape = Some(*letter),
                        CopyLegacyCsvOption::ForceQuote(columns) => asked.forced = columns.iter().map(name_of).collect(),
                        other @ CopyLegacyCsvOption::ForceNotNull(_) => return Err(Refusal::unsupported(&format!("COPY with {other}"))),
                    }
                }
            }
            other => return Err(Refusal::unsupported(&format!("COPY with {other}"))),
        }
    }
    asked.format()
}

fn name_of(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

impl Asked {
    /// With the defaults, and what PostgreSQL checks.
    fn format(self) -> Result<CopyFormat, Refusal> {
        let wrong = |message: String| Err(Refusal::error("22023", message));
        if self.is_binary {
            return match (&self.delimiter, &self.null, self.has_header) {
                (None, None, false) => Ok(CopyFormat::Binary),
                _ => Err(Refusal::error("42601", "cannot specify DELIMITER, NULL or HEADER in BINARY mode")),
            };
        }
        if !self.is_csv && (self.quote.is_some() || self.escape.is_some() || !self.forced.is_empty()) {
            return Err(Refusal::error("42601", "COPY quote, escape and force_quote are available only in CSV mode"));
        }
        let letter = |what: &str, given: Option<char>, default: u8| match given {
            None => Ok(default),
            Some(letter) if letter.is_ascii() && !matches!(letter, '\n' | '\r' | '\0') => Ok(letter as u8),
            Some(letter) => Err(Refusal::error("22023", format!("COPY {what} {letter:?} must be a single one-byte character of a line"))),
        };
        let delimiter = letter("delimiter", self.delimiter, if self.is_csv { b',' } else { b'\t' })?;
        let null = self.null.unwrap_or_else(|| if self.is_csv { String::new() } else { "\\N".into() });
        if !self.is_csv && (delimiter.is_ascii_lowercase() || delimiter.is_ascii_digit() || matches!(delimiter, b'\\' | b'.')) {
            return wrong(format!("COPY delimiter cannot be \"{}\"", char::from(delimiter)));
        }
        if null.contains(['\n', '\r']) || null.as_bytes().contains(&delimiter) {
            return wrong("COPY null representation cannot use the delimiter, newline or carriage return".into());
        }
        let quotes = if self.is_csv {
            let quote = letter("quote", self.quote, b'"')?;
            if quote == delimiter || null.as_bytes().contains(&quote) {
                return wrong("CSV quote character must not be the delimiter or appear in the NULL specification".into());
            }
            Some(CopyQuotes { quote, escape: letter("escape", self.escape, quote)?, forced: self.forced })
        } else {
            None
        };
        Ok(CopyFormat::Words(CopyWords { delimiter, null, has_header: self.has_header, quotes }))
    }
}
