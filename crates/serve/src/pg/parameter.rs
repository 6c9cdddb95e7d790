//! Values of parameters: from text or binary to what the plan takes. Pure.

use arrow::datatypes::{DataType, IntervalMonthDayNano, TimeUnit};
use datafusion::common::ScalarValue;
use trunkline_query::postgres::{array_items, of_type};

use super::row::Format;
use super::row::temporal::{EPOCH_DAYS, EPOCH_MICROS};
use super::types;
use crate::parameters::made;
use crate::refusal::Refusal;

/// The Arrow type of a parameter that a client declares by number; `None` for types that are not known, and for "unknown".
pub(crate) fn arrow_of(oid: u32) -> Option<DataType> {
    if let Some(element) = types::element(oid) {
        return Some(DataType::List(std::sync::Arc::new(arrow::datatypes::Field::new_list_field(arrow_of(element)?, true))));
    }
    Some(match oid {
        types::BOOL => DataType::Boolean,
        types::INT2 => DataType::Int16,
        types::INT4 => DataType::Int32,
        types::INT8 | types::OID => DataType::Int64,
        types::FLOAT4 => DataType::Float32,
        types::FLOAT8 => DataType::Float64,
        types::NUMERIC => DataType::Decimal128(38, 10),
        types::TEXT | types::VARCHAR | types::BPCHAR | types::NAME => DataType::Utf8,
        types::BYTEA => DataType::Binary,
        types::DATE => DataType::Date32,
        types::TIME => DataType::Time64(TimeUnit::Microsecond),
        types::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        types::TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        types::INTERVAL => DataType::Interval(arrow::datatypes::IntervalUnit::MonthDayNano),
        _ => return None,
    })
}

/// A value of type `oid`, made one of `wanted` where that is known, in the session's `zone`. `number` is for errors, from 1.
pub(crate) fn value(
    bytes: Option<&[u8]>,
    format: Format,
    (oid, wanted): (u32, Option<&DataType>),
    zone: &str,
    number: usize,
) -> Result<ScalarValue, Refusal> {
    let own = arrow_of(oid);
    let kind = wanted.or(own.as_ref()).cloned().unwrap_or(DataType::Utf8);
    let Some(bytes) = bytes else {
        return ScalarValue::try_from(&kind).map_err(|_| Refusal::error("22P02", format!("parameter ${number} cannot be NULL")));
    };
    let scalar = match format {
        Format::Text => ScalarValue::Utf8(Some(utf8(bytes, number)?)),
        Format::Binary => {
            let own = own.or_else(|| wanted.cloned()).unwrap_or(DataType::Utf8);
            binary(bytes, &own, number)?
        }
    };
    let text = matches!(&scalar, ScalarValue::Utf8(_)).then(|| scalar.to_string());
    if let (ScalarValue::Utf8(Some(text)), DataType::List(item)) = (&scalar, &kind) {
        return written_list(text, item.data_type(), zone, number);
    }
    let scalar = match &scalar {
        ScalarValue::Utf8(Some(text)) => ScalarValue::Utf8(Some(spelled(text, &kind).to_string())),
        _ => scalar,
    };
    made(&scalar, &kind, zone).map_err(|_| {
        let shown = text.unwrap_or_else(|| scalar.to_string());
        Refusal::error("22P02", format!("invalid value for parameter ${number}: {shown:?} is no {kind}"))
    })
}

/// Words for truth that PostgreSQL has and Arrow does not.
fn spelled<'a>(text: &'a str, kind: &DataType) -> &'a str {
    match (kind, text.trim().to_ascii_lowercase().as_str()) {
        (DataType::Boolean, "t" | "on" | "yes" | "y" | "1") => "true",
        (DataType::Boolean, "f" | "off" | "no" | "n" | "0") => "false",
        (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View, _) => text,
        _ => text.trim(),
    }
}

fn utf8(bytes: &[u8], number: usize) -> Result<String, Refusal> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Refusal::error("22021", format!("parameter ${number} is not UTF-8")))
}

fn binary(bytes: &[u8], kind: &DataType, number: usize) -> Result<ScalarValue, Refusal> {
    let wrong = || Refusal::error("22P03", format!("parameter ${number} is no {kind} in binary: {} bytes", bytes.len()));
    fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
        bytes.try_into().ok()
    }
    let i32_of = || fixed(bytes).map(i32::from_be_bytes);
    let i64_of = || fixed(bytes).map(i64::from_be_bytes);
    let made = match kind {
        DataType::Boolean => fixed::<1>(bytes).map(|[byte]| ScalarValue::Boolean(Some(byte != 0))),
        DataType::Int16 => fixed(bytes).map(|bytes| ScalarValue::Int16(Some(i16::from_be_bytes(bytes)))),
        DataType::Int32 => i32_of().map(|value| ScalarValue::Int32(Some(value))),
        // An oid has four bytes.
        DataType::Int64 => i64_of().or_else(|| i32_of().map(i64::from)).map(|value| ScalarValue::Int64(Some(value))),
        DataType::Float32 => fixed(bytes).map(|bytes| ScalarValue::Float32(Some(f32::from_be_bytes(bytes)))),
        DataType::Float64 => fixed(bytes).map(|bytes| ScalarValue::Float64(Some(f64::from_be_bytes(bytes)))),
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => Some(ScalarValue::Utf8(Some(utf8(bytes, number)?))),
        DataType::Binary => Some(ScalarValue::Binary(Some(bytes.to_vec()))),
        DataType::Date32 => i32_of().map(|days| ScalarValue::Date32(Some(days.saturating_add(EPOCH_DAYS)))),
        DataType::Time64(_) => i64_of().map(|micros| ScalarValue::Time64Microsecond(Some(micros))),
        DataType::Timestamp(_, zone) => {
            i64_of().map(|micros| ScalarValue::TimestampMicrosecond(Some(micros.saturating_add(EPOCH_MICROS)), zone.clone()))
        }
        DataType::Interval(_) => fixed::<16>(bytes).map(interval),
        DataType::Decimal128(..) => numeric(bytes).map(|text| ScalarValue::Utf8(Some(text))),
        DataType::List(item) => list(bytes, item.data_type(), number)?,
        _ => None,
    };
    made.ok_or_else(wrong)
}

fn interval(bytes: [u8; 16]) -> ScalarValue {
    let micros = i64::from_be_bytes(std::array::from_fn(|i| bytes[i]));
    let (days, months) =
        (i32::from_be_bytes(std::array::from_fn(|i| bytes[8 + i])), i32::from_be_bytes(std::array::from_fn(|i| bytes[12 + i])));
    ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(months, days, micros.saturating_mul(1000))))
}

/// A numeric as text (`numeric_recv`).
fn numeric(bytes: &[u8]) -> Option<String> {
    let words: Vec<u16> = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map(u16::from_be_bytes)).collect::<Result<_, _>>().ok()?;
    let [count, weight, sign, scale, digits @ ..] = words.as_slice() else { return None };
    if usize::from(*count) != digits.len() || digits.iter().any(|digit| *digit > 9999) || !matches!(sign, 0 | 0x4000) {
        return None;
    }
    let (weight, scale) = (i32::from(weight.cast_signed()), usize::from(*scale));
    if weight > 2000 || scale > 2000 {
        return None;
    }
    let group = |at: i32| usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
    let mut text = String::from(if *sign == 0 { "" } else { "-" });
    let whole: String = (0..=weight.max(0)).map(|at| format!("{:04}", group(if weight < 0 { -1 } else { at }))).collect();
    let whole = whole.trim_start_matches('0');
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if scale > 0 {
        let part: String = (0..scale.div_ceil(4) as i32).map(|at| format!("{:04}", group(weight + 1 + at))).collect();
        text.push('.');
        text.push_str(&part[..scale]);
    }
    Some(text)
}

/// An array of one dimension (`array_recv`).
fn list(bytes: &[u8], item: &DataType, number: usize) -> Result<Option<ScalarValue>, Refusal> {
    let word = |at: usize| bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map(i32::from_be_bytes);
    let (Some(dimensions), Some(_), Some(_)) = (word(0), word(4), word(8)) else { return Ok(None) };
    let mut values = Vec::new();
    if dimensions == 1 {
        let Some(count) = word(12) else { return Ok(None) };
        let mut at = 20;
        for _ in 0..count {
            let Some(length) = word(at) else { return Ok(None) };
            at += 4;
            let Ok(length) = usize::try_from(length) else {
                values.push(ScalarValue::try_from(item).map_err(|error| Refusal::error("22P03", error.to_string()))?);
                continue;
            };
            let Some(bytes) = bytes.get(at..at + length) else { return Ok(None) };
            values.push(binary(bytes, item, number)?);
            at += length;
        }
    } else if dimensions != 0 {
        return Err(Refusal::unsupported("an array of several dimensions"));
    }
    Ok(Some(ScalarValue::List(ScalarValue::new_list_nullable(&values, item))))
}

/// An array of one dimension as PostgreSQL writes it: `{a,"b,c",NULL}`.
fn written_list(text: &str, item: &DataType, zone: &str, number: usize) -> Result<ScalarValue, Refusal> {
    let text = text.trim();
    if !(text.starts_with('{') && text.ends_with('}')) {
        let message = format!("invalid value for parameter ${number}: {text:?} is no array");
        return Err(Refusal::error("22P02", message).hint("an array as text is written {1,2,3}"));
    }
    if text.starts_with("{{") {
        return Err(Refusal::unsupported("an array of several dimensions"));
    }
    let oid = of_type(item).oid.cast_unsigned();
    let values = array_items(text)
        .iter()
        .map(|one| value(one.as_ref().map(String::as_bytes), Format::Text, (oid, Some(item)), zone, number))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ScalarValue::List(ScalarValue::new_list_nullable(&values, item)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn check(bytes: &[u8], format: Format, oid: u32, expected: Result<&str, &str>) {
        let found = value(Some(bytes), format, (oid, None), "Europe/Madrid", 1);
        assert_eq!(found.as_ref().map(ToString::to_string).map_err(|refusal| refusal.code), expected.map(Into::into), "{found:?}");
    }

    #[test]
    fn values_are_what_clients_mean() {
        check(b"42", Format::Text, types::INT4, Ok("42"));
        check(b"forty", Format::Text, types::INT4, Err("22P02"));
        check(b"t", Format::Text, types::BOOL, Ok("true"));
        check(&[0, 0, 0, 42], Format::Binary, types::INT4, Ok("42"));
        check(&[0, 42], Format::Binary, types::INT4, Err("22P03"));
        // Midnight in Madrid, and an offset of its own.
        check(b"2026-07-01", Format::Text, types::TIMESTAMPTZ, Ok("1782856800000000"));
        check(b"2026-07-01 00:00:00Z", Format::Text, types::TIMESTAMPTZ, Ok("1782864000000000"));
        check(b"2026-11-29", Format::Text, types::DATE, Ok("2026-11-29"));
        check(&0_i32.to_be_bytes(), Format::Binary, types::DATE, Ok("2000-01-01"));
        check(b"\xff", Format::Text, types::TEXT, Err("22021"));
        check(b"{7, 8,NULL}", Format::Text, 1007, Ok("[7, 8, ]"));
        check(br#"{"a,b",c}"#, Format::Text, 1009, Ok("[a,b, c]"));
        check(b"{x}", Format::Text, 1007, Err("22P02"));
        check(b"7", Format::Text, 1007, Err("22P02"));
        check(b"{{7}}", Format::Text, 1007, Err("0A000"));
        // 12345.678 as PostgreSQL sends it: groups 1, 2345, 6780.
        check(&[0, 3, 0, 1, 0, 0, 0, 3, 0, 1, 9, 41, 26, 124], Format::Binary, types::NUMERIC, Ok("12345.6780000000"));
        check(&[0, 1, 255, 255, 64, 0, 0, 2, 9, 196], Format::Binary, types::NUMERIC, Ok("-0.2500000000"));
        check(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7], Format::Binary, 1007, Ok("[7]"));
        check(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 9], Format::Binary, 1007, Err("22P03"));
    }
}
