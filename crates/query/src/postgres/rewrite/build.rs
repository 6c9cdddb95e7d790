//! Expressions put together.

use datafusion::sql::sqlparser::ast::Array;
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    ObjectName, Query, SetExpr, Statement, TableFactor, Value, ValueWithSpan,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

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

/// An expression, from its text.
pub(super) fn parsed(text: &str) -> Option<Expr> {
    Parser::new(&PostgreSqlDialect {}).try_with_sql(text).ok()?.parse_expr().ok()
}

/// A query as a table; `alias` is its name, with or without those of its columns.
pub(super) fn derived(query: Query, alias: &str) -> Option<TableFactor> {
    let mut statements = Parser::parse_sql(&PostgreSqlDialect {}, &format!("SELECT 1 FROM (SELECT 1) AS {alias}")).ok()?;
    let Statement::Query(around) = statements.pop()? else { return None };
    let SetExpr::Select(mut select) = *around.body else { return None };
    let mut table = select.from.pop()?.relation;
    let TableFactor::Derived { subquery, .. } = &mut table else { return None };
    **subquery = query;
    Some(table)
}

/// `SELECT columns FROM (query) AS alias`.
pub(super) fn over(columns: &str, query: Query, alias: &str) -> Option<Query> {
    let mut statements = Parser::parse_sql(&PostgreSqlDialect {}, &format!("SELECT {columns} FROM x")).ok()?;
    let Statement::Query(mut around) = statements.pop()? else { return None };
    let SetExpr::Select(select) = around.body.as_mut() else { return None };
    select.from.first_mut()?.relation = derived(query, alias)?;
    Some(*around)
}

/// The last part of a name in lower case, and how many parts there are.
pub(super) fn last(name: &ObjectName) -> Option<(String, usize)> {
    let ident = name.0.last()?.as_ident()?;
    Some((ident.value.to_lowercase(), name.0.len()))
}

/// An expression without the brackets around it.
pub(super) fn inside(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => inside(inner),
        other => other,
    }
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
