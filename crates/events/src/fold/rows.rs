//! From the walk to rows: numbers of parts, lengths, the columns every row carries.

use compact_str::{CompactString, format_compact};

use super::legs::Leg;
use super::payload::Text;
use super::sessions::Session;
use super::span::millis_between;
use super::stints::Stint;
use super::turns::Turn;
use super::walk::Walk;
use crate::fact::{AgentLeg, Hold, Provenance, QueueStint, Response, SelfService};

/// What all rows of a contact share.
pub(super) struct Shared<'f> {
    pub(super) contact_id: &'f str,
    pub(super) channel: Option<Text<'f>>,
    pub(super) direction: Option<Text<'f>>,
    pub(super) customer_key: Option<&'f str>,
    pub(super) provenance: &'f Provenance,
}

pub(super) fn owned(text: Option<Text<'_>>) -> Option<CompactString> {
    text.map(Text::owned)
}

impl Shared<'_> {
    fn stint(&self, s: &Stint<'_>, no: i64) -> QueueStint {
        QueueStint {
            provenance: self.provenance.clone(),
            contact_id: self.contact_id.into(),
            stint_no: no,
            queue: owned(s.queue),
            channel: owned(self.channel),
            direction: owned(self.direction),
            priority: s.priority,
            enqueued_at: s.enqueued_at,
            left_at: s.left_at,
            outcome: s.outcome.word().into(),
            wait_ms: s.wait_ms,
            ring_ms: s.ring_ms,
            agent_id: owned(s.agent),
        }
    }

    fn leg(&self, l: &Leg<'_>, no: i64, queue: Option<Text<'_>>) -> AgentLeg {
        let hold_ms = l.connected_at.map_or(0, |from| l.holds.held_ms(from, l.ended_at));
        let talk_ms = match (l.connected_at, l.ended_at) {
            (Some(from), Some(to)) if !l.is_talk_unknown => Some((millis_between(from, to) - hold_ms).max(0)),
            _ => None,
        };
        AgentLeg {
            provenance: self.provenance.clone(),
            contact_id: self.contact_id.into(),
            leg_no: no,
            agent_id: owned(l.agent),
            queue: owned(queue),
            channel: owned(self.channel),
            direction: owned(self.direction),
            offered_at: l.offered_at,
            accepted_at: l.accepted_at,
            ended_at: l.ended_at,
            wrapped_up_at: l.wrap_up.ended_at(),
            outcome: l.refused.unwrap_or("handled").into(),
            ring_ms: l.ring_ms,
            talk_ms,
            hold_ms,
            hold_count: l.holds.count(),
            wrap_up_ms: l.wrap_up.length_ms(),
            has_wrap_up: l.wrap_up.has_begun,
            is_transfer_in: l.is_transfer_in,
            is_transfer_out: l.transferred_at.is_some(),
            transfer_kind: owned(l.transfer_kind),
            ended_by: owned(l.ended_by()),
        }
    }

    fn response(&self, t: &Turn<'_>, no: i64, first_queue: Option<Text<'_>>) -> Response {
        Response {
            provenance: self.provenance.clone(),
            contact_id: self.contact_id.into(),
            turn_no: no,
            channel: owned(self.channel),
            queue: owned(t.queue.or(first_queue)),
            asked_at: t.asked_at,
            answered_at: t.answered_at,
            bot_answered_at: t.bot_answered_at,
            agent_id: owned(t.agent),
            is_first: t.is_first,
        }
    }

    fn session(&self, s: &Session<'_>, no: i64) -> SelfService {
        SelfService {
            provenance: self.provenance.clone(),
            session_id: s.id.map_or_else(|| format_compact!("{}#{no}", self.contact_id), Text::owned),
            contact_id: Some(self.contact_id.into()),
            customer_key: self.customer_key.map(CompactString::from),
            channel: owned(self.channel),
            kind: owned(s.kind),
            started_at: s.started_at,
            ended_at: s.ended_at,
            topic: owned(s.topic),
            is_goal_reached: s.is_goal_reached,
            is_handed_over: s.is_handed_over,
        }
    }
}

/// Stays by entry.
pub(super) fn stints(walk: &Walk<'_>, shared: &Shared<'_>) -> Vec<QueueStint> {
    let mut sorted: Vec<&Stint<'_>> = walk.stints.0.iter().collect();
    sorted.sort_by_key(|s| s.enqueued_at);
    sorted.into_iter().zip(1..).map(|(s, no)| shared.stint(s, no)).collect()
}

/// Legs by their first instant; offers that may still be accepted are none yet.
pub(super) fn legs(walk: &Walk<'_>, shared: &Shared<'_>) -> Vec<AgentLeg> {
    told_legs(walk).into_iter().zip(1..).map(|(l, no)| shared.leg(l, no, queue_of(walk, l))).collect()
}

fn told_legs<'w, 'a>(walk: &'w Walk<'a>) -> Vec<&'w Leg<'a>> {
    let mut sorted: Vec<&Leg<'a>> = walk.legs.list.iter().filter(|l| !l.is_waiting() || l.accepted_at.is_some()).collect();
    sorted.sort_by_key(|l| l.begins_at());
    sorted
}

/// The queue that the offer or the connection names, else that of the stay it belongs to, else (unless a transfer led past the queues) the
/// last one entered before.
fn queue_of<'a>(walk: &Walk<'a>, l: &Leg<'a>) -> Option<Text<'a>> {
    let stay = l.stint.and_then(|at| walk.stints.0.get(at));
    let before = || {
        let began = l.accepted_at.unwrap_or_else(|| l.begins_at());
        walk.stints.0.iter().rfind(|s| !l.is_transfer_in && s.enqueued_at <= began)
    };
    l.queue.or_else(|| stay.or_else(before).and_then(|s| s.queue))
}

/// What each leg spent on hold; `legs` are the rows made of the same walk.
pub(super) fn holds(walk: &Walk<'_>, legs: &[AgentLeg]) -> Vec<Hold> {
    if walk.legs.list.iter().all(|l| l.holds.count() == 0) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (l, leg) in told_legs(walk).into_iter().zip(legs) {
        let stretches = l.connected_at.map_or_else(Vec::new, |from| l.holds.stretches(from, l.ended_at));
        out.extend(stretches.into_iter().zip(1..).map(|((started_at, ended_at), hold_no)| Hold {
            provenance: leg.provenance.clone(),
            contact_id: leg.contact_id.clone(),
            leg_no: leg.leg_no,
            hold_no,
            agent_id: leg.agent_id.clone(),
            queue: leg.queue.clone(),
            channel: leg.channel.clone(),
            direction: leg.direction.clone(),
            started_at,
            ended_at,
        }));
    }
    out
}

/// Turns in order; one before any queue belongs to the first queue that followed.
pub(super) fn responses(walk: &Walk<'_>, shared: &Shared<'_>) -> Vec<Response> {
    let first_queue = walk.stints.0.first().and_then(|s| s.queue);
    walk.turns.list.iter().zip(1..).map(|(t, no)| shared.response(t, no, first_queue)).collect()
}

/// Sessions in order.
pub(super) fn sessions(walk: &Walk<'_>, shared: &Shared<'_>) -> Vec<SelfService> {
    walk.sessions.0.iter().zip(1..).map(|(s, no)| shared.session(s, no)).collect()
}
