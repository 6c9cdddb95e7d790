//! `LATERAL (SELECT … ORDER BY … LIMIT 1)`: the engine limits no rows beside each row, but aggregates them. The first row is the first of each
//! column; and where a row without one has no place in the answer, there must be some.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Ident, JoinOperator, Query, Select, SelectItem, SetExpr, TableFactor};

use super::build::{column, number};
use super::{gathered, limits};

/// Says those of a FROM so.
pub(super) fn rewrite(select: &mut Select) {
    let keeps_left = |op: &JoinOperator| matches!(op, JoinOperator::Left(_) | JoinOperator::LeftOuter(_));
    let keeps_no_right =
        |op: &JoinOperator| keeps_left(op) || matches!(op, JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_));
    if !select.from.iter().flat_map(|from| &from.joins).all(|join| keeps_no_right(&join.join_operator)) {
        return;
    }
    let mut conditions = Vec::new();
    for from in &mut select.from {
        conditions.extend(first(&mut from.relation));
        for join in &mut from.joins {
            let exists = first(&mut join.relation);
            conditions.extend(exists.filter(|_| !keeps_left(&join.join_operator)));
        }
    }
    for condition in conditions {
        select.selection = Some(match select.selection.take() {
            Some(given) => {
                let given = Box::new(Expr::Nested(Box::new(given)));
                Expr::BinaryOp { left: given, op: BinaryOperator::And, right: Box::new(condition) }
            }
            None => condition,
        });
    }
}

/// Makes the first row one of aggregates; returns that there is one.
fn first(factor: &mut TableFactor) -> Option<Expr> {
    let TableFactor::Derived { lateral: true, subquery: query, .. } = factor else { return None };
    limits::rewrite(query);
    let exists = exists(query);
    take_first(query).and(exists)
}

/// Whether a query has a row, whichever.
fn exists(query: &Query) -> Option<Expr> {
    let mut query = query.clone();
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    select.projection = vec![SelectItem::UnnamedExpr(number(1))];
    query.order_by = None;
    query.limit_clause = None;
    Some(Expr::Exists { subquery: Box::new(query), negated: false })
}

fn take_first(query: &mut Query) -> Option<()> {
    if !limits::is_one(query) {
        return None;
    }
    let mut order = gathered::ordered(query).unwrap_or_default();
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    let shown: Option<Vec<(Expr, Ident)>> = select.projection.iter().map(shown).collect();
    let (Some(shown), true) = (shown, select.distinct.is_none() && gathered::is_ungrouped(select) && !select.from.is_empty()) else {
        return None;
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
    let first = |(expr, alias): (Expr, Ident)| SelectItem::ExprWithAlias {
        expr: gathered::ordered_call("first_value", expr, order.clone()),
        alias,
    };
    select.projection = shown.into_iter().map(first).collect();
    query.order_by = None;
    query.limit_clause = None;
    Some(())
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
