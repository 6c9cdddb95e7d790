//! `MEASURE(kpi)` and `AGGREGATE(kpi)` in a SELECT over `kpi.<fact>`: the KPI at whatever grouping the query has.
//!
//! The call becomes the KPI's additive measures, so it is right for any GROUP BY; anywhere else, or over other rows than the
//! KPI's own fact, it is refused with the reason. A KPI that relates rows to each other (repeats, an agent's clock, shares)
//! is no aggregate of single rows: `kpi(...)` answers for it. `kpi(...)` in FROM is replaced here too, see [`super::call`].

mod expression;
mod passing;
mod scope;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Query, Select, SelectItem, SetExpr, Statement, TableFactor,
    VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::call;
use super::error::KpiError;
use super::fact;
use super::registry::Registry;
use super::spec::KpiSpec;
use expression::{not_an_aggregate, parse_expression};
use scope::{Named, Scope, Unfit, named, scope};

pub use expression::{RowMeasures, measure_expression, row_measures};

/// `sql` with every `MEASURE`, `AGGREGATE` and `kpi(...)` expanded; other SQL comes back unchanged, and so does SQL that
/// does not parse, for the engine to report. `params` are values for all KPIs that declare them.
///
/// # Errors
/// [`KpiError`] for names, parameters and places that do not fit.
pub fn expand_measures(sql: &str, registry: &Registry, params: &BTreeMap<String, String>) -> Result<String, KpiError> {
    let lower = sql.to_lowercase();
    if !["measure", "aggregate", "kpi"].iter().any(|word| calls(&lower, word)) {
        return Ok(sql.to_owned());
    }
    let Ok(mut statements) = Parser::parse_sql(&GenericDialect {}, sql) else { return Ok(sql.to_owned()) };
    let mut expander = Expander { registry, params, place: &ToOwned::to_owned, scopes: Vec::new(), named: Vec::new() };
    if let ControlFlow::Break(error) = statements.visit(&mut expander) {
        return Err(error);
    }
    Ok(statements.iter().map(ToString::to_string).collect::<Vec<_>>().join(";\n"))
}

/// As [`expand_measures`], in a statement that is parsed already. `place` puts a session's own tables into the SQL of a definition, which names
/// facts without a schema.
///
/// # Errors
/// As there.
pub fn expand_in(
    statement: &mut Statement,
    registry: &Registry,
    params: &BTreeMap<String, String>,
    place: &dyn Fn(&str) -> String,
) -> Result<(), KpiError> {
    let mut expander = Expander { registry, params, place, scopes: Vec::new(), named: Vec::new() };
    match statement.visit(&mut expander) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Whether `word` followed by an opening bracket stands in the text as a word of its own.
fn calls(sql: &str, word: &str) -> bool {
    sql.match_indices(word).any(|(at, _)| {
        let before = sql[..at].chars().next_back().is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
        before && sql[at + word.len()..].trim_start().starts_with('(')
    })
}

struct Expander<'a> {
    registry: &'a Registry,
    params: &'a BTreeMap<String, String>,
    place: &'a dyn Fn(&str) -> String,
    /// The SELECTs around the place, innermost last, or why a measure cannot stand in them.
    scopes: Vec<Result<Scope, Unfit>>,
    /// The subqueries of WITH in sight, innermost last.
    named: Vec<Named>,
}

impl VisitorMut for Expander<'_> {
    type Break = KpiError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<KpiError> {
        let inside = named(query, self.named.last().unwrap_or(&Named::new()));
        // ORDER BY belongs to the query, not to the SELECT inside it.
        self.scopes.push(match query.body.as_ref() {
            SetExpr::Select(select) => scope(select, &inside),
            _ => Err(Unfit::because("a set operation has no single fact")),
        });
        self.named.push(inside);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<KpiError> {
        self.named.pop();
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<KpiError> {
        self.scopes.push(scope(select, self.named.last().unwrap_or(&Named::new())));
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) = item
                && let Some(name) = measured(expr)
            {
                *item = SelectItem::ExprWithAlias { alias: Ident::new(name), expr: expr.clone() };
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _select: &mut Select) -> ControlFlow<KpiError> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<KpiError> {
        match call::expand(table, self.registry, self.params, self.place) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<KpiError> {
        if measured(expr).is_none() {
            return ControlFlow::Continue(());
        }
        let Expr::Function(function) = &*expr else { return ControlFlow::Continue(()) };
        match self.expansion(function) {
            Ok(expanded) => {
                *expr = expanded;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

impl Expander<'_> {
    fn expansion(&self, function: &Function) -> Result<Expr, KpiError> {
        let (name, own) = arguments(function).unwrap_or_default();
        let spec = self.registry.get(&name)?;
        let refuse = |why: String, hint: String| KpiError::OutsideGrain { kpi: spec.name.clone(), why, hint };
        // A KPI that is no aggregate anywhere says so itself, whatever the SELECT reads.
        let own_scope = match self.scopes.last() {
            _ if not_an_aggregate(spec).is_some() => None,
            Some(Ok(found)) if found.fact == spec.fact => found.qualifier.as_ref(),
            Some(Ok(found)) => {
                let unfit = Unfit::because(format!("it counts rows of kpi.{}, and this SELECT reads kpi.{}", spec.fact, found.fact));
                return Err(refuse(unfit.why.clone(), instead(spec, &unfit)));
            }
            Some(Err(unfit)) => {
                return Err(refuse(format!("it counts rows of kpi.{}, and {}", spec.fact, unfit.why), instead(spec, unfit)));
            }
            None => return Err(refuse("there is no SELECT around it".to_owned(), String::new())),
        };
        if function.over.is_some() {
            let (column, inner) = grouped(spec);
            let hint = format!("write SELECT *, lag({0}) OVER (ORDER BY {column}) FROM ({inner}) AS k", spec.name);
            return Err(refuse("it is an aggregate; a window over it needs a subquery".to_owned(), hint));
        }
        let mut asked: BTreeMap<String, String> = self.params.clone();
        asked.retain(|name, _| spec.parameters.contains_key(name));
        asked.extend(own);
        let filter = function.filter.as_ref().map(ToString::to_string);
        let text = measure_expression(spec, &asked, filter.as_deref(), own_scope)?;
        parse_expression(&spec.name, &text).map(|e| Expr::Nested(Box::new(e)))
    }
}

/// The name in `MEASURE(name)`; `None` for any other expression.
fn measured(expr: &Expr) -> Option<String> {
    let Expr::Function(function) = expr else { return None };
    let [part] = function.name.0.as_slice() else { return None };
    let called = part.as_ident()?.value.to_lowercase();
    (called == "measure" || called == "aggregate").then(|| arguments(function).map(|(name, _)| name).unwrap_or_default())
}

/// KPI name and `parameter => value` pairs of a call.
fn arguments(function: &Function) -> Option<(String, BTreeMap<String, String>)> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let (first, rest) = list.args.split_first()?;
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(first)) = first else { return None };
    let own = rest.iter().filter_map(call::named).collect();
    Some((call::text(first)?, own))
}

/// SQL that answers with the KPI by one column of its fact, as the inner part of a rewrite.
fn grouped(spec: &KpiSpec) -> (String, String) {
    let known = fact::dimensions(&spec.fact);
    let column = ["queue", "agent_id", "channel"].into_iter().find(|name| known.contains_key(*name)).unwrap_or("source");
    let column = known.get(column).map_or(column, String::as_str);
    (column.to_owned(), format!("SELECT {column}, MEASURE({0}) AS {0} FROM kpi.{1} GROUP BY {column}", spec.name, spec.fact))
}

/// What to write instead of a measure that cannot stand in a SELECT.
fn instead(spec: &KpiSpec, unfit: &Unfit) -> String {
    let (column, inner) = grouped(spec);
    match &unfit.joined {
        None => format!("write {inner}"),
        Some(other) => {
            let other = other.split_whitespace().next().filter(|_| !other.starts_with('(')).unwrap_or("other");
            format!(
                "write WITH k AS ({inner}) SELECT * FROM k JOIN {other} AS o ON o.{column} = k.{column}; a join inside is fine where \
                 each row of kpi.{} meets at most one: contacts by source and contact_id, a subquery by all its GROUP BY columns",
                spec.fact
            )
        }
    }
}

#[cfg(test)]
mod tests;
