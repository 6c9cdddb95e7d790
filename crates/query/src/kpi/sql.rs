//! From a question to SQL with the long-form columns
//! `period_start, <by columns>, kpi, value, numerator, denominator, n, lower, upper, finality`.
//!
//! [`rows`] lays out one row per fact row (and per piece of it in basis `clipped`) with its period, its dimensions and its
//! measures; [`envelope`] sums them and says what the sums mean. Ratios are sums over sums, so any grouping is right.

pub mod clipped;
pub mod envelope;
pub mod plan;
pub mod rows;

use super::error::KpiError;
use super::registry::Registry;
use super::request::KpiRequest;
use super::spec::Basis;
use plan::Plan;

/// The SQL that answers the question. Tables are named as in the default schema; grains use the function
/// `local_bucket(instant, zone, step)`.
///
/// # Errors
/// For names, parameters, zones and ranges that do not fit the KPI.
pub fn kpi_sql(registry: &Registry, request: &KpiRequest) -> Result<String, KpiError> {
    let plan = Plan::new(registry, request)?;
    let rows = if plan.basis == Basis::Clipped { clipped::rows_sql(&plan)? } else { rows::rows_sql(&plan)? };
    Ok(envelope::wrap(&plan, &rows))
}

/// SQL whose one row holds the first and the last instant (`first_at, last_at`, microseconds since the epoch) of the KPI's
/// rows in the asked basis: what to use as range when none is given. `last_at` itself is inside, so the range ends after it.
///
/// # Errors
/// As [`kpi_sql`].
pub fn range_sql(registry: &Registry, request: &KpiRequest) -> Result<String, KpiError> {
    let mut open = request.clone();
    (open.grain, open.by) = (None, Vec::new());
    let plan = Plan::new(registry, &open)?;
    if plan.basis == Basis::Clipped {
        return Ok(format!("SELECT min(s) AS first_at, max(e) AS last_at FROM ({}) AS pieces", clipped::pieces_sql(&plan)?));
    }
    let instants = rows::instants_sql(&plan)?;
    Ok(format!("SELECT min(at) AS first_at, max(at) AS last_at FROM ({instants}) AS instants"))
}
