//! `any_eq(array, x)` and its kin, which are what `x = ANY (SELECT …)` means where the engine cannot be asked for it: the rows of the query are an
//! array. Its answer is PostgreSQL's: NULL where a NULL might have been the one, and where there are no rows no value is among them.
//!
//! What is not there is the contrary of what is: `x < ALL` is `NOT x >= ANY`, `x <> ANY` is `NOT x = ALL`.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::row::{Row, RowConverter, Rows, SortField};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::list_of;

/// What is asked of a value and the items of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    AnyEqual,
    AllEqual,
    AnyGreater,
    AnyAtLeast,
    AnyLess,
    AnyAtMost,
}

/// The function of one of them.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Quantified {
    name: &'static str,
    asked: Asked,
    signature: Signature,
}

impl Quantified {
    /// All of them. `any_lt(array, x)` is `x < ANY (array)`.
    pub(super) fn all() -> [Self; 6] {
        let of = |(name, asked)| Self { name, asked, signature: Signature::array_and_element(Volatility::Immutable) };
        [
            ("any_eq", Asked::AnyEqual),
            ("all_eq", Asked::AllEqual),
            ("any_gt", Asked::AnyGreater),
            ("any_ge", Asked::AnyAtLeast),
            ("any_lt", Asked::AnyLess),
            ("any_le", Asked::AnyAtMost),
        ]
        .map(of)
    }
}

impl ScalarUDFImpl for Quantified {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [list, value] = args.args.as_slice() else { return plan_err!("{} takes an array and a value", self.name) };
        let is_one_list = matches!(list, ColumnarValue::Scalar(_));
        let is_one = is_one_list && matches!(value, ColumnarValue::Scalar(_));
        let count = if is_one { 1 } else { args.number_rows };
        let values = value.to_array(count)?;
        let lists = list.to_array(if is_one_list { 1 } else { count })?;
        let answers = self.asked.answers(&lists, &values)?;
        Ok(if is_one { ColumnarValue::Scalar(ScalarValue::try_from_array(&answers, 0)?) } else { ColumnarValue::Array(Arc::new(answers)) })
    }
}

/// What of the items of an array decides.
struct Items<'a> {
    rows: &'a Rows,
    range: Range<usize>,
    has_null: bool,
    least_and_greatest: Option<(Row<'a>, Row<'a>)>,
    /// Where many values are looked for in them.
    set: Option<HashSet<Row<'a>>>,
}

impl<'a> Items<'a> {
    fn new(rows: &'a Rows, items: &ArrayRef, range: Range<usize>, is_for_many: bool) -> Self {
        let known = || range.clone().filter(|at| items.is_valid(*at)).map(|at| rows.row(at));
        let least_and_greatest = known().min().zip(known().max());
        let set = is_for_many.then(|| known().collect());
        let has_null = range.clone().any(|at| items.is_null(at));
        Self { rows, range, has_null, least_and_greatest, set }
    }

    fn has(&self, value: Row<'_>) -> bool {
        match &self.set {
            Some(set) => set.contains(&value),
            None => self.range.clone().any(|at| self.rows.row(at) == value),
        }
    }
}

impl Asked {
    /// One answer for each value; of the one array where there is one, else of the array beside it.
    fn answers(self, lists: &ArrayRef, values: &ArrayRef) -> Result<BooleanArray> {
        let lists = cast(lists, &list_of(values.data_type().clone()))?;
        let lists: &ListArray = lists.as_list();
        let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
        let rows = converter.convert_columns(&[Arc::clone(lists.values())])?;
        let wanted = converter.convert_columns(&[Arc::clone(values)])?;
        let range = |at: usize| {
            let ends = [lists.value_offsets()[at], lists.value_offsets()[at + 1]].map(|end| usize::try_from(end).unwrap_or_default());
            // Where there is no array there are no rows.
            if lists.is_null(at) { 0..0 } else { ends[0]..ends[1] }
        };
        let answer = |items: &Items<'_>, at: usize| self.answer(items, values.is_valid(at).then(|| wanted.row(at)));
        if lists.len() == 1 {
            let items = Items::new(&rows, lists.values(), range(0), self == Self::AnyEqual);
            return Ok((0..values.len()).map(|at| answer(&items, at)).collect());
        }
        Ok((0..values.len()).map(|at| answer(&Items::new(&rows, lists.values(), range(at), false), at)).collect())
    }

    fn answer(self, items: &Items<'_>, value: Option<Row<'_>>) -> Option<bool> {
        let is_all = self == Self::AllEqual;
        if items.range.is_empty() {
            return Some(is_all);
        }
        let value = value?;
        let decides = items.least_and_greatest.is_some_and(|(least, greatest)| match self {
            Self::AnyEqual => items.has(value),
            Self::AllEqual => value != least || value != greatest,
            Self::AnyGreater => value > least,
            Self::AnyAtLeast => value >= least,
            Self::AnyLess => value < greatest,
            Self::AnyAtMost => value <= greatest,
        });
        match (decides, items.has_null) {
            (true, _) => Some(!is_all),
            (false, true) => None,
            (false, false) => Some(is_all),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::Int64Type;

    use super::*;

    fn asked(asked: Asked, list: Vec<Option<i64>>, value: Option<i64>) -> Option<bool> {
        let many = [Some(list.clone()), Some(list)];
        let values: ArrayRef = Arc::new(Int64Array::from(vec![value; 2]));
        let one: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(many[..1].to_vec()));
        let two: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(many));
        let (once, beside) = (asked.answers(&one, &values).unwrap(), asked.answers(&two, &values).unwrap());
        assert_eq!(once, beside, "an array for all is as one beside each");
        once.iter().next().unwrap()
    }

    #[test]
    fn a_null_is_what_it_might_be() {
        let (one, two, three) = (Some(1), Some(2), Some(3));
        let items = || vec![one, three, None];
        assert_eq!([one, two, None].map(|x| asked(Asked::AnyEqual, items(), x)), [Some(true), None, None]);
        assert_eq!([one, two].map(|x| asked(Asked::AnyEqual, vec![one, three], x)), [Some(true), Some(false)]);
        assert_eq!([one, three].map(|x| asked(Asked::AnyGreater, items(), x)), [None, Some(true)]);
        assert_eq!([one, two].map(|x| asked(Asked::AnyAtMost, vec![one], x)), [Some(true), Some(false)]);
        assert_eq!([one, two].map(|x| asked(Asked::AllEqual, vec![one, one], x)), [Some(true), Some(false)]);
        assert_eq!([one, two].map(|x| asked(Asked::AllEqual, vec![one, None], x)), [None, Some(false)]);
    }

    #[test]
    fn of_no_rows_nothing_is_among_them_and_all_are_alike() {
        for value in [Some(1), None] {
            assert_eq!(asked(Asked::AnyEqual, Vec::new(), value), Some(false));
            assert_eq!(asked(Asked::AllEqual, Vec::new(), value), Some(true));
        }
        let nothing: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, Vec<Option<i64>>, _>([None, None]));
        let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        assert_eq!(Asked::AnyLess.answers(&nothing, &values).unwrap(), BooleanArray::from(vec![false, false]));
    }
}
