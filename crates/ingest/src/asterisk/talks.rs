//! Lines about an agent talking: connecting, hanging up, transferring, holding, and outgoing calls.

use super::Asterisk;
use super::calls::of_contact;
use super::emit::{Emitter, Fields};
use super::line::Line;
use super::queues::offered;
use crate::connector::Reject;

impl Asterisk {
    /// `holdtime s | bridged channel | ringtime s`.
    pub(super) fn connect(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let contact = self.calls.contact_of(id);
        let queue = line.queue.as_deref().unwrap_or("NONE");
        let agent = line.agent.as_deref().unwrap_or("unknown");
        let taken_over = self.calls.get(&contact).consultation.take();
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        let offer = call.next_offer(agent);
        offered(emit, &contact, queue, agent, &offer, (time, line.seconds(2)), ("accepted", None))?;
        let (stay, is_outbound) = (call.stay.take(), call.is_outbound);
        call.left_empty = false;
        let participant = call.connect(agent, Some(queue));
        let exit = match (stay, taken_over) {
            (Some(stay), _) => Some((contact.clone(), stay.queue, stay.visit)),
            (None, Some(other)) => self.calls.get(&other).stay.take().map(|stay| (other, stay.queue, stay.visit)),
            (None, None) if is_outbound => None,
            (None, None) => Some((contact.clone(), queue.to_owned(), self.calls.get(&contact).next_visit(queue))),
        };
        if let Some((owner, queue, visit)) = exit {
            let fields = of_contact(&owner).text("queue", &queue).text("visit_id", &visit).text("outcome", "answered");
            emit.emit("queue.exited", time, Some(&owner), fields.number("wait_ms", line.seconds(0)))?;
            if owner != contact {
                let fields = of_contact(&owner).text("ended_by", "system").text("reason", "transferred");
                emit.emit("contact.ended", time, Some(&owner), fields)?;
            }
        }
        let fields = of_contact(&contact).text("queue", queue).text("agent_id", agent);
        let fields = fields.text("participant_id", &participant).text("role", "agent").text("mode", "talk");
        emit.emit("participant.connected", time, Some(&contact), fields)
    }

    /// COMPLETEAGENT, COMPLETECALLER: `holdtime s | calltime s | origpos`.
    pub(super) fn complete(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let by = if line.verb == "COMPLETEAGENT" { "agent" } else { "customer" };
        let contact = self.calls.contact_of(id);
        let is_second = self.hang_up(line, &contact, (by, "completed"), line.seconds(1), emit)?;
        if is_second {
            return Ok(());
        }
        let time = self.calls.get(&contact).clock(line);
        emit.emit("contact.ended", time, Some(&contact), of_contact(&contact).text("ended_by", by).text("reason", "completed"))
    }

    /// Ends the leg of a contact; true when it had ended before.
    fn hang_up(
        &mut self,
        line: &Line<'_>,
        contact: &str,
        (by, reason): (&str, &str),
        talk_ms: Option<i64>,
        emit: &mut Emitter<'_>,
    ) -> Result<bool, Reject> {
        let call = self.calls.get(contact);
        let time = call.clock(line);
        let (leg, is_second) = call.disconnect(line.agent.as_deref().unwrap_or("unknown"), line.queue.as_deref());
        let mut fields = of_contact(contact).maybe("queue", leg.queue.as_deref()).text("agent_id", &leg.agent);
        fields = fields.text("participant_id", &leg.id).text("role", "agent").text("by", by).text("reason", reason);
        fields = fields.number("talk_ms", talk_ms);
        if is_second {
            fields = fields.yes("is_second_end");
        }
        emit.emit("participant.disconnected", time, Some(contact), fields)?;
        Ok(is_second)
    }

    /// BLINDTRANSFER and, before version 12, TRANSFER: `exten | context | holdtime | calltime | origpos`.
    pub(super) fn blind_transfer(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let exten = emit.masked(line.field(0).unwrap_or("unknown"));
        let target = match line.field(1) {
            Some(context) => format!("{exten}@{context}"),
            None => exten,
        };
        let contact = self.calls.contact_of(id);
        self.transfer(line, &contact, ("blind", "extension", &target), line.seconds(3), emit)
    }

    /// `BRIDGE|id|hold|call|pos`, `APP|name|hold|call|pos`, `LINK|channel|channel|hold|call|pos`.
    pub(super) fn attended_transfer(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let (kind, talk) = match line.field(0) {
            Some("BRIDGE") => ("bridge", 3),
            Some("LINK") => ("link", 4),
            _ => ("app", 3),
        };
        let target = line.field(1).unwrap_or("unknown").to_owned();
        let contact = self.calls.contact_of(id);
        let own = self.calls.get(&contact);
        let (has_leg, has_stay) = (own.leg.is_some(), own.stay.is_some());
        let (agent, queue) = (line.agent.as_deref(), line.queue.as_deref());
        // Logged under the consultation's id: the leg is on the customer's call.
        let customer = if has_leg || !has_stay {
            None
        } else {
            self.calls.talking(&contact, |leg| Some(&*leg.agent) == agent && leg.queue.as_deref() == queue)
        };
        let Some(customer) = customer else {
            return self.transfer(line, &contact, ("attended", kind, &target), line.seconds(talk), emit);
        };
        self.calls.get(&customer).consultation = Some(contact.clone());
        let fields = Fields::new()
            .text("contact_id", &contact)
            .object("from", Fields::new().text("kind", "contact").text("id", &contact))
            .object("to", Fields::new().text("kind", "contact").text("id", &customer))
            .text("relation", "consult_of");
        emit.emit("entity.linked", line.time(), Some(&contact), fields)?;
        self.transfer(line, &customer, ("attended", kind, &target), line.seconds(talk), emit)
    }

    fn transfer(
        &mut self,
        line: &Line<'_>,
        contact: &str,
        (kind, target_kind, target): (&str, &str, &str),
        talk_ms: Option<i64>,
        emit: &mut Emitter<'_>,
    ) -> Result<(), Reject> {
        let call = self.calls.get(contact);
        let time = call.clock(line);
        let by = line.agent.as_deref().unwrap_or("unknown");
        let transfer_id = format!("{}-{}", emit.record.place, by);
        let fields = of_contact(contact).maybe("queue", line.queue.as_deref()).text("agent_id", by).text("by", by);
        let fields = fields.text("transfer_id", &transfer_id).text("phase", "completed").text("kind", kind);
        let fields = fields.object("target", Fields::new().text("kind", target_kind).text("id", target));
        emit.emit("transfer.updated", time, Some(contact), fields)?;
        self.hang_up(line, contact, ("agent", "transfer"), talk_ms, emit).map(|_| ())
    }

    /// CALLERONHOLD, CALLEROFFHOLD.
    pub(super) fn hold(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let contact = self.calls.contact_of(id);
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        let kind = if line.verb == "CALLERONHOLD" { "hold.started" } else { "hold.ended" };
        let leg = call.leg.as_ref();
        let fields = of_contact(&contact).maybe("agent_id", leg.map(|l| &*l.agent).or(line.agent.as_deref()));
        emit.emit(kind, time, Some(&contact), fields.maybe("participant_id", leg.map(|l| &*l.id)))
    }

    /// CALLSTATUS: `code`.
    pub(super) fn disposition(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let Some(code) = line.field(0) else { return self.unmapped(line, "no status", emit) };
        let contact = self.calls.contact_of(id);
        let time = self.calls.get(&contact).clock(line);
        let fields = of_contact(&contact).maybe("agent_id", line.agent.as_deref()).text("code", code);
        emit.emit("disposition.set", time, Some(&contact), fields)
    }

    /// CALLOUTBOUND: the second field is the number dialled.
    pub(super) fn outbound(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let contact = self.calls.contact_of(id);
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        call.is_outbound = true;
        call.is_started = true;
        let fields = of_contact(&contact).text("direction", "outbound").text("initiator", "agent");
        let fields = fields.maybe("customer_id", line.field(1)).maybe("agent_id", line.agent.as_deref());
        emit.emit("contact.started", time, Some(&contact), fields)
    }

    /// OUTCALL: `status | talktime s | parameters`, written when the call is over.
    pub(super) fn outcall(&mut self, line: &Line<'_>, id: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let contact = self.calls.contact_of(id);
        let call = self.calls.get(&contact);
        let time = call.clock(line);
        let status = line.field(0).unwrap_or("unknown").to_owned();
        let talk_ms = line.seconds(1).unwrap_or(0);
        let start = time.plus_millis(-talk_ms);
        if !call.is_started {
            call.is_started = true;
            call.is_outbound = true;
            let fields = of_contact(&contact).text("direction", "outbound").text("initiator", "agent").text("basis", "derived");
            emit.emit("contact.started", start, Some(&contact), fields.maybe("agent_id", line.agent.as_deref()))?;
        }
        if status == "ANSWER" {
            let agent = line.agent.as_deref().unwrap_or("unknown");
            let participant = call.connect(agent, None);
            call.disconnect(agent, None);
            let fields = || of_contact(&contact).text("agent_id", agent).text("participant_id", &participant).text("role", "agent");
            emit.emit("participant.connected", start, Some(&contact), fields().text("mode", "talk").text("basis", "derived"))?;
            let fields = fields().text("reason", "completed").number("talk_ms", Some(talk_ms));
            emit.emit("participant.disconnected", time, Some(&contact), fields)?;
        }
        let params = emit.masked(line.rest.splitn(3, '|').nth(2).unwrap_or(""));
        let fields = of_contact(&contact).text("ended_by", "unknown").text("reason", &status.to_lowercase());
        emit.emit("contact.ended", time, Some(&contact), fields.text("parameters", &params))
    }
}
