//! `quantile_r7(x, q)` and `percentile_cont(q) WITHIN GROUP (ORDER BY x)`: the exact quantile with linear interpolation, Hyndman and Fan's type 7:
//! at 1 + q (n - 1) of the sorted values, fractions between neighbours.
//!
//! The engine's own `percentile_cont`, which this stands for, rounds the fraction down to a millionth, so 0.3 may become 0.299999; a number that is
//! checked to the last unit must not. NULL is left out; no value at all gives NULL. All values of a group are held in memory.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Float64Builder, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility};

use super::share::{is_descending, share};

/// The functions of this file.
pub(super) fn functions() -> [AggregateUDF; 2] {
    let signature = Signature::user_defined(Volatility::Immutable);
    let plain = Quantile { name: "quantile_r7", aliases: Vec::new(), signature: signature.clone() };
    [AggregateUDF::from(plain), AggregateUDF::from(Quantile { name: PERCENTILE_CONT, aliases: vec!["quantile_cont".into()], signature })]
}

const PERCENTILE_CONT: &str = "percentile_cont";

#[derive(Debug, PartialEq, Eq, Hash)]
struct Quantile {
    name: &'static str,
    aliases: Vec<String>,
    signature: Signature,
}

impl AggregateUDFImpl for Quantile {
    fn name(&self) -> &'static str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [DataType::Duration(_), share] if is_number(share) => Ok(vec![SPAN, DataType::Float64]),
            [value, share] if is_number(value) && is_number(share) => Ok(vec![DataType::Float64, DataType::Float64]),
            _ => plan_err!("{} takes numbers or spans between two times, and a share from 0 to 1", self.name),
        }
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments.first().cloned().unwrap_or(DataType::Float64))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[values]", args.name), list_type(), true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return plan_err!("{} takes no DISTINCT", self.name);
        }
        Ok(Box::new(One { values: Vec::new(), q: from_below(&args)?, kind: args.expr_fields[0].data_type().clone() }))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        !args.is_distinct
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Many { groups: Vec::new(), q: from_below(&args)?, kind: args.expr_fields[0].data_type().clone() }))
    }

    fn supports_within_group_clause(&self) -> bool {
        self.name == PERCENTILE_CONT
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

const SPAN: DataType = DataType::Duration(TimeUnit::Microsecond);

fn is_number(kind: &DataType) -> bool {
    kind.is_numeric() || kind.is_null()
}

/// The values as numbers: those of a span are its microseconds.
fn numbers(values: &ArrayRef) -> Result<Float64Array> {
    let plain = if *values.data_type() == SPAN { cast(values, &DataType::Int64)? } else { Arc::clone(values) };
    Ok(cast(&plain, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
}

/// Numbers as values of their kind.
fn values(numbers: Float64Array, kind: &DataType) -> Result<ArrayRef> {
    if *kind != SPAN {
        return Ok(Arc::new(numbers));
    }
    let whole: Float64Array = numbers.unary(f64::round);
    Ok(cast(&cast(&whole, &DataType::Int64)?, kind)?)
}

fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Float64, true))
}

fn list_type() -> DataType {
    DataType::List(item())
}

/// The share, counted from the end where the largest come first.
fn from_below(args: &AccumulatorArgs) -> Result<f64> {
    share(args).map(|share| if is_descending(args) { 1.0 - share } else { share })
}

/// The quantile of values in any order, which are moved about.
fn quantile(values: &mut [f64], q: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    #[allow(clippy::cast_precision_loss, reason = "no group has 2^53 values")]
    let place = q * last as f64;
    // q (n - 1) that should be whole may miss it by a rounding error; neither side then changes the result beyond that error.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= place <= last")]
    let below = (place.floor() as usize).min(last);
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let Some(high) = above.iter().copied().min_by(f64::total_cmp) else { return Some(low) };
    #[allow(clippy::cast_precision_loss, reason = "no group has 2^53 values")]
    let fraction = place - below as f64;
    Some(if fraction == 0.0 { low } else { low + (high - low) * fraction })
}

fn lists(groups: Vec<Vec<f64>>) -> Result<ArrayRef> {
    let offsets = OffsetBuffer::<i32>::from_lengths(groups.iter().map(Vec::len));
    let values: Float64Array = groups.into_iter().flatten().map(Some).collect();
    Ok(Arc::new(ListArray::try_new(item(), offsets, Arc::new(values), None)?))
}

#[derive(Debug)]
struct One {
    values: Vec<f64>,
    q: f64,
    kind: DataType,
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.extend(numbers(&values[0])?.iter().flatten());
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for list in states[0].as_list::<i32>().iter().flatten() {
            self.values.extend(list.as_primitive::<Float64Type>().iter().flatten());
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let list = lists(vec![std::mem::take(&mut self.values)])?;
        Ok(vec![ScalarValue::try_from_array(&list, 0)?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let found: Float64Array = [quantile(&mut self.values, self.q)].into_iter().collect();
        ScalarValue::try_from_array(&values(found, &self.kind)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<f64>()
    }
}

#[derive(Debug)]
struct Many {
    groups: Vec<Vec<f64>>,
    q: f64,
    kind: DataType,
}

impl GroupsAccumulator for Many {
    fn update_batch(&mut self, values: &[ArrayRef], groups: &[usize], filter: Option<&BooleanArray>, total: usize) -> Result<()> {
        self.groups.resize(total, Vec::new());
        let column = numbers(&values[0])?;
        for (row, group) in groups.iter().enumerate() {
            if column.is_valid(row) && filter.is_none_or(|f| f.is_valid(row) && f.value(row)) {
                self.groups[*group].push(column.value(row));
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.groups.resize(total, Vec::new());
        for (list, group) in states[0].as_list::<i32>().iter().zip(groups) {
            if let Some(list) = list {
                self.groups[*group].extend(list.as_primitive::<Float64Type>().iter().flatten());
            }
        }
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![lists(emit.take_needed(&mut self.groups))?])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut groups = emit.take_needed(&mut self.groups);
        let mut out = Float64Builder::with_capacity(groups.len());
        for group in &mut groups {
            out.append_option(quantile(group, self.q));
        }
        values(out.finish(), &self.kind)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let column = numbers(&values[0])?;
        let Ok(rows) = i32::try_from(column.len()) else { return exec_err!("quantile_r7: a batch of {} rows", column.len()) };
        let kept = filter.map(|f| f.iter().map(|keep| keep == Some(true)).collect::<NullBuffer>());
        let nulls = NullBuffer::union(column.nulls(), kept.as_ref());
        let offsets = OffsetBuffer::new((0..=rows).collect());
        let plain = Float64Array::new(column.values().clone(), None);
        Ok(vec![Arc::new(ListArray::try_new(item(), offsets, Arc::new(plain), nulls)?)])
    }

    fn size(&self) -> usize {
        let held: usize = self.groups.iter().map(|g| g.capacity() * size_of::<f64>()).sum();
        held + self.groups.capacity() * size_of::<Vec<f64>>()
    }
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_are_those_of_type_7() {
        let mut eight = [80.0, 10.0, 30.0, 20.0, 70.0, 60.0, 50.0, 40.0];
        for (q, want) in [(0.0, 10.0), (0.1, 17.0), (0.5, 45.0), (0.9, 73.0), (0.95, 76.5), (1.0, 80.0)] {
            let got = quantile(&mut eight, q);
            assert!(got.is_some_and(|g| (g - want).abs() < 1e-12), "{q}: {got:?}, want {want}");
        }
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(quantile(&mut [7.0], 0.3), Some(7.0));
    }
}
