//! Work that is no longer wanted, and how it learns of it.
//!
//! Dropping a running statement stops it where it gives way to others. A join without equality compares every row of one side with every row of
//! the other, and may go on so for hours before it gives way: its condition is therefore asked to look, each time it is evaluated.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::{DataType, FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::common::{Result, exec_err, internal_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{CrossJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder};

/// Says of a statement that nobody waits for it any more.
#[derive(Debug, Clone, Default)]
pub struct Unwanted(Arc<AtomicBool>);

impl Unwanted {
    /// Nobody waits for it from now on.
    pub fn say(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_said(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The same plan, whose joins that compare everything with everything look whether they are wanted, and give way after each batch.
pub(crate) fn heeding(plan: Arc<dyn ExecutionPlan>, unwanted: &Unwanted) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        if node.downcast_ref::<CrossJoinExec>().is_some() {
            return Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>));
        }
        let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() else { return Ok(Transformed::no(node)) };
        let heeding = |filter: &JoinFilter| {
            let condition = Arc::new(Heeding { condition: Arc::clone(filter.expression()), unwanted: unwanted.clone() });
            JoinFilter::new(condition, filter.column_indices().to_vec(), Arc::clone(filter.schema()))
        };
        let again = NestedLoopJoinExecBuilder::new(Arc::clone(join.left()), Arc::clone(join.right()), *join.join_type())
            .with_filter(join.filter().map(heeding))
            .with_projection_ref(join.projection().clone())
            .build()?;
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(Arc::new(again))) as Arc<dyn ExecutionPlan>))
    })
    .data()
}

/// A condition that fails when it is no longer wanted.
#[derive(Debug)]
struct Heeding {
    condition: Arc<dyn PhysicalExpr>,
    unwanted: Unwanted,
}

impl PartialEq for Heeding {
    fn eq(&self, other: &Self) -> bool {
        self.condition.eq(&other.condition)
    }
}

impl Eq for Heeding {}

impl Hash for Heeding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.condition.hash(state);
    }
}

impl fmt::Display for Heeding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.condition)
    }
}

impl PhysicalExpr for Heeding {
    fn data_type(&self, columns: &Schema) -> Result<DataType> {
        self.condition.data_type(columns)
    }

    fn nullable(&self, columns: &Schema) -> Result<bool> {
        self.condition.nullable(columns)
    }

    fn return_field(&self, columns: &Schema) -> Result<FieldRef> {
        self.condition.return_field(columns)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if self.unwanted.is_said() {
            return exec_err!("nobody waits for this any more");
        }
        self.condition.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.condition]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        match children.pop() {
            Some(condition) if children.is_empty() => Ok(Arc::new(Self { condition, unwanted: self.unwanted.clone() })),
            _ => internal_err!("a condition that looks whether it is wanted has one child"),
        }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt_sql(f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;
    use crate::running::{Bounds, Running};
    use crate::{Engine, EngineOptions};

    #[tokio::test]
    async fn a_join_of_everything_with_everything_stops_when_it_is_told() {
        let engine = Engine::in_memory(HashMap::new(), &EngineOptions::default()).unwrap();
        let sql = "SELECT count(*) FROM generate_series(1, 3000) a(x), generate_series(1, 3000) b(y) WHERE x + y = 0";
        for is_wanted in [true, false] {
            let frame = engine.plan(sql, &BTreeMap::new()).await.unwrap();
            let unwanted = Unwanted::default();
            if !is_wanted {
                unwanted.say();
            }
            let running = Running::start_within(frame, &Bounds { memory_bytes: 1 << 30, unwanted }).await.unwrap();
            let outcome = running.finish().await;
            assert_eq!(outcome.is_ok(), is_wanted, "{outcome:?}");
        }
    }
}
