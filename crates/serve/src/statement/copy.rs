//! COPY ... TO STDOUT: the only COPY there is.

use datafusion::sql::sqlparser::ast::{CopyLegacyOption, CopyOption, CopySource, CopyTarget, Statement};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::{Kind, TextLimits, question};
use crate::refusal::Refusal;

/// How COPY writes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyFormat {
    /// Values between tabs, NULL as `\N`.
    Text,
    /// Comma separated.
    Csv {
        /// Names of the columns first.
        has_header: bool,
    },
    /// PostgreSQL's binary format.
    Binary,
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
    if *target != CopyTarget::Stdout {
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

fn format(options: &[CopyOption], legacy: &[CopyLegacyOption]) -> Result<CopyFormat, Refusal> {
    let mut format = CopyFormat::Text;
    let mut header = false;
    for option in options {
        match option {
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("text") => {}
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("csv") => format = CopyFormat::Csv { has_header: false },
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("binary") => format = CopyFormat::Binary,
            CopyOption::Header(is_wanted) => header = *is_wanted,
            CopyOption::Delimiter(',') | CopyOption::Encoding(_) | CopyOption::Quote('"') => {}
            other => return Err(Refusal::unsupported(&format!("COPY with {other}"))),
        }
    }
    for option in legacy {
        match option {
            CopyLegacyOption::Binary => format = CopyFormat::Binary,
            CopyLegacyOption::Csv(these) if these.is_empty() => format = CopyFormat::Csv { has_header: false },
            CopyLegacyOption::Csv(these) if these.iter().all(|one| one.to_string() == "HEADER") => {
                format = CopyFormat::Csv { has_header: false };
                header = true;
            }
            other => return Err(Refusal::unsupported(&format!("COPY with {other}"))),
        }
    }
    Ok(match format {
        CopyFormat::Csv { .. } => CopyFormat::Csv { has_header: header },
        other => other,
    })
}
