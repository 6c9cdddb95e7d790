//! Which plans have the same answer for all sessions with the same tables, rights, zone and search path.

use std::any::Any;

use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, ScalarUDF, Volatility};

use super::functions::{Function, Shown};
use super::provider::is_shared_relation;

/// Whether a plan is about the system, reads no other relations than those that such sessions share, and calls nothing that tells of a session or
/// of the time.
pub(crate) fn is_steady(plan: &LogicalPlan) -> bool {
    let (mut of_system, mut is_steady) = (0, true);
    // Looking cannot fail.
    let _looked = plan.apply_with_subqueries(|node| {
        is_steady &= match node {
            LogicalPlan::TableScan(scan) => {
                of_system += 1;
                is_shared_relation(scan)
            }
            // Times and counts of running are new each time.
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) => false,
            LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) | LogicalPlan::Statement(_) => false,
            LogicalPlan::Extension(_) | LogicalPlan::DescribeTable(_) => false,
            _ => true,
        };
        let mut look = |expr: &Expr| {
            is_steady &= match expr {
                Expr::ScalarFunction(call) => {
                    of_system += usize::from(ours(&call.func).is_some());
                    is_steady_function(&call.func)
                }
                Expr::AggregateFunction(call) => call.func.signature().volatility == Volatility::Immutable,
                Expr::ScalarVariable(..) => false,
                _ => true,
            };
            Ok(TreeNodeRecursion::Continue)
        };
        let _looked = node.apply_expressions(|expr| expr.apply(&mut look));
        Ok(if is_steady { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    of_system > 0 && is_steady
}

fn is_steady_function(function: &ScalarUDF) -> bool {
    // Shown in the zone, which is one of what they have in common.
    let is_shown = || (function.inner().as_ref() as &dyn Any).is::<Shown>();
    match function.signature().volatility {
        Volatility::Immutable => true,
        Volatility::Stable => ours(function).map_or_else(is_shown, Function::is_of_all),
        Volatility::Volatile => false,
    }
}

/// A function of PostgreSQL's that tells of the system.
fn ours(function: &ScalarUDF) -> Option<&Function> {
    (function.inner().as_ref() as &dyn Any).downcast_ref()
}
