//! Counts without a sign have one: `row_number()`, `rank()`, `cardinality()`. No type of PostgreSQL lacks it, so that a client was told `numeric` and
//! had decimals to count with.

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, cast};

use super::reworded::reworded_beside;

/// The plan with such counts as `bigint`, from where they are shown on.
///
/// # Errors
/// A plan that does not fit together.
pub(super) fn counts(plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut has_some = false;
    plan.apply_with_subqueries(|node| {
        has_some |= node.schema().fields().iter().any(|field| *field.data_type() == DataType::UInt64);
        Ok(if has_some { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if !has_some {
        return Ok(plan);
    }
    reworded_beside(
        plan,
        |node, _| Ok(matches!(node, LogicalPlan::Projection(_)).then_some(())),
        |expr, schema, ()| match &expr {
            Expr::Column(_) | Expr::ScalarFunction(_) if matches!(expr.get_type(schema), Ok(DataType::UInt64)) => {
                Ok(Transformed::yes(cast(expr, DataType::Int64)))
            }
            _ => Ok(Transformed::no(expr)),
        },
    )
}
