//! Intervals made, balanced and told apart: `make_interval`, `justify_*`, `age`, `isfinite`.

use std::sync::Arc;

use arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalUnit};
use datafusion::common::{Result, ScalarValue, exec_err};
use jiff::civil::DateTime;

use super::super::Settings;
use super::call::{Function, number, say};
use super::patterns::clock;
use super::span::{DAY, HOUR, MINUTE, SECOND, Span};

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// The functions of this file.
pub(super) fn functions(settings: &Arc<Settings>) -> Vec<Function> {
    let own = Arc::clone(settings);
    let age = move |arguments: &[ScalarValue]| match arguments {
        [later, earlier] => match (clock(later, &own)?, clock(earlier, &own)?) {
            (Some(later), Some(earlier)) => given(Some(between(later, earlier))),
            _ => Ok(ScalarValue::Null),
        },
        _ => exec_err!("age takes two times"),
    };
    let balanced = |name: &'static str, balance: fn(Span) -> Span| {
        Function::new(name, 1..=1, INTERVAL, move |arguments| match arguments.first().map(Span::of).transpose()?.flatten() {
            Some(span) => given(Some(balance(span))),
            None => Ok(ScalarValue::Null),
        })
    };
    vec![
        Function::new("make_interval", 7..=7, INTERVAL, |arguments| given(made(&parts(arguments)?))),
        balanced("justify_hours", hours_to_days),
        balanced("justify_days", days_to_months),
        balanced("justify_interval", justified),
        Function::new("age", 2..=2, INTERVAL, age),
        // There is no infinite time here.
        Function::new("isfinite", 1..=1, DataType::Boolean, |_| say(true)),
    ]
}

fn given(span: Option<Span>) -> Result<ScalarValue> {
    let value = span.and_then(|span| {
        let (months, days) = (i32::try_from(span.months).ok()?, i32::try_from(span.days).ok()?);
        Some(IntervalMonthDayNano::new(months, days, span.micros.checked_mul(1000)?))
    });
    match value {
        Some(value) => Ok(ScalarValue::IntervalMonthDayNano(Some(value))),
        None => exec_err!("interval out of range"),
    }
}

/// Whole numbers, and seconds, which alone may have a fraction.
fn parts(arguments: &[ScalarValue]) -> Result<(Vec<i64>, f64)> {
    let Some((seconds, counts)) = arguments.split_last() else { return exec_err!("make_interval takes seconds") };
    if let Some(other) = counts.iter().find(|count| !count.data_type().is_integer()) {
        return exec_err!("make_interval takes whole numbers of everything but seconds, not {other}; secs may have a fraction");
    }
    match seconds.cast_to(&DataType::Float64)? {
        ScalarValue::Float64(Some(seconds)) => Ok((counts.iter().filter_map(number).collect(), seconds)),
        _ => exec_err!("make_interval takes seconds"),
    }
}

/// Of years, months, weeks, days, hours, minutes and seconds.
fn made((counts, seconds): &(Vec<i64>, f64)) -> Option<Span> {
    let &[years, months, weeks, days, hours, minutes] = counts.as_slice() else { return None };
    let micros = (seconds * 1e6).round();
    if micros.is_nan() || micros.abs() > i64::MAX as f64 / 1000.0 {
        return None;
    }
    Some(Span {
        months: years.checked_mul(12)?.checked_add(months)?,
        days: weeks.checked_mul(7)?.checked_add(days)?,
        micros: hours.checked_mul(HOUR)?.checked_add(minutes.checked_mul(MINUTE)?)?.checked_add(micros as i64)?,
    })
}

/// Twenty-four hours are a day; both have the same sign then.
fn hours_to_days(mut span: Span) -> Span {
    span.days += span.micros / DAY;
    span.micros %= DAY;
    same_sign(&mut span.days, &mut span.micros, DAY);
    span
}

/// Thirty days are a month; both have the same sign then.
fn days_to_months(mut span: Span) -> Span {
    span.months += span.days / 30;
    span.days %= 30;
    same_sign(&mut span.months, &mut span.days, 30);
    span
}

/// Both, and all three have the same sign.
fn justified(mut span: Span) -> Span {
    span.days += span.micros / DAY;
    span.micros %= DAY;
    span.months += span.days / 30;
    span.days %= 30;
    let (is_above, is_below) = (span.days > 0 || (span.days == 0 && span.micros > 0), span.days < 0 || (span.days == 0 && span.micros < 0));
    if span.months > 0 && is_below {
        (span.months, span.days) = (span.months - 1, span.days + 30);
    } else if span.months < 0 && is_above {
        (span.months, span.days) = (span.months + 1, span.days - 30);
    }
    same_sign(&mut span.days, &mut span.micros, DAY);
    span
}

fn same_sign(large: &mut i64, small: &mut i64, size: i64) {
    if *large > 0 && *small < 0 {
        (*large, *small) = (*large - 1, *small + size);
    } else if *large < 0 && *small > 0 {
        (*large, *small) = (*large + 1, *small - size);
    }
}

/// From one time to another in years, months, days and hours, counted from the earlier one's day; days that are missing to a month are those of
/// the month it begins in (`timestamp_age` of PostgreSQL 15).
fn between(later: DateTime, earlier: DateTime) -> Span {
    if later < earlier {
        let span = between(earlier, later);
        return Span { months: -span.months, days: -span.days, micros: -span.micros };
    }
    let micros = |at: &DateTime| {
        let time = at.time();
        i64::from(time.hour()) * HOUR
            + i64::from(time.minute()) * MINUTE
            + i64::from(time.second()) * SECOND
            + i64::from(time.subsec_nanosecond()) / 1000
    };
    let months = |at: &DateTime| i64::from(at.year()) * 12 + i64::from(at.month());
    let mut span = Span {
        months: months(&later) - months(&earlier),
        days: i64::from(later.day()) - i64::from(earlier.day()),
        micros: micros(&later) - micros(&earlier),
    };
    if span.micros < 0 {
        (span.days, span.micros) = (span.days - 1, span.micros + DAY);
    }
    if span.days < 0 {
        (span.months, span.days) = (span.months - 1, span.days + i64::from(earlier.date().days_in_month()));
    }
    span
}
