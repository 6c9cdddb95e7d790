//! `timezone(zone, at)`, which is what `at AT TIME ZONE zone` means: the clock of a zone at an instant, or the instant at which it shows that.
//!
//! The engine's own `AT TIME ZONE` gives an instant either way, and its tables of zones are older than ours.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::functions::{Clock, zone};

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Zoned {
    signature: Signature,
}

impl Zoned {
    pub(in super::super) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

const fn local() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// Local times and days lack a zone; everything else, text too, is read as an instant.
const fn lacks_zone(kind: &DataType) -> bool {
    matches!(kind, DataType::Timestamp(_, None) | DataType::Date32 | DataType::Date64)
}

impl ScalarUDFImpl for Zoned {
    fn name(&self) -> &str {
        "timezone"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(if arguments.get(1).is_some_and(lacks_zone) { instant() } else { local() })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [ColumnarValue::Scalar(name), at] = args.args.as_slice() else {
            return plan_err!("a time zone must be one value, not a column");
        };
        let returns = args.return_field.data_type();
        let Some(Some(name)) = name.try_as_str() else { return Ok(ColumnarValue::Scalar(ScalarValue::try_from(returns)?)) };
        let clock = Clock::new(zone(name)?);
        let is_scalar = matches!(at, ColumnarValue::Scalar(_));
        let input = at.to_array(if is_scalar { 1 } else { args.number_rows })?;
        let output = if lacks_zone(input.data_type()) {
            instants(&cast(&input, &local())?, &clock)
        } else {
            locals(&cast(&input, &instant())?, clock)
        }?;
        Ok(if is_scalar { ColumnarValue::Scalar(ScalarValue::try_from_array(&output, 0)?) } else { ColumnarValue::Array(output) })
    }
}

fn locals(input: &ArrayRef, mut clock: Clock) -> Result<ArrayRef> {
    each(input, |micros| clock.local(micros)).map(|shown| Arc::new(shown) as ArrayRef)
}

fn instants(input: &ArrayRef, clock: &Clock) -> Result<ArrayRef> {
    each(input, |micros| clock.instant(micros)).map(|found| Arc::new(found.with_timezone("UTC")) as ArrayRef)
}

fn each(input: &ArrayRef, mut of: impl FnMut(i64) -> Option<i64>) -> Result<TimestampMicrosecondArray> {
    let values = input.as_primitive::<TimestampMicrosecondType>();
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        found.push(match value.map(&mut of) {
            Some(None) => return exec_err!("timestamp out of range"),
            Some(shown) => shown,
            None => None,
        });
    }
    Ok(found.into())
}
