//! Rows as JSON objects.

use std::io::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, UInt64Type};
use serde_json::{Map, Value};

use super::table::cells;
use crate::error::QueryError;

/// One array of objects, one a line.
pub(super) fn array(batches: &[RecordBatch], zone: &str, out: &mut dyn Write) -> Result<(), QueryError> {
    let io = |e: std::io::Error| QueryError::failed(e.to_string());
    write!(out, "[").map_err(io)?;
    let mut first = true;
    for batch in batches {
        for row in objects(batch, zone)? {
            write!(out, "{}{row}", if first { "\n" } else { ",\n" }).map_err(io)?;
            first = false;
        }
    }
    writeln!(out, "{}]", if first { "" } else { "\n" }).map_err(io)
}

/// One object a line.
pub(super) fn lines(batches: &[RecordBatch], zone: &str, out: &mut dyn Write) -> Result<(), QueryError> {
    for batch in batches {
        for row in objects(batch, zone)? {
            writeln!(out, "{row}").map_err(|e| QueryError::failed(e.to_string()))?;
        }
    }
    Ok(())
}

fn objects(batch: &RecordBatch, zone: &str) -> Result<Vec<Value>, QueryError> {
    let texts = cells(batch, zone)?;
    let schema = batch.schema();
    let row = |(i, cells): (usize, Vec<Option<String>>)| {
        let members =
            cells.into_iter().enumerate().map(|(c, text)| (schema.field(c).name().clone(), value(batch.column(c).as_ref(), i, text)));
        Value::Object(members.collect::<Map<_, _>>())
    };
    Ok(texts.into_iter().enumerate().map(row).collect())
}

/// Numbers and booleans as such, everything else as text.
fn value(array: &dyn Array, row: usize, text: Option<String>) -> Value {
    let Some(text) = text else { return Value::Null };
    match array.data_type() {
        DataType::Int64 => Value::from(array.as_primitive::<Int64Type>().value(row)),
        DataType::Int32 => Value::from(array.as_primitive::<Int32Type>().value(row)),
        DataType::UInt64 => Value::from(array.as_primitive::<UInt64Type>().value(row)),
        DataType::Float64 => Value::from(array.as_primitive::<Float64Type>().value(row)),
        other if other.is_numeric() => text.parse::<serde_json::Number>().map_or(Value::Null, Value::Number),
        DataType::Boolean => Value::from(array.as_boolean().value(row)),
        _ => Value::from(text),
    }
}
