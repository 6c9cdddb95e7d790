//! Parameters of a plan: which there are, what they take, and the plan with values. Pure.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::refusal::Refusal;

/// The parameters of a plan by number, from 1, with the type that each takes where the statement tells.
///
/// # Errors
/// Parameters that are no numbers, or that would have to be of two types.
pub(crate) fn of_plan(plan: &LogicalPlan) -> Result<BTreeMap<usize, Option<DataType>>, Refusal> {
    let wrong = |name: &str| Refusal::error("42P02", format!("there is no parameter {name}"));
    let found = plan.get_parameter_types().map_err(|error| Refusal::error("42P18", error.strip_backtrace()))?;
    let mut by_number: BTreeMap<usize, Option<DataType>> = BTreeMap::new();
    for (name, kind) in found {
        let number = name.trim_start_matches('$').parse().ok().filter(|number| (1..=65_535).contains(number));
        by_number.insert(number.ok_or_else(|| wrong(&name))?, kind);
    }
    for (number, kind) in told(plan) {
        by_number.entry(number).and_modify(|known| *known = known.take().or(Some(kind.clone()))).or_insert(Some(kind));
    }
    Ok(by_number)
}

/// The plan with values in the order of its parameters.
///
/// # Errors
/// Values that do not fit.
pub(crate) fn bound(plan: &DataFrame, values: Vec<ScalarValue>) -> Result<DataFrame, Refusal> {
    plan.clone().with_param_values(values).map_err(|error| Refusal::error("22P02", error.strip_backtrace()))
}

/// Types that the statement itself tells where the planner leaves them open: of a parameter that is cast, and of one in LIMIT or OFFSET.
fn told(plan: &LogicalPlan) -> Vec<(usize, DataType)> {
    let number = |expr: &Expr| match expr {
        Expr::Placeholder(placeholder) => placeholder.id.trim_start_matches('$').parse::<usize>().ok(),
        _ => None,
    };
    let mut found = Vec::new();
    let mut look = |expr: &Expr| {
        if let Expr::Cast(cast) = expr
            && let Some(number) = number(&cast.expr)
        {
            found.push((number, cast.field.data_type().clone()));
        }
        Ok(TreeNodeRecursion::Continue)
    };
    // Looking cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        let _ = node.apply_expressions(|expr| expr.apply(&mut look));
        Ok(TreeNodeRecursion::Continue)
    });
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node {
            found.extend([&limit.skip, &limit.fetch].into_iter().flatten().filter_map(|expr| Some((number(expr)?, DataType::Int64))));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}
