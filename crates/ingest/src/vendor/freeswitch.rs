//! FreeSWITCH: the events of mod_callcenter, hold of channels, and the call records of mod_json_cdr.
//!
//! Read in this order: `record` (what was sent, in which form), `queue` (callers and the agents they are offered to), `agents` (what agents
//! do), `cdr` (the call as a whole).
//!
//! A core numbers its events, so an event is named by core and number; a call record by the channel it is about. Nothing is restated:
//! the record of a call ends the contact again, later and knowing more, and the last end counts. Two clocks are in use: events have
//! microseconds, the times inside of them whole seconds. Where both say the same the event's own counts, except for lengths that the
//! queue measures.

mod agents;
mod cdr;
mod queue;
mod record;

use self::record::{Record, Values};
use super::{Emit, NewEvent, Request, Vendor};
use crate::connector::Reject;

/// FreeSWITCH's events and call records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Freeswitch;

impl Vendor for Freeswitch {
    fn name(&self) -> &'static str {
        "freeswitch"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        match Record::of(request)? {
            Record::Cdr(values) => cdr::map(&values, emit),
            Record::Event(values) => event(&values, emit),
        }
    }
}

fn event(values: &Values, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let name = values.text("Event-Name").unwrap_or("CUSTOM");
    let action = values.text("CC-Action");
    let is_mapped = match (name, action) {
        (_, Some(action)) => queue::map(action, values, emit)? || agents::map(action, values, emit)?,
        ("CHANNEL_HOLD" | "CHANNEL_UNHOLD", _) => hold(name, values, emit)?,
        ("CHANNEL_HANGUP_COMPLETE", _) => return cdr::map(&values.variables(), emit),
        ("HEARTBEAT", _) => status("heartbeat", values, emit)?,
        ("RELOADXML", _) => status("config_reload", values, emit)?,
        // The states of agents outlive a restart in the database of the module, so this is no "restarted", which would forget them.
        ("STARTUP", _) => status("started", values, emit)?,
        _ => false,
    };
    if is_mapped {
        return Ok(());
    }
    let vendor_type = action.or_else(|| values.text("Event-Subclass")).unwrap_or(name);
    emit.unmapped(vendor_type, "no word for it, or it says nothing new", values.at(&[])?, &values.key(vendor_type)?)
}

/// An event of the contact whose caller sits on the channel `contact`.
fn about(contact: &str, event: NewEvent) -> NewEvent {
    event.subject(contact).text("contact_id", contact).text("channel", "voice")
}

/// The agent's telephone holds the call: the variables of its channel name the caller's.
fn hold(name: &str, values: &Values, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let Some(contact) = values.text("variable_cc_member_session_uuid").filter(|_| values.text("variable_cc_side") == Some("agent")) else {
        return Ok(false);
    };
    let kind = if name == "CHANNEL_HOLD" { "hold.started" } else { "hold.ended" };
    let event = NewEvent::new(kind, values.at(&[])?, &values.key(name)?).text("participant_id", values.need("Unique-ID")?);
    let event = event.maybe("agent_id", values.text("variable_cc_agent")).maybe("by", Some("agent").filter(|_| kind == "hold.started"));
    emit.push(values.in_order(about(contact, event)))?;
    Ok(true)
}

fn status(word: &str, values: &Values, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let event = NewEvent::new("source.status_reported", values.at(&[])?, &values.key(word)?).text("status", word);
    emit.push(event.maybe("detail", values.text("FreeSWITCH-Hostname")))?;
    Ok(true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
