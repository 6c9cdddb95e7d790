//! Names: `pg_catalog` is searched without being named, and its functions are the engine's.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart, SetExpr,
    Statement, TableAliasColumnDef, TableFactor, TimezoneInfo, visit_expressions,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::super::relation;
use super::build::{call, cast, last, number};
use super::{series, spans};

/// A relation or table function that is read from.
pub(super) fn relation(factor: &mut TableFactor, common: &HashSet<String>) {
    match factor {
        TableFactor::Table { name, args: None, .. } => qualify(name, common),
        TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => {
            shorten(name);
            lower(name);
            if let Some(other) = read_function(factor) {
                *factor = other;
            }
        }
        // Its only column is called like the table.
        TableFactor::UNNEST { alias: Some(alias), array_exprs, with_offset: false, with_ordinality: false, .. }
            if alias.columns.is_empty() && array_exprs.len() == 1 =>
        {
            alias.columns.push(TableAliasColumnDef::from_name(alias.name.value.clone()));
        }
        _ => {}
    }
}

/// Writes a function's name as it is kept, unless it is quoted: the engine looks for table functions letter by letter.
fn lower(name: &mut ObjectName) {
    if let Some(ObjectNamePart::Identifier(ident)) = name.0.last_mut()
        && ident.quote_style.is_none()
    {
        ident.value.make_ascii_lowercase();
    }
}

/// Functions of one value that are read from as if they were a table of one row.
const VALUES: [&str; 6] = ["current_database", "current_schema", "current_schemas", "current_setting", "string_to_array", "version"];

/// What stands for a function that is read from: its only column is called like the table.
fn read_function(factor: &mut TableFactor) -> Option<TableFactor> {
    let TableFactor::Table { name, args: Some(args), alias, .. } = factor else { return None };
    let (function, 1) = last(name)? else { return None };
    if function == "generate_series" {
        series::meant(&mut args.args);
    }
    // The engine's table function wants its bounds written out; its function of the same name does not.
    let is_asking = function == "generate_series" && args.args.iter().any(asks);
    if is_asking || VALUES.contains(&function.as_str()) {
        let label =
            alias.as_ref().map_or_else(|| Ident::new(&function), |a| a.columns.first().map_or_else(|| a.name.clone(), |c| c.name.clone()));
        let arguments = args.args.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let table = alias.as_ref().map_or_else(|| function.clone(), |a| a.name.to_string());
        let called = format!("{function}({arguments})");
        let column = if is_asking { format!("unnest({called})") } else { called };
        return subquery(&format!("SELECT {column} AS {label}"), &table);
    }
    if function == "generate_series" {
        args.args.iter_mut().for_each(widen);
    }
    if matches!(function.as_str(), "generate_series" | "unnest")
        && let Some(alias) = alias
        && alias.columns.is_empty()
    {
        alias.columns.push(TableAliasColumnDef::from_name(alias.name.value.clone()));
    }
    None
}

/// Whether there is a question in an argument.
fn asks(argument: &FunctionArg) -> bool {
    let question = |expr: &Expr| if matches!(expr, Expr::Subquery(_)) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    visit_expressions(argument, question).is_break()
}

/// Makes an end of a series that is computed or cast a long integer, the only kind the engine counts with.
fn widen(argument: &mut FunctionArg) {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else { return };
    let is_bound = matches!(expr, Expr::Function(f) if last(&f.name).is_some_and(|(name, _)| name.starts_with("array_")));
    let is_short = matches!(expr, Expr::Cast { data_type: DataType::Int(_) | DataType::Integer(_) | DataType::SmallInt(_), .. });
    if is_bound || is_short {
        *expr = cast(expr.clone(), DataType::BigInt(None));
    }
}

/// A query as a table.
pub(super) fn subquery(sql: &str, table: &str) -> Option<TableFactor> {
    let mut statements = Parser::parse_sql(&PostgreSqlDialect {}, &format!("SELECT * FROM ({sql}) AS {table}")).ok()?;
    let Statement::Query(query) = statements.pop()? else { return None };
    let SetExpr::Select(mut select) = *query.body else { return None };
    Some(select.from.pop()?.relation)
}

fn qualify(name: &mut ObjectName, common: &HashSet<String>) {
    let Some((plain, 1)) = last(name) else { return };
    if !common.contains(&plain) && relation::find("pg_catalog", &plain).is_some() {
        name.0.insert(0, ObjectNamePart::Identifier(Ident::new("pg_catalog")));
    }
}

/// Takes the schema of the system's functions off.
fn shorten(name: &mut ObjectName) {
    let schema = name.0.first().and_then(ObjectNamePart::as_ident).map(|ident| ident.value.to_lowercase());
    if name.0.len() == 2 && matches!(schema.as_deref(), Some("pg_catalog" | "information_schema")) {
        name.0.remove(0);
    }
}

/// A function, or a column that is none.
pub(super) fn function(expr: &mut Expr) {
    match expr {
        Expr::Function(function) => {
            shorten(&mut function.name);
            if let Some(other) = replacement(function) {
                *expr = other;
            }
        }
        Expr::Identifier(ident) if ident.quote_style.is_none() => {
            let name = ident.value.to_lowercase();
            match name.as_str() {
                "current_schema" | "current_role" => *expr = call(&name, Vec::new()),
                "localtimestamp" => *expr = local_time(),
                _ => {}
            }
        }
        // Columns that every table of PostgreSQL has. Nothing here belongs to the catalogue it would name, so 0 is as good.
        Expr::CompoundIdentifier(parts) if parts.len() == 2 && matches!(parts[1].value.as_str(), "tableoid" | "xmin" | "cmin") => {
            *expr = number(0);
        }
        _ => {}
    }
}

/// `localtimestamp`, which is written with and without brackets.
fn local_time() -> Expr {
    cast(call("now", Vec::new()), DataType::Timestamp(None, TimezoneInfo::None))
}

/// What stands for a function that the engine has under another name.
fn replacement(function: &mut Function) -> Option<Expr> {
    let (name, 1) = last(&function.name)? else { return None };
    match name.as_str() {
        "clock_timestamp" | "statement_timestamp" | "transaction_timestamp" => Some(call("now", Vec::new())),
        "date_trunc" => {
            let [unit, at, zone] = <[Expr; 3]>::try_from(arguments(function)).ok()?;
            let shown = call("timezone", vec![zone.clone(), at]);
            Some(call("timezone", vec![zone, call("date_trunc", vec![unit, shown])]))
        }
        // Of no items there is none.
        "array_length" => {
            let length = call("nullif", vec![Expr::Function(function.clone()), number(0)]);
            Some(cast(length, DataType::Integer(None)))
        }
        "date" => {
            let [at] = <[Expr; 1]>::try_from(arguments(function)).ok()?;
            Some(cast(at, DataType::Date))
        }
        "mod" => {
            let [left, right] = <[Expr; 2]>::try_from(arguments(function)).ok()?;
            let side = |expr| Box::new(Expr::Nested(Box::new(expr)));
            Some(Expr::Nested(Box::new(Expr::BinaryOp { left: side(left), op: BinaryOperator::Modulo, right: side(right) })))
        }
        "generate_series" => {
            if let FunctionArguments::List(list) = &mut function.args {
                series::meant(&mut list.args);
            }
            None
        }
        "localtimestamp" => Some(local_time()),
        "make_interval" => Some(call(&name, spans::parts(function)?)),
        "age" => {
            let [earlier] = <[Expr; 1]>::try_from(arguments(function)).ok()?;
            Some(call("age", vec![call("current_date", Vec::new()), earlier]))
        }
        "sign" | "every" | "variance" => {
            let here = match name.as_str() {
                "sign" => "signum",
                "every" => "bool_and",
                _ => "var_samp",
            };
            function.name = ObjectName::from(vec![Ident::new(here)]);
            None
        }
        "string_to_table" => Some(call("unnest", vec![call("string_to_array", arguments(function))])),
        "_pg_expandarray" => {
            let expanded = call("pg_expandarray", arguments(function));
            Some(call("unnest", vec![expanded]))
        }
        "generate_subscripts" => {
            let array = arguments(function).into_iter().next()?;
            // Vectors of the catalogue count from 0.
            let first = number(i64::from(!super::arrays::is_vector(&array)));
            Some(call("unnest", vec![call("pg_subscripts", vec![array, first])]))
        }
        _ => None,
    }
}

/// The plain arguments of a call.
pub(super) fn arguments(function: &Function) -> Vec<Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let plain = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    list.args.iter().filter_map(plain).collect()
}
