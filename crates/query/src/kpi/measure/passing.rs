//! Whether a subquery passes the rows of a fact on: each at most once, and its columns under their own names.
//!
//! That is how tools wrap a dataset: `FROM (SELECT * FROM kpi.queue_stints WHERE ...) AS virtual_table`.

use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, Ident, Query, Select, SelectItem, SetExpr, WildcardAdditionalOptions};

use super::super::agent_time::view_columns;
use super::super::fact::{self, AGENT_TIME};
use super::scope::{Named, Scope, Unfit, folded, scope};

/// The fact whose rows `query` passes on, or why it is none.
pub(super) fn passed(query: &Query, named: &Named) -> Result<Scope, Unfit> {
    let changed = || Unfit::because("the subquery that this SELECT reads does more than pass rows of a fact on");
    let SetExpr::Select(select) = query.body.as_ref() else { return Err(changed()) };
    let is_cut = query.limit_clause.is_some() || query.fetch.is_some() || query.with.is_some();
    if is_cut || !is_row_by_row(select) {
        return Err(changed());
    }
    let inner = scope(select, named)?;
    if inner.qualifier.is_some() || !select.projection.iter().all(|item| keeps_names(item, &inner.fact)) {
        return Err(changed());
    }
    Ok(inner)
}

fn is_row_by_row(select: &Select) -> bool {
    let is_ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(groups, modifiers) if groups.is_empty() && modifiers.is_empty());
    // What unnests in the SELECT repeats rows.
    let text = || select.projection.iter().map(|item| item.to_string().to_lowercase());
    let repeats = text().any(|item| ["unnest", "generate_s", "expandarray"].iter().any(|word| item.contains(word)));
    let is_plain = select.distinct.is_none() && select.top.is_none() && select.having.is_none() && select.qualify.is_none();
    is_plain && is_ungrouped && select.lateral_views.is_empty() && !repeats
}

/// Whether an output column is the column of the fact that its name says, if it has the name of one.
fn keeps_names(item: &SelectItem, fact: &str) -> bool {
    let own = |expr: &Expr| match expr {
        Expr::Identifier(word) => Some(folded(word)),
        Expr::CompoundIdentifier(words) => words.last().map(folded),
        _ => None,
    };
    match item {
        SelectItem::Wildcard(options) => {
            *options == WildcardAdditionalOptions { wildcard_token: options.wildcard_token.clone(), ..Default::default() }
        }
        SelectItem::UnnamedExpr(expr) => own(expr).is_some(),
        SelectItem::ExprWithAlias { expr, alias } => own(expr).is_some_and(|name| name == folded(alias)) || !is_column(fact, alias),
        _ => false,
    }
}

/// Whether the fact has a column of that name.
pub(super) fn is_column(fact: &str, name: &Ident) -> bool {
    let name = folded(name);
    let is_there = |schema: std::sync::Arc<arrow::datatypes::Schema>| schema.column_with_name(&name).is_some();
    if fact == AGENT_TIME { view_columns().iter().any(|(column, _)| *column == name) } else { fact::schema(fact).is_some_and(is_there) }
}
