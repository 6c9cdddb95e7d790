//! The rows KPIs are computed from: which columns each fact has, what it may be grouped by, and the two sweeps over an
//! agent's clock that stand in for a fact.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};

/// Names of the stored facts that KPIs read.
pub const FACTS: [&str; 6] = ["contacts", "queue_stints", "agent_legs", "agent_states", "responses", "self_service"];

/// Sweep over all agents' legs, offers and states: disjoint stretches of one agent's clock.
pub const AGENT_TIME: &str = "agent_time";

/// Available time between the handling of one leg and the next acceptance.
pub const IDLE_GAPS: &str = "idle_gaps";

/// Columns of a stored fact with a letter for the type (t text, i integer, b boolean, @ instant), or `None`.
fn layout(fact: &str) -> Option<&'static str> {
    Some(match fact {
        "contacts" => {
            "t contact_id,t channel,t direction,t customer_key,t entry_point,t reason,@ started_at,@ ended_at,@ first_queued_at,\
             @ first_answered_at,t first_queue,t last_queue,t first_agent_id,t last_agent_id,t outcome,t ended_by,t disposition,\
             b is_resolved,i self_service_ms,i wait_ms,i talk_ms,i hold_ms,i wrap_up_ms,i hold_count,i stint_count,i leg_count,\
             i transfer_count,b is_escalated,t previous_contact_id"
        }
        "queue_stints" => {
            "t contact_id,i stint_no,t queue,t channel,t direction,i priority,@ enqueued_at,@ left_at,t outcome,i wait_ms,\
             i ring_ms,t agent_id"
        }
        "agent_legs" => {
            "t contact_id,i leg_no,t agent_id,t queue,t channel,t direction,@ offered_at,@ accepted_at,@ ended_at,\
             @ wrapped_up_at,t outcome,i ring_ms,i talk_ms,i hold_ms,i hold_count,i wrap_up_ms,b has_wrap_up,b is_transfer_in,\
             b is_transfer_out,t transfer_kind,t ended_by"
        }
        "agent_states" => "t agent_id,t state,t reason,@ started_at,@ ended_at",
        "responses" => "t contact_id,i turn_no,t channel,t queue,@ asked_at,@ answered_at,@ bot_answered_at,t agent_id,b is_first",
        "self_service" => {
            "t session_id,t contact_id,t customer_key,t channel,t kind,@ started_at,@ ended_at,t topic,b is_goal_reached,\
             b is_handed_over"
        }
        _ => return None,
    })
}

/// The columns of a stored fact as the definitions see them; `None` when there is no such fact.
#[must_use]
pub fn schema(fact: &str) -> Option<Arc<Schema>> {
    let own = layout(fact)?.split(',');
    let common = "t source,@ recorded_at,b is_final,i event_count".split(',');
    let fields: Vec<Field> = own
        .chain(common)
        .filter_map(|column| column.trim().split_once(' '))
        .map(|(letter, name)| {
            let kind = match letter {
                "i" => DataType::Int64,
                "b" => DataType::Boolean,
                "@" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                _ => DataType::Utf8,
            };
            Field::new(name, kind, true)
        })
        .collect();
    Some(Arc::new(Schema::new(fields)))
}

/// Dimensions of a fact or sweep: name to SQL. A contact is credited to its first queue and first agent.
#[must_use]
pub fn dimensions(fact: &str) -> BTreeMap<String, String> {
    let names = match fact {
        "contacts" => {
            "channel direction entry_point reason outcome ended_by disposition source is_escalated is_resolved first_queue \
             last_queue first_agent_id last_agent_id queue=first_queue agent_id=first_agent_id"
        }
        "queue_stints" => "channel direction queue agent_id outcome priority source",
        "agent_legs" => "channel direction queue agent_id outcome transfer_kind ended_by is_transfer_in is_transfer_out source",
        "responses" => "channel queue agent_id is_first source",
        "self_service" => "channel kind topic source",
        AGENT_TIME | IDLE_GAPS => "agent_id",
        _ => "",
    };
    names
        .split_whitespace()
        .map(|word| word.split_once('=').map_or((word.to_owned(), word.to_owned()), |(name, sql)| (name.to_owned(), sql.to_owned())))
        .collect()
}

/// Attributes of the contact that stints, legs, turns and sessions may be grouped by through their contact.
pub const CONTACT_ATTRIBUTES: [&str; 3] = ["entry_point", "reason", "disposition"];

/// Whether rows of the fact belong to one contact each, so that [`CONTACT_ATTRIBUTES`] can be joined without repeating rows.
#[must_use]
pub fn belongs_to_contact(fact: &str) -> bool {
    matches!(fact, "queue_stints" | "agent_legs" | "responses" | "self_service")
}

/// Stretches of one agent's clock and marks at their edges, shared by both sweeps. Handling is the union of the agent's
/// legs and wrap-ups, so two chats at once are one stretch. Instants are microseconds; `$watermark` ends what is open.
const SWEEP: &str = "WITH spans AS (
  SELECT agent_id, CAST(accepted_at AS BIGINT) AS s, CAST(coalesce(ended_at, $watermark) AS BIGINT) AS e,
         1 AS h, 0 AS r, 0 AS a, is_final FROM agent_legs WHERE outcome = 'handled'
  UNION ALL
  SELECT agent_id, CAST(wrapped_up_at AS BIGINT) - wrap_up_ms * 1000, CAST(wrapped_up_at AS BIGINT), 1, 0, 0, is_final
  FROM agent_legs WHERE outcome = 'handled' AND wrap_up_ms > 0
  UNION ALL
  SELECT agent_id, CAST(offered_at AS BIGINT),
         CAST(offered_at AS BIGINT) + coalesce(ring_ms * 1000, CAST(accepted_at AS BIGINT) - CAST(offered_at AS BIGINT), 0),
         0, 1, 0, is_final FROM agent_legs WHERE offered_at IS NOT NULL
  UNION ALL
  SELECT agent_id, CAST(started_at AS BIGINT), CAST(coalesce(ended_at, $watermark) AS BIGINT), 0, 0, 1, is_final
  FROM agent_states WHERE state = 'available'
), edges AS (
  SELECT agent_id, t, sum(h) AS h, sum(r) AS r, sum(a) AS a, bool_and(is_final) AS is_final FROM (
    SELECT agent_id, s AS t, h, r, a, is_final FROM spans WHERE e > s AND agent_id IS NOT NULL
    UNION ALL SELECT agent_id, e, -h, -r, -a, is_final FROM spans WHERE e > s AND agent_id IS NOT NULL
  ) AS marks GROUP BY agent_id, t
), sweep AS (
  SELECT agent_id, t AS s, lead(t) OVER (PARTITION BY agent_id ORDER BY t) AS e,
    sum(h) OVER (PARTITION BY agent_id ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS h,
    sum(r) OVER (PARTITION BY agent_id ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS r,
    sum(a) OVER (PARTITION BY agent_id ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS a,
    is_final FROM edges
)";

/// The SQL that stands for a sweep, or `None` for a stored fact.
///
/// `agent_time`: `agent_id, s, e, handling_us, ringing_us, idle_us, handled, is_final`; a stretch is handling, else ringing,
/// else idle; each handled leg is one more row with `s = e` at its acceptance.
/// `idle_gaps`: `agent_id, accepted_at, gap_us, is_final`, one row per acceptance that ends a gap.
#[must_use]
pub fn sweep_sql(fact: &str) -> Option<String> {
    let tail = match fact {
        AGENT_TIME => {
            "SELECT agent_id, s, e, CASE WHEN h > 0 THEN e - s ELSE 0 END AS handling_us,
  CASE WHEN h = 0 AND r > 0 THEN e - s ELSE 0 END AS ringing_us,
  CASE WHEN h = 0 AND r = 0 AND a > 0 THEN e - s ELSE 0 END AS idle_us, 0 AS handled, is_final
FROM sweep WHERE e IS NOT NULL AND (h > 0 OR r > 0 OR a > 0)
UNION ALL
SELECT agent_id, CAST(accepted_at AS BIGINT), CAST(accepted_at AS BIGINT), 0, 0, 0, 1, is_final
FROM agent_legs WHERE outcome = 'handled' AND agent_id IS NOT NULL AND accepted_at IS NOT NULL"
        }
        IDLE_GAPS => {
            ", marked AS (
  SELECT agent_id, s, h, is_final, lag(h) OVER (PARTITION BY agent_id ORDER BY s) AS h_before,
    sum(CASE WHEN h = 0 AND a > 0 THEN coalesce(e - s, 0) ELSE 0 END)
      OVER (PARTITION BY agent_id ORDER BY s ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS available_us FROM sweep
), starts AS (
  SELECT agent_id, s, is_final, available_us - lag(available_us) OVER (PARTITION BY agent_id ORDER BY s) AS gap_us
  FROM marked WHERE h > 0 AND coalesce(h_before, 0) = 0
)
SELECT agent_id, arrow_cast(s, 'Timestamp(Microsecond, Some(\"UTC\"))') AS accepted_at, gap_us, is_final
FROM starts WHERE gap_us IS NOT NULL"
        }
        _ => return None,
    };
    Some(format!("{SWEEP} {tail}"))
}
