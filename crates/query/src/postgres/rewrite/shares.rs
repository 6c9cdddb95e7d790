//! Quantiles of several shares, `percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY wait_ms)`: an array of quantiles of one share each.

use datafusion::sql::sqlparser::ast::{Array, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::build::{array, last};

/// The array that such a call means.
pub(super) fn of_several(function: &Function) -> Option<Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Array(Array { elem, .. })))] = list.args.as_slice() else { return None };
    let is_quantile = last(&function.name).is_some_and(|(name, _)| matches!(name.as_str(), "percentile_cont" | "percentile_disc"));
    let of_one = |share: &Expr| {
        let mut call = function.clone();
        if let FunctionArguments::List(list) = &mut call.args {
            list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(share.clone()))];
        }
        Expr::Function(call)
    };
    is_quantile.then(|| array(elem.iter().map(of_one).collect()))
}
