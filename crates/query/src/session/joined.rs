//! `'since ' || started_at`: a time that is joined to a text is written as PostgreSQL writes it, in the session's zone.

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator};

/// The expression with such times written.
pub(super) fn written(expr: &Expr, schema: &DFSchema, state: &SessionState) -> Option<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) = expr else { return None };
    let is_time = |of: &Expr| matches!(of.get_type(schema), Ok(DataType::Timestamp(..) | DataType::Interval(_) | DataType::Duration(_)));
    if !is_time(left) && !is_time(right) {
        return None;
    }
    let write = state.scalar_functions().get("pg_text")?;
    let side = |of: &Expr| Box::new(if is_time(of) { write.call(vec![of.clone()]) } else { of.clone() });
    Some(Expr::BinaryExpr(BinaryExpr::new(side(left), Operator::StringConcat, side(right))))
}
