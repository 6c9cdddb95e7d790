//! Which questions about the catalogue have no rows, whatever the session: they ask for what there is none of.
//!
//! Clients hang subqueries on such questions that the engine cannot plan. None of them is ever computed.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, GroupByExpr, JoinOperator, Query, Select, SelectItem, SetExpr, TableFactor,
    TableWithJoins, visit_expressions_mut,
};

use super::build::{column, last, literal, number};

/// Relations that never have a row here.
pub(super) const NEVER: [&str; 26] = [
    "pg_attrdef",
    "pg_auth_members",
    "pg_db_role_setting",
    "pg_depend",
    "pg_enum",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_server",
    "pg_foreign_table",
    "pg_inherits",
    "pg_opclass",
    "pg_opfamily",
    "pg_partitioned_table",
    "pg_policy",
    "pg_publication",
    "pg_publication_namespace",
    "pg_publication_rel",
    "pg_rewrite",
    "pg_seclabel",
    "pg_seclabels",
    "pg_sequence",
    "pg_shseclabel",
    "pg_stat_replication",
    "pg_statistic_ext",
    "pg_subscription",
    "pg_trigger",
];

/// Columns that are NULL in every row.
const NULLS: [&str; 6] = ["attacl", "reloptions", "relpartbound", "indpred", "indexprs", "nspacl"];

/// Whether what a `SELECT` reads from has no rows.
pub(super) fn has_no_rows(select: &Select) -> bool {
    select.from.iter().any(is_empty_join) || select.selection.as_ref().is_some_and(is_never)
}

/// Whether a query gives no row at all.
pub(super) fn is_empty(query: &Query) -> bool {
    match query.body.as_ref() {
        SetExpr::Select(select) => has_no_rows(select) && !select.projection.iter().any(is_count),
        SetExpr::Query(inner) => is_empty(inner),
        _ => false,
    }
}

/// What a query gives that counts, or sums up otherwise, what has no rows: its only column over nothing.
pub(super) fn summed(query: &Query) -> Option<Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] = select.projection.as_slice() else { return None };
    let is_whole = select.having.is_none() && matches!(&select.group_by, GroupByExpr::Expressions(all, _) if all.is_empty());
    if !is_whole || !has_no_rows(select) || !select.projection.iter().any(is_count) {
        return None;
    }
    let mut expr = expr.clone();
    let _walked = visit_expressions_mut(&mut expr, |part| {
        if matches!(part, Expr::Function(function) if last(&function.name).is_some_and(|(name, _)| name == "count")) {
            *part = number(0);
        }
        ControlFlow::<()>::Continue(())
    });
    Some(Expr::Nested(Box::new(expr)))
}

/// A count of nothing is a row.
fn is_count(item: &SelectItem) -> bool {
    item.to_string().to_lowercase().contains("count(")
}

fn is_empty_join(table: &TableWithJoins) -> bool {
    let narrowing =
        |operator: &JoinOperator| matches!(operator, JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_));
    is_empty_factor(&table.relation) || table.joins.iter().any(|join| narrowing(&join.join_operator) && is_empty_factor(&join.relation))
}

fn is_empty_factor(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Table { name, args: None, .. } => last(name).is_some_and(|(name, _)| NEVER.contains(&name.as_str())),
        TableFactor::Table { name, args: Some(args), .. } => {
            let unnests = last(name).is_some_and(|(name, _)| name == "unnest");
            let of_null = |arg: &FunctionArg| matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) if is_null(expr));
            unnests && args.args.iter().all(of_null)
        }
        TableFactor::UNNEST { array_exprs, .. } => array_exprs.iter().all(is_null),
        TableFactor::Derived { subquery, .. } => is_empty(subquery),
        TableFactor::NestedJoin { table_with_joins, .. } => is_empty_join(table_with_joins),
        _ => false,
    }
}

fn is_null(expr: &Expr) -> bool {
    column(expr).is_some_and(|name| NULLS.contains(&name.as_str()))
}

/// Whether a condition never holds.
fn is_never(condition: &Expr) -> bool {
    match condition {
        Expr::Nested(inner) => is_never(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => is_never(left) || is_never(right),
        // A column's collation is always that of its type.
        Expr::BinaryOp { left, op: BinaryOperator::NotEq, right } => {
            column(left).as_deref() == Some("attcollation") && column(right).as_deref() == Some("typcollation")
        }
        // There are no domains, and no constraints but keys.
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => match (column(left).as_deref(), literal(right)) {
            (Some("typtype"), Some(kind)) => kind == "d",
            (Some("contype"), Some(kind)) => kind != "p",
            _ => false,
        },
        Expr::IsNotNull(inner) => is_null(inner),
        _ => false,
    }
}
