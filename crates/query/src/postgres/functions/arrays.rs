//! Bounds and subscripts of arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, ScalarValue};

use super::call::{Function, number};
use super::list_of;

/// The functions of this file. `pg_subscripts(array, first)` and `pg_expandarray(array, first)` are what the rewriting makes of
/// `generate_subscripts` and `_pg_expandarray`: arrays, to be unnested.
pub(super) fn functions() -> Vec<Function> {
    let bound = |name: &'static str, of: fn(usize) -> Option<i32>| {
        Function::new(name, 2..=2, DataType::Int32, move |arguments| {
            let length = arguments.first().and_then(items).map_or(0, |items| items.len());
            let is_first = arguments.get(1).and_then(number) == Some(1);
            Ok(ScalarValue::Int32(of(length).filter(|_| is_first && length > 0)))
        })
    };
    let subscripts = |arguments: &[ScalarValue]| {
        let length = arguments.first().and_then(items).map_or(0, |items| items.len());
        let first = arguments.get(1).and_then(number).unwrap_or(1);
        let all: Vec<ScalarValue> = (first..).take(length).map(|n| ScalarValue::Int32(i32::try_from(n).ok())).collect();
        Ok(ScalarValue::List(ScalarValue::new_list_nullable(&all, &DataType::Int32)))
    };
    vec![
        bound("array_upper", |length| i32::try_from(length).ok()),
        bound("array_lower", |_| Some(1)),
        Function::new("pg_subscripts", 2..=2, list_of(DataType::Int32), subscripts),
        Function::generic("pg_expandarray", 1..=1, |kinds| list_of(pair(kinds.first())), expand),
    ]
}

/// The items of an array.
fn items(value: &ScalarValue) -> Option<ArrayRef> {
    match value {
        ScalarValue::List(list) if list.is_valid(0) => Some(list.value(0)),
        _ => None,
    }
}

fn pair_fields(item: &DataType) -> Fields {
    Fields::from(vec![Field::new("x", item.clone(), true), Field::new("n", DataType::Int32, true)])
}

fn pair(list: Option<&DataType>) -> DataType {
    match list {
        Some(DataType::List(item)) => DataType::Struct(pair_fields(item.data_type())),
        _ => DataType::Struct(pair_fields(&DataType::Int16)),
    }
}

fn expand(arguments: &[ScalarValue]) -> Result<ScalarValue> {
    let Some(items) = arguments.first().and_then(items) else { return Ok(ScalarValue::Null) };
    let places: Int32Array = (1..).take(items.len()).collect::<Vec<i32>>().into();
    let kind = items.data_type().clone();
    let pairs = StructArray::try_new(pair_fields(&kind), vec![items, Arc::new(places)], None)?;
    let all: Vec<ScalarValue> = (0..pairs.len()).map(|at| ScalarValue::try_from_array(&pairs, at)).collect::<Result<_>>()?;
    Ok(ScalarValue::List(ScalarValue::new_list_nullable(&all, &DataType::Struct(pair_fields(&kind)))))
}
