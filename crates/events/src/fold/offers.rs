//! Offers to agents: made, accepted, refused, taken back (fold rule 6).

use super::event::Step;
use super::legs::{End, Leg, Legs};
use super::notes::{Notes, code};
use super::span::{before, millis_between};
use super::stints::Stints;
use crate::time::Timestamp;

impl<'a> Legs<'a> {
    pub(super) fn offered(&mut self, step: &Step<'_, 'a>, stints: &Stints<'a>, notes: &mut Notes) {
        let (offer, agent) = (step.data.text("offer_id"), step.agent());
        let is_same = |l: &Leg<'a>| if offer.is_some() { l.offer == offer } else { l.offer.is_none() && l.is_of(agent) };
        let known = self.list.iter_mut().rfind(|l| is_same(l) && (l.is_waiting() || offer.is_some()));
        if let Some(leg) = known {
            if leg.offered_at.is_some_and(|made| made < step.at) && !leg.is_waiting() {
                notes.add(code::END_BEFORE_START, "an offer ended before it was made", step.at);
            } else {
                notes.add(code::SECOND_START, "an offer that was made was made again: ignored", step.at);
            }
            return;
        }
        self.add(Leg { offer, agent, queue: step.queue(), stint: stints.at(step.at), offered_at: Some(step.at), ..Leg::default() });
    }

    pub(super) fn offer_ended(&mut self, step: &Step<'_, 'a>, stints: &Stints<'a>, notes: &mut Notes) {
        let reported = step.data.millis("ring_ms");
        let (offer, agent) = (step.data.text("offer_id"), step.agent());
        let is_named = offer.is_some() && self.list.iter().any(|l| l.offer == offer);
        let is_meant = |l: &Leg<'a>| if is_named { l.offer == offer } else { agent.is_none() || l.is_of(agent) || l.agent.is_none() };
        let is_pending = |l: &Leg<'a>| l.is_waiting() && l.accepted_at.is_none() && is_meant(l);
        let found = self.list.iter().position(is_pending);
        if found.is_none() && is_named {
            notes.add(code::SECOND_END, "an offer that had ended was ended again: ignored", step.at);
            return;
        }
        let at = found.unwrap_or_else(|| {
            notes.add(code::UNMATCHED_END, "an offer ended that had not been made: made at its end less the ringing", step.at);
            self.add(Leg { offer, agent, queue: step.queue(), offered_at: Some(before(step.at, reported.unwrap_or(0))), ..Leg::default() })
        });
        let Some(leg) = self.list.get_mut(at) else { return };
        leg.ring_ms = reported.or_else(|| leg.offered_at.map(|made| millis_between(made, step.at)));
        leg.agent = leg.agent.or(agent);
        leg.stint = leg.stint.or_else(|| stints.at(step.at));
        match refusal(step.data.word("outcome"), step.data.word("reason")) {
            None => leg.accepted_at = Some(step.at),
            refused => {
                leg.refused = refused;
                leg.ended_at = Some(step.at);
                leg.end = End::Told;
            }
        }
    }
}

impl Leg<'_> {
    /// An offer that nobody closed before the contact ended.
    pub(super) fn withdraw(&mut self, at: Timestamp, notes: &mut Notes) {
        self.refused = Some("cancelled");
        self.ended_at = Some(at);
        self.end = End::WithContact;
        if self.ring_ms.is_none() {
            let until = self.rang_until.unwrap_or(at);
            self.ring_ms = self.offered_at.map(|made| millis_between(made, until));
        }
        notes.add(code::UNMATCHED_START, "an offer never closed was cancelled when the contact ended", at);
    }
}

/// What an offer becomes that was not accepted; `None` means accepted. Of failures the agent's own hang-up during the announcement and
/// an incompatible device count as declined.
fn refusal(said: &str, reason: &str) -> Option<&'static str> {
    match (said, reason) {
        ("accepted", _) => None,
        ("no_answer" | "busy" | "missed", _) => Some("missed"),
        ("declined", _) | ("error", "agent_dump" | "incompatible") => Some("declined"),
        _ => Some("cancelled"),
    }
}
