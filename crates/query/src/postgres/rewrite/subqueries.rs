//! Subqueries that stand for one value: the engine plans a correlated one only when it is aggregated, and has no `ARRAY(SELECT …)`.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArguments, ObjectName, Query, Select, SelectItem, SetExpr, TableFactor, Value, Visit, VisitMut, Visitor,
    VisitorMut,
};

use super::build::{call, last, no_items, null, number, value};
use super::emptiness::{is_empty, summed};
use super::{gathered, keys, limits, membership};

/// Functions that make one row of many; a query with one of them is aggregated already.
pub(super) const AGGREGATES: [&str; 35] = [
    "any_value",
    "approx_distinct",
    "approx_percentile_cont",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "every",
    "first_value",
    "json_agg",
    "last_value",
    "max",
    "measure",
    "median",
    "min",
    "mode",
    "nth_value",
    "percentile_cont",
    "percentile_disc",
    "regr_slope",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
];

/// A subquery, before what is in it is rewritten.
pub(super) fn rewrite(expr: &mut Expr) {
    if let Some(compared) = membership::compared(expr) {
        *expr = compared;
    }
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
    keys::names(query).or_else(|| {
        let array = gathered::array(query)?;
        Some(if matches!(array, Expr::Subquery(_)) { call("pg_array", vec![array]) } else { array })
    })
}

/// Makes a correlated subquery one that is aggregated, which is the only kind the engine answers: of the first row where it asks for that, else of
/// the only one there may be.
fn aggregate(query: &mut Query) {
    limits::rewrite(query);
    let is_first = limits::is_one(query);
    if (gathered::is_limited(query) && !is_first) || !is_correlated(query) {
        return;
    }
    let Some((shown, alias)) = gathered::only_item(query) else { return };
    let (shown, alias) = (shown.clone(), alias.cloned());
    let mut order = gathered::ordered(query).unwrap_or_default();
    order.iter_mut().for_each(|by| gathered::resolve(by, &shown, alias.as_ref()));
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let is_bare = select.distinct.is_none() && gathered::is_ungrouped(select) && !select.from.is_empty();
    let ([SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }], true) =
        (select.projection.as_mut_slice(), is_bare && gathered::is_of_one_row(&shown))
    else {
        return;
    };
    *expr = if is_first {
        gathered::ordered_call("first_value", shown, order)
    } else {
        call("pg_only_row", vec![call("count", vec![number(1)]), call("max", vec![shown])])
    };
    query.order_by = None;
    query.limit_clause = None;
}

pub(super) fn has_aggregate(expr: &Expr) -> bool {
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
pub(super) fn is_correlated(query: &Query) -> bool {
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
