//! Facts from compact literals: one row a line as `column=value`, `xN` in front for N equal rows. What is not named is NULL,
//! except `source=s`, `is_final=true`, `event_count=1` and `recorded_at` = the watermark. Times are of 2026-03-02, UTC;
//! `+3d10:00` is three days later.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};
use datafusion::catalog::{MemTable, MemorySchemaProvider, SchemaProvider};
use datafusion::prelude::SessionContext;
use trunkline_events::time::Timestamp;
use trunkline_query::kpi::{Basis, Grain, KpiRequest, Registry, fact, kpi_sql};

/// 2026-03-02T00:00:00Z.
pub const DAY: i64 = 1_772_409_600;

/// An instant such as `10:00`, `10:00:30` or `+3d10:00`.
pub fn at(text: &str) -> Timestamp {
    let (days, clock) = text.strip_prefix('+').and_then(|t| t.split_once('d')).unwrap_or(("0", text));
    let seconds = clock.split(':').zip([3600, 60, 1]).map(|(digits, unit)| digits.parse::<i64>().unwrap() * unit).sum::<i64>();
    Timestamp::from_seconds(DAY + days.parse::<i64>().unwrap() * 86_400 + seconds)
}

/// A session with the facts, filled from `(table, rows)`; the watermark is the latest `recorded_at`, `+30d00:00` unless rows say otherwise.
pub fn centre(tables: &[(&str, &str)]) -> SessionContext {
    let context = session();
    let mut recorded = Vec::new();
    for name in fact::FACTS {
        let lines: String = tables.iter().filter(|(table, _)| *table == name).map(|(_, rows)| format!("{rows}\n")).collect();
        let batch = batch(name, &lines);
        let column = batch.column_by_name("recorded_at").unwrap().as_primitive::<TimestampMicrosecondType>();
        recorded.extend(column.iter().flatten());
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
        context.register_table(name, Arc::new(table)).unwrap();
    }
    let ops = MemorySchemaProvider::new();
    let last: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![recorded.into_iter().max()]).with_timezone("UTC"));
    let row = RecordBatch::try_from_iter_with_nullable([("occurred_at", last, true)]).unwrap();
    ops.register_table("watermark".into(), Arc::new(MemTable::try_new(row.schema(), vec![vec![row]]).unwrap())).unwrap();
    context.catalog("datafusion").unwrap().register_schema("ops", Arc::new(ops)).unwrap();
    context
}

fn session() -> SessionContext {
    let mut context = SessionContext::new();
    trunkline_query::functions::register(&mut context).unwrap();
    context
}

fn batch(table: &str, lines: &str) -> RecordBatch {
    let schema = fact::schema(table).unwrap();
    let mut rows: Vec<Vec<(String, String)>> = Vec::new();
    for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (count, line) = match line.strip_prefix('x').and_then(|l| l.split_once(' ')) {
            Some((digits, rest)) if digits.parse::<usize>().is_ok() => (digits.parse().unwrap(), rest),
            _ => (1, line),
        };
        let row: Vec<(String, String)> =
            line.split_whitespace().map(|w| w.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        for (name, _) in &row {
            assert!(schema.field_with_name(name).is_ok(), "{table} has no column {name}");
        }
        rows.extend(std::iter::repeat_n(row, count));
    }
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| {
            let cell = |row: &Vec<(String, String)>| -> Option<String> {
                let named = row.iter().find(|(k, _)| k == field.name()).map(|(_, v)| v.clone());
                let default = match field.name().as_str() {
                    "source" => Some("s"),
                    "is_final" => Some("true"),
                    "event_count" => Some("1"),
                    "recorded_at" => Some("+30d00:00"),
                    _ => None,
                };
                named.or_else(|| default.map(str::to_owned))
            };
            let cells = rows.iter().map(cell);
            let array: ArrayRef = match field.data_type() {
                DataType::Int64 => Arc::new(cells.map(|c| c.map(|t| t.parse::<i64>().unwrap())).collect::<Int64Array>()),
                DataType::Boolean => Arc::new(cells.map(|c| c.map(|t| t == "true")).collect::<BooleanArray>()),
                DataType::Timestamp(..) => {
                    let instants = cells.map(|c| c.map(|t| at(&t).micros())).collect::<TimestampMicrosecondArray>();
                    Arc::new(instants.with_timezone("UTC"))
                }
                _ => Arc::new(cells.collect::<StringArray>()),
            };
            array
        })
        .collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

/// One row of the long form.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Seconds after the start of the day, if there is a period.
    pub period: Option<i64>,
    /// Values of the `by` columns.
    pub by: Vec<Option<String>>,
    pub value: Option<f64>,
    pub numerator: Option<f64>,
    pub denominator: Option<f64>,
    pub n: i64,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub finality: String,
}

/// Short form of a question: `name by=a,b grain=30m from=09:00 to=10:30 basis=clipped p.threshold_s=30`.
pub fn question(text: &str) -> KpiRequest {
    let mut words = text.split_whitespace();
    let mut request = KpiRequest::new(words.next().unwrap());
    for (key, value) in words.map(|w| w.split_once('=').unwrap()) {
        match key {
            "by" => request.by = value.split(',').map(str::to_owned).collect(),
            "grain" => request.grain = Some(Grain::parse(value).unwrap()),
            "from" => request.from = Some(at(value)),
            "to" => request.to = Some(at(value)),
            "zone" => request.zone = value.to_owned(),
            "basis" => request.basis = Some(Basis::parse(value).unwrap().to_string()),
            "watermark" => request.watermark = Some(at(value)),
            _ => {
                request.params.insert(key.strip_prefix("p.").unwrap().to_owned(), value.to_owned());
            }
        }
    }
    request
}

/// Answers a question in the short form.
pub async fn ask(context: &SessionContext, text: &str) -> Vec<Row> {
    let sql = kpi_sql(&Registry::builtin().unwrap(), &question(text)).unwrap();
    let batches = match context.sql(&sql).await {
        Ok(frame) => frame.collect().await.unwrap_or_else(|e| panic!("{e}\n{sql}")),
        Err(error) => panic!("{error}\n{sql}"),
    };
    batches.iter().flat_map(rows).collect()
}

/// The one value of a question without periods and groups.
pub async fn value(context: &SessionContext, text: &str) -> Option<f64> {
    let rows = ask(context, text).await;
    assert_eq!(rows.len(), 1, "{text}: {rows:?}");
    rows[0].value
}

/// Values by period as (`HH:MM`, value).
pub async fn by_period(context: &SessionContext, text: &str) -> Vec<(String, f64)> {
    let rows = ask(context, text).await;
    rows.iter().map(|r| (r.period.map(|s| format!("{:02}:{:02}", s / 3600, s % 3600 / 60)).unwrap(), r.value.unwrap())).collect()
}

fn rows(batch: &RecordBatch) -> Vec<Row> {
    let schema = batch.schema();
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let groups = names.iter().position(|n| *n == "kpi").unwrap();
    assert_eq!(names[0], "period_start");
    assert_eq!(names[groups..], ["kpi", "value", "numerator", "denominator", "n", "lower", "upper", "finality"]);
    let float = |column: &str, row: usize| {
        let array = batch.column_by_name(column).unwrap().as_primitive::<Float64Type>();
        array.is_valid(row).then(|| array.value(row))
    };
    let words: Vec<ArrayRef> = (1..groups).map(|i| arrow::compute::cast(batch.column(i), &DataType::Utf8).unwrap()).collect();
    let period = batch.column(0).as_primitive::<TimestampMicrosecondType>();
    let finality = arrow::compute::cast(batch.column_by_name("finality").unwrap(), &DataType::Utf8).unwrap();
    (0..batch.num_rows())
        .map(|row| Row {
            period: period.is_valid(row).then(|| period.value(row) / 1_000_000 - DAY),
            by: words.iter().map(|w| w.as_string::<i32>()).map(|w| w.is_valid(row).then(|| w.value(row).to_owned())).collect(),
            value: float("value", row),
            numerator: float("numerator", row),
            denominator: float("denominator", row),
            n: batch.column_by_name("n").unwrap().as_primitive::<Int64Type>().value(row),
            lower: float("lower", row),
            upper: float("upper", row),
            finality: finality.as_string::<i32>().value(row).to_owned(),
        })
        .collect()
}
