//! `local_bucket(ts, zone, step)`, `local_start(date, zone)`, `local_date(ts, zone)`, `local_time(ts, zone)`.
//!
//! A bucket is half-open and begins on the local clock: days of a clock change have 46 or 50 half-hours. Steps: `15m`, `30 minutes`,
//! `1h`, `1 day`, `1w`, `1 month`, `1 quarter`, `1 year`; minutes and hours must divide a day. A condition on a bucket or a date becomes one on the instant
//! itself, which files can be pruned by ([`super::preimage`]).

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::preimage::PreimageResult;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::clock::{Buckets, Clock, Step};
use super::preimage;

/// The four functions.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [Kind::Bucket, Kind::Start, Kind::Date, Kind::Time].into_iter().map(|kind| ScalarUDF::from(Local::new(kind))).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Bucket,
    Start,
    Date,
    Time,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Local {
    kind: Kind,
    signature: Signature,
}

impl Local {
    fn new(kind: Kind) -> Self {
        let arguments = if kind == Kind::Bucket { 3 } else { 2 };
        Self { kind, signature: Signature::any(arguments, Volatility::Immutable) }
    }
}

fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

impl ScalarUDFImpl for Local {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Bucket => "local_bucket",
            Kind::Start => "local_start",
            Kind::Date => "local_date",
            Kind::Time => "local_time",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Date => DataType::Date32,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::Bucket | Kind::Start => utc(),
        })
    }

    fn preimage(&self, args: &[Expr], value: &Expr, info: &SimplifyContext) -> Result<PreimageResult> {
        let Some((at, Expr::Literal(zone, _))) = args.first().zip(args.get(1)) else { return Ok(PreimageResult::None) };
        let Some(clock) = zone.try_as_str().flatten().and_then(|name| TimeZoneDatabase::bundled().get(name).ok()) else {
            return Ok(PreimageResult::None);
        };
        let found = match (self.kind, args.get(2), value) {
            (Kind::Date, None, Expr::Literal(ScalarValue::Date32(Some(day)), _)) => preimage::of_day(clock, *day),
            (Kind::Bucket, Some(Expr::Literal(step, _)), Expr::Literal(ScalarValue::TimestampMicrosecond(Some(start), Some(_)), _)) => {
                step.try_as_str().flatten().and_then(Step::parse).and_then(|step| preimage::of_bucket(clock, step, *start))
            }
            _ => None,
        };
        // Another type would be cast in the comparison, and the cast is what pruning cannot see through.
        let Some((first, after)) = found.filter(|_| info.get_data_type(at).is_ok_and(|kind| kind == utc())) else {
            return Ok(PreimageResult::None);
        };
        let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
        Ok(PreimageResult::Range { expr: at.clone(), interval: Box::new(Interval::try_new(instant(first), instant(after))?) })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = zone(&constant(&args.args[1], "zone", self.name())?)?;
        let is_scalar = matches!(args.args[0], ColumnarValue::Scalar(_));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let input = args.args[0].to_array(rows)?;
        let output: ArrayRef = match self.kind {
            Kind::Start => Arc::new(starts(&cast(&input, &DataType::Date32)?, zone)),
            Kind::Date => Arc::new(dates(&cast(&input, &utc())?, zone)),
            Kind::Time => Arc::new(times(&cast(&input, &utc())?, zone)),
            Kind::Bucket => Arc::new(buckets(&cast(&input, &utc())?, zone, step(&constant(&args.args[2], "step", self.name())?)?)),
        };
        if is_scalar { Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&output, 0)?)) } else { Ok(ColumnarValue::Array(output)) }
    }
}

/// A text argument that is the same for all rows.
fn constant(value: &ColumnarValue, name: &str, function: &str) -> Result<String> {
    match value {
        ColumnarValue::Scalar(scalar) => match scalar.try_as_str() {
            Some(Some(text)) => Ok(text.to_string()),
            _ => plan_err!("{function}: {name} must be text that is not NULL"),
        },
        ColumnarValue::Array(_) => plan_err!("{function}: {name} must be one value, not a column"),
    }
}

pub(crate) fn zone(name: &str) -> Result<TimeZone> {
    match TimeZoneDatabase::bundled().get(name) {
        Ok(zone) => Ok(zone),
        Err(_) => exec_err!("'{name}' is no time zone; write it like Europe/Madrid or UTC"),
    }
}

fn step(text: &str) -> Result<Step> {
    match Step::parse(text) {
        Some(step) => Ok(step),
        None => exec_err!("'{text}' is no step; write 15m, 30m, 1h, 1d, 1w, 1mo, 1q or 1y"),
    }
}

fn buckets(input: &ArrayRef, zone: TimeZone, step: Step) -> TimestampMicrosecondArray {
    let mut buckets = Buckets::new(zone, step);
    let starts = input.as_primitive::<TimestampMicrosecondType>().iter().map(|at| buckets.bounds(at?).map(|(start, _)| start));
    starts.collect::<TimestampMicrosecondArray>().with_timezone("UTC")
}

fn starts(input: &ArrayRef, zone: TimeZone) -> TimestampMicrosecondArray {
    let clock = Clock::new(zone);
    let days = input.as_primitive::<Date32Type>().iter().map(|day| clock.day_start(day?));
    days.collect::<TimestampMicrosecondArray>().with_timezone("UTC")
}

fn dates(input: &ArrayRef, zone: TimeZone) -> Date32Array {
    let mut clock = Clock::new(zone);
    input.as_primitive::<TimestampMicrosecondType>().iter().map(|at| clock.local_day(at?)).collect()
}

fn times(input: &ArrayRef, zone: TimeZone) -> TimestampMicrosecondArray {
    let mut clock = Clock::new(zone);
    input.as_primitive::<TimestampMicrosecondType>().iter().map(|at| clock.local_micros(at?)).collect()
}
