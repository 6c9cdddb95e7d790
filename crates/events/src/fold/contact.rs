//! The contact as a whole: sums over its parts and its outcome (fold rule 7).

use compact_str::CompactString;

use super::payload::Text;
use super::rows::{Shared, owned};
use super::span::{millis_between, total};
use super::walk::Walk;
use crate::fact::{AgentLeg, Contact, QueueStint, SelfService};

/// The row of the contact, given those of its parts.
pub(super) fn row(walk: &Walk<'_>, shared: &Shared<'_>, stints: &[QueueStint], legs: &[AgentLeg], sessions: &[SelfService]) -> Contact {
    let about = &walk.about;
    let handled = || legs.iter().filter(|l| l.outcome == "handled");
    let knows_a_wait = stints.iter().any(|s| s.wait_ms.is_some());
    Contact {
        provenance: shared.provenance.clone(),
        contact_id: shared.contact_id.into(),
        channel: owned(about.channel),
        direction: owned(about.direction),
        customer_key: about.customer_key.map(CompactString::from),
        entry_point: owned(about.entry_point),
        reason: owned(about.reason()),
        started_at: about.started_at,
        ended_at: walk.end.map(|end| end.at),
        first_queued_at: stints.first().map(|s| s.enqueued_at),
        first_answered_at: walk.legs.list.iter().filter_map(|l| l.connected_at).min(),
        first_queue: stints.first().and_then(|s| s.queue.clone()),
        last_queue: stints.last().and_then(|s| s.queue.clone()),
        first_agent_id: handled().min_by_key(|l| l.accepted_at).and_then(|l| l.agent_id.clone()),
        last_agent_id: handled().max_by_key(|l| l.accepted_at).and_then(|l| l.agent_id.clone()),
        outcome: outcome(walk, stints, legs, sessions).into(),
        ended_by: owned(walk.end.and_then(|end| end.by)),
        disposition: owned(about.disposition),
        is_resolved: about.is_resolved,
        self_service_ms: total(sessions.iter().filter_map(|s| Some(millis_between(s.started_at, s.ended_at?)))),
        wait_ms: (knows_a_wait || stints.is_empty()).then(|| total(stints.iter().filter_map(|s| s.wait_ms))),
        talk_ms: total(legs.iter().filter_map(|l| l.talk_ms)),
        hold_ms: total(legs.iter().map(|l| l.hold_ms)),
        wrap_up_ms: total(legs.iter().filter_map(|l| l.wrap_up_ms)),
        hold_count: total(legs.iter().map(|l| l.hold_count)),
        stint_count: stints.len() as i64,
        leg_count: legs.len() as i64,
        transfer_count: walk.legs.transfers,
        is_escalated: about.is_escalated || walk.legs.is_escalated,
        previous_contact_id: owned(about.previous),
    }
}

fn outcome<'s>(walk: &Walk<'_>, stints: &'s [QueueStint], legs: &[AgentLeg], sessions: &[SelfService]) -> &'s str {
    let Some(end) = &walk.end else { return "open" };
    if legs.iter().any(|l| l.outcome == "handled") {
        return "answered";
    }
    if let Some(last) = stints.last() {
        return &last.outcome;
    }
    if sessions.iter().any(|s| s.is_goal_reached) {
        return "self_served";
    }
    let by_customer = matches!(end.by.map_or("", Text::word), "customer" | "unknown" | "");
    let left_in_session = walk.sessions.0.last().is_some_and(|s| !s.is_handed_over && (s.is_abandoned || by_customer));
    if left_in_session { "ivr_abandoned" } else { "ended" }
}
