//! Truths written as text, `is_final = 'true'`, which drivers send for a value that is bound: the engine does not compare a truth with a text.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Reads them beside truths.
#[derive(Debug)]
pub(super) struct Written;

impl ExprPlanner for Written {
    fn plan_binary_op(&self, mut expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let is_truth = |of: &Expr| matches!(of.get_type(schema), Ok(DataType::Boolean));
        let compares = matches!(expr.op, BinaryOperator::Eq | BinaryOperator::NotEq);
        let other = if is_truth(&expr.left) { &expr.right } else { &expr.left };
        if compares
            && (is_truth(&expr.left) || is_truth(&expr.right))
            && truth(other).is_none()
            && let Some(text) = written(other)
        {
            return plan_err!("invalid input syntax for type boolean: \"{text}\"");
        }
        if compares
            && is_truth(&expr.left)
            && let Some(right) = truth(&expr.right)
        {
            expr.right = right;
        } else if compares
            && is_truth(&expr.right)
            && let Some(left) = truth(&expr.left)
        {
            expr.left = left;
        }
        Ok(PlannerResult::Original(expr))
    }
}

fn written(of: &Expr) -> Option<&str> {
    let Expr::Literal(value, _) = of else { return None };
    value.try_as_str()?
}

/// What a text literal says: the words of PostgreSQL's `boolin`, or how they begin.
pub(crate) fn truth(of: &Expr) -> Option<Expr> {
    let written = written(of)?.trim().to_ascii_lowercase();
    let begins = |word: &str, least: usize| written.len() >= least && word.starts_with(&*written);
    let is_true = begins("true", 1) || begins("yes", 1) || written == "on" || written == "1";
    let is_false = begins("false", 1) || begins("no", 1) || begins("off", 2) || written == "0";
    (is_true || is_false).then(|| lit(is_true))
}
