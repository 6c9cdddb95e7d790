//! The proof that a queue's counts add up: offered = answered + abandoned + flow_out + callback + dropped + waiting.
//!
//! Arrival basis: every stay belongs to the period it entered in, so the sides are the same stays counted by outcome and the
//! residual is 0. Event basis: entries and exits count where they happen, and what waits is carried over:
//! waiting_end = waiting_start + offered - exits; `waiting_end` is counted on its own, from entries and exits by the clock.

use super::error::KpiError;
use super::period::slices;
use super::request::{Grain, zone};
use super::sql::plan::instant;
use trunkline_events::time::Timestamp;

/// Instant a stay left, where it did.
const LEFT: &str = "CASE WHEN outcome <> 'waiting' THEN coalesce(left_at, enqueued_at + arrow_cast(wait_ms * 1000, \
                    'Duration(Microsecond)'), enqueued_at) END";

/// Columns of the counts by outcome.
const OUTCOMES: [&str; 5] = ["answered", "abandoned", "flow_out", "callback", "dropped"];

/// SQL with `period_start, queue, offered, answered, abandoned, flow_out, callback, dropped, waiting, residual` per queue and
/// period of arrival (one period without a grain). A stay of an outcome the vocabulary does not have makes the residual.
///
/// # Errors
/// [`KpiError::BadZone`], [`KpiError::EmptyRange`].
pub fn closure_sql(zone_name: &str, grain: Option<Grain>, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<String, KpiError> {
    check(zone_name, from, to)?;
    let period = match grain {
        Some(grain) => format!("local_bucket(enqueued_at, '{zone_name}', '{grain}')"),
        None => from.map_or_else(|| "arrow_cast(NULL, 'Timestamp(Microsecond, Some(\"UTC\"))')".to_owned(), instant),
    };
    let mut wheres = vec!["(direction IS DISTINCT FROM 'outbound')".to_owned()];
    wheres.extend(from.map(|t| format!("enqueued_at >= {}", instant(t))));
    wheres.extend(to.map(|t| format!("enqueued_at < {}", instant(t))));
    let counted: Vec<&str> = OUTCOMES.into_iter().chain(["waiting"]).collect();
    let counts: String = counted.iter().map(|o| format!(", count(*) FILTER (WHERE outcome = '{o}') AS {o}")).collect();
    Ok(format!(
        "SELECT period_start, queue, offered, {0}, offered - ({1}) AS residual FROM (\n\
         SELECT period_start, queue, count(*) AS offered{counts} FROM (\n\
         SELECT {period} AS period_start, queue, outcome FROM queue_stints WHERE {2}) AS stays\n\
         GROUP BY period_start, queue) AS counts ORDER BY period_start, queue",
        counted.join(", "),
        counted.join(" + "),
        wheres.join(" AND ")
    ))
}

/// SQL with `period_start, queue, waiting_start, offered, answered, abandoned, flow_out, callback, dropped, waiting_end,
/// residual` per queue and period of event, where residual = waiting_start + offered - exits - waiting_end.
///
/// # Errors
/// As [`closure_sql`]; too many periods.
pub fn closure_event_sql(zone_name: &str, grain: Grain, from: Timestamp, to: Timestamp) -> Result<String, KpiError> {
    check(zone_name, Some(from), Some(to))?;
    let mut periods: Vec<(i64, i64, i64)> = Vec::new();
    for slice in slices(grain, &zone(zone_name)?, from, to)? {
        match periods.last_mut() {
            Some(last) if last.0 == slice.period => last.2 = slice.end,
            _ => periods.push((slice.period, slice.start, slice.end)),
        }
    }
    let values: Vec<String> = periods.iter().map(|(p, s, e)| format!("({p},{s},{e})")).collect();
    let exits: String = OUTCOMES
        .iter()
        .map(|o| format!(", count(*) FILTER (WHERE outcome = '{o}' AND x >= slice_start AND x < slice_end) AS {o}"))
        .collect();
    let names = OUTCOMES.join(", ");
    Ok(format!(
        "SELECT arrow_cast(period, 'Timestamp(Microsecond, Some(\"UTC\"))') AS period_start, queue, waiting_start, offered, {names}, \
         waiting_end, waiting_start + offered - ({}) - waiting_end AS residual FROM (\n\
         SELECT period, queue, count(*) FILTER (WHERE s < slice_start AND (x IS NULL OR x >= slice_start)) AS waiting_start,\n\
         count(*) FILTER (WHERE s >= slice_start AND s < slice_end) AS offered{exits},\n\
         count(*) FILTER (WHERE s < slice_end AND (x IS NULL OR x >= slice_end)) AS waiting_end\n\
         FROM (SELECT queue, outcome, CAST(enqueued_at AS BIGINT) AS s, CAST({LEFT} AS BIGINT) AS x FROM queue_stints\n\
         WHERE direction IS DISTINCT FROM 'outbound') AS stays\n\
         JOIN (VALUES {}) AS periods(period, slice_start, slice_end) ON s < slice_end AND (x IS NULL OR x >= slice_start)\n\
         GROUP BY period, queue) AS counts ORDER BY period_start, queue",
        OUTCOMES.join(" + "),
        values.join(",")
    ))
}

fn check(zone_name: &str, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(), KpiError> {
    zone(zone_name)?;
    if from.zip(to).is_some_and(|(a, b)| a >= b) {
        return Err(KpiError::EmptyRange);
    }
    Ok(())
}
