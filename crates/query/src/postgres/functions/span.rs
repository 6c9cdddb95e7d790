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

/// The same as ISO 8601 has it: `P1Y2M3DT4H5M6.5S`; each part has its own sign.
#[must_use]
pub fn iso_interval(months: i64, days: i64, micros: i64) -> String {
    let mut out = String::from("P");
    let part = |out: &mut String, value: i64, unit: char| {
        if value != 0 {
            out.push_str(&format!("{value}{unit}"));
        }
    };
    part(&mut out, months / 12, 'Y');
    part(&mut out, months % 12, 'M');
    part(&mut out, days, 'D');
    if micros != 0 {
        out.push('T');
    }
    let (minutes, below) = (micros / MINUTE, micros % MINUTE);
    part(&mut out, minutes / 60, 'H');
    part(&mut out, minutes % 60, 'M');
    if below != 0 {
        let (seconds, fraction) = (below.unsigned_abs() / 1_000_000, below.unsigned_abs() % 1_000_000);
        let digits = format!("{seconds}.{fraction:06}");
        out.push_str(&format!("{}{}S", if below < 0 { "-" } else { "" }, digits.trim_end_matches('0').trim_end_matches('.')));
    }
    if out.len() == 1 { "PT0S".into() } else { out }
}

#[cfg(test)]
mod tests {
    //! What PostgreSQL 15 writes with `intervalstyle = iso_8601`.

    use super::iso_interval;

    #[test]
    fn each_part_has_its_own_sign() {
        let micros = |hours: i64, minutes: i64, seconds: f64| (hours * 60 + minutes) * 60_000_000 + (seconds * 1e6) as i64;
        assert_eq!(iso_interval(14, 3, micros(4, 5, 6.5)), "P1Y2M3DT4H5M6.5S");
        assert_eq!(iso_interval(0, 0, 0), "PT0S");
        assert_eq!(iso_interval(0, 1, micros(0, 0, -0.25)), "P1DT-0.25S");
        assert_eq!(iso_interval(-13, 0, micros(-30, -1, -10.0)), "P-1Y-1MT-30H-1M-10S");
        assert_eq!(iso_interval(0, 0, micros(0, 90, 0.0)), "PT1H30M");
    }
}
