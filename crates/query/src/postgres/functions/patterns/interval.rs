//! Intervals by a pattern: `to_char(avg(wait_ms) * interval '1 millisecond', 'MI:SS')`.

use datafusion::common::{Result, exec_err};

use super::super::span::{HOUR, MINUTE, SECOND, Span};
use super::print::half;
use super::template::Field;

/// A field of an interval, as `to_char` of PostgreSQL 15 writes it: hours are all that there are beside the days, every field below nothing has its sign.
///
/// # Errors
/// Fields that only days of a calendar have.
pub(super) fn field(field: &Field, span: Span) -> Result<String> {
    let number = |value: i64, width: usize| match (field.is_trimmed, value < 0) {
        (true, _) => value.to_string(),
        (false, true) => format!("{value:0width$}", width = width + 1),
        (false, false) => format!("{value:0width$}"),
    };
    // Of these a sign is one of the places.
    let places = |value: i64, width: usize| if field.is_trimmed { value.to_string() } else { format!("{value:0width$}") };
    let Span { months, days, micros } = span;
    let (years, hours) = (months / 12, micros / HOUR);
    Ok(match field.word {
        "HH24" => number(hours, 2),
        "HH12" | "HH" => number(if hours % 12 == 0 { 12 } else { hours % 12 }, 2),
        "MI" => number(micros / MINUTE % 60, 2),
        "SS" => number(micros / SECOND % 60, 2),
        "MS" => format!("{:03}", micros % SECOND / 1000),
        "US" => format!("{:06}", micros % SECOND),
        "SSSS" | "SSSSS" => (micros / SECOND).to_string(),
        "AM" | "PM" | "A.M." | "P.M." => half(hours % 24 < 12, &field.written),
        "DD" => places(days, 2),
        "DDD" => places(months * 30 + days, 3),
        "MM" => number(months % 12, 2),
        "YYYY" => number(years, 4),
        "YYY" => number(years % 1000, 3),
        "YY" => number(years % 100, 2),
        "Y" => number(years % 10, 1),
        _ => return exec_err!("invalid format specification for an interval value: {} is of days of a calendar", field.written),
    })
}
