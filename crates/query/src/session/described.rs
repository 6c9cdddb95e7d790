//! `catalog.tables` and `catalog.columns`: what there is to ask about, as tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::error::ArrowError;
use trunkline_storage::schema;

use super::Tables;
use crate::bi::{SCHEMA, Views};
use crate::kpi::agent_time::view_columns;
use crate::kpi::fact::AGENT_TIME;

/// One row per table: its kind, its Delta version, how many rows, files and bytes it has, NULL where that is not known, and
/// what one row of it is. A view has none of its own.
pub(super) fn tables(tables: &Tables, views: &Views) -> Result<RecordBatch, ArrowError> {
    let view = format!("kpi.{AGENT_TIME}");
    let described: Vec<(String, &str)> = views.described().into_iter().map(|(name, row, _)| (format!("{SCHEMA}.{name}"), row)).collect();
    let own = schema::TABLES.iter().copied().chain([view.as_str()]);
    let names: Vec<&str> = own.chain(described.iter().map(|(name, _)| name.as_str())).collect();
    let rows = |name: &&str| described.iter().find(|(of, _)| of == name).map_or_else(|| one_row_per(name), |(_, row)| row);
    let sizes: Vec<[Option<i64>; 4]> = names.iter().map(|name| size(name, tables)).collect();
    let number = |at: usize| -> ArrayRef { Arc::new(sizes.iter().map(|s| s[at]).collect::<Int64Array>()) };
    let kind = |name: &&str| match *name {
        name if schema::FACT_TABLES.contains(&name) => "fact",
        name if schema::TABLES.contains(&name) => "log",
        _ => "view",
    };
    RecordBatch::try_from_iter(vec![
        ("name", Arc::new(StringArray::from_iter_values(&names)) as ArrayRef),
        ("kind", Arc::new(StringArray::from_iter_values(names.iter().map(kind)))),
        ("version", number(0)),
        ("rows", number(1)),
        ("files", number(2)),
        ("bytes", number(3)),
        ("one_row_per", Arc::new(StringArray::from_iter_values(names.iter().map(rows)))),
    ])
}

fn one_row_per(table: &str) -> &'static str {
    match table {
        "events" => "event received",
        "rejected_records" => "record that could not be mapped",
        "contacts" => "contact: what the customer would call one call, chat or e-mail thread",
        "queue_stints" => "stay of a contact in one queue",
        "agent_legs" => "agent taking part in a contact, and offer not accepted",
        "agent_states" => "interval of one agent in one state",
        "responses" => "customer turn waiting for an answer",
        "self_service" => "self-service session",
        "anomalies" => "thing the fold had to repair",
        _ => "agent and minute or part of one in which the agent was handling, ringing or idle, and acceptance of a leg",
    }
}

fn size(name: &str, tables: &Tables) -> [Option<i64>; 4] {
    let whole = |n: u64| i64::try_from(n).ok();
    match tables {
        Tables::Lake(_, snapshots) => match snapshots.iter().find(|t| t.name() == name) {
            Some(table) => {
                let bytes = table.files().iter().map(|f| f.size).sum();
                [whole(table.version()), table.rows().and_then(whole), whole(table.files().len() as u64), whole(bytes)]
            }
            None => [None; 4],
        },
        Tables::Memory(_) if !schema::TABLES.contains(&name) => [None; 4],
        Tables::Memory(rows) => {
            let count = rows.get(name).map_or(0, |batches| batches.iter().map(RecordBatch::num_rows).sum());
            [None, whole(count as u64), None, None]
        }
    }
}

/// One row per column of a table, in order; of `bi`, with what it means.
pub(super) fn columns(views: &Views) -> Result<RecordBatch, ArrowError> {
    let mut all: Vec<(String, i64, String, String, bool)> = Vec::new();
    for name in schema::TABLES {
        for (at, field) in schema::arrow_schema(name).iter().flat_map(|s| s.fields().iter().enumerate()) {
            all.push(((*name).to_owned(), at as i64 + 1, field.name().clone(), field.data_type().to_string(), field.is_nullable()));
        }
    }
    let view = format!("kpi.{AGENT_TIME}");
    for (at, (name, kind)) in view_columns().into_iter().enumerate() {
        all.push((view.clone(), at as i64 + 1, name.to_owned(), kind.to_string(), true));
    }
    for (name, _, columns) in views.described() {
        let numbered = columns.fields().iter().enumerate();
        let table = format!("{SCHEMA}.{name}");
        all.extend(numbered.map(|(at, f)| (table.clone(), at as i64 + 1, f.name().clone(), f.data_type().to_string(), true)));
    }
    let meaning = |c: &(String, i64, String, String, bool)| views.comment(c.0.strip_prefix("bi.")?, &c.2).map(ToOwned::to_owned);
    RecordBatch::try_from_iter(vec![
        ("table", Arc::new(StringArray::from_iter_values(all.iter().map(|c| &c.0))) as ArrayRef),
        ("position", Arc::new(Int64Array::from_iter_values(all.iter().map(|c| c.1)))),
        ("name", Arc::new(StringArray::from_iter_values(all.iter().map(|c| &c.2)))),
        ("type", Arc::new(StringArray::from_iter_values(all.iter().map(|c| &c.3)))),
        ("is_nullable", Arc::new(all.iter().map(|c| Some(c.4)).collect::<BooleanArray>())),
        ("meaning", Arc::new(all.iter().map(meaning).collect::<StringArray>())),
    ])
}
