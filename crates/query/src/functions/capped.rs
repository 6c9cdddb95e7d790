//! Functions that make large values out of small ones, with a limit: their memory is no part of the pool that questions share, so that one call
//! could take all there is.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, resources_datafusion_err};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};
use datafusion::prelude::SessionContext;

/// Bytes that one call may make for the rows of a batch (8,192): 64 MiB.
pub(crate) const MADE_BYTES: i64 = 64 << 20;

/// What a call makes of its arguments, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Size {
    /// The text of the first as often as the second says.
    Repeated,
    /// As many characters as the second says.
    Padded,
    /// As many elements as the second says.
    Elements,
    /// Numbers from the first to the second, by the third.
    Series,
}

/// A function with a limit.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Capped {
    inner: Arc<ScalarUDF>,
    size: Size,
}

/// Puts limits on such functions of a session, and takes away those that tell of files.
pub(crate) fn cap(context: &SessionContext) {
    let sizes = [
        ("repeat", Size::Repeated),
        ("lpad", Size::Padded),
        ("rpad", Size::Padded),
        ("array_repeat", Size::Elements),
        ("range", Size::Series),
        ("generate_series", Size::Series),
    ];
    // What these tell is the server's own: names of files.
    for name in ["input_file_name", "file_row_index"] {
        context.deregister_udf(name);
    }
    let state = context.state();
    for (name, size) in sizes {
        if let Some(inner) = state.scalar_functions().get(name) {
            context.register_udf(ScalarUDF::new_from_impl(Capped { inner: Arc::clone(inner), size }));
        }
    }
}

impl Capped {
    fn bytes(&self, args: &[ColumnarValue], rows: usize) -> Result<i64> {
        let number = |at: usize| args.get(at).map(|value| numbers(value, rows)).transpose().map(Option::flatten);
        let (first, second, third) = (number(0)?, number(1)?, number(2)?);
        let of = |list: &Option<Int64Array>, i: usize| list.as_ref().filter(|list| list.is_valid(i)).map_or(0, |list| list.value(i));
        let lengths = match self.size {
            Size::Repeated => Some(lengths(&args[0], rows)?),
            _ => None,
        };
        let row = |i: usize| match self.size {
            Size::Repeated => of(&lengths, i).saturating_mul(of(&second, i).max(0)),
            Size::Padded => of(&second, i).max(0).saturating_mul(4),
            Size::Elements => of(&second, i).max(0).saturating_mul(16),
            Size::Series => {
                let (from, to) = if second.is_some() { (of(&first, i), of(&second, i)) } else { (0, of(&first, i)) };
                let step = of(&third, i).saturating_abs().max(1);
                (to.saturating_sub(from).saturating_abs() / step).saturating_add(1).saturating_mul(8)
            }
        };
        Ok((0..rows).fold(0_i64, |sum, i| sum.saturating_add(row(i))))
    }
}

/// An argument as whole numbers; `None` for one that is none, as an instant.
fn numbers(value: &ColumnarValue, rows: usize) -> Result<Option<Int64Array>> {
    let kind = value.data_type();
    if !kind.is_integer() {
        return Ok(None);
    }
    let array = value.to_array(rows)?;
    Ok(Some(cast(&array, &DataType::Int64)?.as_primitive::<Int64Type>().clone()))
}

/// Bytes of texts.
fn lengths(value: &ColumnarValue, rows: usize) -> Result<Int64Array> {
    let text = cast(&value.to_array(rows)?, &DataType::Utf8View)?;
    Ok(text.as_string_view().iter().map(|text| text.map(|text| text.len() as i64)).collect())
}

impl ScalarUDFImpl for Capped {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arg_types)
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        // Arguments that are the same for all rows are worked out once.
        let is_once = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let bytes = self.bytes(&args.args, if is_once { 1 } else { args.number_rows })?;
        if bytes > MADE_BYTES {
            return Err(resources_datafusion_err!("{} would make about {bytes} bytes at once, {MADE_BYTES} are allowed", self.name()));
        }
        self.inner.invoke_with_args(args)
    }
}
