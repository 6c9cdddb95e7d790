//! Numbers and days as PostgreSQL has them, where the engine has others without saying so.
//!
//! - A fraction cast to a whole number is rounded, halves away from zero; the engine cuts off what is behind the point.
//! - A quotient of decimals has ten places at least, whatever was divided; the engine gives four more than that has.
//! - Nothing is divided by zero: the engine makes infinity of it, or no number, where a side is a double.
//! - What short numbers are added or multiplied to is a long one; in PostgreSQL it would not fit, the engine goes round.
//! - Products that do not fit into eight bytes are an error (`checked`); sums are (`functions::total`).
//! - Seconds have fractions, and so have the seconds of an interval; the engine's `extract` cuts them off, and takes all minutes of a span for its
//!   minutes.
//! - A date and an interval with hours are a time; the engine drops the hours. Whole days and months leave a date, so that conditions on days go on
//!   sparing files.

use arrow::datatypes::{DataType, IntervalUnit};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, TryCast, cast, lit};

use super::joined::written;
use super::minutes::with_seconds;
use super::reworded::reworded;
use super::zoned::MICROS;
use crate::functions::{self, DIVIDED, Field, SECONDS_OF};

/// What is divided, so that a quotient has the places that `numeric` without precision has, see `postgres::is_unconstrained`.
const DIVIDEND: DataType = DataType::Decimal128(38, 6);

/// Intervals, without days where they are made of a number of seconds.
const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// Decimals without places.
const WHOLE: DataType = DataType::Decimal128(38, 0);

/// A factor as people write them, of units: what it multiplies had to be above nine trillion.
const PLAIN_FACTOR: u64 = 1_000_000;

/// A number that leaves little room: half of what eight bytes have.
const IMMENSE: u64 = 1 << 62;

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
                ("date_part", [Expr::Literal(field, _), of]) => {
                    seconds(field, of, schema, state).or_else(|| of_years(field, func.call(vec![lit("year"), of.clone()]), state))
                }
                ("to_char" | "justify_hours" | "justify_interval", [of, rest @ ..]) if is_sum_of_spans(of, schema) => {
                    Some(func.call(std::iter::once(cast(of.clone(), INTERVAL)).chain(rest.iter().cloned()).collect()))
                }
                _ => None,
            },
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Divide, right }) => divided(left, right, schema, state),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply) => {
                moved(left, *op, right, schema)
                    .or_else(|| widened(left, *op, right, schema))
                    .or_else(|| checked(left, *op, right, schema, state))
            }
            other => with_seconds(other, schema).or_else(|| written(other, schema, state)),
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
    if field == Field::Hour && is_sum_of_spans(of, schema) {
        field = Field::AllHours;
    }
    let name = format!("{field:?}").to_lowercase();
    state.scalar_functions().get(SECONDS_OF).map(|seconds| seconds.call(vec![lit(name), of.clone()]))
}

/// A span between two times has days. A sum of such spans is one of hours, unless one of them had days, which nobody can tell any more.
fn is_sum_of_spans(of: &Expr, schema: &DFSchema) -> bool {
    matches!(of, Expr::Column(column) if ["sum(", "avg("].iter().any(|summed| column.name.starts_with(summed)))
        && matches!(of.get_type(schema), Ok(DataType::Duration(_)))
}

/// Fields that count years, of which the first is 1.
fn of_years(field: &ScalarValue, year: Expr, state: &SessionState) -> Option<Expr> {
    let (years, first) = match field.try_as_str()??.to_ascii_lowercase().as_str() {
        "decade" | "decades" => (10.0, 0.0),
        "century" | "centuries" => (100.0, 99.0),
        "millennium" | "millenniums" => (1000.0, 999.0),
        _ => return None,
    };
    let floor = state.scalar_functions().get("floor")?;
    Some(floor.call(vec![(cast(year, DataType::Float64) + lit(first)) / lit(years)]))
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

/// Short numbers are added and multiplied as long ones: there the engine would go round without a word, and PostgreSQL refuses.
fn widened(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> Option<Expr> {
    let is_short = |expr: &Expr| matches!(expr.get_type(schema), Ok(DataType::Int8 | DataType::Int16 | DataType::Int32));
    let long = |expr: &Expr| Box::new(cast(expr.clone(), DataType::Int64));
    (is_short(left) && is_short(right)).then(|| Expr::BinaryExpr(BinaryExpr::new(long(left), op, long(right))))
}

/// Products of long numbers, and what is added to one that is written and immense, may have no room: an error is better than a number that went
/// round. Where a side is a plain factor, or something is only added, it would take values that no contact centre has.
fn checked(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema, state: &SessionState) -> Option<Expr> {
    let kinds = [left, right].map(|side| side.get_type(schema).ok());
    let is_whole = |kind: &Option<DataType>| kind.as_ref().is_some_and(DataType::is_integer);
    if !kinds.iter().all(is_whole) || !kinds.iter().any(|kind| kind == &Some(DataType::Int64)) {
        return None;
    }
    let written = |side: &Expr| match side {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) => Some(number.unsigned_abs()),
        Expr::Negative(inner) => match inner.as_ref() {
            Expr::Literal(ScalarValue::Int64(Some(number)), _) => Some(number.unsigned_abs()),
            _ => None,
        },
        _ => None,
    };
    let may_go_round = match (op, written(left), written(right)) {
        (Operator::Multiply, None, None) => true,
        (Operator::Multiply, Some(factor), None) | (Operator::Multiply, None, Some(factor)) => factor > PLAIN_FACTOR,
        (_, Some(left), Some(right)) => left > PLAIN_FACTOR || right > PLAIN_FACTOR,
        (_, Some(number), None) | (_, None, Some(number)) => number > IMMENSE,
        _ => false,
    };
    let function = state.scalar_functions().get(functions::checked(op).filter(|_| may_go_round)?)?;
    let long = |side: &Expr, kind: &Option<DataType>| {
        if kind == &Some(DataType::Int64) { side.clone() } else { cast(side.clone(), DataType::Int64) }
    };
    Some(function.call(vec![long(left, &kinds[0]), long(right, &kinds[1])]))
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
