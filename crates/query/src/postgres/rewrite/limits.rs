//! `FETCH FIRST n ROWS ONLY`, the standard's way of saying LIMIT.

use datafusion::sql::sqlparser::ast::{Fetch, LimitClause, Query};

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
