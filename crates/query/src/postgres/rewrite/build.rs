//! Expressions put together.

use datafusion::sql::sqlparser::ast::Array;
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Value, ValueWithSpan,
};

/// A literal.
pub(super) fn value(value: Value) -> Expr {
    Expr::Value(ValueWithSpan::from(value))
}

/// A text literal.
pub(super) fn text(text: impl Into<String>) -> Expr {
    value(Value::SingleQuotedString(text.into()))
}

/// An item of an array literal.
pub(super) fn item(item: Option<String>) -> Expr {
    item.map_or_else(|| value(Value::Null), text)
}

/// A number literal.
pub(super) fn number(number: i64) -> Expr {
    value(Value::Number(number.to_string(), false))
}

/// A call of a function.
pub(super) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments.into_iter().map(|a| FunctionArg::Unnamed(FunctionArgExpr::Expr(a))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// A cast.
pub(super) fn cast(expr: Expr, kind: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type: kind, array: false, format: None }
}

/// NULL as text.
pub(super) fn null() -> Expr {
    cast(value(Value::Null), DataType::Text)
}

/// An array of expressions.
pub(super) const fn array(elem: Vec<Expr>) -> Expr {
    Expr::Array(Array { elem, named: true })
}

/// The type of arrays of text.
pub(super) fn texts() -> DataType {
    DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(DataType::Text), None))
}

/// An array without items.
pub(super) fn no_items() -> Expr {
    cast(array(Vec::new()), texts())
}

/// The last part of a name in lower case, and how many parts there are.
pub(super) fn last(name: &ObjectName) -> Option<(String, usize)> {
    let ident = name.0.last()?.as_ident()?;
    Some((ident.value.to_lowercase(), name.0.len()))
}

/// The text of a literal.
pub(super) fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text), .. }) => Some(text),
        Expr::Nested(inner) => literal(inner),
        _ => None,
    }
}

/// The column an expression is, without what qualifies it, in lower case.
pub(super) fn column(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(name.value.to_lowercase()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.to_lowercase()),
        Expr::Nested(inner) => column(inner),
        _ => None,
    }
}
