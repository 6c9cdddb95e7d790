//! A statement on its way: its rows, and how far it is.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::stats::Precision;
use datafusion::dataframe::DataFrame;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;

use crate::error::QueryError;
use crate::kept::{Keeping, Known};
use crate::share;
use crate::undivided::undivided;
use crate::unwanted::{self, Unwanted};

/// A running statement. Dropping it cancels it.
pub struct Running {
    plan: Arc<dyn ExecutionPlan>,
    columns: SchemaRef,
    stream: SendableRecordBatchStream,
    keeping: Option<Keeping>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

/// What holds for a statement that is not alone.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Bytes it may hold of the memory that all share; beyond it spills, or ends.
    pub memory_bytes: usize,
    /// How it learns that nobody waits for it any more.
    pub unwanted: Unwanted,
}

/// How far a statement is, in rows read from tables.
#[derive(Debug, Clone)]
pub struct Watch {
    plan: Arc<dyn ExecutionPlan>,
}

impl Watch {
    /// Rows read so far (after filters that run while decoding).
    #[must_use]
    pub fn rows_read(&self) -> u64 {
        let mut rows = 0;
        leaves(&self.plan, &mut |leaf| rows += leaf.metrics().and_then(|m| m.output_rows()).unwrap_or(0) as u64);
        rows
    }

    /// Rows of all tables read, where the log says so for each.
    #[must_use]
    pub fn rows_total(&self) -> Option<u64> {
        let mut total = Some(0);
        leaves(&self.plan, &mut |leaf| {
            let known = StatisticsContext::new().compute(leaf.as_ref(), &StatisticsArgs::new());
            let rows = known.ok().and_then(|s| match s.num_rows {
                Precision::Exact(rows) | Precision::Inexact(rows) => Some(rows as u64),
                Precision::Absent => None,
            });
            total = total.zip(rows).map(|(a, b)| a + b);
        });
        total
    }
}

fn leaves(plan: &Arc<dyn ExecutionPlan>, each: &mut dyn FnMut(&Arc<dyn ExecutionPlan>)) {
    let children = plan.children();
    if children.is_empty() {
        each(plan);
    }
    for child in children {
        leaves(child, each);
    }
}

impl Running {
    /// Starts a planned question.
    ///
    /// # Errors
    /// What planning its execution gives.
    pub async fn start(frame: DataFrame) -> Result<Self, QueryError> {
        let columns: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
        let context = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await?;
        let stream = execute_stream(Arc::clone(&plan), context)?;
        Ok(Self { plan, columns, stream, keeping: None })
    }

    /// Starts a planned question of somebody among others. What all of them ask of the catalogue is answered once.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_within(frame: DataFrame, bounds: &Bounds) -> Result<Self, QueryError> {
        let columns: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
        let context = frame.task_ctx();
        let known = Known::of(context.session_config(), frame.logical_plan())?;
        let context = Arc::new(share::within(context, bounds.memory_bytes));
        let (plan, keep) = match known {
            Known::Answer(plan) => (plan, None),
            Known::Keep(question, kept) => (frame.create_physical_plan().await?, Some((question, kept))),
            Known::No => (frame.create_physical_plan().await?, None),
        };
        let plan = unwanted::heeding(undivided(plan)?, &bounds.unwanted)?;
        let stream = execute_stream(Arc::clone(&plan), context)?;
        let keeping = keep.map(|(question, kept)| Keeping::new(kept, question, stream.schema()));
        Ok(Self { plan, columns, stream, keeping })
    }

    /// A handle that tells how far the statement is, also while it is being finished.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch { plan: Arc::clone(&self.plan) }
    }

    /// Names and types of the columns.
    #[must_use]
    pub fn columns(&self) -> SchemaRef {
        Arc::clone(&self.columns)
    }

    /// The next rows; `None` when there are no more.
    ///
    /// # Errors
    /// What running the statement gives.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, QueryError>> {
        let next = self.stream.next().await;
        let keeping = self.keeping.take();
        match &next {
            Some(Ok(batch)) => self.keeping = keeping.and_then(|keeping| keeping.and(batch)),
            Some(Err(_)) => {}
            None => keeping.into_iter().for_each(Keeping::whole),
        }
        next.map(|batch| batch.map_err(QueryError::from))
    }

    /// All rows. There is always at least one batch, so that the columns are known.
    ///
    /// # Errors
    /// What running the statement gives.
    pub async fn finish(mut self) -> Result<Vec<RecordBatch>, QueryError> {
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await {
            batches.push(batch?);
        }
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(self.columns));
        }
        Ok(batches)
    }
}
