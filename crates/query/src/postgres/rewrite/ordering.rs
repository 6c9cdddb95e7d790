//! `SELECT string_agg(x, ',') FROM (SELECT x … ORDER BY x) AS t`: PostgreSQL's aggregates take rows as they come, the engine's in the order that they
//! are told. So they are told that of the subquery, where it orders by what it shows.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArgumentClause, FunctionArguments, Ident, OrderByExpr, Query, Select, SelectItem, SetExpr,
    TableFactor, VisitMut as _, VisitorMut,
};

use super::build::last;
use super::gathered;

/// Aggregates whose value depends on the order of rows.
const ORDERED: [&str; 2] = ["array_agg", "string_agg"];

/// Tells them.
pub(super) fn rewrite(select: &mut Select) {
    let Some(order) = given(select) else { return };
    let _walked = select.projection.visit(&mut Telling { order, depth: 0 });
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

struct Telling {
    order: Vec<OrderByExpr>,
    /// Queries around.
    depth: usize,
}

impl VisitorMut for Telling {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(Function { name, args: FunctionArguments::List(list), over: None, within_group, .. }) = expr
            && self.depth == 0
            && within_group.is_empty()
            && last(name).is_some_and(|(name, _)| ORDERED.contains(&name.as_str()))
            && list.clauses.is_empty()
            && list.duplicate_treatment != Some(DuplicateTreatment::Distinct)
        {
            list.clauses.push(FunctionArgumentClause::OrderBy(self.order.clone()));
        }
        ControlFlow::Continue(())
    }
}
