//! `LATERAL (SELECT … ORDER BY … LIMIT 1)`: the engine limits no rows beside each row, but aggregates them. The first row is the first of each
//! column, if there are rows at all.

use datafusion::sql::sqlparser::ast::{Expr, Ident, SelectItem, SetExpr, TableFactor};

use super::build::{column, parsed};
use super::{gathered, limits};

/// Says it so.
pub(super) fn rewrite(factor: &mut TableFactor) {
    let TableFactor::Derived { lateral: true, subquery: query, .. } = factor else { return };
    limits::rewrite(query);
    if !limits::is_one(query) {
        return;
    }
    let mut order = gathered::ordered(query).unwrap_or_default();
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let shown: Option<Vec<(Expr, Ident)>> = select.projection.iter().map(shown).collect();
    let (Some(shown), true) = (shown, select.distinct.is_none() && gathered::is_ungrouped(select) && !select.from.is_empty()) else {
        return;
    };
    for by in &mut order {
        let named = |name: &String| shown.iter().find(|(_, alias)| alias.value.eq_ignore_ascii_case(name));
        if let (Expr::Identifier(_), Some((expr, _))) = (&by.expr, column(&by.expr).as_ref().and_then(named)) {
            by.expr = expr.clone();
        }
        if let Some((expr, _)) = place(&by.expr).and_then(|at| shown.get(at)) {
            by.expr = expr.clone();
        }
    }
    let Some(exists) = parsed("count(1) > 0") else { return };
    let first = |(expr, alias): (Expr, Ident)| SelectItem::ExprWithAlias {
        expr: gathered::ordered_call("first_value", expr, order.clone()),
        alias,
    };
    select.projection = shown.into_iter().map(first).collect();
    select.having = Some(exists);
    query.order_by = None;
    query.limit_clause = None;
}

/// A column of rows and its name; nothing else can be taken of the first.
pub(super) fn shown(item: &SelectItem) -> Option<(Expr, Ident)> {
    let (expr, alias) = match item {
        SelectItem::ExprWithAlias { expr, alias } => (expr, alias.clone()),
        SelectItem::UnnamedExpr(expr @ Expr::Identifier(name)) => (expr, name.clone()),
        SelectItem::UnnamedExpr(expr @ Expr::CompoundIdentifier(parts)) => (expr, parts.last()?.clone()),
        _ => return None,
    };
    gathered::is_of_one_row(expr).then(|| (expr.clone(), alias))
}

/// The place that a number in ORDER BY means, from 0.
fn place(expr: &Expr) -> Option<usize> {
    expr.to_string().parse::<usize>().ok()?.checked_sub(1)
}
