//! Casts to types the engine does not have: names of objects, OIDs, `name`, `"char"`, JSON.

use std::collections::HashSet;
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, Expr, ObjectName, Value, ValueWithSpan,
};

use super::super::relation;
use super::arrays::{is_vector, items};
use super::build::{self, array, call, cast, column, last, literal, no_items, number, text};

/// Columns of the catalogue that are functions. They hold OIDs, which is what they are compared with; as text they are names.
static PROCEDURES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| relation::columns_of(&["regproc"]));

/// The most digits the engine has for a number, and those it computes with without taking pieces.
const MOST_DIGITS: u64 = 76;
const FAST_DIGITS: u64 = 38;

/// A cast whose inside is already rewritten.
pub(super) fn rewrite(expr: &mut Expr) {
    let Expr::Cast { expr: inner, data_type, .. } = expr else { return };
    if let Some(kind) = reference(data_type) {
        *expr = referred(inner, &kind);
        return;
    }
    let is_oid = custom(data_type).as_deref() == Some("oid");
    if let Some(kind) = reference_call(inner) {
        // A name that is cast on: to a number it is the OID, to text the name.
        if is_oid || is_text(data_type) || matches!(data_type, DataType::BigInt(_) | DataType::Int(_) | DataType::Integer(_)) {
            let ending = if is_text(data_type) { "name" } else { "oid" };
            rename(inner, &format!("pg_{kind}_{ending}"));
            *expr = inner.as_ref().clone();
        }
        return;
    }
    if is_text(data_type) && column(inner).is_some_and(|name| PROCEDURES.contains(name.as_str())) {
        *expr = call("pg_regproc_name", vec![inner.as_ref().clone()]);
        return;
    }
    if is_text(data_type) && is_vector(inner) {
        *expr = call("array_to_string", vec![inner.as_ref().clone(), text(" ")]);
        return;
    }
    if let DataType::Varchar(Some(CharacterLength::IntegerLength { length, .. }))
    | DataType::CharacterVarying(Some(CharacterLength::IntegerLength { length, .. })) = data_type
        && let Ok(length) = i64::try_from(*length)
    {
        *expr = call("left", vec![call("pg_text", vec![inner.as_ref().clone()]), number(length)]);
        return;
    }
    if matches!(data_type, DataType::Text | DataType::Varchar(None) | DataType::CharacterVarying(None))
        && !matches!(**inner, Expr::Value(_))
    {
        *expr = call("pg_text", vec![inner.as_ref().clone()]);
        return;
    }
    if let DataType::Array(ArrayElemTypeDef::SquareBracket(item, _)) = &*data_type
        && reference(item).as_deref() == Some("regtype")
    {
        *expr = call("pg_regtype_names", vec![inner.as_ref().clone()]);
        return;
    }
    if let (DataType::Array(ArrayElemTypeDef::SquareBracket(item, _)), Some(written)) = (&*data_type, literal(inner)) {
        let kind = plain(item).unwrap_or_else(|| item.as_ref().clone());
        let all: Vec<Expr> = items(written).into_iter().map(|i| cast(build::item(i), kind.clone())).collect();
        *expr = if all.is_empty() { no_items() } else { array(all) };
        return;
    }
    if matches!(data_type, DataType::Date)
        && let Some(day) = literal(inner).and_then(day)
    {
        **inner = text(day);
    }
    if let DataType::Numeric(ExactNumberInfo::PrecisionAndScale(precision, _))
    | DataType::Decimal(ExactNumberInfo::PrecisionAndScale(precision, _)) = data_type
    {
        // `numeric(1000, 15)`, as Django rounds: as many digits as the engine counts fast.
        *precision = if *precision > MOST_DIGITS { FAST_DIGITS } else { *precision };
    }
    if matches!(data_type, DataType::Interval { .. }) {
        super::spans::spell(inner);
    }
    if let Some(plain) = plain(data_type) {
        *data_type = plain;
    }
}

/// The day of a text that goes on with a time or an offset, which a date leaves out: drivers send `2024-02-29 +00`.
fn day(written: &str) -> Option<String> {
    let (day, rest) = written.trim().split_at_checked(10)?;
    let is_day = day.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    (is_day && rest.starts_with([' ', 'T'])).then(|| day.to_owned())
}

/// The last part of the name of a type the parser does not know, without quotes.
fn custom(kind: &DataType) -> Option<String> {
    match kind {
        DataType::Custom(name, _) => last(name).map(|(name, _)| name),
        _ => None,
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Text | DataType::Varchar(_) | DataType::CharacterVarying(_))
        || matches!(custom(kind).as_deref(), Some("text" | "varchar" | "name"))
}

/// The kind of object that a type refers to: `regclass`.
fn reference(kind: &DataType) -> Option<String> {
    match kind {
        DataType::Regclass => Some("regclass".to_owned()),
        _ => {
            let kinds = ["regclass", "regtype", "regproc", "regprocedure", "regnamespace", "regrole", "regoper", "regoperator"];
            custom(kind).filter(|name| kinds.contains(&name.as_str()))
        }
    }
    // There is no operator in the catalogue: only the types' names come up.
    .map(|kind| if matches!(kind.as_str(), "regprocedure" | "regoper" | "regoperator") { "regproc".to_owned() } else { kind })
}

/// A literal or a parameter stands for the OID, since it is compared with one; anything else is shown, so it is the name.
fn referred(inner: &Expr, kind: &str) -> Expr {
    if reference_call(inner).is_some() {
        return inner.clone();
    }
    let is_parameter = matches!(inner, Expr::Value(ValueWithSpan { value: Value::Placeholder(_), .. }));
    let is_given = literal(inner).is_some() || is_parameter || kind == "regproc";
    call(&format!("pg_{kind}_{}", if is_given { "oid" } else { "name" }), vec![inner.clone()])
}

/// The kind of object when the expression is a call made by [`referred`].
fn reference_call(expr: &Expr) -> Option<String> {
    let Expr::Function(function) = expr else { return None };
    let (name, _) = last(&function.name)?;
    let kind = name.strip_prefix("pg_")?;
    let kind = kind.strip_suffix("_oid").or_else(|| kind.strip_suffix("_name"))?;
    kind.starts_with("reg").then(|| kind.to_owned())
}

/// Two references that are compared, `prorettype::regtype <> 'trigger'::regtype`: by their OIDs, where one of them is one.
pub(super) fn compare(left: &mut Expr, right: &mut Expr) {
    let (Some(kind), Some(other)) = (reference_call(left), reference_call(right)) else { return };
    if kind == other {
        rename(left, &format!("pg_{kind}_oid"));
        rename(right, &format!("pg_{kind}_oid"));
    }
}

fn rename(expr: &mut Expr, name: &str) {
    if let Expr::Function(function) = expr {
        function.name = ObjectName::from(vec![name.into()]);
    }
}

/// The type of the engine for one it does not know.
fn plain(kind: &DataType) -> Option<DataType> {
    match kind {
        DataType::JSON | DataType::JSONB | DataType::Uuid => Some(DataType::Text),
        DataType::Array(ArrayElemTypeDef::SquareBracket(item, size)) => {
            Some(DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(plain(item)?), *size)))
        }
        _ => Some(match custom(kind)?.as_str() {
            "name" | "char" | "text" | "varchar" | "bpchar" | "json" | "jsonb" | "xml" | "uuid" | "inet" | "cidr" | "citext"
            | "aclitem" | "unknown" | "cstring" | "pg_node_tree" => DataType::Text,
            "bool" | "boolean" => DataType::Boolean,
            "int2" | "smallint" => DataType::SmallInt(None),
            "oid" | "int4" | "integer" | "int" => DataType::Integer(None),
            "int8" | "bigint" | "xid" | "cid" | "xid8" => DataType::BigInt(None),
            "float4" => DataType::Real,
            "float8" => DataType::DoublePrecision,
            "date" => DataType::Date,
            _ => return None,
        }),
    }
}
