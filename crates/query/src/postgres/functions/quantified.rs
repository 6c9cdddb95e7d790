//! `any_eq(array, x)` and its kin, which are what `x = ANY (SELECT …)` means where the engine cannot be asked for it: the rows of the query are an
//! array, in order (`pg_sorted`). Its answer is PostgreSQL's: NULL where a NULL might have been the one, and where there are no rows no value is among
//! them.
//!
//! What is not there is the contrary of what is: `x < ALL` is `NOT x >= ANY`, `x <> ANY` is `NOT x = ALL`.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, DynComparator, ListArray, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::super::types::{of_type, written};
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
        let of = |(name, asked)| Self { name, asked, signature: Signature::user_defined(Volatility::Immutable) };
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

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        let [list, value] = arguments else { return plan_err!("{} takes an array and a value", self.name) };
        let item = match list {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => item.data_type(),
            DataType::Null => value,
            other => return plan_err!("{} takes an array, not {other}", self.name),
        };
        let common = comparison_coercion(item, value).filter(|common| keeps_order(item, common));
        if common.is_none() && item.is_string() {
            let kind = written(of_type(value).oid, None);
            return plan_err!("{kind} and text are not compared: cast one of them to the type of the other");
        }
        let common = common.unwrap_or_else(|| item.clone());
        Ok(vec![list_of(common.clone()), common])
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

/// Whether items in order are in order still when they are made another type. Numbers as text are not: there a value is read as a number.
fn keeps_order(from: &DataType, to: &DataType) -> bool {
    from == to
        || from.is_null()
        || (from.is_numeric() && to.is_numeric())
        || (from.is_string() && to.is_string())
        || (from.is_temporal() && to.is_temporal())
}

/// The items of an array: those that are known, in order, and whether there are others.
#[derive(Clone)]
struct Items {
    known: Range<usize>,
    has_null: bool,
}

impl Items {
    fn of(lists: &ListArray, at: usize) -> Self {
        let [from, to] = [at, at + 1].map(|at| usize::try_from(lists.value_offsets()[at]).unwrap_or_default());
        // Where there is no array there are no rows.
        if lists.is_null(at) || from == to {
            return Self { known: from..from, has_null: false };
        }
        let nulls = lists.values().nulls().map_or(0, |nulls| nulls.slice(from, to - from).null_count());
        Self { known: from..to - nulls, has_null: nulls > 0 }
    }

    /// Whether one of them is the value, as which `compare` ranks an item.
    fn has(&self, compare: impl Fn(usize) -> Ordering) -> bool {
        let (mut from, mut to) = (self.known.start, self.known.end);
        while from < to {
            let middle = from + (to - from) / 2;
            match compare(middle) {
                Ordering::Equal => return true,
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
            }
        }
        false
    }
}

impl Asked {
    /// One answer for each value; of the one array where there is one, else of the array beside it.
    fn answers(self, lists: &ArrayRef, values: &ArrayRef) -> Result<BooleanArray> {
        let lists: &ListArray = lists.as_list();
        let compare = make_comparator(lists.values(), values, SortOptions::default())?;
        let one = (lists.len() == 1).then(|| Items::of(lists, 0));
        let answer = |at: usize| {
            let items = one.clone().unwrap_or_else(|| Items::of(lists, at));
            self.answer(&items, &compare, Some(at).filter(|at| values.is_valid(*at)))
        };
        Ok((0..values.len()).map(answer).collect())
    }

    fn answer(self, items: &Items, compare: &DynComparator, value: Option<usize>) -> Option<bool> {
        let is_all = self == Self::AllEqual;
        if items.known.is_empty() && !items.has_null {
            return Some(is_all);
        }
        let value = value?;
        let decides = !items.known.is_empty() && {
            let (least, greatest) = (compare(items.known.start, value), compare(items.known.end - 1, value));
            match self {
                Self::AnyEqual => items.has(|item| compare(item, value)),
                Self::AllEqual => least.is_ne() || greatest.is_ne(),
                Self::AnyGreater => least.is_lt(),
                Self::AnyAtLeast => least.is_le(),
                Self::AnyLess => greatest.is_gt(),
                Self::AnyAtMost => greatest.is_ge(),
            }
        };
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
    fn items_are_compared_as_what_keeps_them_in_order() {
        let any = &Quantified::all()[0];
        let types = |item: DataType, value: DataType| any.coerce_types(&[list_of(item), value]).unwrap()[1].clone();
        assert_eq!(types(DataType::Int64, DataType::Utf8), DataType::Int64, "a text is read as a number");
        assert_eq!(types(DataType::Int32, DataType::Float64), DataType::Float64);
        assert_eq!(types(DataType::Utf8View, DataType::Utf8), DataType::Utf8View);
        assert_eq!(types(DataType::Null, DataType::Int64), DataType::Int64);
        let said = any.coerce_types(&[list_of(DataType::Utf8), DataType::Int64]).unwrap_err().to_string();
        assert!(said.contains("cast one of them"), "{said}");
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
