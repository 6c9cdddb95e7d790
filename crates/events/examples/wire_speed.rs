//! How many CloudEvents a second one thread reads: `cargo run --release -p trunkline-events --example wire_speed`.

use std::io::Write as _;
use std::time::Instant;

use trunkline_events::identity::CustomerSecret;
use trunkline_events::wire::{WireContext, read_event};
use trunkline_events::{EventBatch, Timestamp};

const ROUNDS: usize = 400;
const CONTACTS_PER_ROUND: usize = 500;
const BEST_OF: usize = 3;

/// The events of one answered call, as a connector would send them. Only the first names the customer.
const CALL: [(&str, &str); 8] = [
    (
        "contact.started",
        r#"{"channel":"voice","direction":"inbound","from_addr":"+34600111222","to_addr":"900123","initiator":"customer"}"#,
    ),
    ("queue.entered", r#"{"queue":"billing","visit_id":"1","channel":"voice","priority":3}"#),
    ("offer.made", r#"{"offer_id":"o1","agent_id":"ana.lopez","queue":"billing","attempt":1}"#),
    ("offer.ended", r#"{"offer_id":"o1","agent_id":"ana.lopez","outcome":"accepted","ring_ms":4200}"#),
    ("queue.exited", r#"{"queue":"billing","visit_id":"1","outcome":"answered","wait_ms":23100}"#),
    ("participant.connected", r#"{"participant_id":"p1","role":"agent","agent_id":"ana.lopez","mode":"talk"}"#),
    ("participant.disconnected", r#"{"participant_id":"p1","agent_id":"ana.lopez","reason":"hung_up","by":"customer"}"#),
    ("contact.ended", r#"{"ended_by":"customer","reason":"hung_up"}"#),
];

fn line(kind: &str, data: &str, contact: usize, ordinal: usize) -> Vec<u8> {
    format!(
        r#"{{"specversion":"1.0","id":"7f3a-{contact}-{ordinal}","source":"crm://support","type":"{kind}","time":"2026-03-02T09:15:04.250Z","subject":"c-{contact}","data":{data}}}"#
    )
    .into_bytes()
}

fn events_per_second(lines: &[Vec<u8>], context: &WireContext<'_>) -> f64 {
    (0..BEST_OF)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..ROUNDS {
                let mut out = EventBatch::default();
                for line in lines {
                    assert!(read_event(line, context, &mut out).is_ok(), "the example events are valid");
                }
            }
            (lines.len() * ROUNDS) as f64 / begun.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max)
}

fn main() -> std::io::Result<()> {
    let secret = CustomerSecret::new("an example");
    let context = WireContext {
        connector: "cloudevents",
        journal: "bench",
        journal_seq: 0,
        now: Timestamp::from_seconds(0),
        secret: &secret,
        source_override: None,
    };
    let call = |contact: usize| CALL.iter().enumerate().map(move |(ordinal, (kind, data))| line(kind, data, contact, ordinal));
    let calls: Vec<Vec<u8>> = (0..CONTACTS_PER_ROUND).flat_map(call).collect();
    let with_customer = r#"{"queue":"billing","visit_id":"1","channel":"voice","customer_id":"+34600111222","priority":3}"#;
    let keyed: Vec<Vec<u8>> =
        (0..CONTACTS_PER_ROUND * CALL.len()).map(|contact| line("queue.entered", with_customer, contact, 0)).collect();
    let mut stdout = std::io::stdout().lock();
    for (name, lines) in [("whole calls", &calls), ("every event names the customer", &keyed)] {
        let bytes: usize = lines.iter().map(Vec::len).sum();
        let speed = events_per_second(lines, &context);
        writeln!(stdout, "{name}: {speed:.0} events/s, {:.0} MB/s", speed * bytes as f64 / lines.len() as f64 / 1e6)?;
    }
    Ok(())
}
