//! `kpi('service_level', 'queue', '1d', '2026-01-01', '2026-02-01', 'UTC', 'arrival', 'threshold_s=30')` in FROM.
//!
//! By position: name, columns to group by (comma separated or an array), grain, from, to, zone, basis, parameters; from the
//! second on all may be left out, NULL or given by name (`by => 'queue', threshold_s => 30`). The call is replaced by the
//! query it stands for, so the planner sees nothing special and pushes filters into it.

use std::collections::BTreeMap;

use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, TableAlias, TableFactor, Value};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::error::KpiError;
use super::registry::Registry;
use super::request::{Grain, KpiRequest, parse_instant};
use super::sql::kpi_sql;

/// Arguments by position.
const POSITIONS: [&str; 8] = ["name", "by", "grain", "from", "to", "zone", "basis", "params"];

/// Replaces `kpi(...)` by the query it stands for, as `place` puts it; leaves every other table alone.
///
/// # Errors
/// For arguments that make no question.
pub fn expand(
    table: &mut TableFactor,
    registry: &Registry,
    params: &BTreeMap<String, String>,
    place: &dyn Fn(&str) -> String,
) -> Result<(), KpiError> {
    let (alias, arguments) = match table {
        TableFactor::Table { name, alias, args: Some(list), .. } if is_kpi(name) => (alias.take(), &list.args),
        TableFactor::Function { name, alias, args, .. } if is_kpi(name) => (alias.take(), &*args),
        _ => return Ok(()),
    };
    let mut request = request(arguments)?;
    let spec = registry.get(&request.name)?;
    for (name, value) in params.iter().filter(|(name, _)| spec.parameters.contains_key(*name)) {
        request.params.entry(name.clone()).or_insert_with(|| value.clone());
    }
    let sql = place(&kpi_sql(registry, &request)?);
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(&sql).and_then(|mut parser| parser.parse_query());
    let subquery = parsed.map_err(|e| KpiError::Definition { kpi: request.name.clone(), detail: e.to_string() })?;
    let alias = alias.or_else(|| Some(TableAlias { explicit: true, name: Ident::new("kpi"), columns: Vec::new(), at: None }));
    *table = TableFactor::Derived { lateral: false, subquery, alias, sample: None };
    Ok(())
}

fn is_kpi(name: &ObjectName) -> bool {
    matches!(name.0.as_slice(), [part] if part.as_ident().is_some_and(|i| i.value.eq_ignore_ascii_case("kpi")))
}

fn request(arguments: &[FunctionArg]) -> Result<KpiRequest, KpiError> {
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    let mut params = BTreeMap::new();
    for (index, argument) in arguments.iter().enumerate() {
        if let Some((name, value)) = named(argument) {
            if POSITIONS.contains(&name.as_str()) {
                given.insert(name, value);
            } else {
                params.insert(name, value);
            }
            continue;
        }
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else {
            return Err(KpiError::BadCall(format!("cannot read the argument {argument}")));
        };
        if matches!(expr, Expr::Value(v) if v.value == Value::Null) {
            continue;
        }
        let Some(name) = POSITIONS.get(index) else {
            return Err(KpiError::BadCall(format!("takes at most {} arguments by position", POSITIONS.len())));
        };
        let value = text(expr).ok_or_else(|| KpiError::BadCall(format!("{name} needs a literal, not {expr}")))?;
        given.insert((*name).to_owned(), value);
    }
    build(&given, params)
}

fn build(given: &BTreeMap<String, String>, mut params: BTreeMap<String, String>) -> Result<KpiRequest, KpiError> {
    let get = |name: &str| given.get(name).map(String::as_str).filter(|text| !text.trim().is_empty());
    let name = get("name").ok_or_else(|| KpiError::BadCall("needs the name of a KPI first".to_owned()))?;
    for pair in get("params").unwrap_or_default().split(',').filter(|p| !p.trim().is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| KpiError::BadCall(format!("\"{pair}\" is not name=value")))?;
        params.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    let mut request = KpiRequest::new(name);
    request.by = get("by").map(|b| b.split(',').map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect()).unwrap_or_default();
    request.grain = get("grain").map(Grain::parse).transpose()?;
    request.zone = get("zone").unwrap_or("UTC").to_owned();
    request.from = get("from").map(|t| parse_instant(t, &request.zone)).transpose()?;
    request.to = get("to").map(|t| parse_instant(t, &request.zone)).transpose()?;
    request.basis = get("basis").map(str::to_owned);
    request.params = params;
    Ok(request)
}

/// Name (in lower case) and text of an argument given by name.
pub(super) fn named(argument: &FunctionArg) -> Option<(String, String)> {
    let (name, value) = match argument {
        FunctionArg::Named { name, arg: FunctionArgExpr::Expr(value), .. } => (name.value.clone(), value),
        FunctionArg::ExprNamed { name, arg: FunctionArgExpr::Expr(value), .. } => (text(name)?, value),
        _ => return None,
    };
    Some((name.to_lowercase(), text(value)?))
}

/// The text of a literal: a string, a number, a bare word, a typed date or time, an array of them (comma separated).
pub(super) fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(word) => Some(word.value.clone()),
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => Some(digits.to_string()),
            Value::Null => Some(String::new()),
            other => other.clone().into_string(),
        },
        Expr::TypedString(typed) => typed.value.value.clone().into_string(),
        Expr::Array(array) => array.elem.iter().map(text).collect::<Option<Vec<_>>>().map(|words| words.join(",")),
        _ => None,
    }
}
