//! `x IN (SELECT …)`, `x = ANY (SELECT …)` and `EXISTS (SELECT …)`, wherever they stand.
//!
//! The engine joins for them where they are a condition that a row must fulfil, and there NULL is as good as false. Elsewhere it has no plan, or one
//! that takes NULL for false where something follows from it (`NOT IN … OR …`, `IN … IS NULL`); its `> ALL` compares a column with itself where the
//! one within is called as the one outside. There the rows become an array that is asked (`any_eq` and its kin), or are counted.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Ident, Query, Select, SelectItem, SetExpr, UnaryOperator, VisitMut};

use super::build::{call, inside, number, over};
use super::gathered;
use super::level::{When, walk};
use super::subqueries::is_correlated;

/// Says the conditions and columns of a SELECT otherwise.
pub(super) fn rewrite(select: &mut Select) {
    select.selection.iter_mut().chain(&mut select.having).for_each(condition);
    for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
        ask(&mut join.join_operator, Place::Condition);
    }
    ask(&mut select.projection, Place::Value);
    ask(&mut select.group_by, Place::Value);
}

/// A comparison with all rows of a query or any of them.
pub(super) fn compared(expr: &Expr) -> Option<Expr> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    let (left, op, right, is_all) = match expr {
        Expr::AnyOp { left, compare_op, right, .. } => (left, compare_op, right, false),
        Expr::AllOp { left, compare_op, right } => (left, compare_op, right, true),
        _ => return None,
    };
    let Expr::Subquery(rows) = inside(right) else { return None };
    let (name, negated) = match (op, is_all) {
        (Eq, false) | (NotEq, true) => {
            return Some(Expr::InSubquery { expr: left.clone(), subquery: rows.clone(), negated: is_all });
        }
        (Eq, true) => ("all_eq", false),
        (NotEq, false) => ("all_eq", true),
        (Gt, false) => ("any_gt", false),
        (GtEq, false) => ("any_ge", false),
        (Lt, false) => ("any_lt", false),
        (LtEq, false) => ("any_le", false),
        (Gt, true) => ("any_le", true),
        (GtEq, true) => ("any_lt", true),
        (Lt, true) => ("any_ge", true),
        (LtEq, true) => ("any_gt", true),
        _ => return None,
    };
    Some(negate(call(name, vec![gathered::set(rows)?, left.as_ref().clone()]), negated))
}

/// What a row must fulfil.
fn condition(expr: &mut Expr) {
    match expr {
        Expr::Nested(inner) => condition(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            condition(left);
            condition(right);
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => match inside(inner) {
            Expr::InSubquery { expr: of, subquery, negated } => {
                *expr = Expr::InSubquery { expr: of.clone(), subquery: subquery.clone(), negated: !negated };
                condition(expr);
            }
            _ => ask(expr, Place::Condition),
        },
        Expr::InSubquery { expr: of, subquery, negated: true } => match of.as_ref() {
            Expr::Tuple(_) => as_rows(expr),
            _ if is_correlated(subquery) => ask(expr, Place::Condition),
            _ => {}
        },
        other => either(other),
    }
}

/// One of what a row must fulfil at least one of.
fn either(expr: &mut Expr) {
    match expr {
        Expr::Nested(inner) => either(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            either(left);
            either(right);
        }
        Expr::InSubquery { expr: of, negated: false, .. } => {
            if matches!(of.as_ref(), Expr::Tuple(_)) {
                as_rows(expr);
            }
        }
        other => ask(other, Place::Condition),
    }
}

/// `(a, b) IN (SELECT …)` as a question for a row that is alike; NOT IN, for one that may be.
fn as_rows(expr: &mut Expr) {
    let Expr::InSubquery { expr: of, subquery, negated } = expr else { return };
    let Expr::Tuple(values) = of.as_ref() else { return };
    let (op, joined) = if *negated { (BinaryOperator::NotEq, BinaryOperator::Or) } else { (BinaryOperator::Eq, BinaryOperator::And) };
    let names: Vec<String> = (1..=values.len()).map(|at| format!("v{at}")).collect();
    let column = |name: &String| Expr::CompoundIdentifier(vec![Ident::new("pg_rows"), Ident::new(name)]);
    let pairs = names.iter().zip(values).map(|(name, value)| both(column(name), &op, Expr::Nested(Box::new(value.clone()))));
    let Some(alike) = pairs.reduce(|some, more| both(some, &joined, more)) else { return };
    let condition = if *negated { Expr::IsNotTrue(Box::new(Expr::Nested(Box::new(alike)))) } else { alike };
    let Some(mut query) = over("1", subquery.as_ref().clone(), &format!("pg_rows({})", names.join(", "))) else { return };
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.selection = Some(condition);
        *expr = Expr::Exists { subquery: Box::new(query), negated: *negated };
    }
}

fn both(left: Expr, op: &BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) }
}

/// Where a question stands that is not just a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Within a condition: the engine finds out there by itself whether rows exist.
    Condition,
    /// Anywhere else.
    Value,
}

/// Asks the array of the rows, or counts them.
pub(super) fn ask(of: &mut impl VisitMut, place: Place) {
    walk(of, |when, expr| {
        let asked = match &*expr {
            _ if when == When::After => None,
            Expr::InSubquery { expr: of, subquery, negated } if !matches!(of.as_ref(), Expr::Tuple(_)) => {
                gathered::set(subquery).map(|rows| negate(call("any_eq", vec![rows, of.as_ref().clone()]), *negated))
            }
            Expr::Exists { subquery, negated } if place == Place::Value => counted(subquery, *negated),
            _ => None,
        };
        if let Some(asked) = asked {
            *expr = asked;
        }
    });
}

/// Whether there are rows, by their number.
fn counted(query: &Query, negated: bool) -> Option<Expr> {
    let mut rows = query.clone();
    let count = call("count", vec![number(1)]);
    let counted = match rows.body.as_mut() {
        SetExpr::Select(select) if gathered::is_ungrouped(select) && !gathered::is_limited(query) && shows_rows(&select.projection) => {
            select.projection = vec![SelectItem::UnnamedExpr(count)];
            select.distinct = None;
            rows.order_by = None;
            rows
        }
        _ => over("count(1)", rows, "pg_rows")?,
    };
    let op = if negated { BinaryOperator::Eq } else { BinaryOperator::Gt };
    Some(Expr::Nested(Box::new(both(Expr::Subquery(Box::new(counted)), &op, number(0)))))
}

/// Whether columns are those of rows, not of all of them or of several each.
fn shows_rows(projection: &[SelectItem]) -> bool {
    projection.iter().all(|item| match item {
        SelectItem::UnnamedExpr(shown) | SelectItem::ExprWithAlias { expr: shown, .. } => gathered::is_of_one_row(shown),
        _ => true,
    })
}

fn negate(expr: Expr, negated: bool) -> Expr {
    if negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(expr) } } else { expr }
}
