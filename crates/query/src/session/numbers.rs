//! Numbers and days as PostgreSQL has them, where the engine has others without saying so.
//!
//! - A fraction cast to a whole number is rounded, halves away from zero; the engine cuts off what is behind the point.
//! - A quotient of decimals has ten places at least, whatever was divided; the engine gives four more than that has.
//! - Nothing is divided by zero: the engine makes infinity of it, or no number, where a side is a double.
//! - Seconds have fractions, and so have the seconds of an interval; the engine's `extract` cuts them off, and takes all minutes of a span for its
//!   minutes.
//! - A date and an interval with hours are a time; the engine drops the hours. Whole days and months leave a date, so that conditions on days go on
//!   sparing files.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, TryCast, cast, lit};

use super::minutes::with_seconds;
use super::reworded::reworded;
use super::zoned::MICROS;
use crate::functions::{DIVIDED, Field, SECONDS_OF};

/// What is divided, so that a quotient has the places that `numeric` without precision has, see `postgres::is_unconstrained`.
const DIVIDEND: DataType = DataType::Decimal128(38, 6);

/// Decimals without places.
const WHOLE: DataType = DataType::Decimal128(38, 0);

/// The plan with such numbers and days.
///
/// # Errors
/// A plan that does not fit together.
pub(super) fn counted(plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
    reworded(plan, |expr, schema| {
        let other = match &expr {
            Expr::Cast(Cast { expr: of, field }) if field.data_type().is_integer() => {
                rounded(of, schema, state).map(|of| cast(of, field.data_type().clone()))
            }
            Expr::TryCast(TryCast { expr: of, field }) if field.data_type().is_integer() => {
                rounded(of, schema, state).map(|of| Expr::TryCast(TryCast::new(Box::new(of), field.data_type().clone())))
            }
            Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice()) {
                ("date_part", [Expr::Literal(field, _), of]) => seconds(field, of, schema, state),
                _ => None,
            },
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Divide, right }) => divided(left, right, schema, state),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if matches!(op, Operator::Plus | Operator::Minus) => {
                moved(left, *op, right, schema)
            }
            other => with_seconds(other, schema),
        };
        Ok(other.map_or_else(|| Transformed::no(expr), Transformed::yes))
    })
}

/// A fraction without what is behind the point.
fn rounded(of: &Expr, schema: &DFSchema, state: &SessionState) -> Option<Expr> {
    match of.get_type(schema).ok()? {
        kind if kind.is_floating() => state.scalar_functions().get("round").map(|round| round.call(vec![of.clone()])),
        DataType::Decimal32(_, places) | DataType::Decimal64(_, places) | DataType::Decimal128(_, places) if places > 0 => {
            Some(cast(of.clone(), WHOLE))
        }
        DataType::Decimal256(_, places) if places > 0 => Some(cast(of.clone(), DataType::Decimal256(76, 0))),
        _ => None,
    }
}

/// A field of a time that has a fraction.
fn seconds(field: &ScalarValue, of: &Expr, schema: &DFSchema, state: &SessionState) -> Option<Expr> {
    let (mut field, kind) = (Field::of(field.try_as_str()??)?, of.get_type(schema).ok()?);
    let is_span = matches!(kind, DataType::Duration(_) | DataType::Interval(_));
    if !kind.is_temporal() || (!is_span && matches!(field, Field::Day | Field::Hour | Field::Minute)) {
        return None;
    }
    // A span between two times has days. A sum of such spans is one of hours, unless one of them had days, which nobody can tell any more.
    if let (Field::Hour, DataType::Duration(_), Expr::Column(column)) = (field, &kind, of)
        && ["sum(", "avg("].iter().any(|summed| column.name.starts_with(summed))
    {
        field = Field::AllHours;
    }
    let name = format!("{field:?}").to_lowercase();
    state.scalar_functions().get(SECONDS_OF).map(|seconds| seconds.call(vec![lit(name), of.clone()]))
}

/// A division of doubles that may be one by zero, or of decimals with few places.
fn divided(left: &Expr, right: &Expr, schema: &DFSchema, state: &SessionState) -> Option<Expr> {
    let (left_kind, right_kind) = (left.get_type(schema).ok()?, right.get_type(schema).ok()?);
    let is_of_doubles = left_kind.is_numeric() && right_kind.is_numeric() && (left_kind.is_floating() || right_kind.is_floating());
    let is_of_decimals = [&left_kind, &right_kind].iter().all(|kind| kind.is_integer() || kind.is_decimal())
        && (left_kind.is_decimal() || right_kind.is_decimal());
    if is_of_decimals && places(&left_kind) < 6 && !matches!(left_kind, DataType::Decimal256(..)) {
        return Some(cast(left.clone(), DIVIDEND) / right.clone());
    }
    if !is_of_doubles || is_other_than_zero(right) {
        return None;
    }
    let double = |expr: &Expr, kind: DataType| if kind == DataType::Float64 { expr.clone() } else { cast(expr.clone(), DataType::Float64) };
    let sides = vec![double(left, left_kind), double(right, right_kind)];
    state.scalar_functions().get(DIVIDED).map(|divided| divided.call(sides))
}

const fn places(kind: &DataType) -> i8 {
    match kind {
        DataType::Decimal32(_, places) | DataType::Decimal64(_, places) | DataType::Decimal128(_, places) => *places,
        _ => 0,
    }
}

fn is_other_than_zero(expr: &Expr) -> bool {
    let Expr::Literal(value, _) = expr else { return false };
    matches!(value.cast_to(&DataType::Float64), Ok(ScalarValue::Float64(Some(number))) if number != 0.0)
}

/// A date that an interval with hours is added to, or taken from.
fn moved(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> Option<Expr> {
    let is_date = |expr: &Expr| matches!(expr.get_type(schema), Ok(DataType::Date32 | DataType::Date64));
    let is_time = |expr: &Expr| matches!(expr.get_type(schema), Ok(DataType::Interval(_))) && !has_whole_days(expr);
    let (left, right) = match op {
        _ if is_date(left) && is_time(right) => (cast(left.clone(), MICROS), right.clone()),
        Operator::Plus if is_time(left) && is_date(right) => (left.clone(), cast(right.clone(), MICROS)),
        _ => return None,
    };
    Some(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))))
}

fn has_whole_days(interval: &Expr) -> bool {
    match interval {
        Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(value)), _) => value.nanoseconds == 0,
        Expr::Literal(ScalarValue::IntervalDayTime(Some(value)), _) => value.milliseconds == 0,
        Expr::Literal(ScalarValue::IntervalYearMonth(_), _) => true,
        Expr::Negative(inner) => has_whole_days(inner),
        _ => false,
    }
}
