//! Instants in the zone of a client's session, as PostgreSQL has them: days begin where his clock says.
//!
//! Columns are instants in UTC, and the engine reads their clocks there. What depends on a clock is said otherwise in the plan: `date_trunc` and
//! `extract` of an instant, an instant cast to a date or a local time, an instant beside a text, a date or a local time. Our own functions do it, by
//! jiff's tables. Only what a client wrote is changed: nothing of the house leaves the zone open.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::{Between, InList, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, LogicalPlan, Operator, cast, lit};

use super::reworded::reworded;
use crate::functions::{self, Clock};

/// The plan as it is meant in the zone of the session.
///
/// # Errors
/// A plan that does not fit together.
pub(super) fn local(plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
    let zone = state.config().options().execution.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
    let local = Local { state, zone };
    reworded(plan, |expr, schema| local.said(expr, schema))
}

/// The instant that a value means in a zone: a text without an offset, a date or a local time are read on its clock. Others are as they are.
///
/// # Errors
/// A text that is no time, a zone that does not exist.
pub fn instant(value: &ScalarValue, zone: &str) -> Result<ScalarValue> {
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    if let Some(Some(text)) = value.try_as_str() {
        let there = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()));
        return ScalarValue::from(text.trim()).cast_to(&there)?.cast_to(&utc);
    }
    if !lacks_zone(&value.data_type()) {
        return value.cast_to(&utc);
    }
    let clock = Clock::new(functions::zone(zone)?);
    let ScalarValue::TimestampMicrosecond(local, _) = value.cast_to(&MICROS)? else { return value.cast_to(&utc) };
    Ok(ScalarValue::TimestampMicrosecond(local.and_then(|local| clock.instant(local)), Some("UTC".into())))
}

/// A session's zone, and the functions that know it.
struct Local<'a> {
    state: &'a SessionState,
    zone: String,
}

/// A local time.
pub(super) const MICROS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

fn is_instant(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(_, Some(_)))
}

/// What has a clock and no zone.
const fn lacks_zone(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(_, None) | DataType::Date32 | DataType::Date64)
}

pub(super) const fn compares(op: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

impl Local<'_> {
    fn call(&self, name: &str, arguments: Vec<Expr>) -> Option<Expr> {
        self.state.scalar_functions().get(name).map(|function| function.call(arguments))
    }

    fn said(&self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        let kind = |expr: &Expr| expr.get_type(schema).ok();
        let is_instant = |expr: &Expr| kind(expr).is_some_and(|kind| is_instant(&kind));
        let other = match &expr {
            Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice()) {
                ("date_trunc", [Expr::Literal(unit, _), at]) if is_instant(at) => self.truncated(unit, at),
                ("date_part", [Expr::Literal(field, _), at]) if is_instant(at) && self.zone != "UTC" => self.part(func.name(), field, at),
                _ => None,
            },
            Expr::Cast(Cast { expr: at, field }) if is_instant(at) && self.zone != "UTC" => self.shown(at, field.data_type()),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) && self.zone != "UTC" => {
                let (left_kind, right_kind) = (kind(left), kind(right));
                let sides = match (left_kind, right_kind) {
                    (Some(left_kind), right_kind) if self::is_instant(&left_kind) => {
                        self.meant(right, right_kind).map(|right| (left.as_ref().clone(), right))
                    }
                    (left_kind, Some(right_kind)) if self::is_instant(&right_kind) => {
                        self.meant(left, left_kind).map(|left| (left, right.as_ref().clone()))
                    }
                    _ => None,
                };
                sides.map(|(left, right)| Expr::BinaryExpr(BinaryExpr::new(Box::new(left), *op, Box::new(right))))
            }
            Expr::Between(Between { expr: at, negated, low, high }) if is_instant(at) && self.zone != "UTC" => {
                let meant = |bound: &Expr| self.meant(bound, kind(bound)).unwrap_or_else(|| bound.clone());
                Some(Expr::Between(Between::new(at.clone(), *negated, Box::new(meant(low)), Box::new(meant(high)))))
            }
            Expr::InList(InList { expr: at, list, negated }) if is_instant(at) && self.zone != "UTC" => {
                let list = list.iter().map(|value| self.meant(value, kind(value)).unwrap_or_else(|| value.clone())).collect();
                Some(Expr::InList(InList::new(at.clone(), list, *negated)))
            }
            _ => None,
        };
        Ok(other.filter(|other| *other != expr).map_or_else(|| Transformed::no(expr), Transformed::yes))
    }

    /// The beginning of the hour, day and so on. Parts of a minute are the same everywhere, and the engine's.
    fn truncated(&self, unit: &ScalarValue, at: &Expr) -> Option<Expr> {
        let step = match unit.try_as_str()??.to_ascii_lowercase().as_str() {
            "hour" => "1h",
            "day" => "1d",
            "week" => "1w",
            "month" => "1mo",
            "quarter" => "1q",
            "year" => "1y",
            _ => return None,
        };
        self.call("local_bucket", vec![at.clone(), lit(self.zone.as_str()), lit(step)])
    }

    /// A field of what the clock shows; the seconds since 1970 are no clock's.
    fn part(&self, name: &str, field: &ScalarValue, at: &Expr) -> Option<Expr> {
        if field.try_as_str()??.eq_ignore_ascii_case("epoch") {
            return None;
        }
        let shown = self.call("local_time", vec![at.clone(), lit(self.zone.as_str())])?;
        self.call(name, vec![Expr::Literal(field.clone(), None), shown])
    }

    /// The day or time that the clock shows.
    fn shown(&self, at: &Expr, kind: &DataType) -> Option<Expr> {
        let arguments = vec![at.clone(), lit(self.zone.as_str())];
        match kind {
            DataType::Date32 => self.call("local_date", arguments),
            DataType::Timestamp(_, None) | DataType::Time64(_) => self.call("local_time", arguments).map(|shown| cast(shown, kind.clone())),
            _ => None,
        }
    }

    /// The instant that is meant by what stands beside one.
    fn meant(&self, beside: &Expr, kind: Option<DataType>) -> Option<Expr> {
        if let Expr::Literal(value, _) = beside
            && let Some(Some(_)) = value.try_as_str()
        {
            // What is no time is refused by the engine.
            return instant(value, &self.zone).ok().map(|instant| Expr::Literal(instant, None));
        }
        if !lacks_zone(&kind?) {
            return None;
        }
        self.call("timezone", vec![lit(self.zone.as_str()), cast(beside.clone(), MICROS)])
    }
}
