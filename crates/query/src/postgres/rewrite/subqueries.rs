//! Subqueries that stand for one value: the engine plans a correlated one only when it is aggregated, and has no `ARRAY(SELECT …)`.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArguments, ObjectName, Query, Select, SelectItem, SetExpr, TableFactor, UnaryOperator, Value, Visit, VisitMut,
    Visitor, VisitorMut,
};

use super::build::{call, last, no_items, null, value};
use super::emptiness::{is_empty, summed};
use super::keys;

/// Functions that make one row of many; a query with one of them is aggregated already.
const AGGREGATES: [&str; 14] = [
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "json_agg",
    "max",
    "min",
    "mode",
    "stddev",
    "string_agg",
    "sum",
    "variance",
];

/// A subquery, before what is in it is rewritten.
pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Subquery(query) if is_empty(query) => *expr = null(),
        Expr::Subquery(query) => match summed(query) {
            Some(sum) => *expr = sum,
            None => aggregate(query),
        },
        Expr::Exists { subquery, negated } if is_empty(subquery) => *expr = value(Value::Boolean(*negated)),
        Expr::Function(function) => {
            if let Some(array) = array_of(function) {
                *expr = array;
            }
        }
        _ => {}
    }
}

/// Takes the subqueries out of the columns of a question that has no rows.
pub(super) fn forget(select: &mut Select) {
    let mut forgetter = Forgetter;
    for item in &mut select.projection {
        let _walked = item.visit(&mut forgetter);
    }
}

/// Asks an array where a column asks whether a value is among the rows of a query: the engine can do that only in a condition.
pub(super) fn ask_arrays(select: &mut Select) {
    for item in &mut select.projection {
        let _walked = item.visit(&mut Gatherer);
    }
}

struct Gatherer;

impl VisitorMut for Gatherer {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::InSubquery { expr: of, subquery, negated } = expr
            && !is_correlated(subquery)
            && let Some(rows) = gathered(subquery)
        {
            let found = call("coalesce", vec![call("array_has", vec![rows, of.as_ref().clone()]), value(Value::Boolean(false))]);
            *expr = if *negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(found) } } else { found };
        }
        ControlFlow::Continue(())
    }
}

struct Forgetter;

impl VisitorMut for Forgetter {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Subquery(_) => *expr = null(),
            Expr::Exists { .. } => *expr = value(Value::Boolean(false)),
            Expr::Function(Function { args: FunctionArguments::Subquery(_), .. }) => *expr = no_items(),
            Expr::Function(function) if last(&function.name).is_some_and(|(name, _)| name == "unnest") => *expr = null(),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// `ARRAY(SELECT x …)` as an aggregate.
fn array_of(function: &Function) -> Option<Expr> {
    let FunctionArguments::Subquery(query) = &function.args else { return None };
    if last(&function.name).is_none_or(|(name, _)| name != "array") {
        return None;
    }
    if is_empty(query) {
        return Some(no_items());
    }
    keys::names(query).or_else(|| gathered(query))
}

/// The rows of a query of one column as an array.
fn gathered(query: &Query) -> Option<Expr> {
    let mut query = query.clone();
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    // A series is an array before it is rows.
    if let ([SelectItem::UnnamedExpr(series) | SelectItem::ExprWithAlias { expr: series, .. }], true) =
        (select.projection.as_slice(), select.from.is_empty() && select.selection.is_none())
        && matches!(series, Expr::Function(function) if last(&function.name).is_some_and(|(name, _)| name == "generate_series"))
    {
        return Some(series.clone());
    }
    for item in &mut select.projection {
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { return None };
        *expr = call("array_agg", vec![expr.clone()]);
    }
    // Its order would be that of the one row left.
    query.order_by = None;
    Some(Expr::Subquery(Box::new(query)))
}

/// Makes a correlated subquery one that is aggregated: it has one row, so that the greatest is the one.
fn aggregate(query: &mut Query) {
    let is_limited = query.limit_clause.is_some() || query.fetch.is_some();
    if is_limited || !is_correlated(query) {
        return;
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] = select.projection.as_mut_slice() else { return };
    let is_bare = select.distinct.is_none() && select.having.is_none() && !select.from.is_empty();
    if is_bare && !has_aggregate(expr) {
        *expr = call("max", vec![expr.clone()]);
        query.order_by = None;
    }
}

fn has_aggregate(expr: &Expr) -> bool {
    struct Finder;
    impl Visitor for Finder {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Function(function) if last(&function.name).is_some_and(|(name, _)| AGGREGATES.contains(&name.as_str())) => {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Finder).is_break()
}

/// Whether a column is qualified with what the query itself does not read from.
fn is_correlated(query: &Query) -> bool {
    let mut scope = Scope::default();
    let _walked = query.visit(&mut scope);
    scope.used.iter().any(|name| !scope.read.contains(name))
}

/// What a query reads from, and what its columns are qualified with.
#[derive(Default)]
struct Scope {
    read: HashSet<String>,
    used: HashSet<String>,
}

impl Visitor for Scope {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        let (name, alias) = match factor {
            TableFactor::Table { name, alias, .. } | TableFactor::Function { name, alias, .. } => (Some(name), alias),
            TableFactor::Derived { alias, .. } | TableFactor::UNNEST { alias, .. } => (None, alias),
            _ => return ControlFlow::Continue(()),
        };
        let alias = alias.as_ref().map(|a| a.name.value.to_lowercase());
        self.read.extend(alias.or_else(|| name.and_then(|n: &ObjectName| last(n)).map(|(name, _)| name)));
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [.., qualifier, _] = parts.as_slice()
        {
            self.used.insert(qualifier.value.to_lowercase());
        }
        ControlFlow::Continue(())
    }
}
