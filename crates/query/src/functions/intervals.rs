//! Intervals times numbers, which the engine does not have: `sum(wait_ms) * interval '1 millisecond'`.

use std::sync::Arc;

use arrow::array::AsArray as _;
use arrow::compute::kernels::arity::binary;
use arrow::datatypes::{DataType, Float64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast, lit,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::division;

const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// Microseconds of a day.
const DAY: f64 = 86_400_000_000.0;

pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(Times { signature: Signature::exact(vec![INTERVAL, DataType::Float64], Volatility::Immutable) })
}

/// Plans such products and quotients.
#[derive(Debug)]
pub(super) struct Products;

impl ExprPlanner for Products {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let is_interval = |of: &Expr| of.get_type(schema).is_ok_and(|kind| matches!(kind, DataType::Interval(_) | DataType::Duration(_)));
        let is_number = |of: &Expr| of.get_type(schema).is_ok_and(|kind| kind.is_numeric());
        let double = |of: &Expr| cast(of.clone(), DataType::Float64);
        let (interval, factor) = match expr.op {
            BinaryOperator::Multiply if is_interval(&expr.left) && is_number(&expr.right) => (&expr.left, double(&expr.right)),
            BinaryOperator::Multiply if is_number(&expr.left) && is_interval(&expr.right) => (&expr.right, double(&expr.left)),
            BinaryOperator::Divide if is_interval(&expr.left) && is_number(&expr.right) => {
                (&expr.left, division::function().call(vec![lit(1.0), double(&expr.right)]))
            }
            _ => return Ok(PlannerResult::Original(expr)),
        };
        Ok(PlannerResult::Planned(function().call(vec![cast(interval.clone(), INTERVAL), factor])))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Times {
    signature: Signature,
}

impl ScalarUDFImpl for Times {
    fn name(&self) -> &str {
        "interval_times"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(INTERVAL)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let sides = ColumnarValue::values_to_arrays(&arguments.args)?;
        let (intervals, factors) = (sides[0].as_primitive::<IntervalMonthDayNanoType>(), sides[1].as_primitive::<Float64Type>());
        Ok(ColumnarValue::Array(Arc::new(binary::<_, _, _, IntervalMonthDayNanoType>(intervals, factors, times)?)))
    }
}

/// What is not a whole month goes into days, thirty a month, and what is not a whole day into hours, as PostgreSQL has it.
fn times(interval: IntervalMonthDayNano, factor: f64) -> IntervalMonthDayNano {
    let (months, days) = (f64::from(interval.months) * factor, f64::from(interval.days) * factor);
    let of_months = (months.fract() * 30.0 * 1e6).round() / 1e6;
    let of_days = ((days.fract() + of_months.fract()) * DAY).round();
    let micros = (interval.nanoseconds as f64 / 1000.0 * factor + of_days).round();
    // What is beyond the largest becomes the largest.
    IntervalMonthDayNano::new(months.trunc() as i32, (days.trunc() + of_months.trunc()) as i32, (micros as i64).saturating_mul(1000))
}
