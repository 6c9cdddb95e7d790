//! Basis `clipped`: every piece of a row gives each period the share of its measure that its overlap with the period is of
//! the whole piece. A piece without length is an instant and belongs to one period.

use super::super::error::KpiError;
use super::super::fact;
use super::super::period::slices;
use super::super::request::zone;
use super::super::spec::Piece;
use super::envelope::needs_first;
use super::plan::{Plan, Window};
use super::rows::sample_expression;

/// Rows `s, e, num, den, smp, is_final, <dimensions>`, instants in microseconds, pieces as written in the definition.
///
/// # Errors
/// For a definition that uses what it does not declare.
pub fn pieces_sql(plan: &Plan<'_>) -> Result<String, KpiError> {
    let mut selects = Vec::new();
    for window in &plan.windows {
        for piece in &window.rule.clip {
            selects.push(piece_sql(plan, window, piece)?);
        }
    }
    Ok(selects.join("\nUNION ALL\n"))
}

fn piece_sql(plan: &Plan<'_>, window: &Window, piece: &Piece) -> Result<String, KpiError> {
    let start = plan.expression(window, &piece.start)?;
    // Instants end where they begin and stretches of the sweep never lack an end: no look at the watermark for them.
    let has_end = piece.end == piece.start || window.rule.fact == fact::AGENT_TIME;
    let end = if has_end { piece.end.clone() } else { format!("coalesce({}, $watermark)", piece.end) };
    let end = plan.expression(window, &end)?;
    let (start, end) = (format!("CAST({start} AS BIGINT)"), format!("CAST({end} AS BIGINT)"));
    let measure = |text: &Option<String>| plan.expression(window, text.as_deref().unwrap_or("0"));
    let sample = piece.sample.clone().or_else(|| piece.numerator.as_ref().map(|_| default_sample(window)));
    let mut wheres = vec![format!("{start} IS NOT NULL")];
    if let Some(population) = &window.rule.population {
        wheres.push(format!("({})", plan.expression(window, population)?));
    }
    wheres.extend(window.from.map(|t| format!("{start} >= {}", t.micros())));
    wheres.extend(window.to.map(|t| format!("{start} < {}", t.micros())));
    Ok(format!(
        "SELECT {start} AS s, greatest({start}, {end}) AS e, {} AS num, {} AS den, {} AS smp, is_final{} FROM {} WHERE {}",
        measure(&piece.numerator)?,
        measure(&piece.denominator)?,
        measure(&sample)?,
        plan.dimension_columns(),
        plan.piece_relation(window, piece)?,
        wheres.join(" AND ")
    ))
}

fn default_sample(window: &Window) -> String {
    if window.rule.denominator.is_some() { "0".to_owned() } else { sample_expression(&window.rule) }
}

/// Rows `period_start, <dimensions>, num, den, smp, is_final` (no `period_start` without a grain).
///
/// # Errors
/// [`KpiError::NeedsRange`] for periods without a range; else as [`pieces_sql`].
pub fn rows_sql(plan: &Plan<'_>) -> Result<String, KpiError> {
    let pieces = pieces_sql(plan)?;
    let names = plan.dimension_names();
    let request = plan.request;
    let Some(grain) = request.grain else {
        let from = request.from.map_or("s".to_owned(), |t| t.micros().to_string());
        let to = request.to.map_or("e".to_owned(), |t| t.micros().to_string());
        let (num, den) = (share("num", &from, &to), share("den", &from, &to));
        let mut wheres = vec!["true".to_owned()];
        wheres.extend(request.to.map(|t| format!("s < {}", t.micros())));
        wheres.extend(request.from.map(|t| format!("(e > {0} OR (e = s AND s >= {0}))", t.micros())));
        let first = if needs_first(plan) { "s AS at, " } else { "" };
        return Ok(format!(
            "SELECT {first}{num} AS num, {den} AS den, smp, is_final{names} FROM ({pieces}) AS pieces WHERE {}",
            wheres.join(" AND ")
        ));
    };
    let (Some(from), Some(to)) = (request.from, request.to) else {
        return Err(KpiError::NeedsRange(plan.spec.name.clone()));
    };
    let rows: Vec<String> =
        slices(grain, &zone(&request.zone)?, from, to)?.iter().map(|s| format!("({},{},{},{})", s.day, s.start, s.end, s.period)).collect();
    let (num, den) = (share("num", "slice_start", "slice_end"), share("den", "slice_start", "slice_end"));
    // A row counts once in each period it touches: in the slice where it, the period or the range begins.
    // One row per UTC day a piece touches, then an equality join on that day: no product of pieces and periods.
    Ok(format!(
        "SELECT arrow_cast(period, 'Timestamp(Microsecond, Some(\"UTC\"))') AS period_start, {num} AS num, {den} AS den,
  CASE WHEN greatest(s, {from}) >= slice_start OR slice_start = greatest(period, {from}) THEN smp ELSE 0 END AS smp, is_final{names}
FROM (SELECT *, unnest(range(greatest(s, {from}) / 86400000000, least(e, {to} - 1) / 86400000000 + 1)) AS day
  FROM ({pieces}) AS pieces WHERE s < {to} AND (e > {from} OR (e = s AND s >= {from}))) AS days
JOIN (VALUES {}) AS slices(slice_day, slice_start, slice_end, period)
  ON day = slice_day AND s < slice_end AND (e > slice_start OR (e = s AND s >= slice_start))",
        rows.join(","),
        from = from.micros(),
        to = to.micros(),
    ))
}

/// The part of a measure of `[s, e)` that falls in `[from, to)`; all of it for an instant. Multiplied before divided, so that
/// a measure equal to the length of its piece splits without rounding.
fn share(measure: &str, from: &str, to: &str) -> String {
    format!(
        "(CASE WHEN e > s THEN CAST({measure} AS DOUBLE) * CAST(least(e, {to}) - greatest(s, {from}) AS DOUBLE) / CAST(e - s AS DOUBLE) \
         ELSE CAST({measure} AS DOUBLE) END)"
    )
}
