//! Days, times, instants and intervals.

use std::fmt::Write as _;

use arrow::array::{Array, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, DurationMicrosecondType, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use bytes::{BufMut, BytesMut};
use jiff::civil::{Date, DateTime};
use trunkline_query::postgres::{interval, iso_interval};

use super::{Format, Look, Put};

/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL counts from.
pub(crate) const EPOCH_DAYS: i32 = 10_957;

/// Microseconds between the two.
pub(crate) const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * DAY_MICROS;

const DAY_MICROS: i64 = 86_400_000_000;

/// How the values are written; `None` for other types. What is not in PostgreSQL's unit is cast to it first, once per batch.
pub(super) fn put<'a>(array: &'a dyn Array, format: Format, look: &'a Look) -> Result<Option<Put<'a>>, ArrowError> {
    Ok(Some(match array.data_type() {
        DataType::Date32 | DataType::Date64 => dates(as_unit(array, &DataType::Date32)?, format),
        DataType::Time32(_) | DataType::Time64(_) => times(as_unit(array, &DataType::Time64(TimeUnit::Microsecond))?, format),
        DataType::Timestamp(_, zone) => {
            let values = as_unit(array, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))?;
            instants(values, zone.is_some().then_some(look), format)
        }
        DataType::Duration(_) => {
            let values: PrimitiveArray<DurationMicrosecondType> = as_unit(array, &DataType::Duration(TimeUnit::Microsecond))?;
            // A span between two times has days, as in PostgreSQL.
            let days = |micros: i64| i32::try_from(micros / DAY_MICROS).unwrap_or(i32::MAX);
            intervals(move |i| (0, days(values.value(i)), values.value(i) % DAY_MICROS), format, look)
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            let values = array.as_primitive::<IntervalYearMonthType>().clone();
            intervals(move |i| (values.value(i), 0, 0), format, look)
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let values = array.as_primitive::<IntervalDayTimeType>().clone();
            intervals(move |i| (0, values.value(i).days, i64::from(values.value(i).milliseconds) * 1000), format, look)
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>().clone();
            intervals(move |i| (values.value(i).months, values.value(i).days, values.value(i).nanoseconds / 1000), format, look)
        }
        _ => return Ok(None),
    }))
}

fn as_unit<T: arrow::datatypes::ArrowPrimitiveType>(array: &dyn Array, unit: &DataType) -> Result<PrimitiveArray<T>, ArrowError> {
    // A cast to the same type shares the values.
    Ok(cast(&array.slice(0, array.len()), unit)?.as_primitive::<T>().clone())
}

fn dates<'a>(values: PrimitiveArray<Date32Type>, format: Format) -> Put<'a> {
    match format {
        Format::Binary => Box::new(move |i, out| out.put_i32(values.value(i).saturating_sub(EPOCH_DAYS))),
        Format::Text => Box::new(move |i, out| match day(values.value(i)) {
            Some(date) => put_date(date, out),
            None => out.put_slice(if values.value(i) > 0 { b"infinity" } else { b"-infinity" }),
        }),
    }
}

fn times<'a>(values: PrimitiveArray<Time64MicrosecondType>, format: Format) -> Put<'a> {
    match format {
        Format::Binary => Box::new(move |i, out| out.put_i64(values.value(i))),
        Format::Text => Box::new(move |i, out| put_clock(values.value(i), out)),
    }
}

/// Instants with a look are written in its zone, with the offset.
fn instants<'a>(values: PrimitiveArray<TimestampMicrosecondType>, look: Option<&'a Look>, format: Format) -> Put<'a> {
    match format {
        Format::Binary => Box::new(move |i, out| out.put_i64(values.value(i).saturating_sub(EPOCH_MICROS))),
        Format::Text => Box::new(move |i, out| put_instant(values.value(i), look, out)),
    }
}

fn put_instant(micros: i64, look: Option<&Look>, out: &mut BytesMut) {
    let Ok(at) = jiff::Timestamp::from_microsecond(micros) else {
        out.put_slice(if micros > 0 { b"infinity" } else { b"-infinity" });
        return;
    };
    let offset = look.map(|look| look.zone.to_offset(at));
    let local: DateTime = offset.unwrap_or(jiff::tz::Offset::UTC).to_datetime(at);
    put_date(local.date(), out);
    out.put_u8(b' ');
    let seconds = i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second());
    put_clock(seconds * 1_000_000 + i64::from(local.subsec_nanosecond()) / 1000, out);
    // Years before our era are said at the end, as PostgreSQL does, so the offset goes before.
    if let Some(offset) = offset {
        let (sign, seconds) = if offset.is_negative() { ('-', -offset.seconds()) } else { ('+', offset.seconds()) };
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let _ = write!(out, "{sign}{hours:02}");
        if minutes > 0 || seconds > 0 {
            let _ = write!(out, ":{minutes:02}");
        }
        if seconds > 0 {
            let _ = write!(out, ":{seconds:02}");
        }
    }
}

fn day(days: i32) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn put_date(date: Date, out: &mut BytesMut) {
    put_digits(date.year().unsigned_abs().into(), 4, out);
    out.put_u8(b'-');
    put_digits(date.month().unsigned_abs().into(), 2, out);
    out.put_u8(b'-');
    put_digits(date.day().unsigned_abs().into(), 2, out);
}

/// `hh:mm:ss` with as much of a fraction as there is.
fn put_clock(micros: i64, out: &mut BytesMut) {
    let (seconds, fraction) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    put_digits(seconds / 3600, 2, out);
    out.put_u8(b':');
    put_digits(seconds / 60 % 60, 2, out);
    out.put_u8(b':');
    put_digits(seconds % 60, 2, out);
    if fraction > 0 {
        let (mut part, mut width) = (fraction, 6);
        while part % 10 == 0 {
            part /= 10;
            width -= 1;
        }
        out.put_u8(b'.');
        put_digits(part, width, out);
    }
}

/// At least `width` digits.
fn put_digits(value: u64, width: usize, out: &mut BytesMut) {
    let mut digits = [b'0'; 20];
    let (mut value, mut at) = (value, digits.len());
    while value > 0 {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.put_slice(&digits[at.min(digits.len() - width)..]);
}

/// Months, days and microseconds.
fn intervals<'a>(parts: impl Fn(usize) -> (i32, i32, i64) + Send + 'a, format: Format, look: &Look) -> Put<'a> {
    let write = if look.has_iso_intervals { iso_interval } else { interval };
    match format {
        Format::Binary => Box::new(move |i, out| {
            let (months, days, micros) = parts(i);
            out.put_i64(micros);
            out.put_i32(days);
            out.put_i32(months);
        }),
        Format::Text => Box::new(move |i, out| {
            let (months, days, micros) = parts(i);
            out.put_slice(write(months.into(), days.into(), micros).as_bytes());
        }),
    }
}
