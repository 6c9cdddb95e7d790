//! One pass over a contact's events in order: each goes to the part it concerns.

use super::about::About;
use super::event::Step;
use super::kind::Kind;
use super::legs::Legs;
use super::notes::{Notes, code};
use super::payload::Text;
use super::sessions::Sessions;
use super::stints::Stints;
use super::turns::{self, Turns};
use crate::time::Timestamp;

/// The end that counts so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'a> {
    pub(super) at: Timestamp,
    pub(super) by: Option<Text<'a>>,
}

/// Everything known while walking.
#[derive(Debug, Default)]
pub(super) struct Walk<'a> {
    pub(super) about: About<'a>,
    pub(super) end: Option<End<'a>>,
    /// The contact was refused before it reached a queue, and nothing has happened since.
    refused_at: Option<Timestamp>,
    pub(super) stints: Stints<'a>,
    pub(super) legs: Legs<'a>,
    pub(super) turns: Turns<'a>,
    pub(super) sessions: Sessions<'a>,
    pub(super) notes: Notes,
}

impl<'a> Walk<'a> {
    pub(super) fn step(&mut self, step: &Step<'_, 'a>) {
        if self.end.is_some() && reopens(step) {
            self.end = None;
        }
        if step.kind.reopens() {
            self.refused_at = None;
        }
        let (stints, notes) = (&mut self.stints, &mut self.notes);
        match step.kind {
            Kind::QueueEntered => {
                self.sessions.followed_if(true, step.at);
                stints.enter(step, notes);
            }
            Kind::QueueExited => stints.exit(step, notes),
            Kind::OfferMade => self.legs.offered(step, stints, notes),
            Kind::OfferEnded => self.legs.offer_ended(step, stints, notes),
            Kind::Connected => {
                let is_agent = self.legs.connected(step, self.about.dialled_from(), stints, notes);
                self.sessions.followed_if(is_agent, step.at);
            }
            Kind::Disconnected => {
                let earliest = self.earliest();
                self.legs.disconnected(step, earliest, &mut self.stints, &mut self.notes);
            }
            Kind::HoldStarted => self.legs.hold_started(step, notes),
            Kind::HoldEnded => self.legs.hold_ended(step, notes),
            Kind::TransferUpdated => self.legs.transferred(step, self.about.id, notes),
            Kind::WrapUpStarted => self.legs.wrap_up_started(step, notes),
            Kind::WrapUpEnded => self.legs.wrap_up_ended(step, notes),
            Kind::MessageReceived => self.turns.received(step, stints.last_queue()),
            Kind::MessageSent => self.turns.sent(step),
            Kind::SessionStarted => self.sessions.started(step),
            Kind::SessionEnded => {
                let earliest = self.earliest();
                self.sessions.ended(step, earliest, &mut self.notes);
            }
            Kind::RoutingDecided => self.refused(step),
            Kind::ContactEnded => self.ended(step),
            Kind::ContactUpdated => self.about.updated(step),
            Kind::DispositionSet => self.about.disposed(step),
            Kind::EntityLinked => self.about.linked(step),
            Kind::CaseChanged => self.about.escalated(&step.data),
            _ => {}
        }
    }

    /// Sources that refuse a caller say nothing more about them: what is neither waiting nor talking then is over.
    fn refused(&mut self, step: &Step<'_, 'a>) {
        let is_refused = matches!(step.data.word("result"), "rejected" | "diverted");
        let goes_on = self.stints.is_waiting() || self.legs.list.iter().any(|l| l.is_talking());
        self.refused_at = (is_refused && !goes_on).then_some(step.at);
    }

    fn ended(&mut self, step: &Step<'_, 'a>) {
        let by = step.data.text("ended_by");
        self.legs.contact_ended(step, &mut self.stints, &mut self.notes);
        self.stints.contact_ended(step.at, by.map_or("", Text::word));
        self.sessions.close_all(step.at);
        self.turns.contact_ended();
        self.end = Some(End { at: step.at, by });
    }

    /// The first instant at which something of whose start nothing is known can have begun: not before the contact, not before the stay in
    /// which the customer still waits, not before the last stay was left.
    fn earliest(&self) -> Timestamp {
        let start = self.about.started_at;
        self.stints.0.last().map_or(start, |last| last.left_at.unwrap_or(last.enqueued_at).max(start))
    }

    /// After the last event: settles what was handed over, notes what nobody closed.
    pub(super) fn finish(&mut self) {
        if let (None, Some(at)) = (self.end, self.refused_at) {
            self.sessions.close_all(at);
            self.end = Some(End { at, by: Some(Text::Plain("system")) });
        }
        for leg in &mut self.legs.list {
            if leg.is_connected() {
                leg.settle_transfer(&mut self.notes);
                if leg.end == super::legs::End::WithContact
                    && let Some(at) = leg.ended_at
                {
                    self.notes.add(code::UNMATCHED_START, "a leg without a disconnection ended with the contact", at);
                }
            }
            if let Some(at) = leg.ended_at {
                for _ in leg.holds.never_resumed() {
                    self.notes.add(code::UNMATCHED_START, "a hold never resumed ended with the leg", at);
                }
            }
            if let (Some(ring), Some(stint)) = (leg.ring_ms, leg.stint.and_then(|at| self.stints.0.get_mut(at))) {
                stint.ring_ms = stint.ring_ms.saturating_add(ring);
            }
        }
        if self.about.is_transferred_here
            && let Some(first) = self.legs.list.iter_mut().find(|l| l.is_connected())
        {
            first.is_transfer_in = true;
        }
        self.stints.note_inferred(&mut self.notes);
        self.sessions.note_inferred(&mut self.notes);
    }
}

/// Whether an event after the end means that the contact goes on (fold rule 3): people's messages do, machines' do not.
fn reopens(step: &Step<'_, '_>) -> bool {
    match step.kind {
        Kind::MessageReceived => !step.data.flag("automatic"),
        Kind::MessageSent => turns::is_from_agent(step),
        kind => kind.reopens(),
    }
}
