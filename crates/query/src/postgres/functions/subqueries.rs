//! What a query within an expression comes to: `pg_array(array)`, an array without items where there are no rows; `pg_sorted(array)`, its items in
//! order, NULLs last, to be looked for; and `pg_only_row(count, value)`, the value of the one row there may be.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, Scalar, UInt64Array, make_comparator, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::kernels::zip::zip;
use arrow::compute::{SortOptions, cast, is_not_null, take};
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

/// `pg_sorted(array)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Sorted {
    signature: Signature,
}

impl Sorted {
    pub(super) fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Sorted {
    fn name(&self) -> &str {
        "pg_sorted"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [DataType::List(item)] => Ok(DataType::List(item.clone())),
            _ => plan_err!("pg_sorted takes an array"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [list] = args.args.as_slice() else { return plan_err!("pg_sorted takes an array") };
        let is_one = matches!(list, ColumnarValue::Scalar(_));
        let lists = list.to_array(if is_one { 1 } else { args.number_rows })?;
        let sorted = sorted(lists.as_list())?;
        Ok(if is_one { ColumnarValue::Scalar(ScalarValue::List(Arc::new(sorted))) } else { ColumnarValue::Array(Arc::new(sorted)) })
    }
}

/// The same arrays, each in order.
fn sorted(lists: &ListArray) -> Result<ListArray> {
    let compare = make_comparator(lists.values(), lists.values(), SortOptions { descending: false, nulls_first: false })?;
    let mut places: Vec<u64> = Vec::with_capacity(lists.values().len());
    for at in 0..lists.len() {
        let from = places.len();
        if lists.is_valid(at) {
            let [first, end] = [at, at + 1].map(|at| u64::try_from(lists.value_offsets()[at]).unwrap_or_default());
            places.extend(first..end);
        }
        let index = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        places[from..].sort_unstable_by(|a, b| compare(index(*a), index(*b)));
    }
    let DataType::List(item) = lists.data_type() else { return plan_err!("pg_sorted takes an array") };
    let lengths =
        (0..lists.len()).map(|at| if lists.is_valid(at) { usize::try_from(lists.value_length(at)).unwrap_or_default() } else { 0 });
    let values = take(lists.values(), &UInt64Array::from(places), None)?;
    Ok(ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(lengths), values, lists.nulls().cloned())?)
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn each_array_is_put_in_order_and_stays_where_it_is() {
        let of = |lists: Vec<Option<Vec<Option<i64>>>>| ListArray::from_iter_primitive::<Int64Type, _, _>(lists);
        let given = of(vec![Some(vec![Some(9)]), Some(vec![Some(3), None, Some(1)]), None, Some(Vec::new()), Some(vec![Some(2), Some(1)])]);
        let wanted = of(vec![Some(vec![Some(1), Some(3), None]), None, Some(Vec::new()), Some(vec![Some(1), Some(2)])]);
        assert_eq!(sorted(&given.slice(1, 4)).unwrap(), wanted);
    }
}
