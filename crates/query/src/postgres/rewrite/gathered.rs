//! The rows of a query of one column as an array: what `ARRAY(SELECT …)` is, and what a value is looked for in.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArgumentClause, FunctionArguments, GroupByExpr, Ident, OrderByExpr, OrderByKind, Query, Select, SelectItem,
    SetExpr, Value, ValueWithSpan, visit_expressions,
};

use super::build::{call, last, over, parsed};
use super::subqueries::has_aggregate;

/// Functions that make rows of one value.
const SPREADING: [&str; 3] = ["unnest", "generate_series", "generate_subscripts"];

/// The rows of a query as an array to look for values in, NULL where there are none.
pub(super) fn set(query: &Query) -> Option<Expr> {
    let mut query = query.clone();
    if let (Some((shown, _)), true) = (only_item(&query), is_plain(&query)) {
        let item = SelectItem::UnnamedExpr(call("pg_sorted", vec![call("array_agg", vec![shown.clone()])]));
        query.order_by = None;
        let SetExpr::Select(select) = query.body.as_mut() else { return None };
        select.projection = vec![item];
        return Some(Expr::Subquery(Box::new(query)));
    }
    over("pg_sorted(array_agg(v))", query, "pg_rows(v)").map(|query| Expr::Subquery(Box::new(query)))
}

/// The rows of a query as an array in their order, NULL where there are none.
pub(super) fn array(query: &Query) -> Option<Expr> {
    let mut query = query.clone();
    if let Some(series) = series(&query) {
        return Some(series);
    }
    let mut order = ordered(&query).unwrap_or_default();
    let (is_limited, is_plain) = (is_limited(&query), is_plain(&query));
    if let Some((shown, alias)) = only_item(&query) {
        let (shown, alias) = (shown.clone(), alias.cloned());
        order.iter_mut().for_each(|by| resolve(by, &shown, alias.as_ref()));
        if is_plain {
            query.order_by = None;
            let SetExpr::Select(select) = query.body.as_mut() else { return None };
            select.projection = vec![SelectItem::UnnamedExpr(ordered_call("array_agg", shown, order))];
            return Some(Expr::Subquery(Box::new(query)));
        }
        if order.iter().any(|by| by.expr != shown) {
            number(&mut query, &order)?;
            return over("array_agg(v ORDER BY n)", query, "pg_rows(v, n)").map(|query| Expr::Subquery(Box::new(query)));
        }
    }
    if !is_limited {
        query.order_by = None;
    }
    // What is left is ordered by the column itself.
    let by = order.first().map(|by| format!(" ORDER BY v{}", by.options)).unwrap_or_default();
    over(&format!("array_agg(v{by})"), query, "pg_rows(v)").map(|query| Expr::Subquery(Box::new(query)))
}

/// A series is an array before it is rows.
fn series(query: &Query) -> Option<Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let (shown, _) = only_item(query)?;
    let is_series = matches!(shown, Expr::Function(function) if last(&function.name).is_some_and(|(name, _)| name == "generate_series"));
    let is_all =
        is_series && select.from.is_empty() && select.selection.is_none() && query.order_by.is_none() && is_plain_but_for_item(query);
    is_all.then(|| shown.clone())
}

/// The column of a query and what it is called.
pub(super) fn only_item(query: &Query) -> Option<(&Expr, Option<&Ident>)> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(shown)] => Some((shown, None)),
        [SelectItem::ExprWithAlias { expr: shown, alias }] => Some((shown, Some(alias))),
        _ => None,
    }
}

/// Whether each row that a query reads is one of its own, so that they can be aggregated as they are read.
pub(super) fn is_plain(query: &Query) -> bool {
    is_plain_but_for_item(query) && only_item(query).is_some_and(|(shown, _)| is_of_one_row(shown))
}

fn is_plain_but_for_item(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    !is_limited(query) && select.distinct.is_none() && is_ungrouped(select)
}

/// Whether a SELECT has neither GROUP BY nor HAVING nor what is like it.
pub(super) fn is_ungrouped(select: &Select) -> bool {
    let is_grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, more) if by.is_empty() && more.is_empty());
    !is_grouped && select.having.is_none() && select.qualify.is_none()
}

/// Whether a query gives only some of its rows.
pub(super) const fn is_limited(query: &Query) -> bool {
    query.limit_clause.is_some() || query.fetch.is_some()
}

/// Whether an expression is computed of one row.
pub(super) fn is_of_one_row(expr: &Expr) -> bool {
    let looked = visit_expressions(expr, |part| match part {
        Expr::Function(Function { over: Some(_), .. }) => ControlFlow::Break(()),
        Expr::Function(function) if last(&function.name).is_some_and(|(name, _)| SPREADING.contains(&name.as_str())) => {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    looked.is_continue() && !has_aggregate(expr)
}

/// What a query is ordered by, NULL where PostgreSQL has it.
pub(super) fn ordered(query: &Query) -> Option<Vec<OrderByExpr>> {
    let OrderByKind::Expressions(by) = &query.order_by.as_ref()?.kind else { return None };
    let mut by = by.clone();
    for one in &mut by {
        let is_descending = one.options.asc == Some(false);
        let _given = one.options.nulls_first.get_or_insert(is_descending);
    }
    Some(by)
}

/// Says the number or the name of the column as what it is.
pub(super) fn resolve(by: &mut OrderByExpr, shown: &Expr, alias: Option<&Ident>) {
    let is_it = match &by.expr {
        Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) => number == "1",
        Expr::Identifier(name) => alias.is_some_and(|alias| alias.value.eq_ignore_ascii_case(&name.value)),
        _ => false,
    };
    if is_it {
        by.expr = shown.clone();
    }
}

/// A call of an aggregate that takes its rows in an order.
pub(super) fn ordered_call(name: &str, of: Expr, order: Vec<OrderByExpr>) -> Expr {
    let mut called = call(name, vec![of]);
    if let (Expr::Function(Function { args: FunctionArguments::List(list), .. }), false) = (&mut called, order.is_empty()) {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
    called
}

/// Numbers the rows of a query in their order, as a second column.
fn number(query: &mut Query, order: &[OrderByExpr]) -> Option<()> {
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    if select.distinct.is_some() {
        return None;
    }
    let order = order.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let expr = parsed(&format!("row_number() OVER (ORDER BY {order})"))?;
    select.projection.push(SelectItem::ExprWithAlias { expr, alias: Ident::new("n") });
    Some(())
}
