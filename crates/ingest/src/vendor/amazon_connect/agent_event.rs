//! The agent event stream: two snapshots of one agent, before and after a change.

use serde_json::json;
use trunkline_events::Timestamp;

use super::{agent_contacts, no_time, words};
use crate::connector::Reject;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// Maps one event of the stream.
pub(super) fn map(root: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let at = root.instant("EventTimestamp")?.ok_or_else(|| no_time("EventTimestamp"))?;
    let agent = words::id_of(root.need_text("AgentARN")?, "agent");
    let (id, kind) = (root.need_text("EventId")?, root.need_text("EventType")?);
    let key = format!("agent/{id}");
    let transition = match kind.to_ascii_uppercase().as_str() {
        "LOGIN" => "login",
        "LOGOUT" => "logout",
        "STATE_CHANGE" => "change",
        "HEART_BEAT" => {
            let alive = NewEvent::new("source.status_reported", at, &key).text("status", "heartbeat").text("agent_id", agent);
            return emit.push(alive.text("detail", "agent event stream"));
        }
        _ => return emit.unmapped(kind, "no rule for this event type", at, &key),
    };
    let (before, after) = (root.object("PreviousAgentSnapshot")?, root.object("CurrentAgentSnapshot")?);
    let Some(after) = after else { return Err(root.missing("CurrentAgentSnapshot")) };
    state(&after, agent, transition, at, &key, emit)?;
    if let Some(before) = &before {
        assigned(before, &after, agent, at, &key, emit)?;
    }
    agent_contacts::map(before.as_ref(), &after, agent, at, emit)
}

/// What the agent is now. Contacts come before the status: who has one cannot take what the status would let through.
fn state(after: &Object<'_>, agent: &str, transition: &str, at: Timestamp, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let Some(status) = after.object("AgentStatus")? else { return Err(after.missing("AgentStatus")) };
    let name = status.text("Name")?;
    let kind = status.text("Type")?.map(str::to_ascii_uppercase);
    // Older versions of the stream do not give the type; the names of these two cannot be changed.
    let by_status = match (kind.as_deref(), name) {
        (Some("ROUTABLE"), _) | (None, Some("Available")) => ("available", None),
        (Some("OFFLINE"), _) | (None, Some("Offline")) => ("offline", None),
        _ => ("not_ready", name),
    };
    let contacts = after.list("Contacts")?;
    let mut states = Vec::with_capacity(contacts.len());
    for contact in &contacts {
        states.push(contact.text("State")?.unwrap_or_default().to_ascii_uppercase());
    }
    let (word, reason) = by_contacts(&states).unwrap_or(by_status);
    let (word, reason) = if transition == "logout" { ("offline", None) } else { (word, reason) };
    let event = NewEvent::new("agent.state_changed", at, key).subject(agent).text("agent_id", agent);
    let event = event.text("transition", transition).text("state", word).maybe("reason", reason).maybe("source_label", name);
    let next = after.object("NextAgentStatus")?.map_or(Ok(None), |next| next.text("Name"))?;
    let username = after.object("Configuration")?.map_or(Ok(None), |configuration| configuration.text("Username"))?;
    emit.push(event.maybe("next_state", next).maybe("agent_username", username))
}

/// The state that contacts put an agent into. After a missed contact nothing is routed to them until they clear it.
fn by_contacts(states: &[String]) -> Option<(&'static str, Option<&'static str>)> {
    let any = |words: &[&str]| states.iter().any(|state| words.contains(&state.as_str()));
    match () {
        () if any(&["CONNECTED", "CONNECTED_ONHOLD"]) => Some(("busy", None)),
        () if any(&["INCOMING", "PENDING", "CONNECTING"]) => Some(("offered", None)),
        () if any(&["ENDED"]) => Some(("wrapup", None)),
        () if any(&["MISSED"]) => Some(("not_ready", Some("missed contact"))),
        () if any(&["REJECTED"]) => Some(("not_ready", Some("rejected contact"))),
        () if any(&["ERROR"]) => Some(("not_ready", Some("failed contact"))),
        () => None,
    }
}

/// The agent was given another routing profile.
fn assigned(before: &Object<'_>, after: &Object<'_>, agent: &str, at: Timestamp, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (Some(was), Some(is)) = (profile(before)?, profile(after)?) else { return Ok(()) };
    if was == is {
        return Ok(());
    }
    let event = NewEvent::new("agent.assignment_changed", at, key).subject(agent).text("agent_id", agent);
    emit.push(event.text("kind", "routing_profile").json("added", json!([is])).json("removed", json!([was])))
}

fn profile<'a>(snapshot: &Object<'a>) -> Result<Option<&'a str>, Reject> {
    let Some(configuration) = snapshot.object("Configuration")? else { return Ok(None) };
    let Some(profile) = configuration.object("RoutingProfile")? else { return Ok(None) };
    Ok(profile.text("ARN")?.map(|arn| words::id_of(arn, "routing-profile")))
}
