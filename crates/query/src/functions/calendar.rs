//! Table functions over the calendar: `calendar(from, to, zone)`, one row per local day, and
//! `zone_disagreements(zone, from, to)`, where the engine's own zone tables are wrong.
//!
//! `from` is inclusive, `to` exclusive; both are dates that are the same for the whole query.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::DataType;
use datafusion::catalog::{MemTable, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;
use jiff::{Span, civil};

use super::clock::Clock;
use super::disagreement::zone_disagreements;
use super::local::zone;

/// Most days a calendar is laid out for: a thousand years.
const MAX_DAYS: i32 = 366_000;

/// Registers both.
pub(super) fn register(context: &SessionContext) {
    context.register_udtf("calendar", Arc::new(Calendar));
    context.register_udtf("zone_disagreements", Arc::new(Disagreements));
}

#[derive(Debug)]
struct Calendar;

impl TableFunctionImpl for Calendar {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let [from, to, zone_name] = args.exprs() else { return plan_err!("calendar(from, to, zone) takes three arguments") };
        let (from, to) = (day(from, "from")?, day(to, "to")?);
        table(days(from, to, &text(zone_name, "zone")?)?)
    }
}

#[derive(Debug)]
struct Disagreements;

impl TableFunctionImpl for Disagreements {
    fn call_with_args(&self, args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let [zone_name, from, to] = args.exprs() else { return plan_err!("zone_disagreements(zone, from, to) takes three arguments") };
        let name = text(zone_name, "zone")?;
        let clock = Clock::new(zone(&name)?);
        let (from, to) = (day(from, "from")?, day(to, "to")?);
        check(from, to)?;
        let (Some(from), Some(to)) = (clock.day_start(from), clock.day_start(to)) else { return plan_err!("days outside the calendar") };
        let found = zone_disagreements(&name, from / 1_000_000, to / 1_000_000).unwrap_or_default();
        let instants = |pick: fn(&super::Disagreement) -> i64| stamps(found.iter().map(|d| Some(pick(d) * 1_000_000)));
        table(RecordBatch::try_from_iter(vec![
            ("from_at", instants(|d| d.from)),
            ("to_at", instants(|d| d.to)),
            ("offset_s", Arc::new(found.iter().map(|d| Some(d.offset)).collect::<Int32Array>()) as ArrayRef),
            ("engine_offset_s", Arc::new(found.iter().map(|d| d.engine_offset).collect::<Int32Array>()) as ArrayRef),
        ])?)
    }
}

fn table(batch: RecordBatch) -> Result<Arc<dyn TableProvider>> {
    Ok(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))
}

fn stamps(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn check(from: i32, to: i32) -> Result<()> {
    if to.saturating_sub(from) > MAX_DAYS { plan_err!("more than {MAX_DAYS} days between from and to") } else { Ok(()) }
}

fn days(from: i32, to: i32, zone_name: &str) -> Result<RecordBatch> {
    check(from, to)?;
    let clock = Clock::new(zone(zone_name)?);
    let epoch = civil::date(1970, 1, 1);
    let all: Vec<(i32, civil::Date)> =
        (from..to).filter_map(|n| Some((n, epoch.checked_add(Span::new().try_days(n).ok()?).ok()?))).collect();
    let number = |pick: fn(civil::Date) -> i64| -> ArrayRef { Arc::new(all.iter().map(|(_, d)| Some(pick(*d))).collect::<Int64Array>()) };
    let starts: Vec<Option<i64>> = all.iter().map(|(n, _)| clock.day_start(*n)).collect();
    let ends: Vec<Option<i64>> = all.iter().map(|(n, _)| clock.day_start(n + 1)).collect();
    #[allow(clippy::cast_precision_loss, reason = "a day is short")]
    let hours: Float64Array = starts.iter().zip(&ends).map(|(s, e)| Some((e.as_ref()? - s.as_ref()?) as f64 / 3.6e9)).collect();
    let weekend = all.iter().map(|(_, d)| Some(d.weekday().to_monday_one_offset() > 5)).collect::<BooleanArray>();
    Ok(RecordBatch::try_from_iter(vec![
        ("day", Arc::new(all.iter().map(|(n, _)| Some(*n)).collect::<Date32Array>()) as ArrayRef),
        ("start_at", stamps(starts.into_iter())),
        ("end_at", stamps(ends.into_iter())),
        ("hours", Arc::new(hours)),
        ("weekday", number(|d| d.weekday().to_monday_one_offset().into())),
        ("is_weekend", Arc::new(weekend)),
        ("iso_week", number(|d| d.iso_week_date().week().into())),
        ("iso_year", number(|d| d.iso_week_date().year().into())),
        ("month", number(|d| d.month().into())),
        ("quarter", number(|d| i64::from((d.month() - 1) / 3 + 1))),
        ("year", number(|d| d.year().into())),
    ])?)
}

fn literal<'e>(expr: &'e Expr, name: &str) -> Result<&'e ScalarValue> {
    match expr {
        Expr::Literal(value, _) if !value.is_null() => Ok(value),
        _ => plan_err!("{name} must be one value that is known before the query runs"),
    }
}

fn day(expr: &Expr, name: &str) -> Result<i32> {
    match literal(expr, name)?.cast_to(&DataType::Date32) {
        Ok(ScalarValue::Date32(Some(days))) => Ok(days),
        _ => plan_err!("{name} must be a date such as '2026-01-31'"),
    }
}

fn text(expr: &Expr, name: &str) -> Result<String> {
    match literal(expr, name)?.try_as_str() {
        Some(Some(text)) => Ok(text.to_string()),
        _ => plan_err!("{name} must be text"),
    }
}
