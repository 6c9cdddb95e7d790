//! Whole numbers added, taken away and multiplied with an error where the result has no room in eight bytes. The engine's operators go round.
//!
//! They stand for an operator only where it can come to that (`session::numbers`): a call hides from the engine what an operator tells it.

use arrow::compute::kernels::numeric::{add, mul, sub};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// The name of what stands for an operator.
pub(crate) const fn checked(op: Operator) -> Option<&'static str> {
    match op {
        Operator::Plus => Some("bigint_plus"),
        Operator::Minus => Some("bigint_minus"),
        Operator::Multiply => Some("bigint_times"),
        _ => None,
    }
}

pub(super) fn functions() -> Vec<ScalarUDF> {
    [Operator::Plus, Operator::Minus, Operator::Multiply]
        .into_iter()
        .filter_map(|op| Some(ScalarUDF::from(Whole::new(op, checked(op)?))))
        .collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Whole {
    op: Operator,
    name: &'static str,
    signature: Signature,
}

impl Whole {
    fn new(op: Operator, name: &'static str) -> Self {
        Self { op, name, signature: Signature::exact(vec![DataType::Int64, DataType::Int64], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Whole {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let sides = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [left, right] = sides.as_slice() else { return plan_err!("{} takes two numbers", self.name) };
        let (apply, sign): (fn(_, _) -> _, _) = match self.op {
            Operator::Plus => (add, "+"),
            Operator::Minus => (sub, "-"),
            _ => (mul, "*"),
        };
        let out = apply(&left.as_ref(), &right.as_ref());
        out.map(ColumnarValue::Array).map_err(|_| {
            exec_datafusion_err!("bigint out of range: a result of {sign} is beyond 9.2 quintillion; x::double precision {sign} y has room")
        })
    }
}
