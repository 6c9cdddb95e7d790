//! Intervals as text.

use arrow::array::{ArrayRef, AsArray as _, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, DurationMicrosecondType, IntervalMonthDayNanoType, IntervalUnit, TimeUnit};
use arrow::error::ArrowError;

const DAY: i64 = 86_400_000_000;

/// Intervals, or spans between two times, as `interval_out` writes them; such a span has days, as in PostgreSQL.
pub(super) fn shown(values: &ArrayRef) -> Result<StringViewArray, ArrowError> {
    Ok(if matches!(values.data_type(), DataType::Duration(_)) {
        let spans = cast(values, &DataType::Duration(TimeUnit::Microsecond))?;
        let spans = spans.as_primitive::<DurationMicrosecondType>();
        spans.iter().map(|span| span.map(|micros| interval(0, micros / DAY, micros % DAY))).collect()
    } else {
        let spans = cast(values, &DataType::Interval(IntervalUnit::MonthDayNano))?;
        let spans = spans.as_primitive::<IntervalMonthDayNanoType>();
        spans.iter().map(|span| span.map(|span| interval(span.months.into(), span.days.into(), span.nanoseconds / 1000))).collect()
    })
}

/// Months, days and microseconds as PostgreSQL writes an interval: `1 year 2 mons 3 days 04:05:06`; a sign is repeated where it changes.
#[must_use]
pub fn interval(months: i64, days: i64, micros: i64) -> String {
    let (mut out, mut is_below) = (Vec::new(), false);
    for (value, one, many) in [(months / 12, "year", "years"), (months % 12, "mon", "mons"), (days, "day", "days")] {
        if value != 0 {
            out.push(format!("{}{value} {}", if is_below && value > 0 { "+" } else { "" }, if value == 1 { one } else { many }));
            is_below = value < 0;
        }
    }
    if micros != 0 || out.is_empty() {
        let sign = if micros < 0 {
            "-"
        } else if is_below {
            "+"
        } else {
            ""
        };
        let (seconds, part) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
        let clock = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        out.push(if part == 0 { clock } else { format!("{clock}.{}", format!("{part:06}").trim_end_matches('0')) });
    }
    out.join(" ")
}
