//! Which files can hold a row that a filter lets through.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use trunkline_storage::{DataFile, StatValue};

/// The files that may match; all of them when the filter says nothing about statistics.
pub(super) fn keep<'f>(files: &'f [DataFile], predicate: Option<&Arc<dyn PhysicalExpr>>, schema: &SchemaRef) -> Vec<&'f DataFile> {
    let statistics = LogStatistics { files, schema };
    let kept = predicate
        .and_then(|p| PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).build(Arc::clone(p)))
        .and_then(|p| p.prune(&statistics).ok());
    match kept {
        Some(kept) => files.iter().zip(kept).filter(|(_, keep)| *keep).map(|(file, _)| file).collect(),
        None => files.iter().collect(),
    }
}

struct LogStatistics<'a> {
    files: &'a [DataFile],
    schema: &'a SchemaRef,
}

impl LogStatistics<'_> {
    fn bounds(&self, column: &Column, pick: impl Fn(&DataFile, &str) -> Option<StatValue>) -> Option<ArrayRef> {
        let kind = self.schema.field_with_name(&column.name).ok()?.data_type().clone();
        let values: Vec<ScalarValue> = self.files.iter().map(|file| scalar(pick(file, &column.name), &kind)).collect::<Option<_>>()?;
        ScalarValue::iter_to_array(values).ok()
    }
}

/// A bound as a scalar of the column's type; `None` for types without bounds.
fn scalar(value: Option<StatValue>, kind: &DataType) -> Option<ScalarValue> {
    let null = ScalarValue::try_from(kind).ok()?;
    Some(match (value, kind) {
        (Some(StatValue::Int(n)), DataType::Int64) => ScalarValue::Int64(Some(n)),
        (Some(StatValue::Int(n)), DataType::Int32) => ScalarValue::Int32(i32::try_from(n).ok()),
        (Some(StatValue::Text(text)), DataType::Utf8View) => ScalarValue::Utf8View(Some(text)),
        (Some(StatValue::Bool(b)), DataType::Boolean) => ScalarValue::Boolean(Some(b)),
        (Some(StatValue::Date(day)), DataType::Date32) => ScalarValue::Date32(Some(day)),
        (Some(StatValue::Instant(micros)), DataType::Timestamp(_, zone)) => ScalarValue::TimestampMicrosecond(Some(micros), zone.clone()),
        _ => null,
    })
}

impl PruningStatistics for LogStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |file, name| match (name, file.event_date) {
            ("event_date", Some(day)) => Some(StatValue::Date(day)),
            _ => file.ranges.get(name)?.min.clone(),
        })
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |file, name| match (name, file.event_date) {
            ("event_date", Some(day)) => Some(StatValue::Date(day)),
            _ => file.ranges.get(name)?.max.clone(),
        })
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let counts = self.files.iter().map(|file| file.ranges.get(&column.name).and_then(|r| r.nulls));
        Some(Arc::new(UInt64Array::from_iter(counts)))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from_iter(self.files.iter().map(|file| file.rows))))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
