//! Lines about a call waiting in a queue: entering, leaving, being offered to agents.

use super::Asterisk;
use super::calls::{is_extension_of, of_contact};
use super::emit::{Emitter, Fields};
use super::line::Line;
use crate::connector::Reject;

/// Verbs by which a stay ends without an agent: event outcome and index of the wait among the data fields.
pub(super) fn exit_of(verb: &str) -> Option<(&'static str, usize)> {
    Some(match verb {
        "EXITWITHTIMEOUT" => ("timed_out", 2),
        "EXITWITHKEY" => ("key_exit", 3),
        "EXITEMPTY" | "LEAVEEMPTY" => ("no_agents", 2),
        "WITHDRAW" => ("withdrawn", 2),
        _ => return None,
    })
}

impl Asterisk {
    pub(super) fn did(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let contact = self.calls.contact_of(id);
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        let fields = of_contact(&contact).maybe("queue", line.queue.as_deref());
        let fields = if let Some(number) = line.field(0) {
            call.dialed = Some(number.to_owned());
            fields.object("set", Fields::new().text("dialed_number", number))
        } else {
            fields.json("unset", "[\"dialed_number\"]")
        };
        emit.emit("contact.updated", time, Some(&contact), fields)
    }

    /// `url | caller id | position | caller name`.
    pub(super) fn enter(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let queue = line.queue.as_deref().unwrap_or("NONE");
        let caller = line.field(1);
        if self.calls.contact_of(id) == id
            && let Some(contact) = caller.and_then(|c| self.calls.talking(id, |leg| is_extension_of(c, &leg.agent)))
        {
            // An agent who is talking calls a queue: a consultation, part of the customer's contact.
            let fields = Fields::new()
                .text("contact_id", &contact)
                .object("from", Fields::new().text("kind", "contact").text("id", id))
                .object("to", Fields::new().text("kind", "contact").text("id", &contact))
                .text("relation", "consult_of");
            emit.emit("entity.linked", line.time(), Some(&contact), fields)?;
            self.calls.join(id, &contact);
        }
        let contact = self.calls.contact_of(id);
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        if let Some(stay) = call.stay.take() {
            let fields = of_contact(&contact).text("queue", &stay.queue).text("visit_id", &stay.visit);
            emit.emit("queue.exited", time, Some(&contact), fields.text("outcome", "flow_out").yes("end_inferred"))?;
        }
        if !call.is_started && contact == id {
            call.is_started = true;
            let fields = of_contact(&contact).text("direction", "inbound").text("initiator", "customer");
            let fields = fields.maybe("customer_id", caller).maybe("to_addr", call.dialed.as_deref());
            emit.emit("contact.started", time, Some(&contact), fields)?;
        }
        let visit = call.next_visit(queue);
        let fields = of_contact(&contact).text("queue", queue).text("visit_id", &visit).number("position", line.number(2));
        call.left_empty = false;
        call.stay = Some(super::calls::Stay { queue: queue.to_owned(), visit });
        emit.emit("queue.entered", time, Some(&contact), fields)
    }

    /// ABANDON `position | origpos | wait`, and the exits of [`exit_of`].
    pub(super) fn leave(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let (outcome, wait) = exit_of(&line.verb).unwrap_or(("abandoned", 2));
        let contact = self.calls.contact_of(id);
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        if line.verb == "LEAVEEMPTY" && call.stay.is_none() && call.left_empty {
            return self.unmapped(line, "the same exit as EXITEMPTY", emit);
        }
        let (queue, visit) = match call.stay.take() {
            Some(stay) => (stay.queue, stay.visit),
            None => {
                let queue = line.queue.as_deref().unwrap_or("NONE");
                (queue.to_owned(), call.next_visit(queue))
            }
        };
        call.left_empty = line.verb == "EXITEMPTY";
        if outcome == "abandoned"
            && let Some(agent) = line.agent.as_deref()
        {
            // The caller hung up while the announcement was played to this agent.
            let offer = call.next_offer(agent);
            offered(emit, &contact, &queue, agent, &offer, (time, None), ("caller_gone", None))?;
        }
        let position = if line.verb == "EXITWITHKEY" { 1 } else { 0 };
        let mut fields = of_contact(&contact).text("queue", &queue).text("visit_id", &visit).text("outcome", outcome);
        fields = fields.number("wait_ms", line.seconds(wait)).number("position", line.number(position));
        if line.verb == "EXITWITHKEY" {
            fields = fields.maybe("key", line.field(0));
        }
        emit.emit("queue.exited", time, Some(&contact), fields)?;
        if outcome != "abandoned" {
            return Ok(());
        }
        let fields = of_contact(&contact).text("ended_by", "customer").text("reason", "abandoned");
        emit.emit("contact.ended", time, Some(&contact), fields)
    }

    /// FULL, CLOSED, JOINEMPTY, DIVERT_*: refused before queueing.
    pub(super) fn refused(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let contact = self.calls.contact_of(id);
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        if !call.is_started {
            call.is_started = true;
            let fields = of_contact(&contact).text("direction", "inbound").text("initiator", "customer");
            emit.emit("contact.started", time, Some(&contact), fields.maybe("to_addr", call.dialed.as_deref()))?;
        }
        let result = if line.verb.starts_with("DIVERT_") { "diverted" } else { "rejected" };
        let fields = of_contact(&contact).maybe("queue", line.queue.as_deref());
        let fields = fields.text("result", result).text("reason", &line.verb.to_lowercase());
        emit.emit("routing.decided", time, Some(&contact), fields)
    }

    /// RINGNOANSWER and RINGCANCELED (milliseconds), AGENTDUMP and SYSCOMPAT (no data).
    pub(super) fn not_answered(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let (outcome, reason) = match &*line.verb {
            "RINGNOANSWER" => ("no_answer", None),
            "RINGCANCELED" => ("caller_gone", None),
            "AGENTDUMP" => ("declined", Some("agent_dump")),
            _ => ("declined", Some("incompatible")),
        };
        let ring = if reason.is_none() { line.number(0) } else { None };
        let contact = self.calls.contact_of(id);
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        let agent = line.agent.as_deref().unwrap_or("unknown");
        let offer = call.next_offer(agent);
        offered(emit, &contact, line.queue.as_deref().unwrap_or("NONE"), agent, &offer, (time, ring), (outcome, reason))
    }
}

/// An offer and its end; the offer is dated back by the time it rang.
pub(super) fn offered(
    emit: &mut Emitter<'_>,
    contact: &str,
    queue: &str,
    agent: &str,
    offer: &str,
    (end, ring_ms): (trunkline_events::Timestamp, Option<i64>),
    (outcome, reason): (&str, Option<&str>),
) -> Result<(), Reject> {
    let fields = || of_contact(contact).text("queue", queue).text("offer_id", offer).text("agent_id", agent);
    let start = end.plus_millis(-ring_ms.unwrap_or(0));
    emit.emit("offer.made", start, Some(contact), fields().text("basis", "derived"))?;
    let fields = fields().text("outcome", outcome).maybe("reason", reason).number("ring_ms", ring_ms);
    emit.emit("offer.ended", end, Some(contact), fields)
}
