//! `divided(a, b)`: doubles divided as PostgreSQL divides them, which has no quotient for a divisor of zero.

use std::sync::Arc;

use arrow::array::AsArray as _;
use arrow::compute::kernels::numeric::div;
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// Its name.
pub(crate) const DIVIDED: &str = "divided";

pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(Divided { signature: Signature::exact(vec![DataType::Float64, DataType::Float64], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Divided {
    signature: Signature,
}

impl ScalarUDFImpl for Divided {
    fn name(&self) -> &str {
        DIVIDED
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let sides = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [left, right] = [0, 1].map(|side| sides[side].as_primitive::<Float64Type>());
        // What lies under a NULL is no divisor.
        let is_zero = |(left, right): (Option<f64>, Option<f64>)| left.is_some() && right == Some(0.0);
        if right.values().contains(&0.0) && left.iter().zip(right).any(is_zero) {
            return Err(ArrowError::DivideByZero.into());
        }
        Ok(ColumnarValue::Array(Arc::new(div(left, right)?)))
    }
}
