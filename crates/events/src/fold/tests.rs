//! Given events, then facts. Times are seconds; the columns a row repeats from its payload are lifted as at ingest.

mod agents;
mod contacts;
mod legs;
mod scripts;
mod stints;
mod turns;

use super::{Finality, fold_agent, fold_contact};
use crate::fact::{AgentFacts, ContactFacts};
use crate::row::EventRow;
use crate::time::Timestamp;

/// One event: type, second, payload members without the braces.
pub(super) type Given = (&'static str, i64, &'static str);

pub(super) const NOT_YET: Finality = Finality { watermark: Timestamp::from_seconds(0), grace_ms: 86_400_000 };

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

/// Rows of the given events, ids by position, recorded in that order.
pub(super) fn with_rows<T>(given: &[Given], fold: impl FnOnce(&[EventRow<'_>]) -> T) -> T {
    let texts: Vec<(String, String, serde_json::Value)> = given
        .iter()
        .enumerate()
        .map(|(i, (_, _, members))| {
            let data = format!("{{{members}}}");
            let value = serde_json::from_str(&data).unwrap_or_else(|e| panic!("{data}: {e}"));
            (format!("e{i:03}"), data, value)
        })
        .collect();
    let rows: Vec<EventRow<'_>> = given
        .iter()
        .zip(&texts)
        .enumerate()
        .map(|(i, ((kind, second, _), (id, data, value)))| {
            let lifted = |name: &str| value.get(name).and_then(|v| v.as_str());
            EventRow {
                event_id: id,
                source: "pbx",
                kind,
                occurred_at: at(*second),
                recorded_at: at(10_000 + i as i64),
                subject: None,
                contact_id: Some("c1"),
                channel: lifted("channel"),
                direction: lifted("direction"),
                queue: lifted("queue"),
                agent_id: lifted("agent_id"),
                customer_key: lifted("customer_key"),
                case_id: None,
                connector: "test",
                schema_version: 1,
                journal: "j",
                journal_seq: i as i64,
                data,
            }
        })
        .collect();
    fold(&rows)
}

/// Facts of a contact; the same for the events given backwards and twice.
pub(super) fn contact(given: &[Given]) -> ContactFacts {
    with_rows(given, |rows| {
        let facts = fold_contact(rows, NOT_YET);
        let twice: Vec<EventRow<'_>> = rows.iter().rev().chain(rows).copied().collect();
        assert_eq!(fold_contact(&twice, NOT_YET), facts);
        facts
    })
}

pub(super) fn agent(given: &[Given]) -> AgentFacts {
    with_rows(given, |rows| {
        let facts = fold_agent(rows, NOT_YET);
        let twice: Vec<EventRow<'_>> = rows.iter().rev().chain(rows).copied().collect();
        assert_eq!(fold_agent(&twice, NOT_YET), facts);
        facts
    })
}

/// Codes of the anomalies, in order.
pub(super) fn codes(facts: &ContactFacts) -> Vec<&str> {
    facts.anomalies.iter().map(|a| a.code.as_str()).collect()
}

pub(super) fn outcome(facts: &ContactFacts) -> &str {
    facts.contact.as_ref().map_or("none", |c| c.outcome.as_str())
}

pub(super) const START: Given = ("contact.started", 0, r#""channel":"voice","direction":"inbound""#);
pub(super) const ENTER: Given = ("queue.entered", 0, r#""queue":"q1","visit_id":"v1","priority":3"#);
pub(super) const CONNECT: Given = ("participant.connected", 30, r#""participant_id":"p1","role":"agent","agent_id":"a1","mode":"talk""#);
pub(super) const HANG_UP: Given = ("participant.disconnected", 100, r#""participant_id":"p1","by":"customer""#);
pub(super) const END: Given = ("contact.ended", 100, r#""ended_by":"customer""#);
