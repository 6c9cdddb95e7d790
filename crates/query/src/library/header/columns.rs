//! What a header says of the columns, against itself and against the plan.

use arrow::datatypes::{DataType, Schema};

use super::Header;
use crate::error::QueryError;
use crate::kpi::error::nearest_hint;

/// Types a header may declare.
const TYPES: [&str; 6] = ["text", "int", "float", "bool", "date", "timestamptz"];

/// Every type is one, and `order` and `chart` name columns that are returned. The error is the word to look for in the file, and
/// the message.
pub(super) fn declared(header: &Header) -> Result<(), (String, String)> {
    for (column, kind) in &header.returns {
        if !TYPES.contains(&kind.trim_end_matches('?')) {
            return Err((
                format!("{column}:"),
                format!("returns: \"{kind}\" is no type; use {}, with ? where NULL may come", TYPES.join(", ")),
            ));
        }
    }
    let returned = |from: &str, column: &str| match header.returns.contains_key(column) {
        true => Ok(()),
        false => {
            let hint = nearest_hint(column, header.returns.keys().map(String::as_str));
            Err((format!("{from}:"), format!("{from}: \"{column}\" is not among the columns returned{hint}")))
        }
    };
    for column in &header.order {
        returned("order", column.split_whitespace().next().unwrap_or_default())?;
    }
    if let Some(chart) = &header.chart {
        if !["line", "bar", "heatmap"].contains(&chart.kind.as_str()) {
            return Err(("chart:".to_string(), format!("chart: \"{}\" is no kind; use line, bar or heatmap", chart.kind)));
        }
        for column in [&chart.x, &chart.y].into_iter().chain(&chart.by) {
            returned("chart", column)?;
        }
    }
    Ok(())
}

impl Header {
    /// Whether the plan returns the columns declared, in their types. That a column may be NULL is not compared: the planner says
    /// so of most.
    ///
    /// # Errors
    /// Columns that are missing, not declared, or of another type; all of them at once.
    pub fn check_columns(&self, planned: &Schema) -> Result<(), QueryError> {
        let mut wrong: Vec<String> = Vec::new();
        for field in planned.fields() {
            match self.returns.get(field.name()) {
                None => wrong.push(format!("column \"{}\" is not declared", field.name())),
                Some(kind) if !fits(kind.trim_end_matches('?'), field.data_type()) => {
                    wrong.push(format!("column \"{}\" is declared {kind} but is {}", field.name(), field.data_type()));
                }
                Some(_) => {}
            }
        }
        let missing = self.returns.keys().filter(|name| planned.field_with_name(name).is_err());
        wrong.extend(missing.map(|name| format!("column \"{name}\" is declared but not returned")));
        if wrong.is_empty() { Ok(()) } else { Err(QueryError::usage(format!("{}: returns: {}", self.name, wrong.join("; ")))) }
    }
}

fn fits(kind: &str, planned: &DataType) -> bool {
    match kind {
        "text" => matches!(planned, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
        "int" => planned.is_integer(),
        "float" => planned.is_floating() || planned.is_decimal(),
        "bool" => matches!(planned, DataType::Boolean),
        "date" => matches!(planned, DataType::Date32 | DataType::Date64),
        "timestamptz" => matches!(planned, DataType::Timestamp(_, Some(_))),
        _ => false,
    }
}
