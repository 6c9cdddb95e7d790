//! Studio: runs of a flow are self-service sessions.
//!
//! What started the run names the call, and so the contact. A flow that ends says nothing about whether it helped: it ends the same way
//! when it hands the caller to a queue.

use super::address;
use super::fields::Fields;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an event of a flow; false when there is no rule for it.
pub(super) fn map(kind: &str, fields: &Fields, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match kind {
        "flow.execution.started" => {
            let event = session(fields, "selfservice.started", &["DateCreated"], "started")?;
            let event = event.maybe("flow_ref", fields.text("FlowSid")).maybe("version", fields.text("FlowRevision"));
            emit.push(event.text("kind", if is_call(fields) { "ivr" } else { "bot" }))?;
        }
        "flow.execution.ended" => {
            let event = session(fields, "selfservice.ended", &["DateUpdated"], "ended")?;
            let reason = fields.text("EndedReason");
            emit.push(event.text("outcome", outcome(reason.unwrap_or_default())).maybe("exit_reason", reason))?;
        }
        "flow.step.ended" => {
            let at = fields.need_instant(&["DateCreated"])?;
            let key = format!("{}:step", fields.need("StepSid")?);
            let event = NewEvent::new("selfservice.step_completed", at, &key).text("session_id", fields.need("ExecutionSid")?);
            let event = event.text("step", fields.need("TransitionedFrom")?).maybe("outcome", fields.text("Name"));
            emit.push(event.maybe("next_step", fields.text("TransitionedTo")))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn session(fields: &Fields, kind: &'static str, instants: &[&str], change: &str) -> Result<NewEvent, Reject> {
    let id = fields.need("ExecutionSid")?;
    let event = NewEvent::new(kind, fields.need_instant(instants)?, &format!("{id}:{change}")).text("session_id", id);
    let event = event.maybe("customer_id", fields.text("ContactChannelAddress").and_then(address::customer));
    let by = fields.text("StartedBy").filter(|sid| is_call(fields) || sid.starts_with("CH"));
    let event = event.maybe("channel", is_call(fields).then_some("voice"));
    Ok(match by {
        Some(contact) => event.subject(contact).text("contact_id", contact),
        None => event,
    })
}

fn is_call(fields: &Fields) -> bool {
    fields.text("StartedBy").is_some_and(|sid| sid.starts_with("CA"))
}

fn outcome(reason: &str) -> &'static str {
    let reason = reason.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if says(&["hang", "hung"]) {
        "abandoned"
    } else if says(&["error", "fail"]) {
        "error"
    } else if says(&["timeout", "timed"]) {
        "timeout"
    } else {
        "ended"
    }
}
