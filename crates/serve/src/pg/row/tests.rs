//! Values against what PostgreSQL 16 prints and sends for the same ones.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;

use super::*;

fn written(array: ArrayRef, format: Format) -> BytesMut {
    let look = Look { zone: TimeZone::get("Europe/Berlin").unwrap(), has_iso_intervals: false };
    let mut out = BytesMut::new();
    let put = put(array.as_ref(), format, &look).unwrap();
    value(array.logical_nulls().as_ref(), &put, 0, &mut out);
    out
}

fn text(array: impl Array + 'static, expected: &str) {
    let found = written(Arc::new(array), Format::Text);
    assert_eq!(std::str::from_utf8(&found[4..]).unwrap(), expected);
}

fn binary(array: impl Array + 'static, expected: &[u8]) {
    assert_eq!(&written(Arc::new(array), Format::Binary)[4..], expected);
}

#[test]
fn numbers_look_as_in_postgresql() {
    text(Int64Array::from(vec![-42]), "-42");
    text(Float64Array::from(vec![1.0]), "1");
    text(Float64Array::from(vec![0.1]), "0.1");
    text(Float64Array::from(vec![1e15]), "1e+15");
    text(Float64Array::from(vec![123_456_789_012_345.0]), "123456789012345");
    text(Float64Array::from(vec![1.5e-7]), "1.5e-07");
    text(Float64Array::from(vec![0.0001]), "0.0001");
    text(Float64Array::from(vec![f64::NEG_INFINITY]), "-Infinity");
    text(Float32Array::from(vec![1e6]), "1e+06");
    text(Float32Array::from(vec![3.4]), "3.4");
    text(Decimal128Array::from(vec![-5]).with_precision_and_scale(10, 2).unwrap(), "-0.05");
    text(Decimal128Array::from(vec![12_345]).with_precision_and_scale(10, 2).unwrap(), "123.45");
    text(Decimal128Array::from(vec![12]).with_precision_and_scale(10, -2).unwrap(), "1200");
    // What the engine makes of `numeric`: 1.5::numeric, 100::numeric, 0::numeric, -0.25::numeric.
    for (unscaled, expected) in [(15_000_000_000, "1.5"), (1_000_000_000_000, "100"), (0, "0"), (-2_500_000_000, "-0.25")] {
        text(Decimal128Array::from(vec![unscaled]).with_precision_and_scale(38, 10).unwrap(), expected);
    }
    text(UInt64Array::from(vec![u64::MAX]), "18446744073709551615");
    text(BooleanArray::from(vec![true]), "t");
}

#[test]
fn numbers_in_binary_are_big_endian_and_numerics_in_groups_of_four() {
    binary(Int32Array::from(vec![1]), &[0, 0, 0, 1]);
    binary(Int8Array::from(vec![-1]), &[255, 255]);
    binary(UInt32Array::from(vec![u32::MAX]), &[0, 0, 0, 0, 255, 255, 255, 255]);
    binary(Float64Array::from(vec![1.0]), &[63, 240, 0, 0, 0, 0, 0, 0]);
    // select numeric_send(12345.678)
    binary(
        Decimal128Array::from(vec![12_345_678]).with_precision_and_scale(10, 3).unwrap(),
        &[0, 3, 0, 1, 0, 0, 0, 3, 0, 1, 9, 41, 26, 124],
    );
    // select numeric_send(1.5::numeric), numeric_send(0::numeric)
    let whole = |unscaled: i128| Decimal128Array::from(vec![unscaled]).with_precision_and_scale(38, 10).unwrap();
    binary(whole(15_000_000_000), &[0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 19, 136]);
    binary(whole(0), &[0, 0, 0, 0, 0, 0, 0, 0]);
    // select numeric_send(-0.05)
    binary(Decimal128Array::from(vec![-5]).with_precision_and_scale(10, 2).unwrap(), &[0, 1, 255, 255, 64, 0, 0, 2, 1, 244]);
    // select numeric_send(0.00)
    binary(Decimal128Array::from(vec![0]).with_precision_and_scale(10, 2).unwrap(), &[0, 0, 0, 0, 0, 0, 0, 2]);
    // select numeric_send(100000000)
    binary(UInt64Array::from(vec![100_000_000]), &[0, 1, 0, 2, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn instants_are_in_the_zone_of_the_session() {
    let at = |micros: i64| TimestampMicrosecondArray::from(vec![micros]).with_timezone("UTC");
    text(at(1_767_225_600_000_000), "2026-01-01 01:00:00+01");
    text(at(1_782_864_000_500_000), "2026-07-01 02:00:00.5+02");
    text(TimestampMicrosecondArray::from(vec![1_767_225_600_000_001]), "2026-01-01 00:00:00.000001");
    text(TimestampSecondArray::from(vec![0]).with_timezone("UTC"), "1970-01-01 01:00:00+01");
    text(Date32Array::from(vec![20_454]), "2026-01-01");
    text(Time64MicrosecondArray::from(vec![3_661_000_000]), "01:01:01");
    binary(at(946_684_800_000_001), &[0, 0, 0, 0, 0, 0, 0, 1]);
    binary(Date32Array::from(vec![10_958]), &[0, 0, 0, 1]);
}

#[test]
fn intervals_look_as_in_postgresql() {
    let interval = |months, days, nanos| IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(months, days, nanos)]);
    text(interval(14, 3, 14_706_789_000_000), "1 year 2 mons 3 days 04:05:06.789");
    text(interval(0, 0, 0), "00:00:00");
    text(interval(-1, 2, -1_000_000_000), "-1 mons +2 days -00:00:01");
    text(interval(0, 1, 0), "1 day");
    text(DurationSecondArray::from(vec![90]), "00:01:30");
    text(DurationSecondArray::from(vec![130_000]), "1 day 12:06:40");
    binary(interval(1, 2, 3_000), &[0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1]);
    let nothing = IntervalMonthDayNanoArray::from(vec![None::<IntervalMonthDayNano>]);
    assert_eq!(&written(Arc::new(nothing), Format::Text)[..], &(-1_i32).to_be_bytes());
}

#[test]
fn nothing_is_null_whatever_its_type() {
    let is_null = |array: ArrayRef| assert_eq!(&written(array, Format::Text)[..], &(-1_i32).to_be_bytes());
    is_null(Arc::new(NullArray::new(1)));
    let word = Int32Array::from(vec![0]);
    is_null(Arc::new(DictionaryArray::new(word, Arc::new(StringArray::from(vec![None::<&str>])))));
    let field = Arc::new(Field::new_list_field(DataType::Null, true));
    let nothings = ListArray::new(field, arrow::buffer::OffsetBuffer::from_lengths([2]), Arc::new(NullArray::new(2)), None);
    text(nothings, "{NULL,NULL}");
}

#[test]
fn vectors_of_the_catalogue_are_no_arrays() {
    let mut numbers = ListBuilder::new(Int16Builder::new());
    numbers.append_value([Some(1), Some(12), Some(3)]);
    numbers.append_value([]);
    let field = |kind: &str| {
        let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int16, true)));
        Field::new("indkey", list, true).with_metadata([(trunkline_query::postgres::TYPE_KEY.to_owned(), kind.to_owned())].into())
    };
    let numbers: ArrayRef = Arc::new(numbers.finish());
    let check = |kind: &str, expected: [&str; 2]| {
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field(kind)])), vec![Arc::clone(&numbers)]).unwrap();
        let look = Look { zone: TimeZone::UTC, has_iso_intervals: false };
        let rows = Rows::of(&batch, &[Format::Text], &look).unwrap();
        for (i, expected) in expected.into_iter().enumerate() {
            let mut out = BytesMut::new();
            assert!(rows.write_value(0, i, &mut out));
            assert_eq!(std::str::from_utf8(&out).unwrap(), expected);
        }
    };
    check("int2vector", ["1 12 3", ""]);
    check("_int2", ["{1,12,3}", "{}"]);
}

#[test]
fn text_bytes_lists_and_dictionaries() {
    text(StringViewArray::from(vec!["Grüße"]), "Grüße");
    text(BinaryArray::from(vec![&b"\x00\xff"[..]]), "\\x00ff");
    let words: DictionaryArray<Int32Type> = vec!["chat"].into_iter().collect();
    text(words.clone(), "chat");
    binary(words, b"chat");
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("a"), None, Some("b, \"c\""), Some(""), Some("null")]);
    text(list.finish(), r#"{a,NULL,"b, \"c\"","","null"}"#);
    let mut numbers = ListBuilder::new(Int32Builder::new());
    numbers.append_value([Some(7), None]);
    binary(numbers.finish(), &[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7, 255, 255, 255, 255]);
}
