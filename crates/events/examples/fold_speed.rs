//! How many events per second the fold takes in: synthetic calls of fourteen events each, two threads.
//!
//! `cargo run --release -p trunkline-events --example fold_speed [CONTACTS]`
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::time::Instant;

use trunkline_events::fold::{Finality, Folder};
use trunkline_events::{EventBatch, EventRow, Timestamp};

/// Type, second, payload of one call, with `@` for the call's number.
const CALL: [(&str, i64, &str); 14] = [
    ("contact.started", 0, r#"{"channel":"voice","direction":"inbound","from_addr":"k@","to_addr":"+34900100200","initiator":"customer"}"#),
    ("selfservice.started", 0, r#"{"kind":"ivr","flow_ref":"main","session_id":"s@"}"#),
    ("selfservice.ended", 21, r#"{"outcome":"handoff","session_id":"s@"}"#),
    ("queue.entered", 21, r#"{"queue":"billing","visit_id":"v@","priority":3,"position":2}"#),
    ("offer.made", 30, r#"{"offer_id":"o@","agent_id":"a-17","queue":"billing"}"#),
    ("offer.ended", 36, r#"{"offer_id":"o@","agent_id":"a-17","queue":"billing","outcome":"accepted","ring_ms":6000}"#),
    ("queue.exited", 36, r#"{"queue":"billing","visit_id":"v@","outcome":"answered","wait_ms":15000,"agent_id":"a-17"}"#),
    ("participant.connected", 36, r#"{"participant_id":"p@","role":"agent","agent_id":"a-17","mode":"talk","queue":"billing"}"#),
    ("hold.started", 100, r#"{"participant_id":"p@","by":"agent","agent_id":"a-17"}"#),
    ("hold.ended", 140, r#"{"participant_id":"p@","held_ms":40000}"#),
    ("participant.disconnected", 300, r#"{"participant_id":"p@","reason":"completed","by":"customer","agent_id":"a-17"}"#),
    ("contact.ended", 300, r#"{"ended_by":"customer","reason":"completed"}"#),
    ("wrapup.started", 300, r#"{"participant_id":"p@","agent_id":"a-17"}"#),
    ("wrapup.ended", 333, r#"{"participant_id":"p@","agent_id":"a-17","wrapup_ms":33000}"#),
];

fn main() {
    let contacts: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(200_000);
    let batch = calls(contacts);
    let rows: Vec<EventRow<'_>> = batch.rows().collect();
    let finality = Finality { watermark: Timestamp::from_seconds(10_000_000), grace_ms: 86_400_000 };
    for threads in [1, 2] {
        let start = Instant::now();
        let part = rows.len() / CALL.len() / threads * CALL.len();
        let legs: usize = std::thread::scope(|scope| {
            let parts: Vec<_> = rows.chunks(part.max(1)).map(|part| scope.spawn(move || fold(part, finality))).collect();
            parts.into_iter().filter_map(|part| part.join().ok()).sum()
        });
        let seconds = start.elapsed().as_secs_f64();
        println!("{threads} thread(s): {} events, {legs} legs, {:.2} s, {:.0} events/s", rows.len(), seconds, rows.len() as f64 / seconds);
    }
}

/// Folds call after call; the facts are dropped, as they are after being written.
fn fold(rows: &[EventRow<'_>], finality: Finality) -> usize {
    let mut folder = Folder::default();
    rows.chunks(CALL.len()).map(|call| folder.contact(call, finality).legs.len()).sum()
}

fn calls(contacts: usize) -> EventBatch {
    let mut batch = EventBatch::default();
    let text = |data: &str, name: &str| -> Option<String> {
        let rest = data.split_once(&format!("\"{name}\":\""))?.1;
        Some(rest.split_once('"')?.0.to_string())
    };
    for contact in 0..contacts {
        let id = format!("call-{contact:08}");
        for (no, (kind, second, data)) in CALL.iter().enumerate() {
            let data = data.replace('@', &contact.to_string());
            let event_id = format!("{:016x}{no:016x}", (contact as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(no as u32 * 5));
            let at = Timestamp::from_seconds(contact as i64 * 2 + second);
            let (queue, agent) = (text(&data, "queue"), text(&data, "agent_id"));
            batch.push(&EventRow {
                event_id: &event_id,
                source: "sim://centre",
                kind,
                occurred_at: at,
                recorded_at: at,
                subject: Some(&id),
                contact_id: Some(&id),
                channel: text(&data, "channel").as_deref(),
                direction: text(&data, "direction").as_deref(),
                queue: queue.as_deref(),
                agent_id: agent.as_deref(),
                customer_key: Some("5f1c2a77e0b94d11"),
                case_id: None,
                connector: "cloudevents",
                schema_version: 1,
                journal: "bench",
                journal_seq: 0,
                data: &data,
            });
        }
    }
    batch
}
