//! Engines over small facts, and answers as text.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, SchemaRef};
use trunkline_events::Timestamp;
use trunkline_query::{Engine, EngineOptions, QueryError, format};
use trunkline_storage::schema;

/// An engine without a row.
pub fn empty() -> Engine {
    Engine::in_memory(HashMap::new(), &EngineOptions::default()).unwrap()
}

/// An engine over tables whose rows are lines of `column=value`. Times are RFC 3339; what is not named is NULL where it may be,
/// else empty, 0 or the epoch.
pub fn centre(tables: &[(&str, &str)]) -> Engine {
    let rows = tables.iter().map(|(table, lines)| ((*table).to_owned(), vec![batch(table, lines)])).collect();
    Engine::in_memory(rows, &EngineOptions::default()).unwrap()
}

pub fn batch(table: &str, lines: &str) -> RecordBatch {
    let schema: SchemaRef = schema::arrow_schema(table).unwrap();
    let rows: Vec<HashMap<&str, &str>> = lines
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|l| l.split_whitespace().map(|word| word.split_once('=').unwrap()).collect())
        .collect();
    assert!(rows.iter().flat_map(HashMap::keys).all(|k| schema.field_with_name(k).is_ok()), "{table}: a column is misspelt");
    let column = |field: &arrow::datatypes::FieldRef| -> ArrayRef {
        let cells = rows.iter().map(|row| row.get(field.name().as_str()).copied());
        let or = |value: &'static str| (!field.is_nullable()).then_some(value);
        match field.data_type() {
            DataType::Int64 => Arc::new(cells.map(|c| c.or(or("0")).map(|t| t.parse::<i64>().unwrap())).collect::<Int64Array>()),
            DataType::Boolean => Arc::new(cells.map(|c| c.or(or("false")).map(|t| t == "true")).collect::<BooleanArray>()),
            DataType::Timestamp(..) => {
                let micros = |text: &str| Timestamp::parse_rfc3339(text).unwrap().micros();
                let stamps = cells.map(|c| c.or(or("1970-01-01T00:00:00Z")).map(micros)).collect::<TimestampMicrosecondArray>();
                Arc::new(stamps.with_timezone("UTC"))
            }
            _ => Arc::new(cells.map(|c| c.or(or(""))).collect::<StringArray>()),
        }
    };
    RecordBatch::try_new(Arc::clone(&schema), schema.fields().iter().map(column).collect()).unwrap()
}

/// The rows as text: cells by a bar, NULL as `-`.
pub fn text(batches: &[RecordBatch]) -> Vec<String> {
    let rows = batches.iter().flat_map(|b| format::cells(b, "UTC").unwrap());
    rows.map(|row| row.into_iter().map(|c| c.unwrap_or_else(|| "-".to_owned())).collect::<Vec<_>>().join("|")).collect()
}

/// The rows of a statement without parameters.
pub async fn rows(engine: &Engine, sql: &str) -> Vec<String> {
    match engine.collect(sql, &BTreeMap::new()).await {
        Ok(batches) => text(&batches),
        Err(error) => panic!("{sql}: {error}"),
    }
}

/// Why a statement is refused.
pub async fn refusal(engine: &Engine, sql: &str) -> QueryError {
    match engine.collect(sql, &BTreeMap::new()).await {
        Ok(batches) => panic!("{sql} gave {:?}", text(&batches)),
        Err(error) => error,
    }
}
