//! Text to a typed parameter value; days may be relative to today.

use datafusion::common::ScalarValue;
use jiff::{Span, civil};

use super::header::{Param, ParamType};
use crate::error::QueryError;
use crate::kpi::request;

/// The value of a parameter.
pub(super) fn value(name: &str, param: &Param, text: &str, today: civil::Date) -> Result<ScalarValue, QueryError> {
    let bad = |wanted: &str| QueryError::usage(format!("parameter {name}: \"{text}\" is {wanted}"));
    if !param.one_of.is_empty() && !param.one_of.iter().any(|allowed| allowed == text) {
        return Err(bad("not accepted").hint(format!("one of {}", param.one_of.join(", "))));
    }
    match param.kind {
        ParamType::Date => {
            let date = day(text, today).ok_or_else(|| bad("no day").hint("write 2026-01-31, today, yesterday, -7d, month or month-1"))?;
            let days = date.since(civil::date(1970, 1, 1)).map_err(|e| QueryError::usage(e.to_string()))?.get_days();
            Ok(ScalarValue::Date32(Some(days)))
        }
        ParamType::Int => text.parse().map(|n| ScalarValue::Int64(Some(n))).map_err(|_| bad("no whole number")),
        ParamType::Float => text.parse().map(|n| ScalarValue::Float64(Some(n))).map_err(|_| bad("no number")),
        ParamType::Zone => request::zone(text).map(|_| ScalarValue::Utf8(Some(text.to_string()))).map_err(QueryError::from),
        ParamType::Text | ParamType::Interval => Ok(ScalarValue::Utf8(Some(text.to_string()))),
    }
}

/// A day: ISO, `today`, `yesterday`, `tomorrow`, `-7d`, `+1d`, `month` (first of this month), `month-1`.
pub(super) fn day(text: &str, today: civil::Date) -> Option<civil::Date> {
    match text {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        "tomorrow" => today.tomorrow().ok(),
        _ => {
            if let Some(offset) = text.strip_prefix("month") {
                let months: i64 = if offset.is_empty() { 0 } else { offset.parse().ok()? };
                return today.first_of_month().checked_add(Span::new().try_months(months).ok()?).ok();
            }
            if let Some(days) = text.strip_suffix('d') {
                let span = Span::new().try_days(days.parse::<i64>().ok()?).ok()?;
                return today.checked_add(span).ok();
            }
            text.parse().ok()
        }
    }
}
