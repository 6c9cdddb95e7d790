//! TaskRouter's events about workers: activities, skills, capacity.

use serde_json::Value;
use trunkline_events::Timestamp;

use super::fields::Fields;
use super::task::agent;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an event of a worker; false when there is no rule for it.
pub(super) fn map(kind: &str, fields: &Fields, key: &str, at: Timestamp, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let event = |kind: &'static str| -> Result<NewEvent, Reject> {
        let name = agent(fields).ok_or_else(|| Reject::new("missing_field", "WorkerName and WorkerSid are missing or blank"))?;
        let event = NewEvent::new(kind, at, key).subject(name).text("agent_id", name);
        Ok(event.maybe("agent_sid", fields.text("WorkerSid")))
    };
    match kind {
        "worker.activity.update" => emit.push(activity(event("agent.state_changed")?, fields)?)?,
        "worker.attributes.update" => {
            let Some(skills) = skills(fields)? else { return Ok(false) };
            emit.push(event("agent.assignment_changed")?.text("kind", "skill").json("value", skills))?;
        }
        "worker.capacity.update" => {
            let value = fields.number("WorkerChannelCapacity")?.or(fields.number("WorkerChannelAvailableCapacity")?);
            let changed = event("agent.assignment_changed")?.text("kind", "capacity").number("value", value);
            emit.push(changed.maybe("task_channel", fields.text("TaskChannelUniqueName")))?;
        }
        "worker.channel.availability.update" => {
            let word = if is_yes(fields.need("WorkerChannelAvailable")?) { "available" } else { "not_ready" };
            let channel = fields.need("TaskChannelUniqueName")?;
            let changed = event("agent.state_changed")?.text("state", word).text("transition", "change").text("channel", channel);
            emit.push(changed.text("scope", &format!("channel({channel})")))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn activity(event: NewEvent, fields: &Fields) -> Result<NewEvent, Reject> {
    let name = fields.need("WorkerActivityName")?;
    let is_offline = |name: &str| name.trim_ascii().eq_ignore_ascii_case("offline");
    let was_offline = fields.text("WorkerPreviousActivityName").is_some_and(is_offline);
    let transition = match (was_offline, is_offline(name)) {
        (_, true) => "logout",
        (true, false) => "login",
        (false, false) => "change",
    };
    let state = state(name, fields.text("WorkerAvailable"));
    let event = event.text("state", state).text("transition", transition).text("scope", "all").text("source_label", name);
    let event = event.maybe("reason", (state == "not_ready").then_some(name));
    Ok(event.number("previous_state_ms", fields.millis("WorkerTimeInPreviousActivityMs")?))
}

/// What an activity means. Names are the customer's own: what is not known to be anything else is a pause, unless the document says that
/// the worker can be given work.
fn state(name: &str, available: Option<&str>) -> &'static str {
    let name = name.trim_ascii().to_ascii_lowercase();
    let first = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    match (first, available) {
        ("offline", _) => "offline",
        (_, Some(word)) if is_yes(word) => "available",
        ("available" | "idle" | "ready" | "online", None) => "available",
        ("reserved", _) => "offered",
        ("busy", _) => "busy",
        ("wrapup" | "wrap" | "acw", _) => "wrapup",
        _ => "not_ready",
    }
}

fn is_yes(word: &str) -> bool {
    matches!(word, "1" | "true" | "True")
}

/// The list of skills as it is now. What was added and removed would need the list before.
fn skills(fields: &Fields) -> Result<Option<Value>, Reject> {
    let attributes = fields.object("WorkerAttributes")?;
    let of_routing = attributes.get("routing").and_then(|routing| routing.get("skills"));
    Ok(of_routing.or_else(|| attributes.get("skills")).filter(|skills| skills.is_array()).cloned())
}
