//! Decimal numbers, from their digits without a point and their scale.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type};
use bytes::{BufMut, BytesMut};
use trunkline_query::postgres::is_unconstrained;

use super::Put;

/// How the values of a column of decimals are written, by [`text`] or [`binary`]; `None` for other columns.
pub(super) fn put(array: &dyn Array, write: fn(&str, i8, &mut BytesMut)) -> Option<Put<'_>> {
    macro_rules! each {
        ($($name:ident => $type:ident),*) => {
            match array.data_type() {
                $(DataType::$name(_, scale) => {
                    let (values, scale) = (array.as_primitive::<$type>(), *scale);
                    Some(Box::new(move |i, out: &mut BytesMut| {
                        let unscaled = values.value(i).to_string();
                        let (digits, scale) = places(&unscaled, scale, values.data_type());
                        write(digits, scale, out);
                    }))
                })*
                _ => None,
            }
        };
    }
    each!(Decimal32 => Decimal32Type, Decimal64 => Decimal64Type, Decimal128 => Decimal128Type, Decimal256 => Decimal256Type)
}

/// The digits and scale of a value as they are written: a `numeric` without precision has as many places as its value needs.
fn places<'a>(unscaled: &'a str, scale: i8, kind: &DataType) -> (&'a str, i8) {
    if !is_unconstrained(kind) {
        return (unscaled, scale);
    }
    let digits = unscaled.trim_start_matches('-');
    let zeros = digits.bytes().rev().take_while(|digit| *digit == b'0').count().min(usize::try_from(scale).unwrap_or(0));
    let kept = if zeros == digits.len() { 0 } else { unscaled.len() - zeros };
    if kept == 0 { ("0", 0) } else { (&unscaled[..kept], scale - zeros as i8) }
}

/// As text: the point where the scale says.
pub(super) fn text(unscaled: &str, scale: i8, out: &mut BytesMut) {
    let (sign, digits) = unscaled.strip_prefix('-').map_or(("", unscaled), |digits| ("-", digits));
    out.put_slice(sign.as_bytes());
    let Ok(scale) = usize::try_from(scale) else {
        out.put_slice(digits.as_bytes());
        if digits != "0" {
            (0..scale.unsigned_abs()).for_each(|_| out.put_u8(b'0'));
        }
        return;
    };
    if scale == 0 {
        out.put_slice(digits.as_bytes());
        return;
    }
    if digits.len() > scale {
        let (whole, part) = digits.split_at(digits.len() - scale);
        out.put_slice(whole.as_bytes());
        out.put_u8(b'.');
        out.put_slice(part.as_bytes());
    } else {
        out.put_slice(b"0.");
        (digits.len()..scale).for_each(|_| out.put_u8(b'0'));
        out.put_slice(digits.as_bytes());
    }
}

/// In binary: digits to the base of 10,000, the weight of the first, the sign, the digits after the point (`numeric_send`).
pub(super) fn binary(unscaled: &str, scale: i8, out: &mut BytesMut) {
    let (sign, digits) = unscaled.strip_prefix('-').map_or((0_u16, unscaled), |digits| (0x4000, digits));
    let mut digits: Vec<u8> = digits.bytes().map(|digit| digit - b'0').collect();
    (scale..0).for_each(|_| digits.push(0));
    let after = usize::try_from(scale).unwrap_or(0);
    // Groups of four on both sides of the point.
    let lacking = (4 - after % 4) % 4;
    digits.extend(std::iter::repeat_n(0, lacking));
    let front = (4 - digits.len() % 4) % 4;
    digits.splice(0..0, std::iter::repeat_n(0, front));
    let groups: Vec<u16> = digits.chunks(4).map(|four| four.iter().fold(0, |sum, digit| sum * 10 + u16::from(*digit))).collect();
    let leading = groups.iter().take_while(|group| **group == 0).count();
    let trailing = groups[leading..].iter().rev().take_while(|group| **group == 0).count();
    let weight = groups.len() as i16 - after.div_ceil(4) as i16 - 1 - leading as i16;
    let kept = &groups[leading..groups.len() - trailing];
    out.put_u16(kept.len() as u16);
    out.put_i16(if kept.is_empty() { 0 } else { weight });
    out.put_u16(if kept.is_empty() { 0 } else { sign });
    out.put_u16(after as u16);
    kept.iter().for_each(|group| out.put_u16(*group));
}
