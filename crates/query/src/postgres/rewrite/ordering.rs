//! `SELECT string_agg(x, ',') FROM (SELECT x … ORDER BY x) AS t`: PostgreSQL's aggregates take rows as they come, the engine's in the order that they
//! are told. So they are told that of the subquery, where it orders by what it shows.

use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArgumentClause, FunctionArguments, Ident, OrderByExpr, Select, SelectItem, SetExpr,
    TableFactor,
};

use super::build::last;
use super::gathered;
use super::level::{When, walk};

/// Aggregates whose value depends on the order of rows.
const ORDERED: [&str; 2] = ["array_agg", "string_agg"];

/// Tells them.
pub(super) fn rewrite(select: &mut Select) {
    let Some(order) = given(select) else { return };
    walk(&mut select.projection, |when, expr| {
        if let (When::Before, Some(clauses)) = (when, unordered(expr)) {
            clauses.push(FunctionArgumentClause::OrderBy(order.clone()));
        }
    });
}

/// The clauses of an aggregate that takes rows as they come.
fn unordered(expr: &mut Expr) -> Option<&mut Vec<FunctionArgumentClause>> {
    let Expr::Function(Function { name, args: FunctionArguments::List(list), over: None, within_group, .. }) = expr else { return None };
    let is_one = last(name).is_some_and(|(name, _)| ORDERED.contains(&name.as_str()));
    let is_told = !within_group.is_empty() || !list.clauses.is_empty() || list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
    (is_one && !is_told).then_some(&mut list.clauses)
}

/// The order of the only subquery that a SELECT reads, in columns of it.
fn given(select: &Select) -> Option<Vec<OrderByExpr>> {
    let [from] = select.from.as_slice() else { return None };
    let TableFactor::Derived { subquery, alias, .. } = &from.relation else { return None };
    let SetExpr::Select(inner) = subquery.body.as_ref() else { return None };
    let mut order = gathered::ordered(subquery).filter(|_| from.joins.is_empty())?;
    let shown: Vec<(&Expr, Option<&Ident>)> = inner.projection.iter().map(shown).collect::<Option<_>>()?;
    for by in &mut order {
        let at = match &by.expr {
            Expr::Value(number) => number.to_string().parse::<usize>().ok()?.checked_sub(1)?,
            expr => shown.iter().position(|(of, name)| {
                let is_name = matches!((expr, name), (Expr::Identifier(by), Some(name)) if by.value.eq_ignore_ascii_case(&name.value));
                is_name || *of == expr
            })?,
        };
        let renamed = alias.as_ref().and_then(|alias| alias.columns.get(at)).map(|column| &column.name);
        by.expr = Expr::Identifier(renamed.or_else(|| shown.get(at).and_then(|(_, name)| *name))?.clone());
    }
    Some(order)
}

fn shown(item: &SelectItem) -> Option<(&Expr, Option<&Ident>)> {
    match item {
        SelectItem::ExprWithAlias { expr, alias } => Some((expr, Some(alias))),
        SelectItem::UnnamedExpr(expr @ Expr::Identifier(name)) => Some((expr, Some(name))),
        SelectItem::UnnamedExpr(expr @ Expr::CompoundIdentifier(parts)) => Some((expr, parts.last())),
        SelectItem::UnnamedExpr(expr) => Some((expr, None)),
        _ => None,
    }
}
