//! The system's own relations as PostgreSQL declares them, and rows of theirs as batches.
//!
//! A row names only the columns it knows: the others are NULL where PostgreSQL allows that, else false, zero or empty.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array, ListBuilder, PrimitiveBuilder, StringArray,
    StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Field, Float32Type, Int16Type, Int32Type, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::types::TYPE_KEY;

/// Relations, one a line: schema, name, OID, kind, columns as `name:type` with `!` where NULL is not allowed.
const DECLARED: &str = include_str!("data/relations.tsv");

/// One relation of `pg_catalog` or `information_schema`.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) schema: &'static str,
    pub(super) name: &'static str,
    pub(super) oid: i32,
    pub(super) is_view: bool,
    pub(super) columns: Vec<Column>,
    /// The columns in Arrow's types, with the name of PostgreSQL's type in the metadata.
    pub(super) arrow: SchemaRef,
}

/// A declared column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) is_required: bool,
}

/// Every declared relation.
pub(super) fn all() -> &'static [Relation] {
    static ALL: LazyLock<Vec<Relation>> = LazyLock::new(|| DECLARED.lines().filter_map(parse).collect());
    &ALL
}

/// The relation of that name.
pub(super) fn find(schema: &str, name: &str) -> Option<&'static Relation> {
    all().iter().find(|r| r.name == name && r.schema == schema)
}

/// Names of all columns of the catalogue that are of certain types.
pub(super) fn columns_of(kinds: &[&str]) -> HashSet<&'static str> {
    let columns = all().iter().flat_map(|relation| &relation.columns);
    columns.filter(|column| kinds.contains(&column.kind)).map(|column| column.name).collect()
}

fn parse(line: &'static str) -> Option<Relation> {
    let mut parts = line.split('\t');
    let (schema, name, oid, kind) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    let column = |text: &'static str| {
        let (name, kind) = text.split_once(':')?;
        Some(Column { name, kind: kind.trim_end_matches('!'), is_required: kind.ends_with('!') })
    };
    let columns: Vec<Column> = parts.next()?.split(' ').filter_map(column).collect();
    let arrow = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<Field>>()));
    Some(Relation { schema, name, oid, is_view: kind == "v", columns, arrow })
}

fn field(column: &Column) -> Field {
    let metadata = [(TYPE_KEY.to_owned(), announced(column.kind).to_owned())].into();
    // Declared nullable throughout: an outer join would otherwise have to be told.
    Field::new(column.name, arrow_type(column.kind), true).with_metadata(metadata)
}

/// The type a client is told: that of PostgreSQL where our bytes are its bytes, else the nearest whose bytes they are.
fn announced(kind: &'static str) -> &'static str {
    match kind {
        "numeric" => "float8",
        "_float8" => "_float4",
        "name" | "char" | "bpchar" | "varchar" | "_name" | "_char" | "int2vector" | "oidvector" => kind,
        _ => match arrow_type(kind) {
            DataType::Utf8 => "text",
            DataType::List(item) if item.data_type() == &DataType::Utf8 => "_text",
            _ => kind,
        },
    }
}

/// Arrow's type for a type of PostgreSQL. OIDs are 32-bit integers: ours never reach the sign.
pub(super) fn arrow_type(kind: &str) -> DataType {
    let list = |item: DataType| DataType::List(Arc::new(Field::new_list_field(item, true)));
    match kind {
        "bool" => DataType::Boolean,
        "int2" => DataType::Int16,
        "int4" | "oid" | "xid" | "cid" | "regproc" | "regtype" | "regclass" => DataType::Int32,
        "int8" => DataType::Int64,
        "float4" => DataType::Float32,
        "float8" | "numeric" => DataType::Float64,
        "timestamptz" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        "int2vector" | "_int2" => list(DataType::Int16),
        "oidvector" | "_oid" | "_int4" | "_regtype" => list(DataType::Int32),
        "_float4" | "_float8" => list(DataType::Float32),
        _ if kind.starts_with('_') => list(DataType::Utf8),
        _ => DataType::Utf8,
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Flag(bool),
    Number(i64),
    Real(f64),
    /// Microseconds since 1970.
    Instant(i64),
    Text(Cow<'static, str>),
    Numbers(Vec<i64>),
    Texts(Vec<String>),
}

/// What is known of one row, by column.
pub(super) type Row = Vec<(&'static str, Value)>;

macro_rules! value_from {
    ($($from:ty => $make:expr),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                $make(value)
            }
        })*
    };
}

value_from! {
    bool => Self::Flag,
    i16 => |n| Self::Number(i64::from(n)),
    i32 => |n| Self::Number(i64::from(n)),
    i64 => Self::Number,
    f64 => Self::Real,
    &'static str => |text| Self::Text(Cow::Borrowed(text)),
    String => |text| Self::Text(Cow::Owned(text)),
    &String => |text: &String| Self::Text(Cow::Owned(text.clone())),
    Vec<i64> => Self::Numbers,
    Vec<String> => Self::Texts,
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Rows that are the same for everybody, read from a table of text whose first line names the columns.
pub(super) fn static_rows(relation: &'static Relation, text: &'static str) -> Vec<Row> {
    let mut lines = text.lines();
    let names: Vec<&'static Column> =
        lines.next().into_iter().flat_map(|l| l.split('\t')).filter_map(|n| relation.columns.iter().find(|c| c.name == n)).collect();
    lines.map(|line| names.iter().zip(line.split('\t')).map(|(column, text)| (column.name, read(column.kind, text))).collect()).collect()
}

fn read(kind: &str, text: &'static str) -> Value {
    let number = || text.parse().map_or(Value::Null, Value::Number);
    match arrow_type(kind) {
        _ if text.is_empty() => Value::Null,
        DataType::Boolean => Value::Flag(text == "t"),
        DataType::Int16 | DataType::Int32 | DataType::Int64 => number(),
        DataType::Float32 | DataType::Float64 => text.parse().map_or(Value::Null, Value::Real),
        DataType::List(item) if item.data_type().is_integer() => Value::Numbers(text.split(' ').filter_map(|n| n.parse().ok()).collect()),
        _ => Value::Text(Cow::Borrowed(text)),
    }
}

/// The rows as one batch with all columns of the relation.
pub(super) fn batch(relation: &Relation, rows: &[Row]) -> Result<RecordBatch, ArrowError> {
    let columns = relation.columns.iter().map(|column| array(column, rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::clone(&relation.arrow), columns, &options)
}

fn array(column: &Column, rows: &[Row]) -> ArrayRef {
    let value = |row: &Row| row.iter().find(|(name, _)| *name == column.name).map_or(Value::Null, |(_, value)| value.clone());
    let values = rows.iter().map(|row| match value(row) {
        Value::Null if column.is_required => empty(column.kind),
        value => value,
    });
    match arrow_type(column.kind) {
        DataType::Boolean => Arc::new(values.map(|v| if let Value::Flag(flag) = v { Some(flag) } else { None }).collect::<BooleanArray>()),
        DataType::Int16 => Arc::new(values.map(|v| i16::try_from(number(&v)?).ok()).collect::<Int16Array>()),
        DataType::Int32 => Arc::new(values.map(|v| i32::try_from(number(&v)?).ok()).collect::<Int32Array>()),
        DataType::Int64 => Arc::new(values.map(|v| number(&v)).collect::<Int64Array>()),
        #[allow(clippy::cast_possible_truncation, reason = "PostgreSQL keeps estimates in four bytes too")]
        DataType::Float32 => Arc::new(values.map(|v| real(&v).map(|r| r as f32)).collect::<Float32Array>()),
        DataType::Float64 => Arc::new(values.map(|v| real(&v)).collect::<Float64Array>()),
        DataType::Timestamp(..) => {
            let stamps = values.map(|v| if let Value::Instant(at) = v { Some(at) } else { None });
            Arc::new(stamps.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        DataType::List(item) => match item.data_type() {
            DataType::Int16 => numbers::<Int16Type>(values, |n| i16::try_from(n).unwrap_or_default()),
            DataType::Int32 => numbers::<Int32Type>(values, |n| i32::try_from(n).unwrap_or_default()),
            #[allow(clippy::cast_precision_loss, reason = "no such column has values here")]
            DataType::Float32 => numbers::<Float32Type>(values, |n| n as f32),
            _ => texts(values),
        },
        _ => Arc::new(values.map(|v| if let Value::Text(text) = v { Some(text) } else { None }).collect::<StringArray>()),
    }
}

fn number(value: &Value) -> Option<i64> {
    if let Value::Number(number) = value { Some(*number) } else { None }
}

fn real(value: &Value) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "estimates")]
    match value {
        Value::Real(real) => Some(*real),
        Value::Number(number) => Some(*number as f64),
        _ => None,
    }
}

fn empty(kind: &str) -> Value {
    match arrow_type(kind) {
        DataType::Boolean => Value::Flag(false),
        DataType::Int16 | DataType::Int32 | DataType::Int64 => Value::Number(0),
        DataType::Float32 | DataType::Float64 => Value::Real(0.0),
        DataType::Timestamp(..) => Value::Null,
        DataType::List(item) if item.data_type().is_integer() => Value::Numbers(Vec::new()),
        DataType::List(_) => Value::Texts(Vec::new()),
        _ => Value::Text(Cow::Borrowed("")),
    }
}

fn numbers<T: ArrowPrimitiveType>(values: impl Iterator<Item = Value>, narrow: fn(i64) -> T::Native) -> ArrayRef {
    let mut builder = ListBuilder::new(PrimitiveBuilder::<T>::new());
    for value in values {
        match value {
            Value::Numbers(all) => {
                all.into_iter().for_each(|n| builder.values().append_value(narrow(n)));
                builder.append(true);
            }
            _ => builder.append(false),
        }
    }
    Arc::new(builder.finish())
}

fn texts(values: impl Iterator<Item = Value>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for value in values {
        match value {
            Value::Texts(all) => {
                all.into_iter().for_each(|text| builder.values().append_value(text));
                builder.append(true);
            }
            _ => builder.append(false),
        }
    }
    Arc::new(builder.finish())
}
