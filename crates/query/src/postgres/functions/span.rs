//! Intervals: their parts, and as text.

use arrow::array::{ArrayRef, AsArray as _, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, DurationMicrosecondType, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue};

/// Microseconds of each.
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// An interval, or a span between two times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) micros: i64,
}

impl Span {
    /// A span between two times has days, as in PostgreSQL.
    const fn between(micros: i64) -> Self {
        Self { months: 0, days: micros / DAY, micros: micros % DAY }
    }

    fn of_interval(value: IntervalMonthDayNano) -> Self {
        Self { months: value.months.into(), days: value.days.into(), micros: value.nanoseconds / 1000 }
    }

    /// That of a value.
    ///
    /// # Errors
    /// A value that is no span.
    pub(super) fn of(value: &ScalarValue) -> Result<Option<Self>> {
        if matches!(value.data_type(), DataType::Duration(_)) {
            let ScalarValue::DurationMicrosecond(micros) = value.cast_to(&DataType::Duration(TimeUnit::Microsecond))? else {
                return Ok(None);
            };
            return Ok(micros.map(Self::between));
        }
        let ScalarValue::IntervalMonthDayNano(value) = value.cast_to(&DataType::Interval(IntervalUnit::MonthDayNano))? else {
            return Ok(None);
        };
        Ok(value.map(Self::of_interval))
    }

    fn written(self) -> String {
        interval(self.months, self.days, self.micros)
    }
}

/// Intervals, or spans between two times, as `interval_out` writes them.
pub(super) fn shown(values: &ArrayRef) -> std::result::Result<StringViewArray, ArrowError> {
    Ok(if matches!(values.data_type(), DataType::Duration(_)) {
        let spans = cast(values, &DataType::Duration(TimeUnit::Microsecond))?;
        spans.as_primitive::<DurationMicrosecondType>().iter().map(|micros| micros.map(|micros| Span::between(micros).written())).collect()
    } else {
        let spans = cast(values, &DataType::Interval(IntervalUnit::MonthDayNano))?;
        spans.as_primitive::<IntervalMonthDayNanoType>().iter().map(|span| span.map(|span| Span::of_interval(span).written())).collect()
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
