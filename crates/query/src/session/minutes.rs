//! Texts that say hours and minutes and no seconds, `'2026-01-05 10:00'`, or a day without hyphens, `'20260105'`: they are times in PostgreSQL, and the
//! engine wants them in full. A truth may be written in a text, too: `is_final IN ('t')`, `CASE is_final WHEN 't'`.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::expr::{Between, Case, InList};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, cast, lit};

use super::zoned::compares;
use crate::functions::truth;

/// The expression with the seconds of such texts, where they are cast to times or stand beside some.
pub(super) fn with_seconds(expr: &Expr, schema: &DFSchema) -> Option<Expr> {
    let is_time = |of: &Expr| matches!(of.get_type(schema), Ok(DataType::Timestamp(..)));
    let is_truth = |of: &Expr| matches!(of.get_type(schema), Ok(DataType::Boolean));
    match expr {
        Expr::Cast(Cast { expr: of, field }) if matches!(field.data_type(), DataType::Timestamp(..)) => {
            full(of).map(|of| cast(of, field.data_type().clone()))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => {
            let (left, right) = match (is_time(left), is_time(right)) {
                (true, false) => (left.as_ref().clone(), full(right)?),
                (false, true) => (full(left)?, right.as_ref().clone()),
                _ => return None,
            };
            Some(Expr::BinaryExpr(BinaryExpr::new(Box::new(left), *op, Box::new(right))))
        }
        Expr::Between(Between { expr: at, negated, low, high }) if is_time(at) => {
            let (new_low, new_high) = (full(low), full(high));
            (new_low.is_some() || new_high.is_some()).then(|| {
                let (low, high) = (new_low.unwrap_or_else(|| low.as_ref().clone()), new_high.unwrap_or_else(|| high.as_ref().clone()));
                Expr::Between(Between::new(at.clone(), *negated, Box::new(low), Box::new(high)))
            })
        }
        Expr::InList(InList { expr: at, list, negated }) if is_time(at) && list.iter().any(|value| full(value).is_some()) => {
            let list = list.iter().map(|value| full(value).unwrap_or_else(|| value.clone())).collect();
            Some(Expr::InList(InList::new(at.clone(), list, *negated)))
        }
        Expr::InList(InList { expr: of, list, negated }) if is_truth(of) && list.iter().any(|value| truth(value).is_some()) => {
            let list = list.iter().map(|value| truth(value).unwrap_or_else(|| value.clone())).collect();
            Some(Expr::InList(InList::new(of.clone(), list, *negated)))
        }
        Expr::Case(Case { expr: Some(of), when_then_expr, else_expr })
            if is_truth(of) && when_then_expr.iter().any(|(when, _)| truth(when).is_some()) =>
        {
            let whens =
                when_then_expr.iter().map(|(when, then)| (Box::new(truth(when).unwrap_or_else(|| when.as_ref().clone())), then.clone()));
            Some(Expr::Case(Case::new(Some(of.clone()), whens.collect(), else_expr.clone())))
        }
        _ => None,
    }
}

fn full(of: &Expr) -> Option<Expr> {
    let Expr::Literal(value, _) = of else { return None };
    if !matches!(value, ScalarValue::Utf8(_) | ScalarValue::Utf8View(_) | ScalarValue::LargeUtf8(_)) {
        return None;
    }
    written(value.try_as_str()??).map(lit)
}

/// `2026-01-05 10:00` and an offset, if there is one.
fn written(text: &str) -> Option<String> {
    const SHAPE: &[u8] = b"0000-00-00 00:00";
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]));
    }
    let (minutes, rest) = text.split_at_checked(SHAPE.len())?;
    let fits = |(letter, shape): (u8, &u8)| {
        if *shape == b'0' { letter.is_ascii_digit() } else { letter == *shape || (*shape == b' ' && letter == b'T') }
    };
    let is_end = rest.is_empty() || rest.starts_with(['+', '-', 'Z', ' ']);
    (minutes.bytes().zip(SHAPE).all(fits) && is_end).then(|| format!("{minutes}:00{rest}"))
}
