//! Agents' parts in a contact (fold rule 6): who connected, when they left, what they did in between.
//!
//! Offers on their way to become legs are in [`super::offers`], transfers in [`super::transfers`].

use super::event::Step;
use super::holds::Holds;
use super::notes::{Notes, code};
use super::payload::Text;
use super::span::{before, millis_between};
use super::stints::{Outcome, Stints};
use super::wrap_up::{Taken, WrapUp};
use crate::time::Timestamp;

/// How the end of a leg is known. What was inferred gives way to a disconnection told later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum End {
    #[default]
    Open,
    WithContact,
    Told,
}

/// One leg, or an offer on its way to become one.
#[derive(Debug, Clone, Default)]
pub(super) struct Leg<'a> {
    pub(super) offer: Option<Text<'a>>,
    pub(super) participant: Option<Text<'a>>,
    pub(super) agent: Option<Text<'a>>,
    pub(super) queue: Option<Text<'a>>,
    /// The stay it was offered in or answered.
    pub(super) stint: Option<usize>,
    pub(super) offered_at: Option<Timestamp>,
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) connected_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) end: End,
    /// Missed, declined or cancelled; `None` for what was accepted or is still open.
    pub(super) refused: Option<&'static str>,
    pub(super) ring_ms: Option<i64>,
    /// Somebody else took the contact: an offer never closed rang no longer than that.
    pub(super) rang_until: Option<Timestamp>,
    pub(super) holds: Holds,
    pub(super) wrap_up: WrapUp,
    pub(super) is_transfer_in: bool,
    pub(super) transferred_at: Option<Timestamp>,
    pub(super) transfer_kind: Option<Text<'a>>,
    pub(super) ended_by: Option<Text<'a>>,
    pub(super) is_talk_unknown: bool,
}

impl<'a> Leg<'a> {
    pub(super) const fn is_connected(&self) -> bool {
        self.connected_at.is_some()
    }

    pub(super) const fn is_talking(&self) -> bool {
        self.connected_at.is_some() && self.ended_at.is_none()
    }

    /// Offered and neither connected nor refused.
    pub(super) const fn is_waiting(&self) -> bool {
        self.connected_at.is_none() && self.refused.is_none()
    }

    /// First instant of the leg, for its number.
    pub(super) fn begins_at(&self) -> Timestamp {
        self.offered_at.into_iter().chain(self.accepted_at).chain(self.connected_at).chain(self.ended_at).min().unwrap_or_default()
    }

    pub(super) fn is_of(&self, agent: Option<Text<'a>>) -> bool {
        agent.is_some() && self.agent == agent
    }

    fn is_participant(&self, participant: Option<Text<'a>>) -> bool {
        participant.is_some() && self.participant == participant
    }
}

/// All legs of a contact, in the order in which they became known.
#[derive(Debug, Default)]
pub(super) struct Legs<'a> {
    pub(super) list: Vec<Leg<'a>>,
    /// Participants that are no agents' legs: customers, bots, supervisors who listen in.
    others: Vec<Text<'a>>,
    /// Completed transfers.
    pub(super) transfers: i64,
    pub(super) transfer_ids: Vec<Text<'a>>,
    /// A transfer was completed and nobody has taken over yet.
    pub(super) is_transfer_pending: bool,
    /// Supervisors came in to talk.
    pub(super) is_escalated: bool,
}

impl<'a> Legs<'a> {
    /// A participant connected. `dialled_from`: when an outbound contact began. True when it was an agent who had not been connected.
    pub(super) fn connected(
        &mut self,
        step: &Step<'_, 'a>,
        dialled_from: Option<Timestamp>,
        stints: &mut Stints<'a>,
        notes: &mut Notes,
    ) -> bool {
        let (participant, agent) = (step.data.text("participant_id"), step.agent());
        if !self.is_agent_talking(step, participant) {
            return false;
        }
        let same = |l: &Leg<'a>| l.is_talking() && if participant.is_some() { l.participant == participant } else { l.agent == agent };
        if self.list.iter().any(same) {
            notes.add(code::SECOND_START, "a leg that was connected was connected again: ignored", step.at);
            return false;
        }
        let waiting = |l: &Leg<'a>| l.is_waiting() && (l.agent.is_none() || agent.is_none() || l.agent == agent);
        let accepted = self.list.iter().rposition(|l| waiting(l) && l.accepted_at.is_some());
        let offered = accepted.or_else(|| self.list.iter().rposition(waiting));
        let is_first = !self.list.iter().any(Leg::is_connected);
        let at = offered.unwrap_or_else(|| self.add(Leg::default()));
        for (_, other) in self.list.iter_mut().enumerate().filter(|(i, l)| *i != at && l.is_waiting()) {
            other.rang_until = other.rang_until.or(Some(step.at));
        }
        let is_transfer_in = std::mem::take(&mut self.is_transfer_pending);
        let Some(leg) = self.list.get_mut(at) else { return false };
        leg.participant = participant;
        leg.agent = agent.or(leg.agent);
        leg.queue = step.queue().or(leg.queue);
        leg.connected_at = Some(step.at);
        leg.accepted_at = leg.accepted_at.or(Some(step.at));
        leg.is_transfer_in = is_transfer_in;
        leg.stint = stints.connected(step.at, leg.agent).or(leg.stint);
        if leg.ring_ms.is_none() {
            let from = leg.offered_at.or(dialled_from.filter(|_| is_first));
            leg.ring_ms = from.map(|from| millis_between(from, step.at));
        }
        true
    }

    /// Whether a connection makes a leg. Remembers those that do not, so that their leaving is not taken for an agent's.
    fn is_agent_talking(&mut self, step: &Step<'_, 'a>, participant: Option<Text<'a>>) -> bool {
        let listens_in = matches!(step.data.word("mode"), "monitor" | "whisper" | "barge");
        let is_agent = match step.data.word("role") {
            "agent" => true,
            "" => step.agent().is_some(),
            role => {
                self.is_escalated |= role == "supervisor" && !listens_in;
                false
            }
        };
        if is_agent && !listens_in {
            self.others.retain(|other| Some(*other) != participant);
            return true;
        }
        self.others.extend(participant);
        false
    }

    pub(super) fn add(&mut self, leg: Leg<'a>) -> usize {
        self.list.push(leg);
        self.list.len() - 1
    }

    /// A participant left. `earliest`: the first instant at which somebody of whose connection nothing is known can have connected.
    pub(super) fn disconnected(&mut self, step: &Step<'_, 'a>, earliest: Timestamp, stints: &mut Stints<'a>, notes: &mut Notes) {
        let (participant, agent) = (step.data.text("participant_id"), step.agent());
        let is_other = participant.is_some_and(|p| self.others.contains(&p)) || !matches!(step.data.word("role"), "" | "agent");
        if is_other {
            return;
        }
        let is_known = self.list.iter().any(|l| l.is_participant(participant));
        let is_meant = |l: &Leg<'a>| match (is_known, agent) {
            (true, _) => l.is_participant(participant),
            (false, Some(_)) => l.is_of(agent),
            (false, None) => participant.is_none(),
        };
        let named = |l: &Leg<'a>| l.is_connected() && is_meant(l);
        let find = |fits: &dyn Fn(&Leg<'a>) -> bool| self.list.iter().rposition(fits);
        let open = find(&|l| named(l) && l.end == End::Open).or_else(|| find(&|l| named(l) && l.end == End::WithContact));
        let at = match open {
            Some(at) => at,
            None if find(&named).is_some() => {
                // Who is not named at all may be the customer leaving.
                if participant.is_some() || agent.is_some() {
                    notes.add(code::SECOND_END, "a leg that had ended was ended again: ignored", step.at);
                }
                return;
            }
            None => match self.imply_connection(step, earliest, stints, notes) {
                Some(at) => at,
                None => return,
            },
        };
        let Some(leg) = self.list.get_mut(at) else { return };
        leg.ended_at = leg.connected_at.max(Some(step.at));
        leg.end = End::Told;
        leg.ended_by = who(step);
        leg.is_talk_unknown |= step.data.flag("talk_unknown");
    }

    /// Somebody left of whose connection nothing was told: an accepted offer, or a leg that nobody knew of.
    fn imply_connection(&mut self, step: &Step<'_, 'a>, earliest: Timestamp, stints: &mut Stints<'a>, notes: &mut Notes) -> Option<usize> {
        notes.add(code::UNMATCHED_END, "a participant left who had not come: connected at the earliest possible instant", step.at);
        let agent = step.agent()?;
        let accepted = self.list.iter().rposition(|l| l.is_waiting() && l.is_of(Some(agent)));
        let at = accepted.unwrap_or_else(|| {
            self.add(Leg { agent: Some(agent), queue: step.queue(), participant: step.data.text("participant_id"), ..Leg::default() })
        });
        let own_last = self.list.iter().filter(|l| l.is_of(Some(agent))).filter_map(|l| l.ended_at).max();
        let leg = self.list.get_mut(at)?;
        let talked = step.data.millis("talk_ms").map(|talk| before(step.at, talk));
        let since = leg.accepted_at.or(talked).or(leg.offered_at).unwrap_or_else(|| earliest.max(own_last.unwrap_or(earliest)));
        let since = since.min(step.at);
        leg.connected_at = Some(since);
        leg.accepted_at = leg.accepted_at.or(Some(since));
        leg.stint = stints.connected(since, Some(agent)).or(leg.stint);
        Some(at)
    }

    /// The leg an event is about: by participant, by agent, else the one that is talking, else the last.
    pub(super) fn of(&mut self, participant: Option<Text<'a>>, agent: Option<Text<'a>>) -> Option<&mut Leg<'a>> {
        let find = |fits: &dyn Fn(&Leg<'a>) -> bool| self.list.iter().rposition(|l| l.is_connected() && fits(l));
        let at = find(&|l| l.is_participant(participant))
            .or_else(|| find(&|l| l.is_of(participant)))
            .or_else(|| find(&|l| l.is_of(agent)))
            .or_else(|| find(&Leg::is_talking))
            .or_else(|| find(&|_| true))?;
        self.list.get_mut(at)
    }

    pub(super) fn hold_started(&mut self, step: &Step<'_, 'a>, notes: &mut Notes) {
        match self.of(step.data.text("participant_id"), step.agent()) {
            Some(leg) => leg.holds.started(step.at),
            None => notes.add(code::UNMATCHED_START, "a hold without a leg: ignored", step.at),
        }
    }

    pub(super) fn hold_ended(&mut self, step: &Step<'_, 'a>, notes: &mut Notes) {
        let Some(leg) = self.of(step.data.text("participant_id"), step.agent()) else {
            notes.add(code::UNMATCHED_END, "a hold ended without a leg: ignored", step.at);
            return;
        };
        if leg.holds.ended(step.at) {
            return;
        }
        let connected = leg.connected_at.unwrap_or(step.at);
        let since = step.data.millis("held_ms").map_or(connected, |held| before(step.at, held).max(connected));
        leg.holds.implied(since, step.at);
        notes.add(code::UNMATCHED_END, "a hold ended that had not begun", step.at);
    }

    /// The leg that wrap-up belongs to: the participant's, else the agent's latest that ended before, else (nobody is named) the latest.
    fn of_wrap_up(&mut self, step: &Step<'_, 'a>, is_end: bool) -> Option<&mut Leg<'a>> {
        let (participant, agent) = (step.data.text("participant_id"), step.agent());
        let find = |fits: &dyn Fn(&Leg<'a>) -> bool| self.list.iter().rposition(|l| l.is_connected() && fits(l));
        let mut at = find(&|l| l.is_participant(participant));
        if at.is_none() {
            let agent = agent.or(participant.filter(|p| self.list.iter().any(|l| l.is_of(Some(*p)))));
            let named = |l: &Leg<'a>| agent.is_none() || l.is_of(agent);
            let open = if is_end { find(&|l| named(l) && l.wrap_up.is_open()) } else { None };
            let ended = || {
                let ended = self.list.iter().enumerate().filter(|(_, l)| l.is_connected() && named(l) && l.ended_at <= Some(step.at));
                ended.filter_map(|(i, l)| Some((l.ended_at?, i))).max().map(|(_, i)| i)
            };
            at = open.or_else(ended).or_else(|| find(&named));
        }
        self.list.get_mut(at?)
    }

    pub(super) fn wrap_up_started(&mut self, step: &Step<'_, 'a>, notes: &mut Notes) {
        match self.of_wrap_up(step, false).map(|leg| leg.wrap_up.started(step.at)) {
            None => notes.add(code::UNMATCHED_START, "wrap-up without a leg: ignored", step.at),
            Some(Taken::Again) => notes.add(code::SECOND_START, "wrap-up that had begun began again: ignored", step.at),
            Some(_) => {}
        }
    }

    pub(super) fn wrap_up_ended(&mut self, step: &Step<'_, 'a>, notes: &mut Notes) {
        let reported = step.data.millis("wrapup_ms");
        let taken = self.of_wrap_up(step, true).map(|leg| leg.wrap_up.ended(step.at, reported, leg.ended_at));
        match taken {
            None => notes.add(code::UNMATCHED_END, "wrap-up ended without a leg: ignored", step.at),
            Some(Taken::Again) => notes.add(code::SECOND_END, "wrap-up that had ended ended again: ignored", step.at),
            Some(Taken::Implied) => notes.add(code::UNMATCHED_END, "wrap-up ended that had not begun: begun when the leg ended", step.at),
            Some(Taken::AsTold) => {}
        }
    }

    /// The contact ended: accepted offers became legs without anybody saying so, others were taken back, who still talked was cut off.
    pub(super) fn contact_ended(&mut self, step: &Step<'_, 'a>, stints: &mut Stints<'a>, notes: &mut Notes) {
        for leg in &mut self.list {
            if leg.is_waiting() {
                let left_before = leg.stint.and_then(|at| stints.0.get(at)).is_some_and(|s| s.outcome == Outcome::Abandoned);
                match leg.accepted_at {
                    Some(accepted) if !left_before => {
                        notes.add(code::UNMATCHED_END, "an accepted offer without a connection: connected when accepted", accepted);
                        leg.connected_at = Some(accepted);
                        leg.stint = stints.connected(accepted, leg.agent).or(leg.stint);
                    }
                    _ => leg.withdraw(step.at, notes),
                }
            }
            if leg.is_talking() {
                leg.ended_at = leg.connected_at.max(Some(step.at));
                leg.end = End::WithContact;
                leg.ended_by = step.data.text("ended_by");
                leg.is_talk_unknown |= step.data.flag("talk_unknown");
            }
        }
    }
}

/// Who ended a leg: what the source says, else what its reason says about it.
fn who<'a>(step: &Step<'_, 'a>) -> Option<Text<'a>> {
    let reason = step.data.text("reason").filter(|r| matches!(r.word(), "agent" | "customer" | "system" | "third_party" | "transfer"));
    step.data.text("by").or(reason)
}
