//! The record of a call, written when its channel hung up: when it began and ended, and who ended it.
//!
//! A bridged call has two: the caller's channel tells about the contact, the agent's only how long the agent held. Waits and talks in a
//! record are sums without a timeline; they are kept for reconciliation and make no stints, because the events make them.

use super::about;
use super::record::{Values, customer};
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};
use trunkline_events::Timestamp;

/// Maps the variables of a channel that hung up.
pub(super) fn map(values: &Values, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let uuid = values.need("uuid")?;
    let end = ended_at(values)?;
    let member = values.text("cc_member_session_uuid");
    match values.text("cc_side") {
        Some("agent") => agent(values, uuid, member, end, emit),
        Some("member") => caller(values, uuid, end, emit),
        _ if member == Some(uuid) => caller(values, uuid, end, emit),
        _ => emit.unmapped("cdr", "not the call of a queue", end, &format!("{uuid}:cdr")),
    }
}

fn ended_at(values: &Values) -> Result<Timestamp, Reject> {
    let end = values.micros("end_uepoch")?.or(values.micros("times.hangup_time")?).or(values.seconds("end_epoch")?);
    // The stamps have no zone.
    end.ok_or_else(|| Reject::new("no_time", "the record names no instant of its end, none of end_uepoch, hangup_time, end_epoch"))
}

fn caller(values: &Values, uuid: &str, end: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let start = values.micros("start_uepoch")?.or(values.micros("times.created_time")?).or(values.seconds("start_epoch")?);
    if let Some(start) = start {
        let number = values.first(&["caller_id_number", "sip_from_user"]).and_then(customer);
        let direction = if values.text("direction") == Some("outbound") { "outbound" } else { "inbound" };
        let event = about(uuid, NewEvent::new("contact.started", start, &format!("{uuid}:cdr"))).text("direction", direction);
        emit.push(event.maybe("from_addr", number).maybe("customer_id", number).maybe("to_addr", values.text("destination_number")))?;
    }
    let event = |kind: &'static str| about(uuid, NewEvent::new(kind, end, &format!("{uuid}:cdr"))).maybe("queue", values.text("cc_queue"));
    summary(event("contact.summary_reported"), values, emit)?;
    if let Some(file) = values.text("cc_record_filename") {
        emit.push(event("artifact.attached").text("kind", "recording").text("uri", file).text("status", "available"))?;
    }
    let over = event("contact.ended").maybe("ended_by", ended_by(values)?).maybe("hangup_cause", values.text("hangup_cause"));
    emit.push(over.maybe("reason", values.first(&["cc_cancel_reason", "cc_cause"])))
}

fn summary(event: NewEvent, values: &Values, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let until = if values.number("cc_queue_answered_epoch")?.is_some() { "cc_queue_answered_epoch" } else { "cc_queue_canceled_epoch" };
    let wait = values.between("cc_queue_joined_epoch", until)?;
    let talk = values.between("cc_queue_answered_epoch", "cc_queue_terminated_epoch")?;
    let mos = values.text("rtp_audio_in_mos").and_then(|text| text.parse::<f64>().ok()).and_then(serde_json::Number::from_f64);
    if wait.is_none() && talk.is_none() && mos.is_none() {
        return Ok(());
    }
    let event = event.number("wait_ms", wait).number("talk_ms", talk);
    emit.push(event.json("mos", mos.map_or(serde_json::Value::Null, serde_json::Value::Number)))
}

/// Who said goodbye, as the caller's channel saw it.
fn ended_by(values: &Values) -> Result<Option<&'static str>, Reject> {
    let Some(disposition) = values.text("sip_hangup_disposition") else { return Ok(None) };
    if disposition.starts_with("recv_") {
        return Ok(Some("customer"));
    }
    // We hung up: the agent, if the call ended with the talk.
    let (talked, end) = (values.number("cc_queue_terminated_epoch")?, ended_at(values)?.micros() / 1_000_000);
    Ok(Some(if talked.is_some_and(|talked| (talked - end).abs() <= 1) { "agent" } else { "system" }))
}

fn agent(values: &Values, uuid: &str, contact: Option<&str>, end: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let key = format!("{uuid}:cdr");
    let is_answered =
        values.number("answer_uepoch")?.or(values.number("answer_epoch")?).or(values.number("times.answered_time")?).is_some();
    let held = match values.text("hold_accum_ms") {
        // Never held is 0 here, and known.
        Some(_) => Some(values.number("hold_accum_ms")?.unwrap_or(0)),
        None => None,
    };
    let (Some(contact), Some(held), true) = (contact, held, is_answered) else {
        return emit.unmapped("cdr", "the agent's channel of a call, which says nothing new", end, &key);
    };
    let event = about(contact, NewEvent::new("contact.summary_reported", end, &key)).maybe("agent_id", values.text("cc_agent"));
    emit.push(event.text("participant_id", uuid).number("hold_ms", Some(held)))
}
