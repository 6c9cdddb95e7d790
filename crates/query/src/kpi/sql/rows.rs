//! One row per fact row, in the period that owns its instant.

use super::super::error::KpiError;
use super::super::spec::{KpiKind, KpiSpec};
use super::envelope::needs_first;
use super::plan::{Plan, Window, instant};

/// Which measures a row set carries: both land together unless the basis says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Both,
    Numerator,
    Denominator,
}

/// Rows `period_start, <dimensions>, num, den, smp, is_final` (no `period_start` without a grain).
///
/// # Errors
/// For a definition that uses what it does not declare.
pub fn rows_sql(plan: &Plan<'_>) -> Result<String, KpiError> {
    let mut selects = Vec::new();
    for window in &plan.windows {
        for (part, at) in parts(plan, window)? {
            selects.push(select(plan, window, part, &at)?);
        }
    }
    Ok(selects.join("\nUNION ALL\n"))
}

/// Rows `at`: every instant at which something of the KPI lands, in microseconds.
///
/// # Errors
/// As [`rows_sql`].
pub fn instants_sql(plan: &Plan<'_>) -> Result<String, KpiError> {
    let mut selects = Vec::new();
    for window in &plan.windows {
        for (_, at) in parts(plan, window)? {
            let wheres = conditions(plan, window, &at)?;
            selects.push(format!("SELECT CAST({at} AS BIGINT) AS at FROM {} WHERE {wheres}", plan.relation(window)?));
        }
    }
    Ok(selects.join(" UNION ALL "))
}

fn parts(plan: &Plan<'_>, window: &Window) -> Result<Vec<(Part, String)>, KpiError> {
    let numerator = window.rule.bases.get(&plan.basis);
    let missing = || KpiError::Definition { kpi: plan.spec.name.clone(), detail: format!("basis {} has no instant", plan.basis) };
    let numerator = plan.expression(window, numerator.ok_or_else(missing)?)?;
    match window.rule.denominator_bases.get(&plan.basis) {
        None => Ok(vec![(Part::Both, numerator)]),
        Some(denominator) => {
            let denominator = plan.expression(window, denominator)?;
            Ok(vec![(Part::Numerator, numerator), (Part::Denominator, denominator)])
        }
    }
}

fn select(plan: &Plan<'_>, window: &Window, part: Part, at: &str) -> Result<String, KpiError> {
    let rule = &window.rule;
    let numerator = plan.expression(window, &rule.numerator)?;
    let denominator = plan.expression(window, rule.denominator.as_deref().unwrap_or("0"))?;
    let sample = plan.expression(window, &sample_expression(rule))?;
    let (num, den, smp) = match part {
        Part::Both => (numerator.as_str(), denominator.as_str(), sample.as_str()),
        Part::Numerator => (numerator.as_str(), "0", "0"),
        Part::Denominator => ("0", denominator.as_str(), sample.as_str()),
    };
    let bucket = plan.request.grain.map(|g| format!("local_bucket({at}, '{}', '{g}') AS period_start", plan.request.zone));
    let bucket = bucket.map(|b| format!("{b}, ")).unwrap_or_default();
    let first = if needs_first(plan) { format!("{at} AS at, ") } else { String::new() };
    let dims = plan.dimension_columns();
    Ok(format!(
        "SELECT {bucket}{first}{num} AS num, {den} AS den, {smp} AS smp, is_final{dims} FROM {} WHERE {}",
        plan.relation(window)?,
        conditions(plan, window, at)?
    ))
}

/// What `n` counts: the denominator of a ratio or mean, else the rows with a measure.
pub(super) fn sample_expression(rule: &KpiSpec) -> String {
    match (&rule.sample, rule.kind, &rule.denominator) {
        (Some(sample), _, _) => sample.clone(),
        (None, KpiKind::Ratio | KpiKind::Mean, Some(denominator)) => denominator.clone(),
        _ => format!("CASE WHEN ({}) IS NOT NULL THEN 1 ELSE 0 END", rule.numerator),
    }
}

/// Population, range and version window as one condition on rows whose instant is `at`.
fn conditions(plan: &Plan<'_>, window: &Window, at: &str) -> Result<String, KpiError> {
    let mut all = vec![format!("{at} IS NOT NULL")];
    if let Some(population) = &window.rule.population {
        all.push(format!("({})", plan.expression(window, population)?));
    }
    let lower = plan.request.from.max(window.from);
    let upper = match (plan.request.to, window.to) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    all.extend(lower.map(|t| format!("{at} >= {}", instant(t))));
    all.extend(upper.map(|t| format!("{at} < {}", instant(t))));
    Ok(all.join(" AND "))
}
