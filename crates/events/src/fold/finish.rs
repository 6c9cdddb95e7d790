//! From the walk to rows: numbers, sums, outcome, finality (fold rules 7 and 11).

use super::Finality;
use super::legs::Leg;
use super::stints::Stint;
use super::walk::{Walk, makes_contact};
use crate::fact::{AgentLeg, Anomaly, Contact, ContactFacts, Provenance, QueueStint, Response, SelfService};
use crate::row::EventRow;
use crate::time::Timestamp;

pub(super) fn facts(mut walk: Walk, events: &[EventRow<'_>], finality: Finality) -> ContactFacts {
    let Some(first) = events.first() else { return ContactFacts::default() };
    let contact_id = first.contact_id.unwrap_or_default().to_string();
    let is_final = finality.is_final(walk.end.as_ref().map(|e| e.at));
    let provenance = Provenance {
        source: first.source.to_string(),
        recorded_at: events.iter().map(|e| e.recorded_at).max().unwrap_or_default(),
        is_final,
        event_count: i64::try_from(events.len()).unwrap_or(i64::MAX),
    };
    let anomalies = anomalies(&walk, &contact_id, &provenance);
    if !events.iter().any(|e| makes_contact(e.kind)) {
        return ContactFacts { anomalies, ..ContactFacts::default() };
    }
    walk.stints.0.sort_by_key(|s| s.enqueued_at);
    walk.legs.list.sort_by_key(Leg::begins_at);
    let stints: Vec<QueueStint> = walk.stints.0.iter().zip(1..).map(|(s, no)| stint(s, no, &walk, &contact_id, &provenance)).collect();
    let legs: Vec<AgentLeg> = walk.legs.list.iter().zip(1..).map(|(l, no)| leg(l, no, &walk, &contact_id, &provenance)).collect();
    let sessions = sessions(&walk, &contact_id, &provenance);
    let responses = responses(&walk, &contact_id, &provenance);
    let contact = contact(&walk, contact_id, provenance, &stints, &legs, &sessions);
    ContactFacts { contact: Some(contact), stints, legs, responses, sessions, anomalies }
}

fn stint(s: &Stint, no: i64, walk: &Walk, contact_id: &str, provenance: &Provenance) -> QueueStint {
    QueueStint {
        provenance: provenance.clone(),
        contact_id: contact_id.to_string(),
        stint_no: no,
        queue: s.queue.clone(),
        channel: walk.channel.clone(),
        direction: walk.direction.clone(),
        priority: s.priority,
        enqueued_at: s.enqueued_at,
        left_at: s.left_at,
        outcome: s.outcome.unwrap_or("waiting").to_string(),
        wait_ms: s.wait_ms,
        ring_ms: s.ring_ms,
        agent_id: s.agent.clone(),
    }
}

fn leg(l: &Leg, no: i64, walk: &Walk, contact_id: &str, provenance: &Provenance) -> AgentLeg {
    let hold_ms = held(l);
    let talked = match (l.connected_at, l.ended_at) {
        (Some(from), Some(to)) if !l.is_talk_unknown => Some((to.millis_since(from) - hold_ms).max(0)),
        _ => None,
    };
    AgentLeg {
        provenance: provenance.clone(),
        contact_id: contact_id.to_string(),
        leg_no: no,
        agent_id: l.agent.clone(),
        queue: l.queue.clone().or_else(|| queue_before(walk, l)),
        channel: walk.channel.clone(),
        direction: walk.direction.clone(),
        offered_at: l.offered_at,
        accepted_at: l.accepted_at,
        ended_at: l.ended_at,
        wrapped_up_at: l.wrapped_up_at,
        outcome: l.outcome.unwrap_or(if l.accepted_at.is_some() { "handled" } else { "cancelled" }).to_string(),
        ring_ms: l.ring_ms,
        talk_ms: talked,
        hold_ms,
        hold_count: i64::try_from(l.holds.len()).unwrap_or(i64::MAX),
        wrap_up_ms: l.wrap_up_ms,
        has_wrap_up: l.has_wrap_up,
        is_transfer_in: l.is_transfer_in,
        is_transfer_out: l.is_transfer_out,
        transfer_kind: l.transfer_kind.clone(),
        ended_by: l.ended_by.clone(),
    }
}

/// The queue of the last stay that began before the leg did.
fn queue_before(walk: &Walk, l: &Leg) -> Option<String> {
    let began = l.accepted_at.unwrap_or_else(|| l.begins_at());
    walk.stints.0.iter().rev().find(|s| s.enqueued_at <= began).and_then(|s| s.queue.clone())
}

/// Union of the holds inside the leg; one never resumed ends with the leg.
fn held(l: &Leg) -> i64 {
    let (Some(from), Some(to)) = (l.connected_at, l.ended_at) else { return 0 };
    let mut spans: Vec<(Timestamp, Timestamp)> =
        l.holds.iter().map(|(start, end)| ((*start).max(from), end.unwrap_or(to).min(to))).filter(|(s, e)| e > s).collect();
    spans.sort();
    let (mut total, mut reached) = (0, from);
    for (start, end) in spans {
        let start = start.max(reached);
        if end > start {
            total += end.millis_since(start);
            reached = end;
        }
    }
    total
}

fn responses(walk: &Walk, contact_id: &str, provenance: &Provenance) -> Vec<Response> {
    let row = |(turn, no): (&super::turns::Turn, i64)| Response {
        provenance: provenance.clone(),
        contact_id: contact_id.to_string(),
        turn_no: no,
        channel: walk.channel.clone(),
        queue: turn.queue.clone().or_else(|| walk.stints.0.first().and_then(|s| s.queue.clone())),
        asked_at: turn.asked_at,
        answered_at: turn.answered_at,
        bot_answered_at: turn.bot_answered_at,
        agent_id: turn.agent.clone(),
        is_first: turn.is_first,
    };
    walk.turns.list.iter().zip(1..).map(row).collect()
}

fn sessions(walk: &Walk, contact_id: &str, provenance: &Provenance) -> Vec<SelfService> {
    let row = |(s, no): (&super::sessions::Session, i64)| SelfService {
        provenance: provenance.clone(),
        session_id: s.id.clone().unwrap_or_else(|| format!("{contact_id}#{no}")),
        contact_id: Some(contact_id.to_string()),
        customer_key: walk.customer_key.clone(),
        channel: walk.channel.clone(),
        kind: s.kind.clone(),
        started_at: s.started_at,
        ended_at: s.ended_at,
        topic: s.topic.clone(),
        is_goal_reached: s.is_goal_reached,
        is_handed_over: s.is_handed_over,
    };
    walk.sessions.0.iter().zip(1..).map(row).collect()
}

fn contact(
    walk: &Walk,
    contact_id: String,
    provenance: Provenance,
    stints: &[QueueStint],
    legs: &[AgentLeg],
    sessions: &[SelfService],
) -> Contact {
    let handled = || legs.iter().filter(|l| l.outcome == "handled");
    let waits: Vec<i64> = stints.iter().filter_map(|s| s.wait_ms).collect();
    let first_connection = walk.legs.list.iter().filter_map(|l| l.connected_at).min();
    Contact {
        contact_id,
        channel: walk.channel.clone(),
        direction: walk.direction.clone(),
        customer_key: walk.customer_key.clone(),
        entry_point: walk.entry_point.clone(),
        reason: walk.reason.clone().or_else(|| walk.disposition.clone()),
        started_at: walk.started_at.or(walk.first_at).unwrap_or_default(),
        ended_at: walk.end.as_ref().map(|e| e.at),
        first_queued_at: stints.first().map(|s| s.enqueued_at),
        first_answered_at: first_connection,
        first_queue: stints.first().and_then(|s| s.queue.clone()),
        last_queue: stints.last().and_then(|s| s.queue.clone()),
        first_agent_id: handled().next().and_then(|l| l.agent_id.clone()),
        last_agent_id: handled().next_back().and_then(|l| l.agent_id.clone()),
        outcome: outcome(walk, stints, legs, sessions).to_string(),
        ended_by: walk.end.as_ref().map(|e| e.by.clone()).filter(|by| !by.is_empty()),
        disposition: walk.disposition.clone(),
        is_resolved: walk.is_resolved,
        self_service_ms: sessions.iter().filter_map(|s| Some(s.ended_at?.millis_since(s.started_at).max(0))).sum(),
        wait_ms: if waits.is_empty() && !stints.is_empty() { None } else { Some(waits.iter().sum()) },
        talk_ms: legs.iter().filter_map(|l| l.talk_ms).sum(),
        hold_ms: legs.iter().map(|l| l.hold_ms).sum(),
        wrap_up_ms: legs.iter().filter_map(|l| l.wrap_up_ms).sum(),
        hold_count: legs.iter().map(|l| l.hold_count).sum(),
        stint_count: i64::try_from(stints.len()).unwrap_or(i64::MAX),
        leg_count: i64::try_from(legs.len()).unwrap_or(i64::MAX),
        transfer_count: walk.legs.transfers,
        is_escalated: walk.is_escalated,
        previous_contact_id: walk.previous.clone(),
        provenance,
    }
}

fn outcome<'s>(walk: &Walk, stints: &'s [QueueStint], legs: &[AgentLeg], sessions: &[SelfService]) -> &'s str {
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
    let left_in_session = sessions.last().is_some_and(|s| !s.is_handed_over) && matches!(end.by.as_str(), "customer" | "unknown" | "");
    if left_in_session { "ivr_abandoned" } else { "ended" }
}

fn anomalies(walk: &Walk, contact_id: &str, provenance: &Provenance) -> Vec<Anomaly> {
    let row = |(code, detail, at): &(&'static str, String, Timestamp)| Anomaly {
        provenance: provenance.clone(),
        contact_id: Some(contact_id.to_string()),
        agent_id: None,
        code: (*code).to_string(),
        detail: detail.clone(),
        occurred_at: *at,
    };
    walk.notes.0.iter().map(row).collect()
}
