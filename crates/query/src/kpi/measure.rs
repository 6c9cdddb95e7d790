//! `MEASURE(kpi)` and `AGGREGATE(kpi)` in a SELECT over `kpi.<fact>`: the KPI at whatever grouping the query has.
//!
//! The call becomes the KPI's additive measures, so it is right for any GROUP BY; anywhere else, or over other rows than the
//! KPI's own fact, it is refused with the reason. A KPI that relates rows to each other (repeats, an agent's clock, shares)
//! is no aggregate of single rows: `kpi(...)` answers for it. `kpi(...)` in FROM is replaced here too, see [`super::call`].

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Query, Select, SelectItem, SetExpr, TableFactor, VisitMut,
    VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::call;
use super::error::KpiError;
use super::fact;
use super::parameter::{effective, substitute};
use super::registry::Registry;
use super::request::parse_instant;
use super::spec::{KpiKind, KpiSpec};
use super::sql::envelope::order_statistic;
use super::sql::plan::instant;

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
    let mut expander = Expander { registry, params, scopes: Vec::new() };
    if let ControlFlow::Break(error) = statements.visit(&mut expander) {
        return Err(error);
    }
    Ok(statements.iter().map(ToString::to_string).collect::<Vec<_>>().join(";\n"))
}

/// Whether `word` followed by an opening bracket stands in the text as a word of its own.
fn calls(sql: &str, word: &str) -> bool {
    sql.match_indices(word).any(|(at, _)| {
        let before = sql[..at].chars().next_back().is_none_or(|c| !(c.is_alphanumeric() || c == '_'));
        before && sql[at + word.len()..].trim_start().starts_with('(')
    })
}

/// The fact a SELECT reads as `kpi.<fact>`, or why a measure cannot stand in it.
type Scope = Result<String, String>;

struct Expander<'a> {
    registry: &'a Registry,
    params: &'a BTreeMap<String, String>,
    scopes: Vec<Scope>,
}

impl VisitorMut for Expander<'_> {
    type Break = KpiError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<KpiError> {
        // ORDER BY belongs to the query, not to the SELECT inside it.
        self.scopes.push(match query.body.as_ref() {
            SetExpr::Select(select) => scope(select),
            _ => Err("a set operation has no single fact".to_owned()),
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<KpiError> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<KpiError> {
        self.scopes.push(scope(select));
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
        match call::expand(table, self.registry, self.params) {
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
        let refuse = |why: &str| KpiError::OutsideGrain { kpi: spec.name.clone(), why: why.to_owned() };
        if let Some(why) = not_an_aggregate(spec) {
            return Err(refuse(&why));
        }
        if function.over.is_some() {
            return Err(refuse("it is an aggregate; a window over it needs a subquery"));
        }
        let none = Err("there is no SELECT around it".to_owned());
        match self.scopes.last().unwrap_or(&none) {
            Ok(found) if *found == spec.fact => {}
            Ok(found) => return Err(refuse(&format!("it counts rows of kpi.{}, and this SELECT reads kpi.{found}", spec.fact))),
            Err(why) => return Err(refuse(&format!("it counts rows of kpi.{}, and {why}", spec.fact))),
        }
        let mut asked: BTreeMap<String, String> = self.params.clone();
        asked.retain(|name, _| spec.parameters.contains_key(name));
        asked.extend(own);
        let filter = function.filter.as_ref().map(ToString::to_string);
        let text = measure_expression(spec, &asked, filter.as_deref())?;
        parse_expression(&spec.name, &text)
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

/// Which fact the SELECT reads.
fn scope(select: &Select) -> Scope {
    let [table] = select.from.as_slice() else { return Err("this SELECT reads no single table".to_owned()) };
    if !table.joins.is_empty() {
        return Err("this SELECT joins, which may repeat rows; aggregate first, join after".to_owned());
    }
    let TableFactor::Table { name, args: None, .. } = &table.relation else {
        return Err("this SELECT reads no table".to_owned());
    };
    let parts: Vec<String> = name.0.iter().filter_map(|p| p.as_ident().map(|i| i.value.to_lowercase())).collect();
    match parts.as_slice() {
        [.., schema, table] if schema == "kpi" && fact::FACTS.contains(&table.as_str()) => Ok(table.clone()),
        _ => Err(format!("this SELECT reads {name}")),
    }
}

/// Why the KPI is no aggregate of single rows of its fact, if it is none.
fn not_an_aggregate(spec: &KpiSpec) -> Option<String> {
    let ask = format!("ask kpi('{}', ...) instead", spec.name);
    if spec.derive.is_some() {
        return Some(format!("it relates contacts to each other; {ask}"));
    }
    if spec.kind == KpiKind::Share {
        return Some(format!("a share needs the total of all groups; {ask}"));
    }
    if fact::sweep_sql(&spec.fact).is_some() {
        return Some(format!("it is measured on an agent's clock; {ask}"));
    }
    None
}

/// The KPI as an aggregate expression over columns of its fact, each side restricted to `filter` where given.
///
/// # Errors
/// For parameters that do not fit and for KPIs that are no aggregate of single rows.
pub fn measure_expression(spec: &KpiSpec, asked: &BTreeMap<String, String>, filter: Option<&str>) -> Result<String, KpiError> {
    if let Some(why) = not_an_aggregate(spec) {
        return Err(KpiError::OutsideGrain { kpi: spec.name.clone(), why });
    }
    let numerator = versioned(spec, asked, filter, |rule| Some(rule.numerator.clone()))?;
    let scale = if spec.scale == 1.0 { String::new() } else { format!(" / {:?}", spec.scale) };
    Ok(match spec.kind {
        KpiKind::Sum => format!("CAST(coalesce(sum({numerator}), 0) AS DOUBLE){scale}"),
        KpiKind::Ratio | KpiKind::Mean => {
            let denominator = versioned(spec, asked, filter, |rule| rule.denominator.clone())?;
            format!("CAST(coalesce(sum({numerator}), 0) AS DOUBLE){scale} / nullif(CAST(sum({denominator}) AS DOUBLE), 0.0)")
        }
        _ => format!("CAST({} AS DOUBLE){scale}", order_statistic(spec, &numerator)),
    })
}

/// One measure under population and filter, by the version of the rule that holds at the row's instant.
fn versioned(
    spec: &KpiSpec,
    asked: &BTreeMap<String, String>,
    filter: Option<&str>,
    pick: impl Fn(&KpiSpec) -> Option<String>,
) -> Result<String, KpiError> {
    let watermark = format!("(SELECT max(recorded_at) FROM {})", spec.fact);
    let one = |index: usize| -> Result<String, KpiError> {
        let rule = spec.in_version(index);
        let values = effective(&rule, asked)?;
        let fill = |text: &str| substitute(&spec.name, text, &values, &watermark);
        let measure = fill(&pick(&rule).unwrap_or_else(|| "1".to_owned()))?;
        let population = rule.population.as_deref().map(fill).transpose()?;
        let conditions: Vec<String> = population.iter().map(String::as_str).chain(filter).map(|c| format!("({c})")).collect();
        let when = conditions.join(" AND ");
        Ok(if when.is_empty() { measure } else { format!("CASE WHEN {when} THEN {measure} END") })
    };
    let mut expression = one(0)?;
    let at = spec.bases.get(&spec.default_basis).cloned().unwrap_or_else(|| "recorded_at".to_owned());
    for (index, version) in spec.versions.iter().enumerate() {
        let from = instant(parse_instant(&version.valid_from, "UTC")?);
        let values = effective(&spec.in_version(index + 1), asked)?;
        let at = substitute(&spec.name, &at, &values, &watermark)?;
        expression = format!("CASE WHEN {at} >= {from} THEN {} ELSE {expression} END", one(index + 1)?);
    }
    Ok(expression)
}

fn parse_expression(kpi: &str, text: &str) -> Result<Expr, KpiError> {
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(text).and_then(|mut parser| parser.parse_expr());
    parsed.map(|e| Expr::Nested(Box::new(e))).map_err(|e| KpiError::Definition { kpi: kpi.to_owned(), detail: e.to_string() })
}

#[cfg(test)]
mod tests;
