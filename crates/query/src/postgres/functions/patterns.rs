//! `to_char`, `to_date`, `to_timestamp` and `to_number` with PostgreSQL's patterns, over the engine's own of the same name.
//!
//! Instants are shown and read in the session's zone. One argument means what it does in PostgreSQL, seconds since 1970, or for text
//! what the engine makes of it.

mod digits;
mod interval;
mod print;
mod read;
mod template;

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_err};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

use super::super::Settings;
use super::call::{Function, give, text};
use super::span::Span;
use print::Moment;

/// Bytes of a pattern at most: it is taken to pieces for each value.
const PATTERN_BYTES: usize = 1024;

/// A pattern that is not too long.
fn short(pattern: &ScalarValue) -> Result<&str> {
    match text(pattern).unwrap_or_default() {
        long if long.len() > PATTERN_BYTES => exec_err!("a pattern may have {PATTERN_BYTES} bytes, this one has {}", long.len()),
        short => Ok(short),
    }
}

/// The functions of this file.
pub(super) fn functions(settings: &Arc<Settings>) -> Vec<Function> {
    let own = Arc::clone(settings);
    let show = move |arguments: &[ScalarValue]| match arguments {
        [value, pattern] => char_of(value, short(pattern)?, &own),
        _ => exec_err!("to_char takes a value and a pattern"),
    };
    let own = Arc::clone(settings);
    let instant = move |arguments: &[ScalarValue]| match arguments {
        [value] => instant_of(value),
        [value, pattern] => {
            let local = read::read(text(value).unwrap_or_default(), short(pattern)?)?;
            let fixed = |seconds| Offset::from_seconds(seconds).map_or(TimeZone::UTC, TimeZone::fixed);
            let zone = local.offset.map_or_else(|| zone(&own), fixed);
            match zone.to_timestamp(local.at) {
                Ok(at) => Ok(stamp(at.as_microsecond())),
                Err(_) => exec_err!("date/time field value out of range: \"{value}\""),
            }
        }
        _ => exec_err!("to_timestamp takes a text and a pattern, or seconds"),
    };
    let day = |arguments: &[ScalarValue]| match arguments {
        [value] => value.cast_to(&DataType::Date32),
        [value, pattern] => {
            let local = read::read(text(value).unwrap_or_default(), short(pattern)?)?;
            let days = civil::date(1970, 1, 1).until(local.at.date()).map(|span| span.get_days()).unwrap_or_default();
            Ok(ScalarValue::Date32(Some(days)))
        }
        _ => exec_err!("to_date takes a text and a pattern"),
    };
    let number = |arguments: &[ScalarValue]| Ok(ScalarValue::Float64(arguments.first().and_then(text).and_then(digits::read)));
    vec![
        Function::new("to_char", 2..=2, DataType::Utf8, show),
        Function::new("to_timestamp", 1..=2, utc(), instant),
        Function::new("to_date", 1..=2, DataType::Date32, day),
        Function::new("to_number", 2..=2, DataType::Float64, number),
    ]
}

fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn stamp(micros: i64) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()))
}

fn zone(settings: &Settings) -> TimeZone {
    let name = settings.get("TimeZone").unwrap_or_default();
    TimeZoneDatabase::bundled().get(&name).unwrap_or(TimeZone::UTC)
}

fn instant_of(value: &ScalarValue) -> Result<ScalarValue> {
    match value.data_type() {
        kind if kind.is_numeric() => match value.cast_to(&DataType::Float64)? {
            #[allow(clippy::cast_possible_truncation, reason = "a float outside the calendar saturates, and is refused when shown")]
            ScalarValue::Float64(Some(seconds)) => Ok(stamp((seconds * 1e6).round() as i64)),
            _ => Ok(ScalarValue::Null),
        },
        _ => value.cast_to(&utc()),
    }
}

fn char_of(value: &ScalarValue, pattern: &str, settings: &Settings) -> Result<ScalarValue> {
    match value.data_type() {
        kind if kind.is_numeric() => match value.cast_to(&DataType::Float64)? {
            ScalarValue::Float64(Some(_)) => give(digits::print(&plain(value), pattern)),
            _ => Ok(ScalarValue::Null),
        },
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => match moment(value, settings)? {
            Some(at) => give(print::print(&template::parse(pattern), |field| Ok(print::field(field, &at)))?),
            None => Ok(ScalarValue::Null),
        },
        DataType::Interval(_) | DataType::Duration(_) => match Span::of(value)? {
            Some(span) => give(print::print(&template::parse(pattern), |field| interval::field(field, span))?),
            None => Ok(ScalarValue::Null),
        },
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => char_of(&value.cast_to(&utc())?, pattern, settings),
        kind => exec_err!("to_char cannot show {kind}"),
    }
}

/// A number in digits, without an exponent.
fn plain(value: &ScalarValue) -> String {
    match value {
        ScalarValue::Float64(Some(number)) => format!("{number}"),
        ScalarValue::Float32(Some(number)) => format!("{number}"),
        other => other.to_string(),
    }
}

/// What the clock shows, and of which zone it is.
fn moment(value: &ScalarValue, settings: &Settings) -> Result<Option<Moment>> {
    let zone = clock_of(value, settings);
    Ok(instant(value)?.map(|at| Moment::new(at, &zone)))
}

/// What the clock shows: of an instant in the session's zone, of a local time as it is.
pub(super) fn clock(value: &ScalarValue, settings: &Settings) -> Result<Option<civil::DateTime>> {
    let zone = clock_of(value, settings);
    Ok(instant(value)?.map(|at| zone.to_datetime(at)))
}

fn clock_of(value: &ScalarValue, settings: &Settings) -> TimeZone {
    if matches!(value.data_type(), DataType::Timestamp(_, Some(_))) { zone(settings) } else { TimeZone::UTC }
}

fn instant(value: &ScalarValue) -> Result<Option<Timestamp>> {
    let ScalarValue::TimestampMicrosecond(Some(micros), _) = value.cast_to(&utc())? else { return Ok(None) };
    match Timestamp::from_microsecond(micros) {
        Ok(at) => Ok(Some(at)),
        Err(_) => exec_err!("timestamp out of range"),
    }
}
