//! Comparisons of rows, column by column: `(a, b) > (c, d)` is `a > c OR a = c AND b > d`, so that each pair is compared as it would be alone.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, visit_expressions};

/// Columns of a row at most: what comes of it is nested as deep. Longer ones are left as they are, too.
const COLUMNS: usize = 32;

/// Parts of an expression in a row. They are written twice, so rows in rows in rows would grow without end; such are left as they are.
const PARTS: usize = 32;

/// What a comparison of two rows of expressions means; `None` for what is no such comparison.
pub(super) fn compared(left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Expr> {
    use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
    let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) else { return None };
    if left.len() != right.len() || left.is_empty() || left.len() > COLUMNS || left.iter().chain(right).any(is_large) {
        return None;
    }
    let pairs = || left.iter().zip(right);
    let strict = match op {
        Eq => return pairs().map(|(a, b)| both(a, &Eq, b)).reduce(|some, more| both(&some, &And, &more)),
        NotEq => return pairs().map(|(a, b)| both(a, &NotEq, b)).reduce(|some, more| both(&some, &Or, &more)),
        Lt | LtEq => Lt,
        Gt | GtEq => Gt,
        _ => return None,
    };
    // From the last pair on: what comes before decides first.
    let mut pairs = pairs().rev();
    let last = pairs.next().map(|(a, b)| both(a, op, b))?;
    Some(pairs.fold(last, |rest, (a, b)| both(&both(a, &strict, b), &Or, &both(&both(a, &Eq, b), &And, &rest))))
}

fn is_large(expr: &Expr) -> bool {
    let mut parts = 0;
    let walked = visit_expressions(expr, |_| {
        parts += 1;
        if parts > PARTS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    walked.is_break()
}

fn both(left: &Expr, op: &BinaryOperator, right: &Expr) -> Expr {
    Expr::Nested(Box::new(Expr::BinaryOp { left: Box::new(left.clone()), op: op.clone(), right: Box::new(right.clone()) }))
}
