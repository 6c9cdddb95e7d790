//! The header of a query: consecutive lines that begin with `--!`, the rest of them YAML.

mod columns;

use std::collections::BTreeMap;

use datafusion::common::ScalarValue;
use serde::{Deserialize, Serialize};

use crate::kpi::SpecError;

/// What a query says about itself.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Name, the file's stem.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// What it is good for.
    #[serde(default)]
    pub doc: Option<String>,
    /// What one row stands for.
    pub grain: String,
    /// Parameters by name.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// Columns of the result and their types: text, int, float, bool, date, timestamptz; `?` for those that may be NULL.
    pub returns: BTreeMap<String, String>,
    /// Columns that order the result.
    #[serde(default)]
    pub order: Vec<String>,
    /// How to draw the result.
    #[serde(default)]
    pub chart: Option<Chart>,
}

/// How to draw a result.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// `line`, `bar` or `heatmap`.
    pub kind: String,
    /// Column along the axis.
    pub x: String,
    /// Column drawn.
    pub y: String,
    /// Column that makes the series.
    #[serde(default)]
    pub by: Option<String>,
    /// Value to aim for, in the unit of `y`.
    #[serde(default)]
    pub target: Option<f64>,
}

/// One parameter.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Type.
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// Value when none is given, as text; relative days such as `yesterday` and `-7d` are resolved at run time.
    #[serde(default)]
    pub default: Option<String>,
    /// May be left out; the value is NULL then.
    #[serde(default)]
    pub optional: bool,
    /// The only values accepted.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// What it means.
    #[serde(default)]
    pub doc: Option<String>,
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    /// Local day.
    Date,
    /// Text.
    Text,
    /// IANA time zone.
    Zone,
    /// Step of `local_bucket`.
    Interval,
    /// Whole number.
    Int,
    /// Number.
    Float,
}

impl ParamType {
    /// NULL of this type.
    #[must_use]
    pub const fn null(self) -> ScalarValue {
        match self {
            Self::Date => ScalarValue::Date32(None),
            Self::Int => ScalarValue::Int64(None),
            Self::Float => ScalarValue::Float64(None),
            Self::Text | Self::Zone | Self::Interval => ScalarValue::Utf8(None),
        }
    }
}

impl ParamType {
    /// Text that is a value of this type.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Date => "2026-01-31",
            Self::Zone => "UTC",
            Self::Interval => "1d",
            Self::Int | Self::Float => "1",
            Self::Text => "x",
        }
    }
}

impl Header {
    /// Reads the header of a query file.
    ///
    /// # Errors
    /// No header, YAML that is wrong (line and column are those of the SQL file), a name that is not the file's stem, parameters that
    /// are not used or not declared.
    pub fn parse(file: &str, stem: &str, text: &str) -> Result<Self, SpecError> {
        let fail = |line: u64, column: u64, message: String| SpecError { file: file.to_string(), line, column, message };
        let yaml: String =
            text.lines().map_while(|l| l.strip_prefix("--!")).map(|l| format!("{}\n", l.strip_prefix(' ').unwrap_or(l))).collect();
        if yaml.is_empty() {
            return Err(fail(1, 1, "no header; the file begins with lines `--! name: ...`".to_string()));
        }
        let header: Self = serde_saphyr::from_str(&yaml).map_err(|error| {
            let place = error.location().map_or((1, 1), |l| (l.line(), l.column() + 4));
            fail(place.0, place.1, error.to_string())
        })?;
        if header.name != stem {
            return Err(fail(1, 1, format!("name \"{}\" is not the file's stem \"{stem}\"", header.name)));
        }
        let body: String = text.lines().skip_while(|l| l.starts_with("--!")).collect::<Vec<_>>().join("\n");
        let used = dollar_names(&body);
        if let Some(name) = used.iter().find(|name| !header.params.contains_key(*name)) {
            return Err(fail(line_of(text, &format!("${name}")), 1, format!("${name} is used but not declared under params")));
        }
        if let Some(name) = header.params.keys().find(|name| !used.contains(name)) {
            return Err(fail(line_of(text, &format!("{name}:")), 1, format!("parameter \"{name}\" is declared but not used")));
        }
        if header.order.is_empty() {
            return Err(fail(1, 1, "order is missing: without it two runs may differ".to_string()));
        }
        columns::declared(&header).map_err(|(word, message)| fail(line_of(text, &word), 1, message))?;
        Ok(header)
    }
}

fn line_of(text: &str, what: &str) -> u64 {
    text.lines().position(|l| l.contains(what)).map_or(1, |at| at as u64 + 1)
}

/// Names after `$` in the statement.
fn dollar_names(sql: &str) -> Vec<String> {
    let mut names: Vec<String> = sql
        .split('$')
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .filter(|name: &String| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}
