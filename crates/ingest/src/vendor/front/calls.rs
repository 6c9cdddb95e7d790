//! Calls, by the names Front publishes. No captured call has been seen: who stands at which side of an event is read by its type.

use serde_json::json;

use super::event::Event;
use crate::connector::Reject;
use crate::vendor::Emit;

/// Maps an event about a call; false when it is none, or one there is no rule for.
pub(super) fn map(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let agent = event.of_type("teammate")?;
    let of_agent = |kind| Ok::<_, Reject>(event.told_in_inbox(kind)?.maybe("agent_id", agent.as_deref()));
    match event.kind.as_str() {
        "call_started" => started(event, emit)?,
        "call_queued" => match event.of_type("inboxes")? {
            Some(_) => emit.push(event.told_in_inbox("queue.entered")?)?,
            None => event.unmapped("the call names no inbox to wait in", emit)?,
        },
        "call_abandoned" => {
            emit.push(event.told_in_inbox("queue.exited")?.text("outcome", "abandoned"))?;
            emit.push(event.told("contact.ended")?.text("ended_by", "customer").text("reason", "abandoned"))?;
        }
        "call_connected" => {
            let told = of_agent("participant.connected")?.maybe("participant_id", agent.as_deref());
            emit.push(told.text("role", "agent").text("mode", "talk"))?;
        }
        "call_on_hold" => emit.push(of_agent("hold.started")?)?,
        "call_parked" => emit.push(of_agent("hold.started")?.text("reason", "parked"))?,
        "call_resumed" => emit.push(of_agent("hold.ended")?)?,
        "call_transferred" => transferred(event, emit)?,
        "call_missed" => emit.push(of_agent("offer.ended")?.text("outcome", "no_answer"))?,
        "call_hangup" => hung_up(event, emit)?,
        "call_transcript_added" | "call_voicemail_transcript_added" => {
            let told = event.told("artifact.attached")?.text("kind", "transcript").text("status", "available");
            let id = event.doc.text("target.data.id")?.map(|id| format!("front:{id}"));
            emit.push(told.maybe("uri", id.as_deref()).flag("is_voicemail", Some(event.kind.contains("voicemail"))))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn started(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let is_inbound = match event.doc.flag("target.data.is_inbound")? {
        Some(is_inbound) => Some(is_inbound),
        None => event.doc.flag("conversation.last_message.is_inbound")?,
    };
    let before = emit.count();
    event.began(event.at, is_inbound.map(|is_inbound| if is_inbound { "inbound" } else { "outbound" }), emit)?;
    if emit.count() == before {
        return event.unmapped("a call in a conversation that had begun before", emit);
    }
    Ok(())
}

/// From the teammate it comes from to the teammate or inbox it is about.
fn transferred(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let by = event.side("source", "teammate")?;
    let told = event.told("transfer.updated")?.text("transfer_id", &event.key).text("phase", "completed");
    let told = told.maybe("by", by.as_deref()).maybe("agent_id", by.as_deref());
    let (agent, inbox) = (event.side("target", "teammate")?, event.side("target", "inboxes")?);
    emit.push(match (agent, inbox) {
        (Some(id), _) => told.text("kind", "unknown").json("target", json!({"kind": "agent", "id": id})),
        (None, Some(id)) => told.text("kind", "queue").json("target", json!({"kind": "queue", "id": id})),
        (None, None) => told.text("kind", "unknown"),
    })
}

/// The call is over for everybody; the teammate is told of where one is named.
fn hung_up(event: &Event<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    if let Some(agent) = event.of_type("teammate")? {
        let told = event.told("participant.disconnected")?.text("agent_id", &agent).text("participant_id", &agent);
        emit.push(told.maybe("by", event.actor()?))?;
    }
    emit.push(event.told("contact.ended")?.maybe("ended_by", event.actor()?).text("reason", "hangup"))
}
