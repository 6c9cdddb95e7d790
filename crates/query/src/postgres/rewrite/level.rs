//! The expressions of one query, without those of the queries within it, which are looked at on their own.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, VisitMut, VisitorMut};

/// Before or after what is in an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Before,
    After,
}

/// Calls `change` for each expression, before what is in it and after that.
pub(super) fn walk(of: &mut impl VisitMut, change: impl FnMut(When, &mut Expr)) {
    // The walk never breaks off.
    let _walked = of.visit(&mut Walk { depth: 0, change });
}

struct Walk<C> {
    /// Queries around.
    depth: usize,
    change: C,
}

impl<C: FnMut(When, &mut Expr)> Walk<C> {
    fn at(&mut self, when: When, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth == 0 {
            (self.change)(when, expr);
        }
        ControlFlow::Continue(())
    }
}

impl<C: FnMut(When, &mut Expr)> VisitorMut for Walk<C> {
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
        self.at(When::Before, expr)
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        self.at(When::After, expr)
    }
}
