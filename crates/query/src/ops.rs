//! Schema `ops`: how the lake is doing. `ops.journals` says how far every journal was read and how many records it gave, `ops.balance`
//! proves that none of them was lost. `ops.watermark` is one row, the instant up to which the log tells what happened (`occurred_at`);
//! NULL when it tells nothing.
//!
//! `received` and `duplicate` are counters kept in the commits that store the rows (ADR 0006); `stored` and `rejected` are counted from
//! the tables when the question is asked. `difference` is 0, or rows are missing or too many. `received` is NULL for a journal that
//! was begun before counters were kept.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::{MemTable, TableType};
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::prelude::SessionContext;
use trunkline_events::Timestamp;
use trunkline_storage::{ColumnRange, JournalBooks, Lake, LakeTable, StatValue};

use crate::session::CATALOG;

/// The balance of every journal. A record is a place in a journal; a rejected one with events besides counts as stored, and one
/// behind the position of its journal is not acknowledged yet.
const BALANCE: &str = "\
WITH stored AS (
  SELECT journal, count(*) AS n FROM (SELECT DISTINCT journal, journal_seq FROM public.events) AS places GROUP BY journal
),
refused AS (
  SELECT r.journal, count(*) AS n
  FROM (SELECT DISTINCT journal, journal_seq FROM public.rejected_records) AS r
  LEFT JOIN ops.journals AS j ON j.journal = r.journal
  WHERE (j.position IS NULL OR r.journal_seq < j.position)
    AND NOT EXISTS (SELECT 1 FROM public.events AS e WHERE e.journal = r.journal AND e.journal_seq = r.journal_seq)
  GROUP BY r.journal
),
counted AS (
  SELECT j.source, j.connector, j.journal, j.received, coalesce(s.n, 0) AS stored, j.duplicate, coalesce(r.n, 0) AS rejected
  FROM ops.journals AS j
  LEFT JOIN stored AS s ON s.journal = j.journal
  LEFT JOIN refused AS r ON r.journal = j.journal
)
SELECT source, connector, journal, received, stored, duplicate, rejected, received - stored - duplicate - rejected AS difference
FROM counted";

/// Where the books are.
#[derive(Debug)]
pub(crate) enum Source {
    /// Nowhere: rows in memory have no journals.
    None,
    /// In the log of a lake, as of these snapshots of `events` and `rejected_records`.
    Lake(Lake, LakeTable, LakeTable),
}

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

/// Registers the schema.
pub(crate) fn register(context: &SessionContext, source: Source, watermark: Option<Timestamp>) -> Result<()> {
    let ops = MemorySchemaProvider::new();
    ops.register_table("watermark".to_owned(), watermark_table(watermark)?)?;
    ops.register_table("journals".to_owned(), Arc::new(Journals { source, schema: journals_schema() }))?;
    ops.register_table("balance".to_owned(), Arc::new(Balance { schema: balance_schema() }))?;
    let catalog = context.catalog(CATALOG).ok_or_else(|| DataFusionError::Internal(format!("there is no catalogue {CATALOG}")))?;
    catalog.register_schema("ops", Arc::new(ops))?;
    Ok(())
}

fn schema_of(columns: &[(&str, DataType, bool)]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|(name, kind, null)| Field::new(*name, kind.clone(), *null)).collect::<Vec<_>>()))
}

fn journals_schema() -> SchemaRef {
    use DataType::{Int64, Utf8};
    schema_of(&[
        ("source", Utf8, true),
        ("connector", Utf8, true),
        ("journal", Utf8, false),
        ("position", Int64, false),
        ("received", Int64, true),
        ("duplicate", Int64, true),
    ])
}

fn balance_schema() -> SchemaRef {
    use DataType::{Int64, Utf8};
    schema_of(&[
        ("source", Utf8, true),
        ("connector", Utf8, true),
        ("journal", Utf8, false),
        ("received", Int64, true),
        ("stored", Int64, false),
        ("duplicate", Int64, true),
        ("rejected", Int64, false),
        ("difference", Int64, true),
    ])
}

/// `ops.journals`.
#[derive(Debug)]
struct Journals {
    source: Source,
    schema: SchemaRef,
}

impl Journals {
    async fn rows(&self) -> Result<RecordBatch> {
        let books = match &self.source {
            Source::None => Vec::new(),
            Source::Lake(lake, events, rejected) => {
                lake.books(events, rejected).await.map_err(|error| DataFusionError::External(Box::new(error)))?
            }
        };
        let text = |of: fn(&JournalBooks) -> Option<&str>| -> ArrayRef { Arc::new(books.iter().map(of).collect::<StringArray>()) };
        let number = |of: fn(&JournalBooks) -> Option<i64>| -> ArrayRef { Arc::new(books.iter().map(of).collect::<Int64Array>()) };
        let columns = vec![
            text(|b| names(&b.journal).map(|(_, source)| source)),
            text(|b| names(&b.journal).map(|(connector, _)| connector)),
            text(|b| Some(&b.journal)),
            number(|b| Some(b.position)),
            number(|b| b.received),
            number(|b| b.duplicate),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// Connector and source of a journal: `file:<connector>:<source>:<content>` (ADR 0005), `queue:<connector>:<source>:<incarnation>` (ADR 0010).
fn names(journal: &str) -> Option<(&str, &str)> {
    let named = journal.strip_prefix("file:").or_else(|| journal.strip_prefix("queue:"))?;
    let (connector, rest) = named.split_once(':')?;
    Some((connector, rest.rsplit_once(':')?.0))
}

#[async_trait]
impl TableProvider for Journals {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = MemTable::try_new(Arc::clone(&self.schema), vec![vec![self.rows().await?]])?;
        rows.scan(state, projection, filters, limit).await
    }
}

/// `ops.balance`: the question, asked anew at each scan.
#[derive(Debug)]
struct Balance {
    schema: SchemaRef,
}

#[async_trait]
impl TableProvider for Balance {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let state = state
            .as_any()
            .downcast_ref::<SessionState>()
            .ok_or_else(|| DataFusionError::NotImplemented("ops.balance outside a session of this process".to_owned()))?;
        let plan = state.create_physical_plan(&state.create_logical_plan(BALANCE).await?).await?;
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::clone(&self.schema);
        let columns = wanted.iter().map(|&at| {
            let name = schema.field(at).name();
            let column: Arc<dyn datafusion::physical_expr::PhysicalExpr> = Arc::new(Column::new(name, at));
            (column, name.clone())
        });
        Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), plan)?))
    }
}
