//! Values in binary: big-endian numbers, text and bytes as they are, arrays with their dimension.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::error::ArrowError;
use bytes::{BufMut, BytesMut};

use trunkline_query::postgres::of_type;

use super::{Format, Look, Put, elements, numeric, temporal, text};
use crate::pg::types;

/// How the values of `array` are written.
pub(super) fn put<'a>(array: &'a dyn Array, look: &'a Look) -> Result<Put<'a>, ArrowError> {
    if let Some(put) = numbers(array).or_else(|| bytes(array)).or_else(|| numeric::put(array, numeric::binary)) {
        return Ok(put);
    }
    if let Some(put) = temporal::put(array, Format::Binary, look)? {
        return Ok(put);
    }
    if let DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) = array.data_type()
        && let Some(element) = types::element(of_type(array.data_type()).oid.cast_unsigned())
    {
        return Ok(Box::new(move |i, out| list(array, i, element, look, out)));
    }
    // Text, whatever it is: its bytes are the same in both formats.
    text::put(array, look)
}

fn numbers(array: &dyn Array) -> Option<Put<'_>> {
    macro_rules! each {
        ($($name:ident => $type:ident, $method:ident, $as:ty);*) => {
            match array.data_type() {
                $(DataType::$name => {
                    let values = array.as_primitive::<$type>();
                    return Some(Box::new(move |i, out: &mut BytesMut| out.$method(<$as>::from(values.value(i)))));
                })*
                _ => {}
            }
        };
    }
    each!(Int8 => Int8Type, put_i16, i16; Int16 => Int16Type, put_i16, i16; UInt8 => UInt8Type, put_i16, i16; Int32 => Int32Type, put_i32, i32;
        UInt16 => UInt16Type, put_i32, i32; Int64 => Int64Type, put_i64, i64; UInt32 => UInt32Type, put_i64, i64; Float16 => Float16Type, put_f32, f32;
        Float32 => Float32Type, put_f32, f32; Float64 => Float64Type, put_f64, f64);
    match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean();
            Some(Box::new(move |i, out: &mut BytesMut| out.put_u8(u8::from(values.value(i)))))
        }
        DataType::UInt64 => {
            let values = array.as_primitive::<UInt64Type>();
            Some(Box::new(move |i, out: &mut BytesMut| numeric::binary(&values.value(i).to_string(), 0, out)))
        }
        _ => None,
    }
}

fn bytes(array: &dyn Array) -> Option<Put<'_>> {
    fn raw<'a>(value: impl Fn(&'a dyn Array, usize) -> &'a [u8] + Send + 'a, array: &'a dyn Array) -> Put<'a> {
        Box::new(move |i, out| out.put_slice(value(array, i)))
    }
    Some(match array.data_type() {
        DataType::Binary => raw(|values, i| values.as_binary::<i32>().value(i), array),
        DataType::LargeBinary => raw(|values, i| values.as_binary::<i64>().value(i), array),
        DataType::BinaryView => raw(|values, i| values.as_binary_view().value(i), array),
        DataType::FixedSizeBinary(_) => raw(|values, i| values.as_fixed_size_binary().value(i), array),
        _ => return None,
    })
}

/// Dimensions, whether there are NULLs, the element's type; then one dimension: how many, counted from 1 (`array_send`).
fn list(array: &dyn Array, i: usize, element: u32, look: &Look, out: &mut BytesMut) {
    let Some(elements) = elements(array, i) else { return };
    let Ok(put) = super::put(elements.as_ref(), Format::Binary, look) else { return };
    out.put_i32(i32::from(!elements.is_empty()));
    let nulls = elements.logical_nulls();
    out.put_i32(i32::from(nulls.as_ref().is_some_and(|nulls| nulls.null_count() > 0)));
    out.put_u32(element);
    if elements.is_empty() {
        return;
    }
    out.put_u32(elements.len() as u32);
    out.put_u32(1);
    for i in 0..elements.len() {
        super::value(nulls.as_ref(), &put, i, out);
    }
}
