//! `sum` of whole numbers that do not fit into eight bytes is an error: the engine's goes round, and a total that is wrong looks like any other.
//!
//! PostgreSQL's is `numeric` and fits; ours stays a `bigint` (ADR 0017). Everything else is the engine's own `sum`, which this one wraps.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, EmitTo, Expr, GroupsAccumulator, Operator, ReversedUDAF, SetMonotonicity,
    Signature, StatisticsArgs,
};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::prim_op::PrimitiveGroupsAccumulator;

/// The function.
pub(super) fn function() -> AggregateUDF {
    AggregateUDF::from(Total { engines: Sum::new() })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Total {
    engines: Sum,
}

fn is_whole(args: &AccumulatorArgs<'_>) -> bool {
    !args.is_distinct && args.return_field.data_type() == &DataType::Int64
}

fn too_large<T>() -> Result<T> {
    exec_err!(
        "bigint out of range: this sum of whole numbers is beyond 9.2 quintillion; sum(x::double precision) or sum(x::numeric) has room"
    )
}

impl AggregateUDFImpl for Total {
    fn name(&self) -> &str {
        self.engines.name()
    }

    fn signature(&self) -> &Signature {
        self.engines.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.engines.return_type(arguments)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.engines.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if is_whole(&args) { Ok(Box::new(One::default())) } else { self.engines.accumulator(args) }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.engines.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        if !is_whole(&args) {
            return self.engines.create_groups_accumulator(args);
        }
        let has_gone_round = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&has_gone_round);
        let add = move |sum: &mut i64, value: i64| {
            let (next, is_over) = sum.overflowing_add(value);
            *sum = next;
            if is_over {
                flag.store(true, Ordering::Relaxed);
            }
        };
        Ok(Box::new(Groups { sums: PrimitiveGroupsAccumulator::<Int64Type, _>::new(&DataType::Int64, add), has_gone_round }))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if is_whole(&args) { Ok(Box::new(One::default())) } else { self.engines.create_sliding_accumulator(args) }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        self.engines.reverse_expr()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.engines.order_sensitivity()
    }

    fn set_monotonicity(&self, kind: &DataType) -> SetMonotonicity {
        self.engines.set_monotonicity(kind)
    }

    fn simplify_expr_op_literal(
        &self,
        sum: &AggregateFunction,
        argument: &Expr,
        op: Operator,
        literal: &Expr,
        is_left: bool,
    ) -> Result<Option<Expr>> {
        self.engines.simplify_expr_op_literal(sum, argument, op, literal, is_left)
    }

    fn value_from_stats(&self, statistics: &StatisticsArgs<'_>) -> Option<ScalarValue> {
        self.engines.value_from_stats(statistics)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.engines.documentation()
    }
}

/// The sum of one group, or of a window that slides. Sixteen bytes, so that it may go beyond and come back.
#[derive(Debug, Default)]
struct One {
    sum: i128,
    /// How many values are in it: nothing sums up to NULL.
    values: u64,
}

impl One {
    fn of(values: &ArrayRef) -> (i128, u64) {
        let values = values.as_primitive::<Int64Type>();
        let sum = match values.nulls() {
            None => values.values().iter().map(|value| i128::from(*value)).sum(),
            Some(_) => values.iter().flatten().map(i128::from).sum(),
        };
        (sum, (values.len() - values.null_count()) as u64)
    }
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (sum, count) = Self::of(&values[0]);
        self.sum += sum;
        self.values += count;
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (sum, count) = Self::of(&values[0]);
        self.sum -= sum;
        self.values = self.values.saturating_sub(count);
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.values == 0 {
            return Ok(ScalarValue::Int64(None));
        }
        i64::try_from(self.sum).map_or_else(|_| too_large(), |sum| Ok(sum.into()))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The sums of all groups; one that has gone round spoils the answer.
struct Groups<A> {
    sums: A,
    has_gone_round: Arc<AtomicBool>,
}

impl<A> Groups<A> {
    fn checked(&self) -> Result<()> {
        if self.has_gone_round.load(Ordering::Relaxed) { too_large() } else { Ok(()) }
    }
}

impl<A> fmt::Debug for Groups<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Groups").field("has_gone_round", &self.has_gone_round).finish_non_exhaustive()
    }
}

impl<A: GroupsAccumulator> GroupsAccumulator for Groups<A> {
    fn update_batch(&mut self, values: &[ArrayRef], groups: &[usize], filter: Option<&BooleanArray>, total: usize) -> Result<()> {
        self.sums.update_batch(values, groups, filter, total)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.sums.merge_batch(values, groups, total)
    }

    fn evaluate(&mut self, which: EmitTo) -> Result<ArrayRef> {
        self.checked()?;
        self.sums.evaluate(which)
    }

    fn state(&mut self, which: EmitTo) -> Result<Vec<ArrayRef>> {
        self.checked()?;
        self.sums.state(which)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        self.sums.convert_to_state(values, filter)
    }

    fn size(&self) -> usize {
        self.sums.size()
    }
}
