//! Statements that are prepared, and questions on their way.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable as _, LogicalPlan};

use trunkline_query::postgres::of_type;

use super::parameter;
use super::row::Format;
use super::types;
use crate::answer::Answer;
use crate::refusal::Refusal;
use crate::statement::Kind;

/// A statement with a name.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) sql: String,
    /// Nothing is an empty statement.
    pub(crate) kind: Option<Kind>,
    /// Types that the client declared; 0 where it left it to us.
    pub(crate) declared: Vec<u32>,
    /// The plan of a question, and the session's state it is of.
    pub(crate) plan: Option<(u64, DataFrame)>,
}

/// What a parameter is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    /// As told to the client.
    pub(crate) oid: u32,
    /// What the plan takes, where it says so.
    pub(crate) wanted: Option<DataType>,
}

/// The parameters of a plan, `$1` first.
pub(crate) fn parameters(plan: &LogicalPlan, declared: &[u32]) -> Result<Vec<Parameter>, Refusal> {
    let wrong = |name: &str| Refusal::error("42P02", format!("there is no parameter {name}"));
    let found = plan.get_parameter_types().map_err(|error| Refusal::error("42P18", error.strip_backtrace()))?;
    let mut by_number: BTreeMap<usize, Option<DataType>> = BTreeMap::new();
    for (name, kind) in found {
        let number =
            name.trim_start_matches('$').parse().ok().filter(|number| (1..=65_535).contains(number)).ok_or_else(|| wrong(&name))?;
        by_number.insert(number, kind);
    }
    for (number, kind) in told(plan) {
        by_number.entry(number).and_modify(|known| *known = known.take().or(Some(kind.clone()))).or_insert(Some(kind));
    }
    let count = by_number.keys().last().copied().unwrap_or(0).max(declared.len());
    let parameter = |number: usize| {
        let wanted = by_number.get(&number).cloned().flatten();
        let declared = declared.get(number - 1).copied().filter(|oid| !matches!(*oid, 0 | types::UNKNOWN));
        let oid = declared.unwrap_or_else(|| wanted.as_ref().map_or(types::TEXT, |kind| of_type(kind).oid.cast_unsigned()));
        Parameter { oid, wanted }
    };
    Ok((1..=count).map(parameter).collect())
}

/// Types that the statement itself tells where the planner leaves them open: of a parameter that is cast, of one in LIMIT or OFFSET, and of
/// the array in `x = ANY ($1)`.
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

/// A question with values, or what else a statement does; executed in pieces.
#[derive(Debug)]
pub(crate) struct Portal {
    pub(crate) sql: String,
    pub(crate) kind: Option<Kind>,
    /// A question that has not begun.
    pub(crate) question: Option<DataFrame>,
    pub(crate) codes: Vec<i16>,
    pub(crate) source: Option<Source>,
    /// It was executed to its end.
    pub(crate) is_done: bool,
}

/// Values for the parameters of a plan.
pub(crate) fn bound(
    plan: &DataFrame,
    parameters: &[Parameter],
    formats: &[i16],
    values: &[Option<bytes::Bytes>],
) -> Result<DataFrame, Refusal> {
    if values.len() != parameters.len() {
        let message = format!("bind message supplies {} parameters, but prepared statement requires {}", values.len(), parameters.len());
        return Err(Refusal::error("08P01", message));
    }
    if values.is_empty() {
        return Ok(plan.clone());
    }
    let mut scalars: Vec<ScalarValue> = Vec::with_capacity(values.len());
    for (i, (value, parameter)) in values.iter().zip(parameters).enumerate() {
        let format = Format::of(formats, i).ok_or_else(|| Refusal::error("08P01", "a format of a parameter that does not exist"))?;
        scalars.push(parameter::value(value.as_deref(), format, parameter.oid, parameter.wanted.as_ref(), i + 1)?);
    }
    with_values(plan, scalars)
}

/// The plan with values in the order of its parameters.
pub(crate) fn with_values(plan: &DataFrame, values: Vec<ScalarValue>) -> Result<DataFrame, Refusal> {
    plan.clone().with_param_values(values).map_err(|error| Refusal::error("22P02", error.strip_backtrace()))
}

/// Rows on their way, as far as they have come.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) answer: Answer,
    pub(crate) formats: Vec<Format>,
    /// The batch under way and its next row.
    pub(crate) batch: Option<(RecordBatch, usize)>,
}

impl Source {
    /// With the formats of a Bind.
    pub(crate) fn new(answer: Answer, codes: &[i16]) -> Result<Self, Refusal> {
        let formats = formats(&answer.columns(), codes)?;
        Ok(Self { answer, formats, batch: None })
    }
}

/// The format of each column.
pub(crate) fn formats(columns: &SchemaRef, codes: &[i16]) -> Result<Vec<Format>, Refusal> {
    let wrong = || {
        Refusal::error("08P01", format!("bind message has {} result formats but query has {} columns", codes.len(), columns.fields().len()))
    };
    (0..columns.fields().len()).map(|i| Format::of(codes, i).ok_or_else(wrong)).collect()
}
