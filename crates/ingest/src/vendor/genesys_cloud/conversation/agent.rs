//! An agent's session, segment by segment.

use trunkline_events::Timestamp;

use super::Conversation;
use super::session::Session;
use crate::connector::Reject;
use crate::vendor::genesys_cloud::{rank, words};
use crate::vendor::{Emit, NewEvent};

impl Conversation<'_> {
    pub(super) fn agent(&self, session: &Session<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        // A user without an id is a telephone on somebody's desk.
        let Some(agent) = session.user else { return Ok(()) };
        if let Some(mode) = session.listens() {
            return self.listens(session, agent, mode, emit);
        }
        self.offer(session, agent, emit)?;
        if let Some(connected) = session.connected() {
            self.talk(session, agent, connected, emit)?;
        }
        self.work_after(session, agent, emit)
    }

    fn part(&self, kind: &'static str, session: &Session<'_>, agent: &str, at: Timestamp) -> Result<NewEvent, Reject> {
        let queue = session.segments.iter().map(|segment| segment.doc.text("queueId")).find_map(Result::transpose).transpose()?;
        Ok(self.event(kind, session.id, at).text("agent_id", agent).maybe("queue", queue))
    }

    fn offer(&self, session: &Session<'_>, agent: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let Some(alert) = session.of_kind("alert").next().filter(|_| !session.is_outbound) else { return Ok(()) };
        emit.push(self.part("offer.made", session, agent, alert.from)?.text("offer_id", session.id))?;
        let ended = |at| Ok::<_, Reject>(self.part("offer.ended", session, agent, at)?.text("offer_id", session.id));
        let rang = session.metric("tAlert");
        // An agent who takes a callback on talks in a session of its own.
        if let Some(taken) = session.connected().or(session.of_kind("callback").next().map(|segment| segment.from)) {
            return emit.push(ended(taken)?.text("outcome", "accepted").number("ring_ms", rang));
        }
        let Some(at) = alert.to else { return Ok(()) };
        let was_not_answered = session.metric("tNotResponding").is_some();
        let outcome = if was_not_answered { "no_answer" } else { words::refused(&session.disconnect) };
        emit.push(ended(at)?.text("outcome", outcome).number("ring_ms", rang.or(session.metric("tNotResponding"))))
    }

    fn talk(&self, session: &Session<'_>, agent: &str, connected: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let part = |kind, at| Ok::<_, Reject>(self.part(kind, session, agent, at)?.text("participant_id", session.id));
        emit.push(part("participant.connected", connected)?.text("role", "agent").text("mode", "talk"))?;
        for hold in session.of_kind("hold") {
            let told = |kind, at| Ok::<_, Reject>(part(kind, at)?.text("source_event_key", &rank::holds_of(session.id)));
            emit.push(told("hold.started", hold.from)?)?;
            if let Some(at) = hold.to {
                emit.push(told("hold.ended", at)?)?;
            }
        }
        let Some(left) = session.left() else { return Ok(()) };
        if let Some(kind) = words::transfer(&session.disconnect) {
            let transfer = self.part("transfer.updated", session, agent, left)?.text("transfer_id", session.id).text("by", session.id);
            emit.push(transfer.text("phase", "completed").text("kind", kind))?;
        }
        let gone = part("participant.disconnected", left)?.maybe("by", words::left_by(&session.disconnect));
        emit.push(gone.maybe("reason", Some(&session.disconnect)))
    }

    /// Work after the contact, with its codes. Notes are text about customers and stay where they are.
    fn work_after(&self, session: &Session<'_>, agent: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let part = |kind, at| Ok::<_, Reject>(self.part(kind, session, agent, at)?.text("participant_id", session.id));
        for work in session.of_kind("wrapup") {
            emit.push(part("wrapup.started", work.from)?)?;
            let Some(to) = work.to else { continue };
            emit.push(part("wrapup.ended", to)?)?;
            if let Some(code) = work.doc.text("wrapUpCode")? {
                let named = self.event("disposition.set", &format!("{}/{code}", session.id), to);
                emit.push(named.text("agent_id", agent).text("participant_id", session.id).text("code", code))?;
            }
        }
        Ok(())
    }

    fn listens(&self, session: &Session<'_>, agent: &str, mode: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        for (kind, at) in [("participant.connected", session.from()), ("participant.disconnected", session.to())] {
            if let Some(at) = at {
                let part = self.part(kind, session, agent, at)?.text("participant_id", session.id).text("role", "supervisor");
                emit.push(part.text("mode", mode))?;
            }
        }
        Ok(())
    }
}
