//! Statements in PostgreSQL's dialect as the engine plans them.
//!
//! The clients' own questions are written for a server that knows OIDs, `regclass` and zero-based vectors. What they mean is kept; what
//! the engine cannot say is said otherwise. Nothing here depends on a session: names are resolved later, by the functions that the casts
//! become.

mod arrays;
mod beside;
mod build;
mod casts;
mod emptiness;
mod gathered;
mod keys;
mod labels;
mod lateral;
mod level;
mod limits;
mod membership;
mod names;
mod operators;
mod ordering;
mod rows;
mod series;
mod shares;
mod spans;
mod spread;
mod subqueries;

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, Select, Statement, TableFactor, VisitMut, VisitorMut};

pub use arrays::items as array_items;
pub use labels::shown_name;

/// Relations that rewriting takes for empty.
#[cfg(test)]
pub(super) const fn never_filled() -> [&'static str; 26] {
    emptiness::NEVER
}

/// Rewrites a parsed statement from PostgreSQL's dialect to what the engine plans. Pure.
///
/// Columns without a name get the one PostgreSQL gives them. Where two would be called alike the second gets an ending that
/// [`shown_name`] takes off again.
pub fn rewrite(statement: &mut Statement) {
    if let Statement::Query(query) = statement {
        labels::name_columns(query);
    }
    // The walk never breaks off.
    let _walked = statement.visit(&mut Rewriter { is_telling_apart: true, ..Rewriter::default() });
}

/// The same, but columns keep the names that the engine gives them.
pub(crate) fn reword(statement: &mut Statement) {
    let _walked = statement.visit(&mut Rewriter::default());
}

/// Walks a statement.
#[derive(Default)]
struct Rewriter {
    /// Names of common table expressions: they go before tables of the system.
    common: HashSet<String>,
    /// Whether columns that are called alike get an ending.
    is_telling_apart: bool,
}

impl VisitorMut for Rewriter {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let own = query.with.iter().flat_map(|with| &with.cte_tables).map(|table| table.alias.name.value.clone());
        self.common.extend(own);
        limits::rewrite(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        membership::ask(&mut query.order_by, membership::Place::Value);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if emptiness::has_no_rows(select) {
            subqueries::forget(select);
        }
        lateral::rewrite(select);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        spread::rewrite(select);
        ordering::rewrite(select);
        membership::rewrite(select);
        beside::rewrite(select);
        arrays::unnest_series(select);
        if self.is_telling_apart {
            labels::tell_apart(select);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        names::relation(factor, &self.common);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        subqueries::rewrite(expr);
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) if let Some(array) = shares::of_several(function) => *expr = array,
            Expr::Function(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_) => names::function(expr),
            Expr::Cast { .. } => casts::rewrite(expr),
            Expr::Interval(interval) => spans::spell(&mut interval.value),
            Expr::CompoundFieldAccess { .. } => arrays::access(expr),
            _ => operators::rewrite(expr),
        }
        ControlFlow::Continue(())
    }
}
