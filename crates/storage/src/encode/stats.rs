//! Delta's per-file statistics, taken from the Parquet footer so that no column is looked at twice.

use arrow::datatypes::{DataType, SchemaRef};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;
use serde_json::{Map, Value};
use trunkline_events::Timestamp;

use crate::schema;

#[derive(Default)]
struct Bounds {
    min: Option<Value>,
    max: Option<Value>,
    nulls: Option<u64>,
    /// A row group without statistics makes the bounds of the file unknown.
    unknown: bool,
}

/// The `stats` member of an `add` action, JSON.
pub(super) fn of(metadata: &ParquetMetaData, schema: &SchemaRef) -> String {
    let mut bounds: Vec<Bounds> = schema.fields().iter().map(|_| Bounds { nulls: Some(0), ..Bounds::default() }).collect();
    for group in metadata.row_groups() {
        for (i, field) in schema.fields().iter().enumerate() {
            bounds[i].take(group.column(i).statistics(), field.data_type(), group.num_rows());
        }
    }
    let (mut min, mut max, mut nulls) = (Map::new(), Map::new(), Map::new());
    for (field, bound) in schema.fields().iter().zip(bounds) {
        let name = field.name().clone();
        if schema::has_public_range(&name)
            && !bound.unknown
            && let (Some(low), Some(high)) = (bound.min, bound.max)
        {
            min.insert(name.clone(), low);
            max.insert(name.clone(), high);
        }
        if let Some(count) = bound.nulls {
            nulls.insert(name, count.into());
        }
    }
    let rows = metadata.file_metadata().num_rows();
    serde_json::json!({ "numRecords": rows, "minValues": min, "maxValues": max, "nullCount": nulls }).to_string()
}

impl Bounds {
    fn take(&mut self, statistics: Option<&Statistics>, data_type: &DataType, rows: i64) {
        let Some(statistics) = statistics else {
            self.unknown = true;
            self.nulls = None;
            return;
        };
        let nulls = statistics.null_count_opt();
        self.nulls = self.nulls.zip(nulls).map(|(a, b)| a + b);
        match bounds_of(statistics, data_type) {
            Some((low, high)) => {
                self.min = Some(lesser(self.min.take(), low));
                self.max = Some(greater(self.max.take(), high));
            }
            // A row group of NULLs only has no bounds and moves none.
            None if nulls.is_some_and(|n| i64::try_from(n).is_ok_and(|n| n == rows)) => {}
            None => self.unknown = true,
        }
    }
}

fn bounds_of(statistics: &Statistics, data_type: &DataType) -> Option<(Value, Value)> {
    match (statistics, data_type) {
        (Statistics::Int64(s), DataType::Int64) => Some(((*s.min_opt()?).into(), (*s.max_opt()?).into())),
        (Statistics::Int32(s), DataType::Int32) => Some(((*s.min_opt()?).into(), (*s.max_opt()?).into())),
        (Statistics::Boolean(s), DataType::Boolean) => Some(((*s.min_opt()?).into(), (*s.max_opt()?).into())),
        (Statistics::Int64(s), DataType::Timestamp(..)) => Some((instant(*s.min_opt()?, 0), instant(*s.max_opt()?, 999))),
        (Statistics::ByteArray(s), DataType::Utf8) => {
            let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(Value::from);
            Some((text(s.min_opt()?.data())?, text(s.max_opt()?.data())?))
        }
        _ => None,
    }
}

/// Whole milliseconds, cut for a lower bound and rounded up for an upper one: what every reader of Delta understands.
fn instant(micros: i64, round_up: i64) -> Value {
    let millis = micros.saturating_add(round_up).div_euclid(1_000);
    let text = Timestamp::from_millis(millis).to_string();
    // Fixed width, so that bounds compare as text too.
    let (head, fraction) = text.trim_end_matches('Z').split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    format!("{head}.{fraction:0<3}Z").into()
}

fn lesser(old: Option<Value>, new: Value) -> Value {
    match old {
        Some(old) if !is_less(&new, &old) => old,
        _ => new,
    }
}

fn greater(old: Option<Value>, new: Value) -> Value {
    match old {
        Some(old) if !is_less(&old, &new) => old,
        _ => new,
    }
}

fn is_less(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_i64() < b.as_i64(),
        (Value::String(a), Value::String(b)) => a < b,
        (Value::Bool(a), Value::Bool(b)) => !a & b,
        _ => false,
    }
}
