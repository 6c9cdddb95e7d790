//! Sums over the rows of each period and group, and what the sums mean.

use super::super::spec::{KpiKind, KpiSpec};
use super::plan::{Plan, instant, quoted};

/// z of a two-sided 95 % interval.
const Z: &str = "1.959963984540054";

/// The whole query over `rows` (see [`super::rows`]).
#[must_use]
pub fn wrap(plan: &Plan<'_>, rows: &str) -> String {
    let names = plan.dimension_names();
    let has_grain = plan.request.grain.is_some();
    let keys = match (has_grain, plan.by.is_empty()) {
        (true, _) => format!(" GROUP BY period_start{names}"),
        (false, false) => format!(" GROUP BY {}", names.trim_start_matches(", ")),
        (false, true) => String::new(),
    };
    let period = if has_grain { "period_start, ".to_owned() } else { String::new() };
    let sums = aggregates(plan, has_grain);
    let first = if needs_first(plan) { "min(at) AS first_at, " } else { "" };
    let sums = format!("SELECT {period}{first}{sums}, bool_and(is_final) AS all_final{names} FROM (\n{rows}\n) AS kpi_rows{keys}");
    let shown_period = if has_grain { "period_start".to_owned() } else { whole_period(plan) };
    let (lower, upper) = interval(&plan.spec);
    format!(
        "SELECT {shown_period} AS period_start{names}, '{}' AS kpi, {} AS \"value\", {} AS numerator, {} AS denominator, \
         CAST(smp AS BIGINT) AS n, {lower} AS \"lower\", {upper} AS \"upper\", \
         CASE WHEN all_final THEN 'final' ELSE 'provisional' END AS finality\nFROM (\n{sums}\n) AS kpi_sums\nORDER BY {}",
        plan.spec.name,
        value(&plan.spec),
        shown_numerator(&plan.spec),
        shown_denominator(&plan.spec),
        order(plan, has_grain)
    )
}

fn order(plan: &Plan<'_>, has_grain: bool) -> String {
    let period = has_grain.then(|| "period_start".to_owned());
    let columns: Vec<String> = period.into_iter().chain(plan.by.iter().map(|n| quoted(n))).collect();
    if columns.is_empty() { "1".to_owned() } else { columns.join(", ") }
}

/// Whether the one period begins at the first instant there is, so that the rows must say where they land.
pub(super) const fn needs_first(plan: &Plan<'_>) -> bool {
    plan.request.grain.is_none() && plan.request.from.is_none()
}

/// Start of the one period: that of the range, else the first instant of all groups.
fn whole_period(plan: &Plan<'_>) -> String {
    plan.request.from.map_or_else(|| "arrow_cast(min(first_at) OVER (), 'Timestamp(Microsecond, Some(\"UTC\"))')".to_owned(), instant)
}

/// The aggregates by the names `num, den, smp` (and `val` where the value is no quotient of sums).
fn aggregates(plan: &Plan<'_>, has_grain: bool) -> String {
    let spec = &plan.spec;
    let counted = "coalesce(sum(smp), 0) AS smp";
    match spec.kind {
        KpiKind::Sum => format!("coalesce(sum(num), 0) AS num, {counted}"),
        KpiKind::Ratio | KpiKind::Mean => format!("coalesce(sum(num), 0) AS num, coalesce(sum(den), 0) AS den, {counted}"),
        KpiKind::Share => {
            let others = plan.by.iter().filter(|name| Some(*name) != spec.share_of.as_ref()).map(|n| quoted(n));
            let keys: Vec<String> = has_grain.then(|| "period_start".to_owned()).into_iter().chain(others).collect();
            let over = if keys.is_empty() { String::new() } else { format!("PARTITION BY {}", keys.join(", ")) };
            format!("coalesce(sum(num), 0) AS num, sum(sum(num)) OVER ({over}) AS den, sum(sum(smp)) OVER ({over}) AS smp")
        }
        _ => format!("{} AS val, {counted}", order_statistic(spec, "num")),
    }
}

/// Minimum, maximum, quantile or number of distinct values of `measure`.
pub(in super::super) fn order_statistic(spec: &KpiSpec, measure: &str) -> String {
    match spec.kind {
        KpiKind::Min => format!("min({measure})"),
        KpiKind::Quantile => {
            let q = spec.quantile.unwrap_or(0.5);
            format!("quantile_r7(CAST({measure} AS DOUBLE), CAST({q} AS DOUBLE))")
        }
        KpiKind::Distinct => format!("count(DISTINCT {measure})"),
        _ => format!("max({measure})"),
    }
}

fn scaled(spec: &KpiSpec, column: &str) -> String {
    if spec.scale == 1.0 { format!("CAST({column} AS DOUBLE)") } else { format!("CAST({column} AS DOUBLE) / {:?}", spec.scale) }
}

fn value(spec: &KpiSpec) -> String {
    match spec.kind {
        KpiKind::Sum => scaled(spec, "num"),
        KpiKind::Ratio | KpiKind::Mean | KpiKind::Share => format!("{} / nullif(CAST(den AS DOUBLE), 0.0)", scaled(spec, "num")),
        _ => scaled(spec, "val"),
    }
}

fn shown_numerator(spec: &KpiSpec) -> String {
    match spec.kind {
        KpiKind::Sum | KpiKind::Ratio | KpiKind::Mean | KpiKind::Share => scaled(spec, "num"),
        _ => "CAST(NULL AS DOUBLE)".to_owned(),
    }
}

fn shown_denominator(spec: &KpiSpec) -> &'static str {
    match spec.kind {
        KpiKind::Ratio | KpiKind::Mean | KpiKind::Share => "CAST(den AS DOUBLE)",
        _ => "CAST(NULL AS DOUBLE)",
    }
}

/// Wilson's score interval at 95 % for shares of counted things, NULL for everything else.
/// Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927). In a basis
/// where numerator and denominator are different cohorts the quotient may pass 1; then there is no interval.
fn interval(spec: &KpiSpec) -> (String, String) {
    if !spec.is_proportion() {
        return ("CAST(NULL AS DOUBLE)".to_owned(), "CAST(NULL AS DOUBLE)".to_owned());
    }
    let n = "CAST(den AS DOUBLE)";
    let p = format!("(CAST(num AS DOUBLE) / {n})");
    let middle = format!("({p} + {Z} * {Z} / (2.0 * {n}))");
    let half = format!("({Z} * sqrt({p} * (1.0 - {p}) / {n} + {Z} * {Z} / (4.0 * {n} * {n})))");
    let whole = format!("(1.0 + {Z} * {Z} / {n})");
    let bound = |limited: String| format!("CASE WHEN den > 0 AND num >= 0 AND num <= den THEN {limited} END");
    let (low, high) = (format!("({middle} - {half}) / {whole}"), format!("({middle} + {half}) / {whole}"));
    // At none and at all one bound is exact; the formula misses it by what floating point leaves.
    let (low, high) = (format!("CASE WHEN num = 0 THEN 0.0 ELSE {low} END"), format!("CASE WHEN num = den THEN 1.0 ELSE {high} END"));
    (bound(low), bound(high))
}
