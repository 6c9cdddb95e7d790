//! Callers in queues, and the agents they are offered to.
//!
//! A contact is the caller's channel (`CC-Member-Session-UUID`), a stay in a queue the member (`CC-Member-UUID`), an agent's part the agent's
//! channel (`CC-Agent-UUID`). Offers have no id of their own: member, agent and the second in which the agent was called name one, so that
//! the same agent can be offered the same caller again.

use super::about;
use super::record::{Values, customer};
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an action about a caller; false when it is none.
pub(super) fn map(action: &str, values: &Values, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match action {
        "member-queue-start" => {
            emit.push(started(values)?)?;
            emit.push(entered(values)?)?;
        }
        "member-queue-resume" => emit.push(entered(values)?.flag("resumed", Some(true)))?,
        "agent-offering" => emit.push(offered(values)?)?,
        "bridge-agent-start" => answered(values, emit)?,
        "bridge-agent-end" => emit.push(parted(values)?)?,
        "bridge-agent-fail" => emit.push(refused(values)?)?,
        "member-queue-end" => ended(values, emit)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// An event of the caller's contact; `instead` are times in it, for where the event's own is missing.
fn event(values: &Values, kind: &'static str, instead: &[&str]) -> Result<NewEvent, Reject> {
    let contact = values.need("CC-Member-Session-UUID")?;
    let key = values.key(values.text("CC-Action").unwrap_or_default())?;
    let event = about(contact, NewEvent::new(kind, values.at(instead)?, &key)).maybe("queue", values.text("CC-Queue"));
    Ok(values.in_order(event.maybe("customer_id", values.text("CC-Member-CID-Number").and_then(customer))))
}

/// The contact began when its channel did, before the queue.
fn started(values: &Values) -> Result<NewEvent, Reject> {
    let contact = values.need("CC-Member-Session-UUID")?;
    let at = values.at(&["CC-Member-Joined-Time"])?;
    let created = values.micros("Caller-Channel-Created-Time")?.filter(|created| *created <= at);
    let number = values.text("CC-Member-CID-Number").and_then(customer);
    let event = about(contact, NewEvent::new("contact.started", created.unwrap_or(at), &values.key("member-queue-start")?));
    let event = event.text("direction", direction(values)).maybe("from_addr", number).maybe("customer_id", number);
    let event = event.maybe("to_addr", values.first(&["CC-Member-DNIS", "Caller-Destination-Number"]));
    Ok(values.in_order(event))
}

/// Who waits in a queue has called, unless a dialler put them there.
fn direction(values: &Values) -> &'static str {
    if values.text("Call-Direction") == Some("outbound") { "outbound" } else { "inbound" }
}

fn entered(values: &Values) -> Result<NewEvent, Reject> {
    values.need("CC-Queue")?;
    Ok(event(values, "queue.entered", &["CC-Member-Joined-Time"])?.text("visit_id", values.need("CC-Member-UUID")?))
}

/// The name of an offer; `called` is the second in which the agent was called.
fn offer(values: &Values, called: Option<i64>) -> Option<String> {
    Some(format!("{}:{}:{}", values.text("CC-Member-UUID")?, values.text("CC-Agent")?, called?))
}

fn offered(values: &Values) -> Result<NewEvent, Reject> {
    let event = event(values, "offer.made", &["CC-Agent-Called-Time"])?.text("agent_id", values.need("CC-Agent")?);
    let second = values.number("Event-Date-Timestamp")?.map(|micros| micros / 1_000_000);
    let called = values.number("CC-Agent-Called-Time")?.or(second);
    Ok(event.maybe("offer_id", offer(values, called).as_deref()))
}

fn offer_ended(values: &Values, instead: &[&str], until: &str, outcome: &str) -> Result<NewEvent, Reject> {
    let event = event(values, "offer.ended", instead)?.text("agent_id", values.need("CC-Agent")?).text("outcome", outcome);
    let called = values.number("CC-Agent-Called-Time")?;
    let event = event.maybe("offer_id", offer(values, called).as_deref());
    Ok(event.number("ring_ms", values.between("CC-Agent-Called-Time", until)?))
}

fn answered(values: &Values, emit: &mut Emit<'_>) -> Result<(), Reject> {
    const ANSWERED: &[&str] = &["CC-Agent-Answered-Time"];
    let agent = values.need("CC-Agent")?;
    emit.push(offer_ended(values, ANSWERED, "CC-Agent-Answered-Time", "accepted")?)?;
    if let Some(exit) = exit_to_agent(values)? {
        emit.push(exit)?;
    }
    let leg = event(values, "participant.connected", ANSWERED)?.text("role", "agent").text("mode", "talk").text("agent_id", agent);
    emit.push(leg.text("participant_id", values.need("CC-Agent-UUID")?))
}

/// The stay that an agent ended. It is told when the agent answers and again when the queue lets go of the caller, both times under one
/// name and with one content: the socket does not repeat what was lost, and a caller who was answered must not become one who gave up.
fn exit_to_agent(values: &Values) -> Result<Option<NewEvent>, Reject> {
    let (Some(at), Some(agent)) = (values.seconds("CC-Agent-Answered-Time")?, values.text("CC-Agent")) else { return Ok(None) };
    let (contact, member) = (values.need("CC-Member-Session-UUID")?, values.need("CC-Member-UUID")?);
    let key = format!("{member}:{agent}:{}", at.micros() / 1_000_000);
    let event = about(contact, NewEvent::new("queue.exited", at, &key)).maybe("queue", values.text("CC-Queue"));
    let event = event.text("outcome", "answered").text("agent_id", agent).text("visit_id", member);
    Ok(Some(event.number("wait_ms", values.between("CC-Member-Joined-Time", "CC-Agent-Answered-Time")?)))
}

fn parted(values: &Values) -> Result<NewEvent, Reject> {
    let event = event(values, "participant.disconnected", &["CC-Bridge-Terminated-Time"])?.text("agent_id", values.need("CC-Agent")?);
    let event = event.text("participant_id", values.need("CC-Agent-UUID")?).maybe("hangup_cause", values.text("CC-Hangup-Cause"));
    // Used only when the beginning was lost.
    Ok(event.number("talk_ms", values.between("CC-Agent-Answered-Time", "CC-Bridge-Terminated-Time")?))
}

fn refused(values: &Values) -> Result<NewEvent, Reject> {
    let cause = values.text("CC-Hangup-Cause").unwrap_or_default();
    let outcome = match cause {
        "NO_ANSWER" | "NO_USER_RESPONSE" | "ALLOTTED_TIMEOUT" | "PROGRESS_TIMEOUT" | "RECOVERY_ON_TIMER_EXPIRE" => "no_answer",
        "USER_BUSY" => "busy",
        "CALL_REJECTED" => "declined",
        "ORIGINATOR_CANCEL" => "caller_gone",
        "LOSE_RACE" | "PICKED_OFF" => "rescinded",
        _ => "error",
    };
    let event = offer_ended(values, &["CC-Agent-Aborted-Time"], "CC-Agent-Aborted-Time", outcome)?;
    Ok(event.maybe("reason", values.text("CC-Hangup-Cause")))
}

/// The caller has left the queue: after talking, or without.
fn ended(values: &Values, emit: &mut Emit<'_>) -> Result<(), Reject> {
    const LEFT: &[&str] = &["CC-Member-Leaving-Time"];
    let cause = values.text("CC-Hangup-Cause").or_else(|| values.text("Hangup-Cause"));
    let end = |by: Option<&str>| event(values, "contact.ended", LEFT).map(|end| end.maybe("ended_by", by).maybe("hangup_cause", cause));
    match values.need("CC-Cause")? {
        "Terminated" => {
            if let Some(exit) = exit_to_agent(values)? {
                emit.push(exit)?;
            }
            return emit.push(end(None)?.text("reason", "Terminated"));
        }
        "Cancel" => {}
        other => return Err(Reject::new("bad_field", format!("CC-Cause must be Terminated or Cancel, not '{other}'"))),
    }
    let reason = values.text("CC-Cancel-Reason").unwrap_or("NONE");
    // The channel is still up: something took the caller out of the queue, and the call goes on.
    let goes_on = values.text("Answer-State").is_some_and(|state| state != "hangup");
    let (outcome, is_over) = match reason {
        "TIMEOUT" => ("timed_out", false),
        "NO_AGENT_TIMEOUT" => ("no_agents", false),
        "EXIT_WITH_KEY" => ("key_exit", false),
        "BREAK_OUT" if goes_on => ("withdrawn", false),
        // NONE: the caller hung up in the moment in which an agent was found.
        "BREAK_OUT" | "NONE" => ("abandoned", true),
        _ => ("flow_out", false),
    };
    let exit = event(values, "queue.exited", LEFT)?.text("outcome", outcome).text("visit_id", values.need("CC-Member-UUID")?);
    let exit = exit.text("reason", reason).maybe("key", values.text("variable_cc_exit_key"));
    emit.push(exit.number("wait_ms", values.between("CC-Member-Joined-Time", "CC-Member-Leaving-Time")?))?;
    if is_over { emit.push(end(Some("customer"))?.text("reason", reason)) } else { Ok(()) }
}
