//! Questions within expressions within questions: the engine takes twice as long for each more, so that thirty of them would be planned
//! for ever. Pure.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Statement, Visit as _, Visitor};

use crate::refusal::Refusal;

/// Refuses a statement with more than `most` of them in one another.
///
/// # Errors
/// 54000.
pub(super) fn look(statement: &Statement, most: usize) -> Result<(), Refusal> {
    match statement.visit(&mut Within { most, open: 0 }) {
        ControlFlow::Break(refusal) => Err(refusal),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Within {
    most: usize,
    /// Levels that are being read.
    open: usize,
}

const fn is_question(expr: &Expr) -> bool {
    matches!(expr, Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. })
}

impl Visitor for Within {
    type Break = Refusal;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Refusal> {
        self.open += usize::from(is_question(expr));
        if self.open <= self.most {
            return ControlFlow::Continue(());
        }
        let refusal = Refusal::error("54000", format!("more than {} questions stand within one another's expressions", self.most));
        ControlFlow::Break(refusal.hint("name the inner ones in WITH"))
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Refusal> {
        self.open -= usize::from(is_question(expr));
        ControlFlow::Continue(())
    }
}
