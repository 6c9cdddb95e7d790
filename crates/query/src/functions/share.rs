//! What `WITHIN GROUP` and the share say: the direction, and one number from 0 to 1 for all rows.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::logical_expr::function::AccumulatorArgs;

/// The second argument.
///
/// # Errors
/// What is no number from 0 to 1, or another one for each row.
pub(super) fn share(args: &AccumulatorArgs) -> Result<f64> {
    let nothing = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let given = args.exprs.get(1).and_then(|share| share.evaluate(&nothing).ok());
    if let Some(ColumnarValue::Scalar(share)) = given
        && let Ok(ScalarValue::Float64(Some(share))) = share.cast_to(&DataType::Float64)
        && (0.0..=1.0).contains(&share)
    {
        return Ok(share);
    }
    plan_err!("the share of a quantile must be one number from 0 to 1")
}

/// Whether the largest come first.
pub(super) fn is_descending(args: &AccumulatorArgs) -> bool {
    args.order_bys.first().is_some_and(|order| order.options.descending)
}
