//! Bounds of series: PostgreSQL takes a text that is written beside a time for a time, and for a span where the step stands.

use datafusion::sql::sqlparser::ast::{DataType, Expr, FunctionArg, FunctionArgExpr, TypedString};

use super::build::{cast, literal};

/// Gives texts among the arguments of `generate_series` the type that they are meant to have.
pub(super) fn meant(arguments: &mut [FunctionArg]) {
    let Some(time) = arguments.iter().take(2).find_map(|argument| time(written(argument)?)) else { return };
    for (at, argument) in arguments.iter_mut().enumerate() {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else { continue };
        if literal(expr).is_some() {
            let kind = if at == 2 { DataType::Interval { fields: None, precision: None } } else { time.clone() };
            *expr = cast(expr.clone(), kind);
        }
    }
}

fn written(argument: &FunctionArg) -> Option<&Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

/// The type of what says that it is a time.
fn time(expr: &Expr) -> Option<DataType> {
    let (Expr::Cast { data_type, .. } | Expr::TypedString(TypedString { data_type, .. })) = expr else { return None };
    matches!(data_type, DataType::Date | DataType::Timestamp(..)).then(|| data_type.clone())
}
