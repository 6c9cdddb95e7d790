//! LIMIT, and `FETCH FIRST n ROWS ONLY`, the standard's way of saying it.

use datafusion::sql::sqlparser::ast::{Expr, Fetch, LimitClause, Query, Value, ValueWithSpan};

use super::build::number;

/// Says it as LIMIT. What the engine does not have at all, ties and parts of a hundred, stays for it to refuse.
pub(super) fn rewrite(query: &mut Query) {
    let Some(Fetch { with_ties: false, percent: false, quantity }) = &query.fetch else { return };
    let first = Some(quantity.clone().unwrap_or_else(|| number(1)));
    match &mut query.limit_clause {
        None => query.limit_clause = Some(LimitClause::LimitOffset { limit: first, offset: None, limit_by: Vec::new() }),
        Some(LimitClause::LimitOffset { limit: limit @ None, .. }) => *limit = first,
        Some(_) => return,
    }
    query.fetch = None;
}

/// Whether a query gives its first row only.
pub(super) fn is_one(query: &Query) -> bool {
    let Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by }) = &query.limit_clause else { return false };
    let is_one = matches!(limit, Expr::Value(ValueWithSpan { value: Value::Number(number, _), .. }) if number == "1");
    is_one && limit_by.is_empty() && query.fetch.is_none()
}
