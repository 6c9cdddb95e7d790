//! Values as text, as PostgreSQL prints them with its default settings.

use std::fmt::Write as _;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;
use bytes::{BufMut, BytesMut};
use trunkline_query::postgres::procedure;

use super::{Format, Look, Put, elements, numeric, temporal};

/// How the values of `array` are written.
pub(super) fn put<'a>(array: &'a dyn Array, look: &'a Look) -> Result<Put<'a>, ArrowError> {
    macro_rules! integers {
        ($($name:ident => $type:ident),*) => {
            match array.data_type() {
                $(DataType::$name => {
                    let values = array.as_primitive::<$type>();
                    return Ok(Box::new(move |i, out| { let _ = write!(out, "{}", values.value(i)); }));
                })*
                _ => {}
            }
        };
    }
    integers!(Int8 => Int8Type, Int16 => Int16Type, Int32 => Int32Type, Int64 => Int64Type, UInt8 => UInt8Type, UInt16 => UInt16Type, UInt32 => UInt32Type, UInt64 => UInt64Type);
    if let Some(put) = words(array).or_else(|| floats(array)).or_else(|| numeric::put(array, numeric::text)) {
        return Ok(put);
    }
    if let Some(put) = temporal::put(array, Format::Text, look)? {
        return Ok(put);
    }
    if let DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) = array.data_type() {
        return Ok(Box::new(move |i, out| list(array, i, look, out)));
    }
    Ok(Box::new(move |i, out| {
        // Structs and the like, which clients show as they are.
        let _ = write!(out, "{}", array_value_to_string(array, i).unwrap_or_default());
    }))
}

/// A vector of the catalogue, `1 2 3`: a list without the marks of one.
pub(super) fn vector<'a>(array: &'a dyn Array, look: &'a Look) -> Put<'a> {
    Box::new(move |i, out| {
        let begin = out.len();
        list(array, i, look, out);
        for byte in &mut out[begin..] {
            if *byte == b',' {
                *byte = b' ';
            }
        }
        let end = out.len().saturating_sub(1);
        if end > begin {
            out.copy_within(begin + 1..end, begin);
            out.truncate(end - 1);
        }
    })
}

/// Functions of the catalogue: their names, `-` for none.
pub(super) fn procedures<'a>(array: &'a dyn Array, look: &'a Look) -> Result<Put<'a>, ArrowError> {
    let DataType::Int32 = array.data_type() else { return put(array, look) };
    let values = array.as_primitive::<Int32Type>();
    Ok(Box::new(move |i, out| match values.value(i) {
        0 => out.put_u8(b'-'),
        oid => out.put_slice(procedure(oid).unwrap_or_else(|| oid.to_string()).as_bytes()),
    }))
}

/// Truth, text and bytes.
fn words(array: &dyn Array) -> Option<Put<'_>> {
    Some(match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean();
            Box::new(move |i, out: &mut BytesMut| out.put_u8(if values.value(i) { b't' } else { b'f' }))
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            Box::new(move |i, out: &mut BytesMut| out.put_slice(values.value(i).as_bytes()))
        }
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            Box::new(move |i, out: &mut BytesMut| out.put_slice(values.value(i).as_bytes()))
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            Box::new(move |i, out: &mut BytesMut| out.put_slice(values.value(i).as_bytes()))
        }
        DataType::Binary => hex(|values, i| values.as_binary::<i32>().value(i), array),
        DataType::LargeBinary => hex(|values, i| values.as_binary::<i64>().value(i), array),
        DataType::BinaryView => hex(|values, i| values.as_binary_view().value(i), array),
        DataType::FixedSizeBinary(_) => hex(|values, i| values.as_fixed_size_binary().value(i), array),
        _ => return None,
    })
}

fn hex<'a>(value: impl Fn(&'a dyn Array, usize) -> &'a [u8] + Send + 'a, array: &'a dyn Array) -> Put<'a> {
    Box::new(move |i, out| {
        out.put_slice(b"\\x");
        for byte in value(array, i) {
            let _ = write!(out, "{byte:02x}");
        }
    })
}

fn floats(array: &dyn Array) -> Option<Put<'_>> {
    Some(match array.data_type() {
        DataType::Float16 => {
            let values = array.as_primitive::<Float16Type>();
            Box::new(move |i, out: &mut BytesMut| float(f32::from(values.value(i)), f64::from(values.value(i)), 6, out))
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            Box::new(move |i, out: &mut BytesMut| float(values.value(i), f64::from(values.value(i)), 6, out))
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            Box::new(move |i, out: &mut BytesMut| float(values.value(i), values.value(i), 15, out))
        }
        _ => return None,
    })
}

/// The shortest digits that read back the same; with an exponent below 1e-4 and from ten to the `digits` on, as PostgreSQL since 12.
fn float<F: std::fmt::Display + std::fmt::LowerExp>(value: F, as_double: f64, digits: i32, out: &mut BytesMut) {
    let size = as_double.abs();
    if as_double.is_nan() {
        out.put_slice(b"NaN");
    } else if size.is_infinite() {
        out.put_slice(if as_double > 0.0 { b"Infinity" } else { b"-Infinity" });
    } else if size == 0.0 || (1e-4..10f64.powi(digits)).contains(&size) {
        let _ = write!(out, "{value}");
    } else {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        let _ = write!(out, "{mantissa}e{sign}{exponent:0>2}");
    }
}

/// `{1,NULL,"with, comma"}`.
fn list(array: &dyn Array, i: usize, look: &Look, out: &mut BytesMut) {
    let Some(elements) = elements(array, i) else { return };
    let Ok(put) = super::put(elements.as_ref(), Format::Text, look) else { return };
    let nulls = elements.logical_nulls();
    out.put_u8(b'{');
    let mut word = BytesMut::new();
    for i in 0..elements.len() {
        if i > 0 {
            out.put_u8(b',');
        }
        if super::is_null(nulls.as_ref(), i) {
            out.put_slice(b"NULL");
            continue;
        }
        word.clear();
        put(i, &mut word);
        if is_plain(&word) {
            out.put_slice(&word);
            continue;
        }
        out.put_u8(b'"');
        for byte in &word {
            if matches!(byte, b'"' | b'\\') {
                out.put_u8(b'\\');
            }
            out.put_u8(*byte);
        }
        out.put_u8(b'"');
    }
    out.put_u8(b'}');
}

/// Whether a word needs no quotes inside an array.
fn is_plain(word: &[u8]) -> bool {
    !word.is_empty()
        && !word.eq_ignore_ascii_case(b"null")
        && !word.iter().any(|byte| matches!(byte, b'{' | b'}' | b',' | b'"' | b'\\') || byte.is_ascii_whitespace())
}
