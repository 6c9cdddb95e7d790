//! Schema `ops`: how the lake is doing.
//!
//! | table | one row per |
//! |---|---|
//! | `ops.journals` | journal: how far it was read, and its counters |
//! | `ops.balance` | journal: proof that no record was lost |
//! | `ops.gaps` | range of messages that was lost before it could be read |
//! | `ops.pipelines` | pipeline of the process that collects, as it said last |
//! | `ops.files` | table and partition: files, rows, bytes |
//! | `ops.watermark` | - (one row): the instant up to which the log tells what happened, `occurred_at`; NULL when it tells nothing |
//!
//! `received` and `duplicate` are counters kept in the commits that store the rows (ADR 0006); `stored` and `rejected` are counted from
//! the tables when the question is asked. `difference` is 0, or rows are missing or too many. `received` is NULL for a journal that
//! was begun before counters were kept.

mod files;
mod journals;
mod live;
mod pipelines;
mod questions;

use std::sync::Arc;

use arrow::array::{ArrayRef, TimestampMicrosecondArray};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use trunkline_events::Timestamp;
use trunkline_storage::{ColumnRange, LakeTable, StatValue};

use crate::session::CATALOG;

pub(crate) use journals::Source;

/// The `occurred_at` of the last event in a snapshot of the log, by the statistics of its files: to the millisecond, rounded up.
pub(crate) fn last_event(events: &LakeTable) -> Option<Timestamp> {
    let last = |range: &ColumnRange| match range.max {
        Some(StatValue::Instant(at)) => Some(Timestamp::from_micros(at)),
        _ => None,
    };
    events.files().iter().filter_map(|file| last(file.ranges.get("occurred_at")?)).max()
}

fn watermark_table(watermark: Option<Timestamp>) -> Result<Arc<dyn TableProvider>> {
    let at: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![watermark.map(Timestamp::micros)]).with_timezone("UTC"));
    let row = RecordBatch::try_from_iter_with_nullable([("occurred_at", at, true)])?;
    Ok(Arc::new(MemTable::try_new(row.schema(), vec![vec![row]])?))
}

/// Registers the schema; `tables` are the snapshots of the lake's tables.
pub(crate) fn register(context: &SessionContext, source: Source, watermark: Option<Timestamp>, tables: &[LakeTable]) -> Result<()> {
    let lake = match &source {
        Source::Lake(lake, ..) => Some(lake.clone()),
        Source::None => None,
    };
    let ops = MemorySchemaProvider::new();
    let own: [(&str, Arc<dyn TableProvider>); 6] = [
        ("watermark", watermark_table(watermark)?),
        ("journals", Arc::new(journals::table(source))),
        ("balance", Arc::new(questions::balance())),
        ("gaps", Arc::new(questions::gaps())),
        ("pipelines", Arc::new(pipelines::table(lake))),
        ("files", Arc::new(files::table(tables)?)),
    ];
    for (name, table) in own {
        ops.register_table(name.to_owned(), table)?;
    }
    let catalog = context.catalog(CATALOG).ok_or_else(|| DataFusionError::Internal(format!("there is no catalogue {CATALOG}")))?;
    catalog.register_schema("ops", Arc::new(ops))?;
    Ok(())
}
