//! `width_bucket(x, low, high, count)`: which of `count` buckets of the same width between two bounds a number is in, for histograms.

use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, Int64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

pub(super) fn function() -> ScalarUDF {
    let double = DataType::Float64;
    let takes = vec![double.clone(), double.clone(), double, DataType::Int64];
    ScalarUDF::from(WidthBucket { signature: Signature::exact(takes, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct WidthBucket {
    signature: Signature,
}

impl ScalarUDFImpl for WidthBucket {
    fn name(&self) -> &str {
        "width_bucket"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [values, low, high] = [0, 1, 2].map(|at| columns[at].as_primitive::<Float64Type>());
        let counts = columns[3].as_primitive::<Int64Type>();
        let buckets: Int64Array = (0..counts.len())
            .map(|row| {
                let is_null = [values, low, high].iter().any(|column| column.is_null(row)) || counts.is_null(row);
                (!is_null).then(|| bucket(values.value(row), (low.value(row), high.value(row)), counts.value(row))).transpose()
            })
            .collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(Arc::new(buckets)))
    }
}

/// Bounds may go down; the lower bound belongs to the first bucket, below it is 0, from the upper one on `count + 1` (`width_bucket` of PostgreSQL 15).
fn bucket(value: f64, (low, high): (f64, f64), count: i64) -> Result<i64> {
    if count <= 0 {
        return exec_err!("count of width_bucket must be greater than zero");
    }
    if value.is_nan() || !low.is_finite() || !high.is_finite() {
        return exec_err!("operand, lower bound, and upper bound of width_bucket must be numbers, and the bounds finite");
    }
    if low == high {
        return exec_err!("lower bound of width_bucket cannot equal upper bound");
    }
    let (value, low, high) = if low < high { (value, low, high) } else { (-value, -low, -high) };
    Ok(if value < low {
        0
    } else if value >= high {
        count.saturating_add(1)
    } else {
        // Multiplied first, as there: 29 of 100 is the thirtieth of a hundred. Bounds as far apart as doubles go are halved.
        let place = count as f64 * (value - low) / (high - low);
        let place = if place.is_finite() && (high - low).is_finite() {
            place
        } else {
            (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0) * count as f64
        };
        // Rounding may bring the last number before the upper bound to it.
        (place as i64).min(count - 1) + 1
    })
}
