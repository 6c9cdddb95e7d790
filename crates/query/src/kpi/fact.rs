//! The rows KPIs are computed from: which columns each fact has, what it may be grouped by. The sweep over agents' clocks
//! that stands in for a fact is in [`super::agent_time`].

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};

/// Names of the stored facts that KPIs read.
pub const FACTS: [&str; 7] = ["contacts", "queue_stints", "agent_legs", "holds", "agent_states", "responses", "self_service"];

/// Sweep over all agents' legs, offers and states: disjoint stretches of one agent's clock.
pub const AGENT_TIME: &str = "agent_time";

/// Whether `MEASURE` can read the fact as `kpi.<fact>`.
#[must_use]
pub fn is_measurable(fact: &str) -> bool {
    fact == AGENT_TIME || FACTS.contains(&fact)
}

/// SQL of the instant up to which the log tells what happened: the `occurred_at` of its last event. What was recorded when would not do: a
/// file of last year read today says nothing about the year since.
pub const WATERMARK: &str = "(SELECT max(occurred_at) FROM ops.watermark)";

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
        "holds" => "t contact_id,i leg_no,i hold_no,t agent_id,t queue,t channel,t direction,@ started_at,@ ended_at",
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
        "holds" => "channel direction queue agent_id source",
        "responses" => "channel queue agent_id is_first source",
        "self_service" => "channel kind topic source",
        AGENT_TIME => "agent_id",
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
    matches!(fact, "queue_stints" | "agent_legs" | "holds" | "responses" | "self_service")
}
