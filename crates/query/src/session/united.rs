//! One type where several meet: the branches of a CASE, the rows of a UNION.
//!
//! The engine makes them one when it answers, and until then says that the type is that of the first: `CASE WHEN … THEN 0 ELSE 0.5 END` was told as a
//! whole number and answered as a double, whose eight bytes a client that reads binary takes for another number.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::expr_rewriter::{NamePreserver, coerce_plan_expr_for_schema};
use datafusion::logical_expr::type_coercion::other::get_coerce_type_for_case_expression;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Union, cast};
use datafusion::optimizer::analyzer::type_coercion::coerce_union_schema;

/// The plan with the types that its answer will have.
///
/// # Errors
/// Rows that have no type in common.
pub(super) fn united(plan: LogicalPlan) -> Result<LogicalPlan> {
    // Most questions have neither; looking is cheap, changing is not.
    if !has_either(&plan)? {
        return Ok(plan);
    }
    // A type that changes further down changes what is above it.
    let mut has_changed = false;
    let plan = plan.transform_up_with_subqueries(|node| {
        let node = match node {
            LogicalPlan::TableScan(_) => return Ok(Transformed::no(node)),
            LogicalPlan::Union(union) if is_mixed(&union) => {
                has_changed = true;
                LogicalPlan::Union(of_one_type(union)?)
            }
            other => other,
        };
        let (schema, names) = (merge_schema(&node.inputs()), NamePreserver::new(&node));
        let changed = node.map_expressions(|expr| {
            let name = names.save(&expr);
            let changed = expr.transform_up(|expr| Ok(branches(&expr, &schema).map_or_else(|| Transformed::no(expr), Transformed::yes)))?;
            Ok(if changed.transformed { changed.update_data(|expr| name.restore(expr)) } else { changed })
        })?;
        has_changed |= changed.transformed;
        if has_changed { changed.data.recompute_schema().map(Transformed::yes) } else { Ok(changed) }
    })?;
    Ok(plan.data)
}

fn has_either(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= matches!(node, LogicalPlan::Union(_));
        node.apply_expressions(|expr| {
            found = found || expr.exists(|part| Ok(matches!(part, Expr::Case(_))))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    Ok(found)
}

fn is_mixed(union: &Union) -> bool {
    let kinds = |schema: &DFSchema| schema.fields().iter().map(|field| field.data_type().clone()).collect::<Vec<_>>();
    let told = kinds(&union.schema);
    union.inputs.iter().any(|input| kinds(input.schema()) != told)
}

fn of_one_type(union: Union) -> Result<Union> {
    let schema = coerce_union_schema(&union.inputs)?;
    let fitting = |input: Arc<LogicalPlan>| coerce_plan_expr_for_schema(Arc::unwrap_or_clone(input), &schema).map(Arc::new);
    let inputs = union.inputs.into_iter().map(fitting).collect::<Result<_>>()?;
    Ok(Union { inputs, schema: Arc::new(schema) })
}

/// A CASE whose branches have one type; nothing where they have, or where the engine has to say that they cannot.
fn branches(expr: &Expr, schema: &DFSchema) -> Option<Expr> {
    let Expr::Case(Case { expr: of, when_then_expr, else_expr }) = expr else { return None };
    let kind = |branch: &Expr| branch.get_type(schema).ok();
    let then: Vec<DataType> = when_then_expr.iter().map(|(_, then)| kind(then)).collect::<Option<_>>()?;
    let otherwise = match else_expr {
        Some(branch) => Some(kind(branch)?),
        None => None,
    };
    let common = get_coerce_type_for_case_expression(&then, otherwise.as_ref())?;
    // Texts are one type to every client.
    let fits = |kind: &DataType| *kind == common || kind.is_null() || (kind.is_string() && common.is_string());
    if then.iter().chain(&otherwise).all(fits) {
        return None;
    }
    let made = |branch: &Expr| match kind(branch) {
        Some(kind) if fits(&kind) => Box::new(branch.clone()),
        _ => Box::new(cast(branch.clone(), common.clone())),
    };
    let whens = when_then_expr.iter().map(|(when, then)| (when.clone(), made(then))).collect();
    Some(Expr::Case(Case::new(of.clone(), whens, else_expr.as_deref().map(made))))
}
