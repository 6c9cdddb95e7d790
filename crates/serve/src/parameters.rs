//! Parameters of a plan: which there are, what they take, and the plan with values. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable as _, LogicalPlan};

use trunkline_query::session::instant;

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

/// A value made what a parameter takes; what becomes an instant and lacks a zone is read in `zone`, the session's.
///
/// # Errors
/// A value that does not fit.
pub(crate) fn made(value: &ScalarValue, kind: &DataType, zone: &str) -> Result<ScalarValue, DataFusionError> {
    match kind {
        DataType::Timestamp(_, Some(_)) => instant(value, zone)?.cast_to(kind),
        _ => value.cast_to(kind),
    }
}

/// Types that the statement itself tells where the planner leaves them open: of a parameter that is cast, of one in LIMIT or OFFSET, of the
/// truth in `NOT $1`, and of the array in `x = ANY ($1)`.
fn told(plan: &LogicalPlan) -> Vec<(usize, DataType)> {
    let number = |expr: &Expr| match expr {
        Expr::Placeholder(placeholder) => placeholder.id.trim_start_matches('$').parse::<usize>().ok(),
        _ => None,
    };
    let mut found = Vec::new();
    // Looking cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node {
            found.extend([&limit.skip, &limit.fetch].into_iter().flatten().filter_map(|expr| Some((number(expr)?, DataType::Int64))));
        }
        let columns = merge_schema(&node.inputs());
        let mut look = |expr: &Expr| {
            found.extend(match expr {
                Expr::Cast(cast) => number(&cast.expr).map(|number| (number, cast.field.data_type().clone())),
                Expr::Not(of) => number(of).map(|number| (number, DataType::Boolean)),
                Expr::ScalarFunction(call) if call.name() == "array_has" => list_of(&call.args, &columns, number),
                _ => None,
            });
            Ok(TreeNodeRecursion::Continue)
        };
        let _ = node.apply_expressions(|expr| expr.apply(&mut look));
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

/// The type of the array that is asked for a value, when the array is a parameter.
fn list_of(arguments: &[Expr], columns: &DFSchema, number: impl Fn(&Expr) -> Option<usize>) -> Option<(usize, DataType)> {
    let [array, sought] = arguments else { return None };
    let item = sought.get_type(columns).ok().filter(|kind| *kind != DataType::Null)?;
    Some((number(array)?, DataType::List(Arc::new(Field::new_list_field(item, true)))))
}
