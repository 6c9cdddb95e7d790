//! Definitions checked without data: what a file says about itself, then every KPI planned in every basis and by every
//! dimension over empty facts. All mistakes at once, each with its place and a caret.

use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, MemTable, MemoryCatalogProvider, MemorySchemaProvider};
use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use trunkline_events::time::Timestamp;

use super::error::SpecError;
use super::fact;
use super::registry::{Entry, Registry};
use super::request::{Grain, KpiRequest, parse_instant};
use super::spec::{Basis, KpiKind, KpiSpec};
use super::sql::kpi_sql;
use super::sql::plan::dimensions;
use crate::ops;
use crate::session::CATALOG;

/// Every mistake in the catalogue; empty when there is none.
pub async fn check(registry: &Registry) -> Vec<SpecError> {
    let mut errors = Vec::new();
    let context = match empty_facts() {
        Ok(context) => context,
        Err(error) => {
            return vec![SpecError { file: "facts".to_owned(), line: 0, column: 0, message: error.to_string() }];
        }
    };
    for entry in registry.entries() {
        let own = declared(&entry.spec);
        let sound = own.is_empty();
        errors.extend(own.into_iter().map(|(word, message)| located(entry, &word, &message)));
        if sound {
            errors.extend(planned(&context, registry, entry).await);
        }
    }
    errors
}

/// A session with every fact, empty.
fn empty_facts() -> Result<SessionContext, DataFusionError> {
    let config = SessionConfig::new().with_create_default_catalog_and_schema(false).with_default_catalog_and_schema(CATALOG, "public");
    let mut context = SessionContext::new_with_config(config);
    let catalog = Arc::new(MemoryCatalogProvider::new());
    catalog.register_schema("public", Arc::new(MemorySchemaProvider::new()))?;
    context.register_catalog(CATALOG, catalog);
    ops::register(&context, ops::Source::None, None, &[])?;
    crate::functions::register(&mut context)?;
    for name in fact::FACTS {
        if let Some(schema) = fact::schema(name) {
            context.register_table(name, Arc::new(MemTable::try_new(schema, vec![vec![]])?))?;
        }
    }
    Ok(context)
}

/// Contradictions inside one definition as (word to point at, message).
fn declared(spec: &KpiSpec) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut say = |word: &str, message: String| found.push((word.to_owned(), message));
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !plain(&spec.name) {
        say(&spec.name, format!("name \"{}\" must be lower case letters, digits and _", spec.name));
    }
    if !fact::is_measurable(&spec.fact) {
        say(&spec.fact, format!("unknown fact \"{}\"; there are {}, agent_time", spec.fact, fact::FACTS.join(", ")));
    }
    if !spec.offered_bases().contains(&spec.default_basis) {
        say("default_basis", format!("default basis {} has no instant under bases", spec.default_basis));
    }
    if spec.bases.contains_key(&Basis::Clipped) {
        say("clipped", "basis clipped is declared by clip, not under bases".to_owned());
    }
    if matches!(spec.kind, KpiKind::Ratio | KpiKind::Mean) && spec.denominator.is_none() {
        say("kind", "a ratio or mean needs a denominator".to_owned());
    }
    if (spec.kind == KpiKind::Quantile) != spec.quantile.is_some_and(|q| (0.0..=1.0).contains(&q)) {
        say("kind", "kind quantile and a quantile from 0 to 1 go together".to_owned());
    }
    if (spec.kind == KpiKind::Share) != spec.share_of.as_ref().is_some_and(|d| dimensions(spec).contains_key(d)) {
        say("kind", "kind share and share_of a dimension go together".to_owned());
    }
    if !(spec.scale.is_finite() && spec.scale > 0.0) {
        say("scale", "scale must be above 0".to_owned());
    }
    let text = format!("{spec:?}");
    for name in spec.parameters.keys().filter(|name| !text.contains(&format!("${name}"))) {
        say(name, format!("parameter \"{name}\" is declared and never used"));
    }
    let mut last: Option<Timestamp> = None;
    for date in std::iter::once(&spec.valid_from).chain(spec.versions.iter().map(|v| &v.valid_from)) {
        match parse_instant(date, "UTC") {
            Err(error) => say(date, error.to_string()),
            Ok(at) if last.is_some_and(|before| before >= at) => say(date, format!("version {date} is not after the one before")),
            Ok(at) => last = Some(at),
        }
    }
    found
}

/// Plans the KPI in every basis and by every dimension.
async fn planned(context: &SessionContext, registry: &Registry, entry: &Entry) -> Vec<SpecError> {
    let mut errors: Vec<SpecError> = Vec::new();
    let mut request = KpiRequest::new(entry.spec.name.clone());
    request.by = dimensions(&entry.spec).into_keys().collect();
    for basis in entry.spec.offered_bases() {
        request.basis = Some(basis.to_string());
        request.grain = (basis == Basis::Clipped).then(|| Grain::parse("1d").ok()).flatten();
        (request.from, request.to) = (Some(Timestamp::from_seconds(0)), Some(Timestamp::from_seconds(172_800)));
        let message = match kpi_sql(registry, &request) {
            Err(error) => error.to_string(),
            Ok(sql) => match context.sql(&sql).await {
                Err(error) => error.strip_backtrace(),
                Ok(frame) => match frame.into_optimized_plan() {
                    Err(error) => error.strip_backtrace(),
                    Ok(_) => continue,
                },
            },
        };
        let error = located(entry, &culprit(&message, &entry.text), &format!("basis {basis}: {}", cause(&message)));
        if !errors.iter().any(|e| e.line == error.line && e.column == error.column) {
            errors.push(error);
        }
    }
    errors
}

/// The innermost cause, on one line: the outer lines only name the planner's rules.
fn cause(message: &str) -> &str {
    let named = message.lines().map(str::trim).find(|line| line.contains("No field named"));
    named.or_else(|| message.lines().map(str::trim).rfind(|line| !line.is_empty() && *line != "caused by")).unwrap_or(message)
}

/// The first word of the message that also stands in an expression of the file: most often the unknown column or function.
fn culprit(message: &str, text: &str) -> String {
    let words = cause(message).split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| w.len() > 2);
    let after_named = message.split("No field named ").nth(1).or_else(|| message.split("Invalid function '").nth(1)).unwrap_or("");
    let named = after_named.split(|c: char| !(c.is_alphanumeric() || c == '_')).find(|w| !w.is_empty());
    named.into_iter().chain(words).find(|w| text.contains(*w)).unwrap_or("name").to_owned()
}

/// A mistake at the first place `word` stands in the file, with the line and a caret under it.
fn located(entry: &Entry, word: &str, message: &str) -> SpecError {
    let place = entry.text.lines().enumerate().find_map(|(index, line)| {
        let code = if line.trim_start().starts_with('#') { "" } else { line };
        code.find(word).filter(|_| !word.is_empty()).map(|column| (index, column, line))
    });
    let Some((index, column, line)) = place else {
        return SpecError { file: entry.file.clone(), line: 0, column: 0, message: message.to_owned() };
    };
    let number = (index + 1).to_string();
    let shown = line.chars().count().min(160);
    let text: String = line.chars().take(shown).collect();
    let before = line[..column].chars().count();
    let carets = "^".repeat(word.chars().count().max(1));
    let margin = " ".repeat(number.len());
    let message = format!("{message}\n {margin} |\n {number} | {text}\n {margin} | {}{carets}", " ".repeat(before));
    SpecError { file: entry.file.clone(), line: index as u64 + 1, column: before as u64 + 1, message }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn the_built_in_definitions_are_sound() {
        let registry = Registry::builtin().unwrap();
        let errors: Vec<String> = check(&registry).await.iter().map(ToString::to_string).collect();
        assert_eq!(errors, Vec::<String>::new());
    }

    #[tokio::test]
    async fn an_unknown_column_is_shown_with_a_caret() {
        let mut registry = Registry::builtin().unwrap();
        let text = "name: x\ntitle: X\ndoc: d\ngrain: stint\nfact: queue_stints\nkind: sum\nunit: count\ndirection: none\n\
                    bases: {event: left_at}\ndefault_basis: event\nnumerator: wayt_ms\nowner: o\nsource: s\nvalid_from: 2000-01-01\n\
                    parameters: {unused: 1}\n";
        registry.add("x.yaml", text).unwrap();
        let errors = check(&registry).await;
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].to_string().contains("never used"));
        registry.add("x.yaml", &text.replace("parameters: {unused: 1}\n", "")).unwrap();
        let errors = check(&registry).await;
        assert_eq!((errors.len(), errors[0].line, errors[0].column), (1, 11, 12), "{errors:?}");
        assert!(errors[0].message.ends_with("| numerator: wayt_ms\n    |            ^^^^^^^"), "{}", errors[0].message);
    }
}
