//! What a query within an expression comes to: `pg_array(array)`, an array without items where there are no rows, and
//! `pg_only_row(count, value)`, the value of the one row there may be.

use arrow::array::{Array, ArrayRef, AsArray, Scalar, new_null_array};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{cast, is_not_null};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::list_of;

/// `pg_array(array)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Gathered {
    signature: Signature,
}

impl Gathered {
    pub(super) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Gathered {
    fn name(&self) -> &str {
        "pg_array"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [DataType::List(item)] => Ok(DataType::List(item.clone())),
            [DataType::Null] => Ok(list_of(DataType::Utf8)),
            _ => plan_err!("pg_array takes an array"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [list] = args.args.as_slice() else { return plan_err!("pg_array takes an array") };
        let kind = args.return_field.data_type();
        let DataType::List(item) = kind else { return plan_err!("pg_array takes an array") };
        let none = cast(&ScalarValue::List(ScalarValue::new_list_nullable(&[], item.data_type())).to_array()?, kind)?;
        let is_one = matches!(list, ColumnarValue::Scalar(_));
        let lists = list.to_array(if is_one { 1 } else { args.number_rows })?;
        let lists: ArrayRef = if lists.data_type().is_null() { new_null_array(kind, lists.len()) } else { lists };
        let filled = zip(&is_not_null(&lists)?, &lists, &Scalar::new(none))?;
        Ok(if is_one { ColumnarValue::Scalar(ScalarValue::try_from_array(&filled, 0)?) } else { ColumnarValue::Array(filled) })
    }
}

/// `pg_only_row(count, value)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct OnlyRow {
    signature: Signature,
}

impl OnlyRow {
    pub(super) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for OnlyRow {
    fn name(&self) -> &str {
        "pg_only_row"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        arguments.get(1).cloned().map_or_else(|| plan_err!("pg_only_row takes a count and a value"), Ok)
    }

    /// # Errors
    /// There are several rows (PostgreSQL's 21000).
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [count, value] = args.args.as_slice() else { return plan_err!("pg_only_row takes a count and a value") };
        let counts = count.to_array(if matches!(count, ColumnarValue::Scalar(_)) { 1 } else { args.number_rows })?;
        let counts = cast(&counts, &DataType::Int64)?;
        if counts.as_primitive::<Int64Type>().iter().flatten().any(|count| count > 1) {
            return exec_err!("more than one row returned by a subquery used as an expression");
        }
        Ok(value.clone())
    }
}
