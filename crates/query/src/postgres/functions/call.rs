//! A function that is computed value by value: enough for a catalogue, whose rows are few.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility};

use super::super::types::TYPE_KEY;

/// Computes one value.
type Body = Arc<dyn Fn(&[ScalarValue]) -> Result<ScalarValue> + Send + Sync>;
/// The type of the result, from those of the arguments.
type Returns = Arc<dyn Fn(&[DataType]) -> DataType + Send + Sync>;

/// A function with a name, how many arguments it takes and of which type its result is.
pub(in super::super) struct Function {
    name: &'static str,
    signature: Signature,
    returns: Returns,
    /// PostgreSQL's type where Arrow's is not enough.
    told: Option<&'static str>,
    /// Whether NULL for any argument gives NULL.
    is_strict: bool,
    /// Whether it tells of the session that calls it.
    is_of_session: bool,
    body: Body,
}

impl Function {
    /// A function whose result has always the same type.
    pub(super) fn new(
        name: &'static str,
        arguments: RangeInclusive<usize>,
        returns: DataType,
        body: impl Fn(&[ScalarValue]) -> Result<ScalarValue> + Send + Sync + 'static,
    ) -> Self {
        Self::generic(name, arguments, move |_| returns.clone(), body)
    }

    /// A function whose result depends on its arguments' types.
    pub(super) fn generic(
        name: &'static str,
        arguments: RangeInclusive<usize>,
        returns: impl Fn(&[DataType]) -> DataType + Send + Sync + 'static,
        body: impl Fn(&[ScalarValue]) -> Result<ScalarValue> + Send + Sync + 'static,
    ) -> Self {
        let counts = arguments.map(|n| if n == 0 { TypeSignature::Nullary } else { TypeSignature::Any(n) });
        let signature = Signature::one_of(counts.collect(), Volatility::Stable);
        Self { name, signature, returns: Arc::new(returns), told: None, is_strict: true, is_of_session: false, body: Arc::new(body) }
    }

    /// Says which of PostgreSQL's types the result has.
    pub(super) const fn told(mut self, kind: &'static str) -> Self {
        self.told = Some(kind);
        self
    }

    /// Calls the body where the statement runs, never when it is only planned: it does something.
    pub(super) fn at_each_row(mut self) -> Self {
        self.signature.volatility = Volatility::Volatile;
        self
    }

    /// Tells of the session that calls it, beyond its user, rights, zone and search path.
    pub(super) const fn of_session(mut self) -> Self {
        self.is_of_session = true;
        self
    }

    /// Whether all sessions of the same user, rights, zone and search path get the same from it.
    pub(in super::super) const fn is_of_all(&self) -> bool {
        !self.is_of_session
    }

    /// Calls the body for NULL too.
    pub(super) const fn with_nulls(mut self) -> Self {
        self.is_strict = false;
        self
    }

    fn value(&self, arguments: &[ScalarValue], returns: &DataType) -> Result<ScalarValue> {
        if self.is_strict && arguments.iter().any(ScalarValue::is_null) {
            return ScalarValue::try_from(returns);
        }
        let value = (self.body)(arguments)?;
        if value.is_null() { ScalarValue::try_from(returns) } else { Ok(value) }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.body, &other.body)
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok((self.returns)(arguments))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let kinds: Vec<DataType> = args.arg_fields.iter().map(|f| f.data_type().clone()).collect();
        let field = Field::new(self.name, (self.returns)(&kinds), true);
        Ok(Arc::new(match self.told {
            Some(kind) => field.with_metadata([(TYPE_KEY.to_owned(), kind.to_owned())].into()),
            None => field,
        }))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let returns = args.return_field.data_type();
        if args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_))) {
            let values = args.args.iter().filter_map(|a| if let ColumnarValue::Scalar(v) = a { Some(v.clone()) } else { None });
            return Ok(ColumnarValue::Scalar(self.value(&values.collect::<Vec<_>>(), returns)?));
        }
        let columns: Vec<ArrayRef> = args.args.iter().map(|a| a.to_array(args.number_rows)).collect::<Result<_>>()?;
        if args.number_rows == 0 {
            return Ok(ColumnarValue::Array(arrow::array::new_empty_array(returns)));
        }
        let mut values = Vec::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let arguments: Vec<ScalarValue> = columns.iter().map(|c| ScalarValue::try_from_array(c, row)).collect::<Result<_>>()?;
            values.push(self.value(&arguments, returns)?);
        }
        Ok(ColumnarValue::Array(ScalarValue::iter_to_array(values)?))
    }
}

/// A text, whichever way it is kept.
pub(super) fn text(value: &ScalarValue) -> Option<&str> {
    value.try_as_str().flatten()
}

/// A whole number, also one that is written as text.
pub(super) fn number(value: &ScalarValue) -> Option<i64> {
    match value.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(number)) => number,
        _ => None,
    }
}

/// An OID.
pub(super) fn oid(value: &ScalarValue) -> Option<i32> {
    number(value).and_then(|n| i32::try_from(n).ok())
}

/// A text as the result.
pub(super) fn give(text: impl Into<String>) -> Result<ScalarValue> {
    Ok(ScalarValue::Utf8(Some(text.into())))
}

/// A text or NULL as the result.
pub(super) const fn give_any(text: Option<String>) -> Result<ScalarValue> {
    Ok(ScalarValue::Utf8(text))
}

/// A list of texts as the result.
pub(super) fn give_texts(texts: impl Iterator<Item = String>) -> Result<ScalarValue> {
    let texts: Vec<ScalarValue> = texts.map(ScalarValue::from).collect();
    Ok(ScalarValue::List(ScalarValue::new_list_nullable(&texts, &DataType::Utf8)))
}

/// The whole numbers of a list; none where it is no list.
pub(super) fn numbers(list: &ScalarValue) -> Vec<i64> {
    let ScalarValue::List(list) = list else { return Vec::new() };
    let items = cast(list.values(), &DataType::Int64);
    items.map(|items| items.as_primitive::<Int64Type>().iter().flatten().collect()).unwrap_or_default()
}

/// A truth as the result.
pub(super) const fn say(is_so: bool) -> Result<ScalarValue> {
    Ok(ScalarValue::Boolean(Some(is_so)))
}
