//! Subqueries about each row within an aggregate, a window or what is grouped by: `sum((SELECT count(*) FROM … WHERE … = c.id))`.
//!
//! The engine answers such a subquery beside a row, not within what is computed of many. So it becomes a relation of its own: `FROM …, LATERAL
//! (SELECT count(*) AS v FROM … WHERE … = c.id) AS pg_beside_1`, and a column of it stands where it stood.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, GroupByExpr, Ident, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins, Value, ValueWithSpan, VisitMut,
};

use super::build::{derived, last};
use super::level::{When, walk};
use super::subqueries::{AGGREGATES, is_correlated};

/// Moves them.
pub(super) fn rewrite(select: &mut Select) {
    let has_star = select.projection.iter().any(|item| !matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }));
    if select.from.is_empty() || has_star {
        return;
    }
    let grouped: Vec<Expr> = match &select.group_by {
        GroupByExpr::Expressions(by, _) => by.clone(),
        GroupByExpr::All(_) => Vec::new(),
    };
    let mut lifter = Lifter::default();
    for (at, item) in select.projection.iter_mut().enumerate() {
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = &*item else { continue };
        let alias = if let SelectItem::ExprWithAlias { alias, .. } = &*item { Some(alias) } else { None };
        lifter.is_grouped = grouped.iter().any(|by| by == expr || means(by, at + 1, alias));
        lifter.look(item);
    }
    lifter.is_grouped = true;
    if let GroupByExpr::Expressions(by, _) = &mut select.group_by {
        lifter.look(by);
    }
    lifter.is_grouped = false;
    if let Some(having) = &mut select.having {
        lifter.look(having);
    }
    let relations = lifter.lifted.into_iter().enumerate().filter_map(|(at, query)| relation(at + 1, query));
    select.from.extend(relations);
}

/// Whether a GROUP BY names a column by its place or its name.
fn means(by: &Expr, place: usize, alias: Option<&Ident>) -> bool {
    match by {
        Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) => number.parse() == Ok(place),
        Expr::Identifier(name) => alias.is_some_and(|alias| alias.value.eq_ignore_ascii_case(&name.value)),
        _ => false,
    }
}

fn name(at: usize) -> Ident {
    Ident::new(format!("pg_beside_{at}"))
}

fn relation(at: usize, query: Query) -> Option<TableWithJoins> {
    let mut relation = derived(query, &name(at).value)?;
    if let TableFactor::Derived { lateral, .. } = &mut relation {
        *lateral = true;
    }
    Some(TableWithJoins { relation, joins: Vec::new() })
}

#[derive(Default)]
struct Lifter {
    /// Aggregates and windows around.
    within: usize,
    is_grouped: bool,
    lifted: Vec<Query>,
}

impl Lifter {
    fn look(&mut self, of: &mut impl VisitMut) {
        walk(of, |when, expr| match when {
            When::Before => {
                self.within += usize::from(is_of_many(expr));
                if let Expr::Subquery(query) = &*expr
                    && (self.is_grouped || self.within > 0)
                    && is_correlated(query)
                    && let Some(column) = self.lift(query)
                {
                    *expr = column;
                }
            }
            When::After => self.within -= usize::from(is_of_many(expr)),
        });
    }

    /// The column that a query becomes.
    fn lift(&mut self, query: &Query) -> Option<Expr> {
        let mut query = query.clone();
        let SetExpr::Select(select) = query.body.as_mut() else { return None };
        let [item] = select.projection.as_mut_slice() else { return None };
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = &*item else { return None };
        *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::new("v") };
        let at = self.lifted.iter().position(|known| *known == query).unwrap_or_else(|| {
            self.lifted.push(query);
            self.lifted.len() - 1
        });
        Some(Expr::CompoundIdentifier(vec![name(at + 1), Ident::new("v")]))
    }
}

fn is_of_many(expr: &Expr) -> bool {
    match expr {
        Expr::Function(Function { over: Some(_), .. }) => true,
        Expr::Function(function) => last(&function.name).is_some_and(|(name, _)| AGGREGATES.contains(&name.as_str())),
        _ => false,
    }
}
