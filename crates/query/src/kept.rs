//! What tools ask of the catalogue again and again, kept for all sessions that would get the same answer.
//!
//! Tools connect anew for each page and ask the same twenty statements over `pg_catalog`, each a join of ten small relations: planning them is all
//! the work there is. Peers (see [`crate::peers`]) share tables, rights, zone and search path of one snapshot, so a plan and an answer of one of them
//! are those of all, unless the statement asks for what is a session's own: [`postgres::is_steady`] tells. With the snapshot, the rights or a saved
//! view these sessions end, and with them what is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::common::Result;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;
use datafusion::sql::sqlparser::ast::Statement;

use crate::postgres;

/// Bytes of plans and answers, roughly, that are kept for one kind of session; beyond that all of them go.
const BYTES: usize = 4 << 20;

/// Bytes, roughly, of a plan or an answer that is kept at most.
const MOST_BYTES: usize = 256 << 10;

/// What a node of a plan, a column of it and an expression take, and what a written character takes once it is parsed. Roughly: they are there
/// so that a long statement is not kept, and many short ones not for ever.
const NODE_BYTES: usize = 512;
const COLUMN_BYTES: usize = 32;
const EXPR_BYTES: usize = 256;
const CHARACTER_BYTES: usize = 16;

/// Plans and answers of one kind of session.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    plans: HashMap<Statement, LogicalPlan>,
    /// By plans with values for all parameters.
    answers: HashMap<LogicalPlan, Rows>,
    bytes: usize,
}

/// Rows of a whole answer.
#[derive(Debug, Clone)]
struct Rows {
    columns: SchemaRef,
    batches: Vec<RecordBatch>,
    bytes: usize,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plan of a statement that was planned before.
    pub(crate) fn plan(&self, statement: &Statement) -> Option<LogicalPlan> {
        self.lock().plans.get(statement).cloned()
    }

    /// Keeps a plan of a statement, if it is one for all; `sql` is what was written.
    pub(crate) fn keep_plan(&self, statement: Statement, sql: &str, plan: &LogicalPlan) {
        if !postgres::is_steady(plan) {
            return;
        }
        let bytes = weight(plan) + sql.len() * CHARACTER_BYTES;
        let mut contents = self.lock();
        if contents.make_room(bytes) && contents.plans.insert(statement, plan.clone()).is_some() {
            contents.bytes -= bytes;
        }
    }

    fn keep_answer(&self, plan: LogicalPlan, rows: Rows) {
        let mut contents = self.lock();
        let bytes = rows.bytes;
        if contents.make_room(bytes) && contents.answers.insert(plan, rows).is_some() {
            contents.bytes -= bytes;
        }
    }
}

impl Contents {
    /// Makes room for so many bytes, which are counted; false where it is too much.
    fn make_room(&mut self, bytes: usize) -> bool {
        if bytes > MOST_BYTES {
            return false;
        }
        if self.bytes + bytes > BYTES {
            *self = Self::default();
        }
        self.bytes += bytes;
        true
    }
}

/// Bytes of a plan, roughly.
fn weight(plan: &LogicalPlan) -> usize {
    let mut bytes = 0;
    // Looking cannot fail.
    let _looked = plan.apply_with_subqueries(|node| {
        bytes += NODE_BYTES + node.schema().fields().len() * COLUMN_BYTES;
        let mut look = |expr: &Expr| {
            bytes += EXPR_BYTES + if let Expr::Literal(value, _) = expr { value.size() } else { 0 };
            Ok(TreeNodeRecursion::Continue)
        };
        let _looked = node.apply_expressions(|expr| expr.apply(&mut look));
        Ok(TreeNodeRecursion::Continue)
    });
    bytes
}

/// An answer on its way that may be kept, as far as it has come.
#[derive(Debug)]
pub(crate) struct Keeping {
    kept: Arc<Kept>,
    plan: LogicalPlan,
    rows: Rows,
}

/// What is known of a question that begins.
pub(crate) enum Known {
    /// Its rows, as a plan that gives them.
    Answer(Arc<dyn ExecutionPlan>),
    /// Nothing yet; to be kept when it is answered.
    Keep(LogicalPlan, Arc<Kept>),
    /// Nothing, and nothing is kept.
    No,
}

impl Known {
    /// Looks up a question of a session.
    pub(crate) fn of(session: &SessionConfig, plan: &LogicalPlan) -> Result<Self> {
        let kept = session.get_extension::<Kept>().filter(|_| postgres::is_steady(plan));
        let Some(kept) = kept else { return Ok(Self::No) };
        let rows = kept.lock().answers.get(plan).cloned();
        match rows {
            Some(rows) => Ok(Self::Answer(MemorySourceConfig::try_new_exec(&[rows.batches], rows.columns, None)?)),
            None => Ok(Self::Keep(plan.clone(), kept)),
        }
    }
}

impl Keeping {
    pub(crate) fn new(kept: Arc<Kept>, plan: LogicalPlan, columns: SchemaRef) -> Self {
        let bytes = weight(&plan);
        Self { kept, plan, rows: Rows { columns, batches: Vec::new(), bytes } }
    }

    /// More rows; nothing is kept of what is too large.
    pub(crate) fn and(mut self, batch: &RecordBatch) -> Option<Self> {
        self.rows.bytes += batch.get_array_memory_size();
        self.rows.batches.push(batch.clone());
        (self.rows.bytes <= MOST_BYTES).then_some(self)
    }

    /// These were all rows.
    pub(crate) fn whole(self) {
        self.kept.keep_answer(self.plan, self.rows);
    }
}

#[cfg(test)]
mod tests;
