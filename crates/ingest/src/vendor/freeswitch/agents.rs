//! What agents do: their status is theirs, their state the module's.
//!
//! The status (available, on break, logged out) is what the agent chose, and holds until they choose again. The state (waiting, receiving,
//! in a queue call) goes its own way below it: after a call the module says "waiting" also of an agent who went on break meanwhile. So
//! states are told for the channel only, where they do not end a break that goes on.

use super::record::Values;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an action about an agent; false when there is no rule for it.
pub(super) fn map(action: &str, values: &Values, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let said = match action {
        "agent-status-change" => values.need("CC-Agent-Status")?,
        "agent-state-change" => values.need("CC-Agent-State")?,
        _ => return Ok(false),
    };
    let is_status = action == "agent-status-change";
    let state = match said {
        "Available" | "Available (On Demand)" => "available",
        "On Break" => "not_ready",
        "Logged Out" => "offline",
        "Receiving" | "Reserved" => "offered",
        "In a queue call" => "busy",
        "Waiting" | "Idle" => "idle",
        _ => return Ok(false),
    };
    let agent = values.need("CC-Agent")?;
    let event = NewEvent::new("agent.state_changed", values.at(&[])?, &values.key(&format!("{action}:{said}"))?);
    let event = event.subject(agent).text("agent_id", agent).text("state", state).text("source_label", said);
    let event = event.text("transition", if state == "offline" { "logout" } else { "change" });
    let event = event.text("scope", if is_status { "all" } else { "channel(voice)" }).maybe("channel", (!is_status).then_some("voice"));
    let reason = matches!(said, "On Break" | "Available (On Demand)").then_some(said);
    emit.push(values.in_order(event.maybe("reason", reason)))?;
    Ok(true)
}
