//! Which type of PostgreSQL a column is, and what that type is called.
//!
//! The catalogue and the wire must say the same, so both ask here.

use std::collections::HashMap;
use std::sync::LazyLock;

use arrow::datatypes::{DataType, Field, TimeUnit};

/// The types of PostgreSQL with their arrays, as its own `pg_type` has them.
pub(super) const TYPES: &str = include_str!("data/pg_type.tsv");

/// Key of a field's metadata under which the name of PostgreSQL's type stands, for what Arrow cannot tell apart: `name`, `oid`, `char`.
pub const TYPE_KEY: &str = "pg_type";

/// A type of PostgreSQL with its modifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PgType {
    /// OID of the type.
    pub oid: i32,
    /// Its name in `pg_type`: `int4`, `_text`.
    pub name: &'static str,
    /// Bytes of a value, -1 when they differ.
    pub length: i16,
    /// Digits of a numeric and the like; -1 for none.
    pub modifier: i32,
}

/// What else `pg_type` says of a type.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: PgType,
    pub(super) is_by_value: bool,
    pub(super) element: i32,
    pub(super) array: i32,
    pub(super) align: &'static str,
    pub(super) storage: &'static str,
    pub(super) collation: i32,
}

struct Known {
    by_oid: HashMap<i32, Entry>,
    by_name: HashMap<&'static str, i32>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut lines = TYPES.lines();
    let header: Vec<&str> = lines.next().map(|l| l.split('\t').collect()).unwrap_or_default();
    let by_oid: HashMap<i32, Entry> = lines.filter_map(|line| entry(&header, line)).map(|e| (e.kind.oid, e)).collect();
    let by_name = by_oid.values().map(|e| (e.kind.name, e.kind.oid)).collect();
    Known { by_oid, by_name }
});

fn entry(header: &[&str], line: &'static str) -> Option<Entry> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let cell = |name: &str| header.iter().position(|h| *h == name).and_then(|at| cells.get(at).copied());
    let number = |name: &str| cell(name)?.parse::<i32>().ok();
    let length = i16::try_from(number("typlen")?).ok()?;
    Some(Entry {
        kind: PgType { oid: number("oid")?, name: cell("typname")?, length, modifier: -1 },
        is_by_value: cell("typbyval")? == "t",
        element: number("typelem")?,
        array: number("typarray")?,
        align: cell("typalign")?,
        storage: cell("typstorage")?,
        collation: number("typcollation")?,
    })
}

/// The type with that OID.
pub(super) fn by_oid(oid: i32) -> Option<&'static Entry> {
    KNOWN.by_oid.get(&oid)
}

/// The type with that name of `pg_type`, or of SQL, or either with `[]`.
pub(super) fn by_name(name: &str) -> Option<&'static Entry> {
    let name = name.trim().trim_start_matches("pg_catalog.").trim_matches('"');
    if let Some(element) = name.strip_suffix("[]") {
        return by_name(element).and_then(|e| by_oid(e.array));
    }
    let lower = name.to_lowercase();
    let plain = SQL_NAMES.iter().find(|(_, sql)| *sql == lower).map_or(lower.as_str(), |(plain, _)| plain);
    let plain = SYNONYMS.iter().find(|(word, _)| *word == plain).map_or(plain, |(_, name)| name);
    by_oid(*KNOWN.by_name.get(plain)?)
}

/// Types that SQL calls otherwise than the catalogue does.
const SQL_NAMES: [(&str, &str); 13] = [
    ("bool", "boolean"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("bpchar", "character"),
    ("varchar", "character varying"),
    ("time", "time without time zone"),
    ("timetz", "time with time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("varbit", "bit varying"),
];

/// Other words for types that are understood.
const SYNONYMS: [(&str, &str); 4] = [("int", "int4"), ("decimal", "numeric"), ("string", "text"), ("dec", "numeric")];

/// The type of a column: what its metadata says, else what fits its Arrow type.
#[must_use]
pub fn of_field(field: &Field) -> PgType {
    let told = field.metadata().get(TYPE_KEY).and_then(|name| by_name(name));
    told.map_or_else(|| of_type(field.data_type()), |entry| entry.kind)
}

/// The type that fits an Arrow type best; `text` for what PostgreSQL has nothing for, and for structs, which the wire writes as text.
#[must_use]
pub fn of_type(kind: &DataType) -> PgType {
    let (name, modifier) = match kind {
        DataType::Boolean => ("bool", -1),
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => ("int2", -1),
        DataType::Int32 | DataType::UInt16 => ("int4", -1),
        DataType::Int64 | DataType::UInt32 => ("int8", -1),
        DataType::UInt64 => ("numeric", digits(20, 0)),
        DataType::Float16 | DataType::Float32 => ("float4", -1),
        DataType::Float64 => ("float8", -1),
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => {
            ("numeric", if is_unconstrained(kind) { -1 } else { digits(*p, *s) })
        }
        DataType::Date32 | DataType::Date64 => ("date", -1),
        DataType::Timestamp(_, None) => ("timestamp", precision(kind)),
        DataType::Timestamp(_, Some(_)) => ("timestamptz", precision(kind)),
        DataType::Time32(_) | DataType::Time64(_) => ("time", -1),
        DataType::Interval(_) | DataType::Duration(_) => ("interval", -1),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => ("bytea", -1),
        // Lists in lists are shown as text: arrays of arrays have one type with arrays here.
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) if !item.data_type().is_nested() => {
            let array = by_oid(of_field(item).oid).and_then(|e| by_oid(e.array));
            return array.map_or_else(|| named("_text", -1), |e| e.kind);
        }
        DataType::Dictionary(_, value) => return of_type(value),
        _ => ("text", -1),
    };
    named(name, modifier)
}

/// Whether it is what `numeric` without precision is to the engine, which has no decimal of any number of places.
#[must_use]
pub const fn is_unconstrained(kind: &DataType) -> bool {
    matches!(kind, DataType::Decimal128(38, 10))
}

fn named(name: &str, modifier: i32) -> PgType {
    let text = PgType { oid: 25, name: "text", length: -1, modifier: -1 };
    by_name(name).map_or(text, |e| PgType { modifier, ..e.kind })
}

/// The modifier of `numeric(precision, scale)`.
fn digits(precision: u8, scale: i8) -> i32 {
    ((i32::from(precision) << 16) | (i32::from(scale) & 0x7ff)) + 4
}

/// Digits of a second: microseconds, the most PostgreSQL has, need no modifier.
const fn precision(kind: &DataType) -> i32 {
    match kind {
        DataType::Timestamp(TimeUnit::Second, _) => 0,
        DataType::Timestamp(TimeUnit::Millisecond, _) => 3,
        _ => -1,
    }
}

/// The type as SQL writes it: `numeric(10,2)`, `timestamp with time zone`, `text[]`. What `format_type` gives.
#[must_use]
pub fn written(oid: i32, modifier: Option<i32>) -> String {
    let Some(entry) = by_oid(oid) else { return if oid == 0 { "-".to_owned() } else { "???".to_owned() } };
    if entry.element != 0 && entry.kind.length == -1 && entry.kind.name.starts_with('_') {
        return format!("{}[]", written(entry.element, modifier));
    }
    let name = entry.kind.name;
    let sql = SQL_NAMES.iter().find(|(plain, _)| *plain == name).map_or(name, |(_, sql)| sql);
    let sql = if name == "char" { "\"char\"" } else { sql };
    match modifier {
        Some(m) if m >= 4 && name == "numeric" => format!("numeric({},{})", (m - 4) >> 16, (m - 4) & 0x7ff),
        Some(m) if m >= 4 && matches!(name, "varchar" | "bpchar") => format!("{sql}({})", m - 4),
        Some(m) if m >= 0 && (name.starts_with("time")) => match sql.split_once(' ') {
            Some((word, rest)) => format!("{word}({m}) {rest}"),
            None => format!("{sql}({m})"),
        },
        _ => sql.to_owned(),
    }
}

/// The type as `information_schema` names it: arrays are all `ARRAY`.
pub(super) fn data_type(kind: PgType) -> String {
    match by_oid(kind.oid) {
        Some(entry) if entry.element != 0 && entry.kind.name.starts_with('_') => "ARRAY".to_owned(),
        _ => written(kind.oid, None),
    }
}
