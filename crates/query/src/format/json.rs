//! Rows as JSON. Numbers and booleans are such, everything else is text; a number that JSON does not have (NaN, infinite) is null.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, Schema, UInt64Type};
use serde_json::{Map, Value};

use super::table::cells;
use crate::error::QueryError;
use crate::postgres::{COMMENT_KEY, of_field, written};

/// Elements of an array that is being written, one a line.
pub(super) fn elements(rows: &[Value], is_first: bool, out: &mut Vec<u8>) {
    for (at, row) in rows.iter().enumerate() {
        out.extend_from_slice(if is_first && at == 0 { b"\n" } else { b",\n" });
        push(row, out);
    }
}

/// One value a line.
pub(super) fn lines(rows: &[Value], out: &mut Vec<u8>) {
    for row in rows {
        push(row, out);
        out.push(b'\n');
    }
}

/// Names and types of the columns, with their comment (which tells the unit) where they have one, and the beginning of the rows. Types have the names they have in SQL.
pub(super) fn begin_table(columns: &Schema, out: &mut Vec<u8>) {
    let column = |field: &arrow::datatypes::FieldRef| {
        let kind = of_field(field);
        let mut said = Map::new();
        said.insert("name".into(), field.name().as_str().into());
        said.insert("type".into(), written(kind.oid, (kind.name == "numeric").then_some(kind.modifier)).into());
        if let Some(comment) = field.metadata().get(COMMENT_KEY) {
            said.insert("comment".into(), comment.as_str().into());
        }
        Value::Object(said)
    };
    out.extend_from_slice(b"{\"columns\":");
    push(&columns.fields().iter().map(column).collect(), out);
    out.extend_from_slice(b",\n\"rows\":[");
}

/// The end of the rows, and how many there are.
pub(super) fn end_table(rows: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(if rows == 0 { b"]," } else { b"\n]," });
    out.extend_from_slice(format!("\n\"row_count\":{rows}}}\n").as_bytes());
}

/// Rows as objects.
pub(super) fn objects(batch: &RecordBatch, zone: &str) -> Result<Vec<Value>, QueryError> {
    let schema = batch.schema();
    rows(batch, zone, |values| {
        let named = values.enumerate().map(|(c, value)| (schema.field(c).name().clone(), value));
        Value::Object(named.collect::<Map<_, _>>())
    })
}

/// Rows as arrays.
pub(super) fn arrays(batch: &RecordBatch, zone: &str) -> Result<Vec<Value>, QueryError> {
    rows(batch, zone, |values| values.collect())
}

fn rows(batch: &RecordBatch, zone: &str, row: impl Fn(&mut dyn Iterator<Item = Value>) -> Value) -> Result<Vec<Value>, QueryError> {
    let texts = cells(batch, zone)?;
    let of = |(i, cells): (usize, Vec<Option<String>>)| {
        row(&mut cells.into_iter().enumerate().map(|(c, text)| value(batch.column(c).as_ref(), i, text)))
    };
    Ok(texts.into_iter().enumerate().map(of).collect())
}

fn push(value: &Value, out: &mut Vec<u8>) {
    // A value of ours can always be written into memory.
    let _ = serde_json::to_writer(out, value);
}

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
