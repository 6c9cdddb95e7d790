//! `pg_text(value)`, which is what `value::text` means: times as PostgreSQL writes them, instants in the session's zone.
//!
//! The engine's own cast writes `2026-01-01T09:00:00+09:00`; charts that group by such a text, and people who compare it, expect
//! `2026-01-01 09:00:00+09`. Everything that is no time is cast by the engine, which can look through its own casts.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{Cast, ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::span;
use crate::functions::zone;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Shown {
    signature: Signature,
}

impl Shown {
    pub(super) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Stable) }
    }
}

impl ScalarUDFImpl for Shown {
    fn name(&self) -> &str {
        "pg_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        match args.as_slice() {
            [value] if !matches!(info.get_data_type(value)?, DataType::Timestamp(..) | DataType::Interval(_) | DataType::Duration(_)) => {
                Ok(ExprSimplifyResult::Simplified(Expr::Cast(Cast::new(Box::new(value.clone()), DataType::Utf8View))))
            }
            _ => Ok(ExprSimplifyResult::Original(args)),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = args.args.as_slice() else { return plan_err!("pg_text takes one value") };
        let is_scalar = matches!(value, ColumnarValue::Scalar(_));
        let input = value.to_array(if is_scalar { 1 } else { args.number_rows })?;
        let output = match input.data_type() {
            DataType::Timestamp(_, given) => {
                let session = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC");
                let clock = given.is_some().then(|| zone(session)).transpose()?;
                let micros = cast(&input, &DataType::Timestamp(TimeUnit::Microsecond, given.clone()))?;
                let values = micros.as_primitive::<TimestampMicrosecondType>();
                Arc::new(values.iter().map(|value| value.map(|micros| written(micros, clock.as_ref()))).collect::<StringViewArray>())
                    as ArrayRef
            }
            DataType::Interval(_) | DataType::Duration(_) => Arc::new(span::shown(&input)?),
            _ => cast(&input, &DataType::Utf8View)?,
        };
        Ok(if is_scalar { ColumnarValue::Scalar(ScalarValue::try_from_array(&output, 0)?) } else { ColumnarValue::Array(output) })
    }
}

/// A time as `timestamp_out` writes it, with a zone as `timestamptz_out` does: a fraction and minutes of the offset only where there are any.
fn written(micros: i64, clock: Option<&TimeZone>) -> String {
    let Ok(at) = Timestamp::from_microsecond(micros) else { return if micros > 0 { "infinity" } else { "-infinity" }.to_owned() };
    let local = clock.unwrap_or(&TimeZone::UTC).to_datetime(at);
    let mut shown = local.strftime("%Y-%m-%d %H:%M:%S%.f").to_string();
    if let Some(clock) = clock {
        let east = clock.to_offset(at).seconds();
        let (hours, minutes, seconds) = (east.abs() / 3600, east.abs() / 60 % 60, east.abs() % 60);
        shown.push_str(&format!("{}{hours:02}", if east < 0 { '-' } else { '+' }));
        if minutes > 0 || seconds > 0 {
            shown.push_str(&format!(":{minutes:02}"));
        }
        if seconds > 0 {
            shown.push_str(&format!(":{seconds:02}"));
        }
    }
    shown
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_postgresql_does() {
        let kathmandu = TimeZone::get("Asia/Kathmandu").unwrap();
        assert_eq!(written(0, None), "1970-01-01 00:00:00");
        assert_eq!(written(1_500_000, None), "1970-01-01 00:00:01.5");
        assert_eq!(written(0, Some(&TimeZone::UTC)), "1970-01-01 00:00:00+00");
        assert_eq!(written(1_767_225_600_000_001, Some(&kathmandu)), "2026-01-01 05:45:00.000001+05:45");
    }
}
