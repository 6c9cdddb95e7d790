//! Rows on their way to a client: Arrow columns as text or in binary, one `DataRow` per row.
//!
//! Each column of a batch becomes one closure that writes the value of a row; a row is the closures one after the other into the buffer that
//! goes out. Nothing is allocated per value. Formats: PostgreSQL documentation, "Frontend/Backend Protocol", and the `*send` functions of its types.

mod binary;
mod numeric;
pub(crate) mod temporal;
mod text;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use bytes::{BufMut, BytesMut};
use jiff::tz::TimeZone;
use trunkline_query::postgres::of_field;

use super::types;

/// How values look to this session.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// Zone in which instants are written as text.
    pub(crate) zone: TimeZone,
    /// Whether intervals are `P1DT2H` and not `1 day 02:00:00`.
    pub(crate) has_iso_intervals: bool,
}

/// Writes the value of a row. It is not NULL.
type Put<'a> = Box<dyn Fn(usize, &mut BytesMut) + Send + 'a>;

/// Format of a value: text, or each type's own bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Binary,
}

impl Format {
    /// The format of column `i` by the codes of a Bind: none is text, one is for all. `None` for a code that does not exist, or too few codes.
    pub(crate) fn of(codes: &[i16], i: usize) -> Option<Self> {
        let code = match codes {
            [] => 0,
            [one] => *one,
            many => *many.get(i)?,
        };
        match code {
            0 => Some(Self::Text),
            1 => Some(Self::Binary),
            _ => None,
        }
    }

    pub(crate) const fn code(self) -> i16 {
        match self {
            Self::Text => 0,
            Self::Binary => 1,
        }
    }
}

/// The columns of a batch, ready to be written.
pub(crate) struct Rows<'a> {
    columns: Vec<(Option<NullBuffer>, Put<'a>)>,
}

impl<'a> Rows<'a> {
    /// `formats`: one per column.
    ///
    /// # Errors
    /// A column whose type cannot be written.
    pub(crate) fn of(batch: &'a RecordBatch, formats: &[Format], look: &'a Look) -> Result<Self, ArrowError> {
        let columns = batch.schema_ref().fields().iter().zip(batch.columns()).zip(formats).map(|((field, array), format)| {
            let put = match of_field(field).oid.cast_unsigned() {
                types::INT2VECTOR | types::OIDVECTOR if *format == Format::Text => text::vector(array, look),
                types::REGPROC if *format == Format::Text => text::procedures(array, look)?,
                _ => put(array, *format, look)?,
            };
            Ok((array.logical_nulls(), put))
        });
        Ok(Self { columns: columns.collect::<Result<_, ArrowError>>()? })
    }

    /// Writes row `i` as a `DataRow`.
    pub(crate) fn write(&self, i: usize, out: &mut BytesMut) {
        out.put_u8(b'D');
        let begin = out.len();
        out.put_u32(0);
        self.write_values(i, out);
        let length = (out.len() - begin) as u32;
        out[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Writes the values of row `i`: how many, then each with its length.
    pub(crate) fn write_values(&self, i: usize, out: &mut BytesMut) {
        out.put_u16(self.columns.len() as u16);
        for (nulls, put) in &self.columns {
            value(nulls.as_ref(), put, i, out);
        }
    }

    /// Writes one value of row `i` alone; false, and nothing, where it is NULL.
    pub(crate) fn write_value(&self, column: usize, i: usize, out: &mut BytesMut) -> bool {
        let (nulls, put) = &self.columns[column];
        if is_null(nulls.as_ref(), i) {
            return false;
        }
        put(i, out);
        true
    }
}

/// What there is no value of, by the nulls an array means: one of nothing but NULL, and the values of a dictionary, keep none of their own.
fn is_null(nulls: Option<&NullBuffer>, i: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(i))
}

/// Length and bytes of a value; -1 for NULL.
fn value(nulls: Option<&NullBuffer>, put: &Put<'_>, i: usize, out: &mut BytesMut) {
    if is_null(nulls, i) {
        out.put_i32(-1);
        return;
    }
    let begin = out.len();
    out.put_u32(0);
    put(i, out);
    let length = (out.len() - begin - 4) as u32;
    out[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
}

/// How the values of an array are written.
fn put<'a>(array: &'a dyn Array, format: Format, look: &'a Look) -> Result<Put<'a>, ArrowError> {
    if let DataType::Dictionary(..) = array.data_type() {
        return dictionary(array, format, look);
    }
    match format {
        Format::Text => text::put(array, look),
        Format::Binary => binary::put(array, look),
    }
}

/// Values by their numbers.
fn dictionary<'a>(array: &'a dyn Array, format: Format, look: &'a Look) -> Result<Put<'a>, ArrowError> {
    let Some(any) = array.as_any_dictionary_opt() else { return Err(ArrowError::CastError("a dictionary that is none".into())) };
    let values = put(any.values().as_ref(), format, look)?;
    macro_rules! by {
        ($($key:ident => $type:ident),*) => {
            match any.keys().data_type() {
                $(DataType::$key => {
                    let keys = any.keys().as_primitive::<$type>();
                    Ok(Box::new(move |i, out: &mut BytesMut| values(keys.value(i) as usize, out)) as Put<'a>)
                })*
                other => Err(ArrowError::CastError(format!("numbers of a dictionary of type {other}"))),
            }
        };
    }
    by!(Int8 => Int8Type, Int16 => Int16Type, Int32 => Int32Type, Int64 => Int64Type, UInt8 => UInt8Type, UInt16 => UInt16Type, UInt32 => UInt32Type, UInt64 => UInt64Type)
}

/// Elements of row `i` of a list, as an array of their own.
fn elements(array: &dyn Array, i: usize) -> Option<arrow::array::ArrayRef> {
    match array.data_type() {
        DataType::List(_) => Some(array.as_list::<i32>().value(i)),
        DataType::LargeList(_) => Some(array.as_list::<i64>().value(i)),
        DataType::FixedSizeList(..) => Some(array.as_fixed_size_list().value(i)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
