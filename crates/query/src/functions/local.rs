//! `local_bucket(ts, zone, step)`, `local_start(date, zone)`, `local_date(ts, zone)`.
//!
//! A bucket is half-open and begins on the local clock: days of a clock change have 46 or 50 half-hours. Steps: `15m`, `30 minutes`,
//! `1h`, `1 day`, `1w`, `1 month`, `1 year`; minutes and hours must divide a day.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use jiff::civil;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The three functions.
pub(super) fn functions() -> Vec<ScalarUDF> {
    [Kind::Bucket, Kind::Start, Kind::Date].into_iter().map(|kind| ScalarUDF::from(Local::new(kind))).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Bucket,
    Start,
    Date,
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
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(if self.kind == Kind::Date { DataType::Date32 } else { utc() })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = zone(&constant(&args.args[1], "zone", self.name())?)?;
        let is_scalar = matches!(args.args[0], ColumnarValue::Scalar(_));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let input = args.args[0].to_array(rows)?;
        let output: ArrayRef = match self.kind {
            Kind::Start => Arc::new(starts(&cast(&input, &DataType::Date32)?, &zone)),
            Kind::Date => Arc::new(dates(&cast(&input, &utc())?, &zone)),
            Kind::Bucket => Arc::new(buckets(&cast(&input, &utc())?, &zone, Step::parse(&constant(&args.args[2], "step", self.name())?)?)),
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

fn zone(name: &str) -> Result<TimeZone> {
    match TimeZoneDatabase::bundled().get(name) {
        Ok(zone) => Ok(zone),
        Err(_) => exec_err!("'{name}' is no time zone; write it like Europe/Madrid or UTC"),
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Minutes(i64),
    Day,
    Week,
    Month,
    Year,
}

impl Step {
    fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
        let count: i64 = trimmed[..split].parse().unwrap_or(0);
        let unit = trimmed[split..].trim().to_ascii_lowercase();
        let minutes = match unit.trim_end_matches('s') {
            "m" | "min" | "minute" => count,
            "h" | "hour" => count * 60,
            "d" | "day" if count == 1 => return Ok(Self::Day),
            "w" | "week" if count == 1 => return Ok(Self::Week),
            "mo" | "month" if count == 1 => return Ok(Self::Month),
            "y" | "year" if count == 1 => return Ok(Self::Year),
            _ => 0,
        };
        if minutes > 0 && 1440 % minutes == 0 {
            Ok(Self::Minutes(minutes))
        } else {
            exec_err!("'{text}' is no step; write 15m, 30m, 1h, 1d, 1w, 1mo or 1y")
        }
    }
}

/// Buckets of a column: neighbours mostly fall into the same one, so the last one found is tried first.
fn buckets(input: &ArrayRef, zone: &TimeZone, step: Step) -> TimestampMicrosecondArray {
    let input = input.as_primitive::<TimestampMicrosecondType>();
    let mut last: Option<(i64, i64)> = None;
    let output = input.iter().map(|value| {
        let micros = value?;
        if let Some((start, end)) = last
            && (start..end).contains(&micros)
        {
            return Some(start);
        }
        let bounds = bucket(micros, zone, step)?;
        last = Some(bounds);
        Some(bounds.0)
    });
    output.collect::<TimestampMicrosecondArray>().with_timezone("UTC")
}

/// `[start, end)` of the bucket that holds an instant, in microseconds.
fn bucket(micros: i64, zone: &TimeZone, step: Step) -> Option<(i64, i64)> {
    let instant = jiff::Timestamp::from_microsecond(micros).ok()?;
    let local = zone.to_datetime(instant);
    let date = local.date();
    let first = match step {
        Step::Minutes(minutes) => return clock_bucket(instant, local, zone, minutes),
        Step::Day => date,
        Step::Week => date.checked_sub(jiff::Span::new().days(i64::from(date.weekday().to_monday_zero_offset()))).ok()?,
        Step::Month => date.first_of_month(),
        Step::Year => date.first_of_year(),
    };
    let next = match step {
        Step::Week => first.checked_add(jiff::Span::new().weeks(1)),
        Step::Month => first.checked_add(jiff::Span::new().months(1)),
        Step::Year => first.checked_add(jiff::Span::new().years(1)),
        _ => first.tomorrow(),
    };
    Some((start_of(first, zone)?, start_of(next.ok()?, zone)?))
}

/// A bucket of the clock: back to the last mark that the local clock showed, but never over a clock change, so that an hour which
/// happens twice has its own buckets twice.
fn clock_bucket(instant: jiff::Timestamp, local: civil::DateTime, zone: &TimeZone, minutes: i64) -> Option<(i64, i64)> {
    let width = minutes * 60_000_000;
    let clock = i64::from(local.hour()) * 3_600_000_000
        + i64::from(local.minute()) * 60_000_000
        + i64::from(local.second()) * 1_000_000
        + i64::from(local.subsec_nanosecond()) / 1_000;
    let start = instant.as_microsecond() - clock.rem_euclid(width);
    // The change at this very instant, if any, is a border too: `preceding` looks strictly before.
    let just_after = instant.checked_add(jiff::Span::new().microseconds(1)).ok()?;
    let change = zone.preceding(just_after).next().map_or(i64::MIN, |t| t.timestamp().as_microsecond());
    let following = zone.following(instant).next().map_or(i64::MAX, |t| t.timestamp().as_microsecond());
    Some((start.max(change), (start + width).min(following)))
}

fn start_of(date: civil::Date, zone: &TimeZone) -> Option<i64> {
    // A midnight that does not exist is skipped forward, one that happens twice is meant the first time: the day's first instant.
    zone.to_timestamp(date.to_datetime(civil::Time::midnight())).ok().map(|t| t.as_microsecond())
}

fn starts(input: &ArrayRef, zone: &TimeZone) -> TimestampMicrosecondArray {
    let days = input.as_primitive::<Date32Type>();
    days.iter().map(|day| start_of(date_of(day?)?, zone)).collect::<TimestampMicrosecondArray>().with_timezone("UTC")
}

fn date_of(days: i32) -> Option<civil::Date> {
    civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(i64::from(days))).ok()
}

fn dates(input: &ArrayRef, zone: &TimeZone) -> Date32Array {
    let instants = input.as_primitive::<TimestampMicrosecondType>();
    let day = |micros: i64| {
        let local = zone.to_datetime(jiff::Timestamp::from_microsecond(micros).ok()?);
        let days = local.date().since(civil::date(1970, 1, 1)).ok()?.get_days();
        Some(days)
    };
    instants.iter().map(|value| day(value?)).collect()
}
