//! Expressions of a plan said otherwise, wherever they stand, subqueries included.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};

/// The plan with `change` asked of every expression, from within, beside the columns it may name. Columns keep their names.
///
/// # Errors
/// Those of `change`; a plan that does not fit together afterwards.
pub(super) fn reworded(plan: LogicalPlan, change: impl Fn(Expr, &DFSchema) -> Result<Transformed<Expr>>) -> Result<LogicalPlan> {
    reworded_beside(plan, |_, _| Ok(Some(())), |expr, schema, ()| change(expr, schema))
}

/// The same, where `change` wants to know more of a node than its columns; what `look` says nothing of stays.
///
/// # Errors
/// Those of `look` and `change`; a plan that does not fit together afterwards.
pub(super) fn reworded_beside<T>(
    plan: LogicalPlan,
    look: impl Fn(&LogicalPlan, &DFSchema) -> Result<Option<T>>,
    change: impl Fn(Expr, &DFSchema, &T) -> Result<Transformed<Expr>>,
) -> Result<LogicalPlan> {
    // A type that changes further down, as of a literal, changes what is above it.
    let mut has_changed = false;
    let plan = plan.transform_up_with_subqueries(|node| {
        let schema = match &node {
            LogicalPlan::TableScan(_) => return Ok(Transformed::no(node)),
            _ => merge_schema(&node.inputs()),
        };
        let changed = match look(&node, &schema)? {
            None => Transformed::no(node),
            Some(beside) => {
                let names = NamePreserver::new(&node);
                node.map_expressions(|expr| {
                    let name = names.save(&expr);
                    let changed = expr.transform_up(|expr| change(expr, &schema, &beside))?;
                    Ok(if changed.transformed { changed.update_data(|expr| name.restore(expr)) } else { changed })
                })?
            }
        };
        has_changed |= changed.transformed;
        if has_changed { changed.data.recompute_schema().map(Transformed::yes) } else { Ok(changed) }
    })?;
    Ok(plan.data)
}
