//! `seconds_of(field, value)`: the fields of a time that have fractions, and those of a span, as PostgreSQL's `extract` gives them.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, Float64Array, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, DurationMicrosecondType, IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// Its name.
pub(crate) const SECONDS_OF: &str = "seconds_of";

const MINUTE: i64 = 60_000_000;
const DAY: f64 = 86_400.0;

/// A field with a fraction, or of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// Seconds since 1970, or of all of an interval: a month of thirty days, a year of 365.25.
    Epoch,
    /// Seconds within the minute, and parts of them.
    Second,
    Milliseconds,
    Microseconds,
    /// Whole days of a span.
    Day,
    /// Hours of a span beside its days.
    Hour,
    /// Hours of a span without days.
    AllHours,
    /// Minutes beside the hours.
    Minute,
}

impl Field {
    /// A field as it may be written.
    pub(crate) fn of(written: &str) -> Option<Self> {
        Some(match written.to_ascii_lowercase().as_str() {
            "epoch" => Self::Epoch,
            "second" | "seconds" | "sec" | "secs" | "s" => Self::Second,
            "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" => Self::Milliseconds,
            "microsecond" | "microseconds" | "us" | "usec" | "usecs" => Self::Microseconds,
            "day" | "days" | "d" => Self::Day,
            "hour" | "hours" | "h" => Self::Hour,
            "allhours" => Self::AllHours,
            "minute" | "minutes" | "m" => Self::Minute,
            _ => return None,
        })
    }

    /// Of a number of microseconds; those of an interval below nothing are below nothing, those of a clock never.
    fn of_micros(self, micros: i64, is_clock: bool) -> f64 {
        let within = if is_clock { micros.rem_euclid(MINUTE) } else { micros % MINUTE } as f64;
        match self {
            Self::Epoch => micros as f64 / 1e6,
            Self::Second => within / 1e6,
            Self::Milliseconds => within / 1e3,
            Self::Microseconds => within,
            Self::Day => (micros / (24 * 60 * MINUTE)) as f64,
            Self::Hour => (micros / (60 * MINUTE) % 24) as f64,
            Self::AllHours => (micros / (60 * MINUTE)) as f64,
            Self::Minute => (micros / MINUTE % 60) as f64,
        }
    }
}

pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(SecondsOf { signature: Signature::any(2, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SecondsOf {
    signature: Signature,
}

impl ScalarUDFImpl for SecondsOf {
    fn name(&self) -> &str {
        SECONDS_OF
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [_, kind] if kind.is_temporal() => Ok(DataType::Float64),
            _ => plan_err!("seconds_of takes a field and a time or an interval"),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [ColumnarValue::Scalar(field), value] = arguments.args.as_slice() else {
            return exec_err!("the field of seconds_of must be written out");
        };
        let Some(field) = field.try_as_str().flatten().and_then(Field::of) else { return exec_err!("seconds_of knows no field {field}") };
        let values = value.to_array(arguments.number_rows)?;
        Ok(ColumnarValue::Array(Arc::new(fields(&values, field)?)))
    }
}

fn fields(values: &ArrayRef, field: Field) -> Result<Float64Array> {
    let micros = TimeUnit::Microsecond;
    Ok(match values.data_type() {
        DataType::Time32(_) | DataType::Time64(_) => of_clock::<Time64MicrosecondType>(&cast(values, &DataType::Time64(micros))?, field),
        DataType::Duration(_) => {
            let all = cast(values, &DataType::Duration(micros))?;
            all.as_primitive::<DurationMicrosecondType>().unary(|micros| field.of_micros(micros, false))
        }
        DataType::Interval(_) => {
            let all = cast(values, &DataType::Interval(IntervalUnit::MonthDayNano))?;
            all.as_primitive::<IntervalMonthDayNanoType>().unary(|value| {
                let (years, months) = (f64::from(value.months / 12), f64::from(value.months % 12));
                let days = (365.25 * years + 30.0 * months + f64::from(value.days)) * DAY;
                let micros = value.nanoseconds / 1000;
                match field {
                    Field::Epoch => field.of_micros(micros, false) + days,
                    Field::Day => f64::from(value.days),
                    Field::Hour => Field::AllHours.of_micros(micros, false),
                    _ => field.of_micros(micros, false),
                }
            })
        }
        DataType::Timestamp(_, zone) => {
            of_clock::<TimestampMicrosecondType>(&cast(values, &DataType::Timestamp(micros, zone.clone()))?, field)
        }
        _ => of_clock::<TimestampMicrosecondType>(&cast(values, &DataType::Timestamp(micros, None))?, field),
    })
}

fn of_clock<T: ArrowPrimitiveType<Native = i64>>(values: &ArrayRef, field: Field) -> Float64Array {
    let values: &PrimitiveArray<T> = values.as_primitive();
    values.unary(|micros| field.of_micros(micros, true))
}
