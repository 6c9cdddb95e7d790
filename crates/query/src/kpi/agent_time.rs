//! The sweep over agents' clocks: what an agent did from when to when, made from legs, offers and states.
//!
//! An agent is an `agent_id`, whatever the source: two platforms that name one id mean one person, whose time counts once.

use arrow::datatypes::{DataType, TimeUnit};

use super::fact::{AGENT_TIME, WATERMARK};

/// Edges of every agent's stretches with what is going on between them. Handling is the union of the agent's legs and
/// wrap-ups, so two chats at once are one stretch. Instants are microseconds; `$watermark` ends what is open.
const SWEEP: &str = "WITH spans AS (
  SELECT agent_id, CAST(accepted_at AS BIGINT) AS s, CAST(coalesce(ended_at, $watermark) AS BIGINT) AS e,
         1 AS h, 0 AS r, 0 AS a, 1 AS n, is_final FROM agent_legs WHERE outcome = 'handled'
  UNION ALL
  SELECT agent_id, CAST(wrapped_up_at AS BIGINT) - wrap_up_ms * 1000, CAST(wrapped_up_at AS BIGINT), 1, 0, 0, 0, is_final
  FROM agent_legs WHERE outcome = 'handled' AND wrap_up_ms > 0
  UNION ALL
  SELECT agent_id, CAST(offered_at AS BIGINT),
         CAST(offered_at AS BIGINT) + coalesce(ring_ms * 1000, CAST(accepted_at AS BIGINT) - CAST(offered_at AS BIGINT), 0),
         0, 1, 0, 0, is_final FROM agent_legs WHERE offered_at IS NOT NULL
  UNION ALL
  SELECT agent_id, CAST(started_at AS BIGINT), CAST(coalesce(ended_at, $watermark) AS BIGINT), 0, 0, 1, 0, is_final
  FROM agent_states WHERE state = 'available'
), edges AS (
  SELECT agent_id, t, sum(h) AS h, sum(r) AS r, sum(a) AS a, sum(n) AS n, bool_and(is_final) AS is_final FROM (
    SELECT agent_id, s AS t, h, r, a, n, is_final FROM spans WHERE e > s AND agent_id IS NOT NULL
    UNION ALL SELECT agent_id, e, -h, -r, -a, 0, is_final FROM spans WHERE e > s AND agent_id IS NOT NULL
  ) AS marks GROUP BY agent_id, t
), sweep AS (
  SELECT agent_id, t AS s, lead(t) OVER (PARTITION BY agent_id ORDER BY t) AS e,
    sum(h) OVER (PARTITION BY agent_id ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS h,
    sum(r) OVER (PARTITION BY agent_id ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS r,
    sum(a) OVER (PARTITION BY agent_id ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS a,
    n, is_final FROM edges
), clock AS (
  SELECT agent_id, s, e, h, r, a, n, is_final, lag(h) OVER (PARTITION BY agent_id ORDER BY s) AS h_before,
    sum(CASE WHEN h = 0 AND a > 0 THEN coalesce(e - s, 0) ELSE 0 END)
      OVER (PARTITION BY agent_id ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS available_us FROM sweep
), gaps AS (
  SELECT agent_id, s, e, h, r, a, is_final, CASE WHEN n > 0 AND h_before = 0 THEN available_us - max(CASE WHEN h > 0
    THEN available_us END) OVER (PARTITION BY agent_id ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS gap_us
  FROM clock
)
SELECT agent_id, CASE WHEN h > 0 THEN 'handling' WHEN r > 0 THEN 'ringing' ELSE 'idle' END AS activity, s, e,
  CASE WHEN h > 0 THEN e - s ELSE 0 END AS handling_us,
  CASE WHEN h = 0 AND r > 0 THEN e - s ELSE 0 END AS ringing_us,
  CASE WHEN h = 0 AND r = 0 AND a > 0 THEN e - s ELSE 0 END AS idle_us, 0 AS handled, gap_us, is_final
FROM gaps WHERE e IS NOT NULL AND (h > 0 OR r > 0 OR a > 0)
UNION ALL
SELECT agent_id, NULL, CAST(accepted_at AS BIGINT), CAST(accepted_at AS BIGINT), 0, 0, 0, 1, NULL, is_final
FROM agent_legs WHERE outcome = 'handled' AND agent_id IS NOT NULL AND accepted_at IS NOT NULL";

/// Columns after the edges, in both forms.
const COLUMNS: &str = "activity, handling_us, ringing_us, idle_us, handled, gap_us, is_final";

/// The SQL that stands for the sweep `agent_time`, or `None` for a stored fact; it still holds `$watermark`.
///
/// Rows `agent_id, started_at, ended_at, activity, handling_us, ringing_us, idle_us, handled, gap_us, is_final`, durations in
/// microseconds. A stretch is handling, else ringing, else idle. A stretch of handling that an acceptance opens carries in
/// `gap_us` the time available since the agent last handled anything, NULL for the first. Each handled leg is one more row
/// without activity, `handled` = 1, that starts and ends at its acceptance.
#[must_use]
pub fn sweep_sql(fact: &str) -> Option<String> {
    let edge = |name: &str, column: &str| format!("arrow_cast({column}, 'Timestamp(Microsecond, Some(\"UTC\"))') AS {name}");
    let edges = format!("{}, {}", edge("started_at", "s"), edge("ended_at", "e"));
    (fact == AGENT_TIME).then(|| format!("SELECT agent_id, {edges}, {COLUMNS} FROM ({SWEEP}) AS stretches"))
}

/// The SQL of `kpi.agent_time`: the sweep with every stretch cut at each full minute, so that sums by any calendar bucket of
/// `started_at`, and over any range that begins and ends at a full minute, are exact.
#[must_use]
pub fn view_sql() -> String {
    const MINUTE: &str = "60000000";
    let sweep = SWEEP.replace("$watermark", WATERMARK);
    let instant = |column: &str| format!("arrow_cast({column}, 'Timestamp(Microsecond, Some(\"UTC\"))')");
    let part = |name: &str| format!("CASE WHEN {name}_us > 0 THEN e - s ELSE 0 END AS {name}_us");
    format!(
        "SELECT agent_id, {} AS started_at, {} AS ended_at, activity, {}, {}, {}, handled, gap_us, is_final FROM (
  SELECT agent_id, activity, greatest(s, minute * {MINUTE}) AS s, least(e, (minute + 1) * {MINUTE}) AS e, handling_us, ringing_us,
    idle_us, handled, CASE WHEN s >= minute * {MINUTE} THEN gap_us END AS gap_us, is_final
  FROM (SELECT *, unnest(range(s / {MINUTE}, greatest(e - 1, s) / {MINUTE} + 1)) AS minute FROM ({sweep}) AS stretches) AS minutes
) AS pieces",
        instant("s"),
        instant("e"),
        part("handling"),
        part("ringing"),
        part("idle")
    )
}

/// The columns of [`view_sql`], in order.
#[must_use]
pub fn view_columns() -> Vec<(&'static str, DataType)> {
    let instant = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    vec![
        ("agent_id", DataType::Utf8),
        ("started_at", instant()),
        ("ended_at", instant()),
        ("activity", DataType::Utf8),
        ("handling_us", DataType::Int64),
        ("ringing_us", DataType::Int64),
        ("idle_us", DataType::Int64),
        ("handled", DataType::Int64),
        ("gap_us", DataType::Int64),
        ("is_final", DataType::Boolean),
    ]
}
