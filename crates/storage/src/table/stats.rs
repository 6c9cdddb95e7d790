//! Per-file statistics of the Delta log: JSON to typed values.

use std::collections::HashMap;

use arrow::datatypes::{DataType, SchemaRef};
use serde_json::Value;
use trunkline_events::Timestamp;

/// A bound of a column.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum StatValue {
    /// Whole numbers.
    Int(i64),
    /// Text; may be cut (a shorter lower bound, a greater upper bound).
    Text(String),
    /// Booleans.
    Bool(bool),
    /// Microseconds since the Unix epoch, UTC.
    Instant(i64),
    /// Days since 1970-01-01.
    Date(i32),
}

/// What the log says about one column of one file. Bounds hold but need not be tight.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColumnRange {
    /// No value is below.
    pub min: Option<StatValue>,
    /// No value is above.
    pub max: Option<StatValue>,
    /// NULLs.
    pub nulls: Option<u64>,
}

/// Statistics of one file.
#[derive(Debug, Default)]
pub(crate) struct FileStats {
    pub(crate) rows: Option<u64>,
    pub(crate) ranges: HashMap<String, ColumnRange>,
}

/// Parses the `stats` member of an `add` action; what cannot be read is left out.
pub(crate) fn parse(stats: Option<&str>, schema: &SchemaRef) -> FileStats {
    let Some(json) = stats.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return FileStats::default();
    };
    let mut out = FileStats { rows: json["numRecords"].as_u64(), ranges: HashMap::new() };
    for field in schema.fields() {
        let name = field.name().as_str();
        let range = ColumnRange {
            min: typed(&json["minValues"][name], field.data_type(), 0),
            max: typed(&json["maxValues"][name], field.data_type(), 999),
            nulls: json["nullCount"][name].as_u64(),
        };
        if range != ColumnRange::default() {
            out.ranges.insert(name.to_owned(), range);
        }
    }
    out
}

/// `slack`: microseconds added to an instant, because writers may cut statistics to whole milliseconds.
fn typed(value: &Value, data_type: &DataType, slack: i64) -> Option<StatValue> {
    match data_type {
        DataType::Utf8 => value.as_str().map(|text| StatValue::Text(text.to_owned())),
        DataType::Int64 | DataType::Int32 => value.as_i64().map(StatValue::Int),
        DataType::Boolean => value.as_bool().map(StatValue::Bool),
        DataType::Timestamp(..) => Timestamp::parse_rfc3339(value.as_str()?).map(|at| StatValue::Instant(at.micros() + slack)),
        DataType::Date32 => parse_day(value.as_str()?).map(StatValue::Date),
        _ => None,
    }
}

/// `YYYY-MM-DD` to days since 1970-01-01.
pub(crate) fn parse_day(text: &str) -> Option<i32> {
    Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).map(Timestamp::utc_day)
}

/// Days since 1970-01-01 to `YYYY-MM-DD`.
pub(crate) fn format_day(day: i32) -> String {
    let text = Timestamp::from_seconds(i64::from(day) * 86_400).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
