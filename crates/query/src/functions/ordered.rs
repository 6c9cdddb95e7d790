//! `percentile_disc(q) WITHIN GROUP (ORDER BY x)` and `mode() WITHIN GROUP (ORDER BY x)`: values that were there, of any type that can be sorted, as
//! PostgreSQL picks them. NULL is left out; no value at all gives NULL. All values of a group are held in memory.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayData, ArrayRef, AsArray as _, ListArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{SortOptions, cast, concat, filter, is_not_null, partition, sort, sort_to_indices};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::share::{is_descending, share};

/// The functions of this file.
pub(super) fn functions() -> [AggregateUDF; 2] {
    let function = |name, arguments| AggregateUDF::from(Ordered { name, signature: Signature::any(arguments, Volatility::Immutable) });
    [function(PERCENTILE_DISC, 2), function("mode", 1)]
}

const PERCENTILE_DISC: &str = "percentile_disc";

#[derive(Debug, PartialEq, Eq, Hash)]
struct Ordered {
    name: &'static str,
    signature: Signature,
}

/// Which value.
#[derive(Debug, Clone, Copy)]
enum Pick {
    /// The first that this share of all does not go beyond.
    At(f64),
    /// The one that is there most often; of several the first.
    MostFrequent,
}

impl AggregateUDFImpl for Ordered {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments.first() {
            Some(kind) if !kind.is_nested() => Ok(kind.clone()),
            _ => plan_err!("{} WITHIN GROUP (ORDER BY ...) takes one value that can be sorted", self.name),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = DataType::List(item(&kept(args.input_fields[0].data_type())));
        Ok(vec![Arc::new(Field::new(format!("{}[values]", args.name), list, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return plan_err!("{} takes no DISTINCT", self.name);
        }
        let pick = if self.name == PERCENTILE_DISC { Pick::At(share(&args)?) } else { Pick::MostFrequent };
        Ok(Box::new(Values { kind: args.expr_fields[0].data_type().clone(), kept: Vec::new(), is_descending: is_descending(&args), pick }))
    }

    fn supports_within_group_clause(&self) -> bool {
        true
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        // They are sorted here, without NULL.
        AggregateOrderSensitivity::Insensitive
    }
}

/// How values are kept: a part of an array of views holds all that the array points to, and so does what many parts are put together to.
fn kept(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        other => other.clone(),
    }
}

fn item(kind: &DataType) -> FieldRef {
    Arc::new(Field::new_list_field(kind.clone(), true))
}

/// The values of a group.
#[derive(Debug)]
struct Values {
    kind: DataType,
    kept: Vec<ArrayRef>,
    is_descending: bool,
    pick: Pick,
}

impl Values {
    fn keep(&mut self, values: &ArrayRef) -> Result<()> {
        let values = if values.null_count() == 0 { Arc::clone(values) } else { filter(values, &is_not_null(values)?)? };
        let values = cast(&values, &kept(&self.kind))?;
        if !values.is_empty() {
            self.kept.push(values);
        }
        Ok(())
    }

    fn all(&self) -> Result<ArrayRef> {
        let parts: Vec<_> = self.kept.iter().map(AsRef::as_ref).collect();
        Ok(if parts.is_empty() { new_empty_array(&kept(&self.kind)) } else { concat(&parts)? })
    }
}

impl Accumulator for Values {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.keep(&values[0])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        states[0].as_list::<i32>().iter().flatten().try_for_each(|values| self.keep(&values))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let all = self.all()?;
        self.kept.clear();
        let list = ListArray::try_new(item(&kept(&self.kind)), OffsetBuffer::from_lengths([all.len()]), all, None)?;
        Ok(vec![ScalarValue::List(Arc::new(list))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let all = self.all()?;
        if all.is_empty() {
            return ScalarValue::try_from(&self.kind);
        }
        let options = SortOptions { descending: self.is_descending, nulls_first: false };
        match self.pick {
            Pick::At(share) => {
                let place = (share * all.len() as f64).ceil() as usize;
                let order = sort_to_indices(&all, Some(options), Some(place.max(1)))?;
                ScalarValue::try_from_array(&all, order.value(place.max(1) - 1) as usize)?.cast_to(&self.kind)
            }
            Pick::MostFrequent => {
                let sorted = sort(&all, Some(options))?;
                let same = partition(&[Arc::clone(&sorted)])?.ranges();
                let most = same.iter().map(ExactSizeIterator::len).max();
                let first = same.iter().find(|range| Some(range.len()) == most).map_or(0, |range| range.start);
                ScalarValue::try_from_array(&sorted, first)?.cast_to(&self.kind)
            }
        }
    }

    fn size(&self) -> usize {
        // Groups have parts of arrays that they share: each counts its own.
        let part = |values: &ArrayRef| values.to_data().get_slice_memory_size().unwrap_or(usize::MAX / 2) + size_of::<ArrayData>();
        size_of_val(self) + self.kept.iter().map(part).fold(0, usize::saturating_add)
    }
}
