//! Agents: unified states, states of one channel, work items, capacity.
//!
//! The unified state is the agent's own and says when they came and went. The state of one channel is that channel's: it never logs an
//! agent in or out.

use trunkline_events::Timestamp;

use super::envelope::Envelope;
use super::words;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an event about an agent; false when there is no rule for it.
pub(super) fn map(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match event.verb() {
        "state_changed" => channel_state(event, emit)?,
        "unified_state_changed" => unified_state(event, emit)?,
        "work_item_added" | "work_item_updated" | "work_item_removed" => work_item(event, emit)?,
        "max_capacity_changed" => capacity(event, emit)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn agent(event: &Envelope<'_>) -> Result<String, Reject> {
    if let Some(id) = event.doc.text("detail.agent_id")?.or(event.doc.text("event.agent_id")?) {
        return Ok(id);
    }
    let subject = event.doc.text("subject")?.unwrap_or_default();
    let id = subject.strip_prefix("zen:agent:").filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| Reject::new("missing_field", "'detail.agent_id' is missing, and 'subject' names no agent"))
}

/// When the change was made; the envelope's time is when it was told.
fn changed_at(event: &Envelope<'_>) -> Result<Timestamp, Reject> {
    event.doc.first_instant(&["event.updated_at", "time"])
}

fn of_agent(event: &Envelope<'_>, kind: &'static str) -> Result<NewEvent, Reject> {
    let agent = agent(event)?;
    let told = NewEvent::new(kind, changed_at(event)?, &event.key).subject(&agent).text("agent_id", &agent);
    Ok(match event.doc.text("detail.version")? {
        Some(version) => told.sequence(&version),
        None => told,
    })
}

fn channel_state(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (label, channel) = (event.doc.required("event.new_state")?, event.doc.required("event.channel")?);
    let told = of_agent(event, "agent.state_changed")?.text("transition", "change").text("state", words::state(&label));
    let told = told.text("channel", &words::work_channel(&channel)).flag("channel_only", Some(true)).text("source_label", &label);
    emit.push(told.maybe("reason", (words::state(&label) == "other" || label.contains("transfer")).then_some(label.as_str())))
}

fn unified_state(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (doc, new, old) = (event.doc, "event.new_unified_state", "event.previous_unified_state");
    let label = match doc.object(new) {
        Some(state) => state.required("name")?,
        None => doc.required(new)?,
    };
    let before = match doc.object(old) {
        Some(state) => state.text("name")?,
        None => doc.text(old)?,
    };
    let (state, was) = (words::state(&label), before.as_deref().map(words::state));
    let transition = match (was, state) {
        (_, "offline") => "logout",
        (Some("offline"), _) => "login",
        _ => "change",
    };
    let why = doc.object(new).map(|state| state.text("reason")).transpose()?.flatten().filter(|why| why != "UNKNOWN");
    let reason = if state == "available" { why } else { Some(label.clone()) };
    let told = of_agent(event, "agent.state_changed")?.text("transition", transition).text("state", state).text("scope", "all");
    emit.push(told.maybe("reason", reason.as_deref()).text("source_label", &label))
}

fn capacity(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let value = event.doc.get("event.new_max_capacity").or_else(|| event.doc.get("event.max_capacity"));
    let value = value.or_else(|| event.doc.get("event.current")).cloned().unwrap_or_default();
    let channel = event.doc.text("event.channel")?.map(|channel| words::work_channel(&channel));
    let told = of_agent(event, "agent.assignment_changed")?.text("kind", "capacity").json("value", value);
    emit.push(told.maybe("channel", channel.as_deref()))
}

/// A work item is offered to an agent, accepted by them, and leaves them. The contact is the ticket: an item that names none cannot be told
/// from a contact of its own and is kept unmapped. A ticket of the support channel stays with its agent for days, which is no talk time.
fn work_item(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let doc = event.doc;
    let item = doc.required("event.work_item_id")?;
    let Some(ticket) = doc.text("event.ticket_id")? else {
        return event.unmapped("the work item names no ticket", emit);
    };
    let (agent, at) = (agent(event)?, changed_at(event)?);
    let channel = doc.text("event.channel")?.map(|channel| words::work_channel(&channel));
    let is_talk = channel.as_deref().is_some_and(|channel| matches!(channel, "messaging" | "voice" | "chat"));
    let channel = channel.filter(|_| is_talk);
    let word = |path: &str| Ok::<_, Reject>(doc.text(path)?.map(|text| text.to_ascii_lowercase()).unwrap_or_default());
    let (reason, before) = (word("event.reason")?, word("event.previous_reason")?);
    let part = format!("{item}:{agent}");
    let told = |kind| {
        let told = NewEvent::new(kind, at, &event.key).subject(&ticket).text("contact_id", &ticket).text("case_id", &ticket);
        told.text("agent_id", &agent).maybe("channel", channel.as_deref())
    };
    let connected = || told("participant.connected").text("participant_id", &part).text("role", "agent").text("mode", "talk");
    let refused = |outcome: &str| told("offer.ended").text("offer_id", &part).text("outcome", outcome).maybe("reason", Some(&reason));
    match (event.verb(), reason.as_str()) {
        ("work_item_added", "offered") => emit.push(told("offer.made").text("offer_id", &part)),
        ("work_item_added", _) => emit.push(connected()),
        ("work_item_updated", "accepted") => {
            emit.push(refused("accepted"))?;
            emit.push(connected())
        }
        ("work_item_updated", _) => event.unmapped("a change of a work item that is no acceptance", emit),
        (_, reason) if reason.contains("timeout") || reason.contains("timed_out") || reason.contains("missed") => {
            emit.push(refused("no_answer"))
        }
        (_, reason) if reason.contains("declined") || reason.contains("rejected") => emit.push(refused("declined")),
        (_, _) if before == "offered" => emit.push(refused("rescinded")),
        (_, reason) => {
            let left = told("participant.disconnected").text("participant_id", &part).maybe("reason", Some(reason));
            emit.push(left.flag("talk_unknown", (!is_talk).then_some(true)))
        }
    }
}
