//! Quotients of sums, as PostgreSQL has them: `sum(answered) / sum(offered)` is a fraction.
//!
//! There the sum of a `bigint` is `numeric`, which divides to fractions; here it is a whole number of eight bytes, which the engine divides to whole
//! numbers. The sum stays what it is, and where PostgreSQL would have `numeric` on one side, both sides are made decimal. What is a whole number there
//! too (`count(*) / count(*)`, the sum of an `integer`, `1 / 2`) is divided to whole numbers here too.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DFSchemaRef, JoinType, Result, ScalarValue};
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction};
use datafusion::logical_expr::{BinaryExpr, Distinct, Expr, ExprSchemable, LogicalPlan, Operator, cast};

use super::reworded::reworded_beside;

/// What is divided: as `numeric` without precision is to the engine, see `postgres::is_unconstrained`.
const DIVIDED: DataType = DataType::Decimal128(38, 10);

/// What divides: all whole numbers of eight bytes.
const DIVISOR: DataType = DataType::Decimal128(20, 0);

/// PostgreSQL's type of a whole number, in the order in which one of them wins beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whole {
    /// `smallint`, `integer`, and what is no whole number.
    Integer,
    Bigint,
    Numeric,
}

/// Columns that an expression may name, with their types in PostgreSQL.
type Input = (DFSchemaRef, Vec<Whole>);

/// The plan with quotients of sums that are fractions.
///
/// # Errors
/// A plan that does not fit together.
pub(super) fn fractions(plan: LogicalPlan) -> Result<LogicalPlan> {
    let look = |node: &LogicalPlan, schema: &DFSchema| Ok(divides(node, schema)?.then(|| inputs(node)));
    reworded_beside(plan, look, |expr, schema, inputs| Ok(as_fraction(expr, schema, inputs)))
}

/// Whether an expression of the node divides whole numbers.
fn divides(node: &LogicalPlan, schema: &DFSchema) -> Result<bool> {
    let mut found = false;
    node.apply_expressions(|expr| {
        expr.apply(|expr| {
            found |= quotient(expr, schema).is_some();
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    Ok(found)
}

/// Both sides of a division of whole numbers.
fn quotient<'a>(expr: &'a Expr, schema: &DFSchema) -> Option<(&'a Expr, &'a Expr)> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Divide, right }) = expr else { return None };
    let is_whole = |expr: &Expr| expr.get_type(schema).is_ok_and(|kind| kind.is_integer());
    (is_whole(left) && is_whole(right)).then_some((left, right))
}

fn as_fraction(expr: Expr, schema: &DFSchema, inputs: &[Input]) -> Transformed<Expr> {
    let Some((left, right)) = quotient(&expr, schema) else { return Transformed::no(expr) };
    if whole(left, inputs).max(whole(right, inputs)) < Whole::Numeric {
        return Transformed::no(expr);
    }
    let (left, right) = (cast(left.clone(), DIVIDED), cast(right.clone(), DIVISOR));
    Transformed::yes(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), Operator::Divide, Box::new(right))))
}

/// The type in PostgreSQL of an expression over `inputs`, if it is a whole number here. Chains of any length are no deeper a call.
fn whole(expr: &Expr, inputs: &[Input]) -> Whole {
    let (mut found, mut todo) = (Whole::Integer, vec![expr]);
    while let Some(expr) = todo.pop() {
        let here = match expr {
            Expr::Column(column) => of_column(column, inputs),
            Expr::OuterReferenceColumn(field, _) => of_type(field.data_type()),
            Expr::Literal(value, _) => of_literal(value),
            Expr::Cast(to) => of_type(to.field.data_type()),
            Expr::TryCast(to) => of_type(to.field.data_type()),
            Expr::AggregateFunction(AggregateFunction { func, params }) => of_aggregate(func.name(), &params.args, inputs),
            Expr::WindowFunction(function) => {
                let WindowFunction { fun, params } = function.as_ref();
                of_aggregate(fun.name(), &params.args, inputs)
            }
            Expr::ScalarSubquery(query) => outputs(&query.subquery).first().copied().unwrap_or(Whole::Integer),
            Expr::Alias(alias) => {
                todo.push(&alias.expr);
                continue;
            }
            Expr::Negative(inner) => {
                todo.push(inner);
                continue;
            }
            Expr::BinaryExpr(BinaryExpr {
                left,
                op: Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo,
                right,
            }) => {
                todo.extend([left.as_ref(), right.as_ref()]);
                continue;
            }
            Expr::Case(case) => {
                todo.extend(case.when_then_expr.iter().map(|(_, then)| then.as_ref()));
                todo.extend(case.else_expr.as_deref());
                continue;
            }
            // What `extract` gives is a whole number here; there it is `numeric`.
            Expr::ScalarFunction(function) if function.func.name() == "date_part" => Whole::Numeric,
            Expr::ScalarFunction(function)
                if matches!(function.func.name(), "coalesce" | "nullif" | "greatest" | "least" | "abs" | "round") =>
            {
                todo.extend(&function.args);
                continue;
            }
            _ => Whole::Integer,
        };
        found = found.max(here);
    }
    found
}

fn of_aggregate(name: &str, arguments: &[Expr], inputs: &[Input]) -> Whole {
    let argument = || arguments.first().map_or(Whole::Integer, |argument| whole(argument, inputs));
    match name {
        "sum" if argument() == Whole::Integer => Whole::Bigint,
        "sum" => Whole::Numeric,
        "min" | "max" | "first_value" | "last_value" | "nth_value" | "lag" | "lead" => argument(),
        _ => Whole::Bigint,
    }
}

const fn of_type(kind: &DataType) -> Whole {
    match kind {
        DataType::Int64 | DataType::UInt64 | DataType::UInt32 => Whole::Bigint,
        _ => Whole::Integer,
    }
}

/// A number that is written is an `integer`, if it is one.
fn of_literal(value: &ScalarValue) -> Whole {
    match value {
        ScalarValue::Int64(Some(number)) if i32::try_from(*number).is_err() => Whole::Bigint,
        _ => Whole::Integer,
    }
}

fn of_column(column: &Column, inputs: &[Input]) -> Whole {
    let find = |(columns, outputs): &Input| outputs.get(columns.maybe_index_of_column(column)?).copied();
    inputs.iter().find_map(find).unwrap_or(Whole::Integer)
}

fn inputs(plan: &LogicalPlan) -> Vec<Input> {
    plan.inputs().into_iter().map(|input| (Arc::clone(input.schema()), outputs(input))).collect()
}

fn wider(some: Vec<Whole>, others: Vec<Whole>) -> Vec<Whole> {
    some.into_iter().zip(others).map(|(some, other)| some.max(other)).collect()
}

/// The types in PostgreSQL of what a plan gives, by column.
fn outputs(plan: &LogicalPlan) -> Vec<Whole> {
    let below = || inputs(plan);
    let of = |exprs: &[Expr], inputs: &[Input]| exprs.iter().map(|expr| whole(expr, inputs)).collect::<Vec<_>>();
    let by_type = || plan.schema().fields().iter().map(|field| of_type(field.data_type()));
    match plan {
        LogicalPlan::Projection(projection) => of(&projection.expr, &below()),
        LogicalPlan::Distinct(Distinct::On(distinct)) => of(&distinct.select_expr, &below()),
        LogicalPlan::Aggregate(aggregate) => {
            let sums = of(&aggregate.aggr_expr, &below());
            by_type().take(plan.schema().fields().len().saturating_sub(sums.len())).chain(sums.iter().copied()).collect()
        }
        LogicalPlan::Window(window) => {
            let inputs = below();
            inputs.iter().flat_map(|(_, outputs)| outputs.iter().copied()).chain(of(&window.window_expr, &inputs)).collect()
        }
        LogicalPlan::Values(rows) => {
            let rows = rows.values.iter().map(|row| of(row, &[]));
            rows.reduce(wider).unwrap_or_default()
        }
        LogicalPlan::Join(join) => match join.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti => outputs(&join.left),
            JoinType::RightSemi | JoinType::RightAnti => outputs(&join.right),
            JoinType::LeftMark | JoinType::RightMark => by_type().collect(),
            _ => [outputs(&join.left), outputs(&join.right)].concat(),
        },
        LogicalPlan::Union(union) => {
            let sides = union.inputs.iter().map(|input| outputs(input));
            sides.reduce(wider).unwrap_or_default()
        }
        LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Distinct(_) => plan.inputs().first().map(|input| outputs(input)).unwrap_or_default(),
        _ => by_type().collect(),
    }
}
