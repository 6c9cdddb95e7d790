//! Agents' sessions: offered, talked, left, and the work after it.

use trunkline_events::Timestamp;

use super::Body;
use crate::connector::Reject;
use crate::vendor::genesys_cloud::{rank, words};
use crate::vendor::{Emit, NewEvent};

impl Body<'_> {
    fn of_agent(&self, kind: &'static str, at: Timestamp) -> Result<NewEvent, Reject> {
        Ok(self.event(kind, at).text("agent_id", self.doc.need_text("userId")?).maybe("queue", self.queue))
    }

    fn part(&self, kind: &'static str, at: Timestamp) -> Result<NewEvent, Reject> {
        Ok(self.of_agent(kind, at)?.text("participant_id", self.session))
    }

    /// It rings at the agent's.
    pub(super) fn offered(&self, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
        if self.direction == Some("outbound") {
            return Ok(Some("an agent's own call is offered to nobody"));
        }
        emit.push(self.of_agent("offer.made", self.at)?.text("offer_id", self.session))?;
        Ok(None)
    }

    /// The end of a session tells how long its parts were, and so when the agent was connected.
    pub(super) fn agent_left(&self, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
        let length = |name: &str| self.doc.length(name);
        let held = length("heldDurationMs")?.unwrap_or(0);
        let talked = length("interactingDurationMs")?.unwrap_or(0).saturating_add(held);
        let rang = length("alertingDurationMs")?.filter(|ms| *ms > 0);
        let is_own_call = self.direction == Some("outbound");
        if talked == 0 {
            // An agent who takes a callback on talks in a session of its own.
            if let Some(taken) = length("callbackDurationMs")?.filter(|ms| *ms > 0) {
                let accepted = self.of_agent("offer.ended", self.at.plus_millis(-taken))?.text("offer_id", self.session);
                emit.push(accepted.text("outcome", "accepted").number("ring_ms", rang))?;
                return Ok(None);
            }
            if is_own_call {
                return Ok(Some("an agent's own call that nobody answered"));
            }
            let ended = self.of_agent("offer.ended", self.at)?.text("offer_id", self.session).number("ring_ms", rang);
            emit.push(ended.text("outcome", words::refused(&self.disconnect)))?;
            return Ok(None);
        }
        let connected = self.at.plus_millis(-talked);
        if rang.is_some() && !is_own_call {
            let accepted = self.of_agent("offer.ended", connected)?.text("offer_id", self.session).number("ring_ms", rang);
            emit.push(accepted.text("outcome", "accepted"))?;
        }
        emit.push(self.part("participant.connected", connected)?.text("role", "agent").text("mode", "talk"))?;
        if held > 0 {
            for (kind, at) in [("hold.started", self.at.plus_millis(-held)), ("hold.ended", self.at)] {
                let hold = self.part(kind, at)?.text("basis", "inferred").text("source_event_key", &rank::holds_of(self.session));
                emit.push(if kind == "hold.ended" { hold.number("held_ms", Some(held)) } else { hold })?;
            }
        }
        if let Some(kind) = words::transfer(&self.disconnect) {
            let transfer = self.of_agent("transfer.updated", self.at)?.text("transfer_id", self.session).text("by", self.session);
            emit.push(transfer.text("phase", "completed").text("kind", kind))?;
        }
        let left = self.part("participant.disconnected", self.at)?.maybe("by", words::left_by(&self.disconnect));
        emit.push(left.maybe("reason", Some(&self.disconnect)))?;
        Ok(None)
    }

    /// Work after the contact, with its code. Notes are text about customers and stay where they are.
    pub(super) fn wrapped_up(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let agent = self.doc.text("userId")?;
        let revision = (self.suffix == "acw").then_some(rank::ACW);
        let of_work = |kind, at| {
            let event = self.event(kind, at).maybe("agent_id", agent).maybe("queue", self.queue).text("participant_id", self.session);
            event.number("revision", revision)
        };
        let length = self.doc.length("wrapupDurationMs")?;
        if let Some(length) = length {
            emit.push(of_work("wrapup.started", self.at.plus_millis(-length)))?;
        }
        emit.push(of_work("wrapup.ended", self.at).number("wrapup_ms", length))?;
        let Some(code) = self.doc.text("wrapupCode")? else { return Ok(()) };
        let has_note = self.doc.text("wrapupNotes")?.map(|_| true);
        emit.push(of_work("disposition.set", self.at).text("code", code).flag("has_note", has_note))
    }
}
