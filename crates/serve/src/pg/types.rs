//! Types: which of PostgreSQL's stands for which of Arrow's.
//!
//! | Arrow | PostgreSQL |
//! |---|---|
//! | Boolean | bool |
//! | Int8, Int16, UInt8 / Int32, UInt16 / Int64, UInt32 | int2 / int4 / int8 |
//! | UInt64, decimals | numeric |
//! | Float16, Float32 / Float64 | float4 / float8 |
//! | text, also as dictionary or view | text |
//! | Binary of any kind | bytea |
//! | Date, Time, Timestamp without / with zone, Interval and Duration | date, time, timestamp / timestamptz, interval |
//! | List of these | their array |
//! | Struct, Map, Union | text: as Arrow prints them |
//!
//! Numbers: `pg_type.dat` of PostgreSQL, where they are fixed.

use arrow::datatypes::{DataType, Field};
use trunkline_query::postgres::TYPE_KEY;

/// A type on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WireType {
    /// Number in `pg_type`.
    pub(crate) oid: u32,
    /// Bytes of a value; -1 when they vary.
    pub(crate) size: i16,
    /// Precision and scale of a numeric; -1 without.
    pub(crate) modifier: i32,
}

pub(crate) const BOOL: u32 = 16;
pub(crate) const BYTEA: u32 = 17;
pub(crate) const INT8: u32 = 20;
pub(crate) const INT2: u32 = 21;
pub(crate) const INT4: u32 = 23;
pub(crate) const TEXT: u32 = 25;
pub(crate) const OID: u32 = 26;
pub(crate) const FLOAT4: u32 = 700;
pub(crate) const FLOAT8: u32 = 701;
pub(crate) const UNKNOWN: u32 = 705;
pub(crate) const BPCHAR: u32 = 1042;
pub(crate) const VARCHAR: u32 = 1043;
pub(crate) const DATE: u32 = 1082;
pub(crate) const TIME: u32 = 1083;
pub(crate) const TIMESTAMP: u32 = 1114;
pub(crate) const TIMESTAMPTZ: u32 = 1184;
pub(crate) const INTERVAL: u32 = 1186;
pub(crate) const NUMERIC: u32 = 1700;
pub(crate) const NAME: u32 = 19;

/// The type of a column: that of the catalogue where it names one, as `oid` and `name`.
pub(crate) fn of_field(field: &Field) -> WireType {
    if field.metadata().contains_key(TYPE_KEY) {
        let told = trunkline_query::postgres::of_field(field);
        return WireType { oid: told.oid.cast_unsigned(), size: told.length, modifier: told.modifier };
    }
    of(field.data_type())
}

/// The type that stands for an Arrow type.
pub(crate) fn of(data_type: &DataType) -> WireType {
    let plain = |oid, size| WireType { oid, size, modifier: -1 };
    match data_type {
        DataType::Boolean => plain(BOOL, 1),
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => plain(INT2, 2),
        DataType::Int32 | DataType::UInt16 => plain(INT4, 4),
        DataType::Int64 | DataType::UInt32 => plain(INT8, 8),
        DataType::UInt64 => plain(NUMERIC, -1),
        DataType::Float16 | DataType::Float32 => plain(FLOAT4, 4),
        DataType::Float64 => plain(FLOAT8, 8),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => numeric(*precision, *scale),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => plain(BYTEA, -1),
        DataType::Date32 | DataType::Date64 => plain(DATE, 4),
        DataType::Time32(_) | DataType::Time64(_) => plain(TIME, 8),
        DataType::Timestamp(_, None) => plain(TIMESTAMP, 8),
        DataType::Timestamp(_, Some(_)) => plain(TIMESTAMPTZ, 8),
        DataType::Interval(_) | DataType::Duration(_) => plain(INTERVAL, 16),
        DataType::Dictionary(_, value) => of(value),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => plain(array_of(item), -1),
        _ => plain(TEXT, -1),
    }
}

/// A numeric with its precision and scale, where PostgreSQL could have one of these.
fn numeric(precision: u8, scale: i8) -> WireType {
    let modifier = u8::try_from(scale).map_or(-1, |scale| ((i32::from(precision) << 16) | i32::from(scale)) + 4);
    WireType { oid: NUMERIC, size: -1, modifier }
}

/// The array type of an element's type; text where there is none, as of lists in lists.
fn array_of(item: &Field) -> u32 {
    if matches!(item.data_type(), DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)) {
        return TEXT;
    }
    array(of(item.data_type()).oid)
}

/// The array type of a type.
pub(crate) const fn array(oid: u32) -> u32 {
    match oid {
        BOOL => 1000,
        BYTEA => 1001,
        INT2 => 1005,
        INT4 => 1007,
        INT8 => 1016,
        FLOAT4 => 1021,
        FLOAT8 => 1022,
        DATE => 1182,
        TIME => 1183,
        TIMESTAMP => 1115,
        TIMESTAMPTZ => 1185,
        INTERVAL => 1187,
        NUMERIC => 1231,
        _ => 1009,
    }
}

/// The type of an array's elements; `None` for what is no array type.
pub(crate) const fn element(oid: u32) -> Option<u32> {
    Some(match oid {
        1000 => BOOL,
        1001 => BYTEA,
        1005 => INT2,
        1007 => INT4,
        1016 => INT8,
        1021 => FLOAT4,
        1022 => FLOAT8,
        1182 => DATE,
        1183 => TIME,
        1115 => TIMESTAMP,
        1185 => TIMESTAMPTZ,
        1187 => INTERVAL,
        1231 => NUMERIC,
        1009 | 1015 => TEXT,
        _ => return None,
    })
}
