//! How large a plan may be. Pure.
//!
//! What WITH names, and a view, is part of the plan each time it is used: forty of them, each using the one before twice, are few lines and more parts
//! than anybody could ever walk through, and all that is done with a plan walks through it.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;

use crate::error::{QueryError, Sqlstate};

/// Parts of a plan at most: scans, filters, joins, projections, those of subqueries and repeated ones included.
const PARTS: usize = 100_000;

/// Refuses a plan that is larger than that.
///
/// # Errors
/// 54000.
pub(crate) fn bounded(plan: &LogicalPlan) -> Result<(), QueryError> {
    let mut parts = 0_usize;
    // Counting cannot fail.
    let _ = plan.apply_with_subqueries(|_| {
        parts += 1;
        Ok(if parts > PARTS { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    if parts <= PARTS {
        return Ok(());
    }
    let message = format!("the plan has more than the {PARTS} parts allowed");
    let refused = QueryError { sqlstate: Sqlstate::ProgramLimitExceeded, ..QueryError::usage(message) };
    Err(refused.hint("what WITH names, and a view, counts each time it is used: use it once, or ask in two questions"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use datafusion::logical_expr::LogicalPlanBuilder;

    use super::*;

    #[test]
    fn what_is_used_twice_counts_twice() {
        let mut plan = LogicalPlanBuilder::empty(true).build().unwrap();
        for _ in 0..14 {
            plan = LogicalPlanBuilder::from(plan.clone()).union(plan).unwrap().build().unwrap();
        }
        bounded(&plan).unwrap();
        for _ in 0..46 {
            plan = LogicalPlanBuilder::from(plan.clone()).union(plan).unwrap().build().unwrap();
        }
        assert_eq!(bounded(&plan).unwrap_err().sqlstate.code(), "54000");
    }
}
