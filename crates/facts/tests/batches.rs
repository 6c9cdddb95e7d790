//! The real fold, kept up batch by batch: any split gives what folding everything at once gives, with sidecars whole, gone or damaged.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};

use trunkline_events::port::{Appender, Delivery, Position};
use trunkline_events::{EventBatch, EventRow, Timestamp};
use trunkline_facts::{FoldOptions, Folds, rebuild, update, verify_with};
use trunkline_storage::{AppendOptions, Lake};

const MINUTE: i64 = 60_000_000;

/// A generator of numbers that is the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

#[derive(Clone)]
struct Event {
    id: String,
    source: &'static str,
    kind: &'static str,
    at: i64,
    contact: Option<String>,
    agent: Option<String>,
    data: String,
    /// The envelope's subject, where it is not the contact.
    subject: Option<String>,
}

/// Contacts over ten days at two sources, some open and some with events days later, agents' states, and outages.
fn history(seed: u64) -> Vec<Event> {
    let (mut numbers, mut out) = (Numbers(seed), Vec::new());
    for c in 0..60_i64 {
        let source = ["pbx", "chat"][numbers.below(2)];
        let (start, agent) = (c * 240 * MINUTE, format!("a{}", numbers.below(4)));
        let steps = [
            ("contact.started", r#"{"channel":"voice","direction":"inbound"}"#.to_owned()),
            ("queue.entered", r#"{"queue":"sales","visit_id":"1","priority":1}"#.to_owned()),
            ("queue.exited", r#"{"queue":"sales","visit_id":"1","outcome":"answered"}"#.to_owned()),
            (
                "participant.connected",
                format!(r#"{{"participant_id":"1","role":"agent","agent_id":"{agent}","mode":"talk","queue":"sales"}}"#),
            ),
            ("participant.disconnected", format!(r#"{{"participant_id":"1","reason":"completed","by":"agent","agent_id":"{agent}"}}"#)),
            ("contact.ended", r#"{"ended_by":"agent","reason":"completed"}"#.to_owned()),
            ("disposition.set", r#"{"code":"support","resolved":"yes"}"#.to_owned()),
        ];
        let count = if numbers.below(6) == 0 { numbers.below(steps.len()) + 1 } else { steps.len() };
        for (step, (kind, data)) in steps.into_iter().take(count).enumerate() {
            let late = if numbers.below(12) == 0 { 3000 } else { 1 };
            let at = start + (step as i64 * late + numbers.below(2) as i64) * MINUTE;
            let own = kind.starts_with("participant").then(|| agent.clone());
            out.push(Event {
                id: format!("{c}-{step}"),
                source,
                kind,
                at,
                contact: Some(format!("c{c}")),
                agent: own,
                data,
                subject: None,
            });
        }
    }
    for n in 0..40_i64 {
        let (source, agent) = (["pbx", "chat"][numbers.below(2)], format!("a{}", numbers.below(4)));
        let state = ["available", "busy", "break"][numbers.below(3)];
        let data = format!(r#"{{"agent_id":"{agent}","transition":"change","state":"{state}","scope":"all"}}"#);
        let at = n * 360 * MINUTE;
        out.push(Event {
            id: format!("a{n}"),
            source,
            kind: "agent.state_changed",
            at,
            contact: None,
            agent: Some(agent),
            data,
            subject: None,
        });
    }
    for n in 0..2_i64 {
        let (data, at) = (r#"{"status":"unavailable"}"#.to_owned(), n * 4000 * MINUTE);
        let id = format!("s{n}");
        out.push(Event { id, source: "pbx", kind: "source.status_reported", at, contact: None, agent: None, data, subject: None });
    }
    out.extend(sessions(&mut numbers));
    out.sort_by_key(|event| event.at);
    out
}

/// Visits to a portal that belong to no contact, named by the payload or by the envelope, some never ended.
fn sessions(numbers: &mut Numbers) -> Vec<Event> {
    let mut out = Vec::new();
    for n in 0..25_i64 {
        let (start, is_named) = (n * 550 * MINUTE, numbers.below(3) > 0);
        let name = if is_named { format!(r#","session_id":"s{n}""#) } else { String::new() };
        let mut push = |step: i64, kind: &'static str, data: String| {
            let (id, at) = (format!("p{n}-{step}"), start + step * 7 * MINUTE);
            let subject = Some(format!("visit-{n}"));
            out.push(Event { id, source: "pbx", kind, at, contact: None, agent: None, data, subject });
        };
        push(0, "selfservice.started", format!(r#"{{"kind":"portal","flow_ref":"invoices"{name}}}"#));
        if numbers.below(5) > 0 {
            push(1, "selfservice.ended", format!(r#"{{"outcome":"contained"{name}}}"#));
        }
    }
    out
}

async fn append(lake: &Lake, events: &[Event], number: i64) {
    let mut batch = EventBatch::default();
    for event in events {
        batch.push(&EventRow {
            event_id: &event.id,
            source: event.source,
            kind: event.kind,
            occurred_at: Timestamp::from_micros(event.at),
            recorded_at: Timestamp::from_micros(event.at + 1),
            subject: event.subject.as_deref().or(event.contact.as_deref()),
            contact_id: event.contact.as_deref(),
            channel: event.contact.is_some().then_some("voice"),
            direction: None,
            queue: event.kind.starts_with("queue").then_some("sales"),
            agent_id: event.agent.as_deref(),
            customer_key: None,
            case_id: None,
            connector: "test",
            schema_version: 1,
            journal: "j",
            journal_seq: number,
            data: &event.data,
        });
    }
    let positions = vec![Position { journal: format!("j{number}"), offset: 1, check: 0 }];
    let received = events.len() as u64;
    let delivery = Delivery { events: batch, record_sizes: vec![1; events.len()], positions, received, ..Delivery::default() };
    let mut appender = lake.appender(AppendOptions::default()).await.unwrap();
    appender.append(delivery).await.unwrap();
    appender.close().await.unwrap();
}

/// Nearly in order, as from a live source, or in no order at all.
fn mix(events: &mut [Event], numbers: &mut Numbers, reach: usize) {
    for i in (1..events.len()).rev() {
        let low = i.saturating_sub(reach);
        events.swap(i, low + numbers.below(i - low + 1));
    }
}

fn sidecars(root: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let Ok(tables) = std::fs::read_dir(root.join("_trunkline/subjects")) else { return out };
    for table in tables {
        out.extend(std::fs::read_dir(table.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    out.sort();
    out
}

/// Removes some sidecars, cuts some short, flips a bit of others.
fn harm(root: &Path, numbers: &mut Numbers) {
    for path in sidecars(root) {
        let mut bytes = std::fs::read(&path).unwrap();
        match numbers.below(4) {
            0 => std::fs::remove_file(&path).unwrap(),
            1 => std::fs::write(&path, &bytes[..numbers.below(bytes.len())]).unwrap(),
            2 => {
                let at = numbers.below(bytes.len());
                bytes[at] ^= 1 << numbers.below(8);
                std::fs::write(&path, &bytes).unwrap();
            }
            _ => {}
        }
    }
}

async fn check_splits(seed: u64, reach: usize, is_harmed: bool) {
    let options = FoldOptions::default();
    // Many stages, so that contacts go on from one to the next.
    let staged = FoldOptions { stage_events: 40, ..FoldOptions::default() };
    let (mut events, mut numbers) = (history(seed), Numbers(seed + 1000));
    mix(&mut events, &mut numbers, reach);
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path().to_str().unwrap()).await.unwrap();
    let (mut rest, mut number) = (events.as_slice(), 0);
    while !rest.is_empty() {
        let (part, tail) = rest.split_at((1 + numbers.below(90)).min(rest.len()));
        append(&lake, part, number).await;
        (rest, number) = (tail, number + 1);
        if numbers.below(3) == 0 && !rest.is_empty() {
            continue;
        }
        if is_harmed && number > 1 {
            harm(folder.path(), &mut numbers);
        }
        update(&lake, if number % 2 == 0 { &options } else { &staged }).await.unwrap();
        let report = verify_with(&lake, if number % 2 == 0 { &staged } else { &options }, Folds::default()).await.unwrap();
        assert!(report.is_equal() && report.rows > 0, "seed {seed}, batch {number}: {:?}", report.first);
    }
    let sessions = rows_of(&lake, "self_service").await;
    assert_eq!(sessions, 25, "every visit is one row");
    let mut files = 0;
    for table in std::iter::once("events").chain(trunkline_storage::schema::FACT_TABLES.iter().copied()) {
        files += lake.table(table).await.unwrap().files().len();
    }
    assert_eq!(sidecars(folder.path()).len(), files, "one for each file and none for files that are gone");
}

async fn rows_of(lake: &Lake, table: &str) -> u64 {
    lake.table(table).await.unwrap().rows().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_and_passes_give_what_holding_everything_gives() {
    let (events, folder) = (history(21), tempfile::tempdir().unwrap());
    let lake = Lake::open_or_create(folder.path().to_str().unwrap()).await.unwrap();
    let late: Vec<Event> = events.iter().skip(3).step_by(9).cloned().collect();
    let early: Vec<Event> = events.iter().filter(|event| late.iter().all(|other| other.id != event.id)).cloned().collect();
    append(&lake, &early, 0).await;
    append(&lake, &late, 1).await;
    let whole = rebuild(&lake, &[], &FoldOptions::default()).await.unwrap();
    assert_eq!(whole.passes, 1);
    // 4,000 bytes are ten events.
    for (stage_events, memory_bytes) in [(1, u64::MAX), (30, u64::MAX), (1, 4_000), (50, 40_000)] {
        let little = FoldOptions { stage_events, memory_bytes, ..FoldOptions::default() };
        let report = rebuild(&lake, &[], &little).await.unwrap();
        assert_eq!(report.passes > 1, memory_bytes < u64::MAX, "{little:?}");
        assert_eq!((report.contacts, report.agents, report.rows), (whole.contacts, whole.agents, whole.rows), "{little:?}");
        let report = verify_with(&lake, &FoldOptions::default(), Folds::default()).await.unwrap();
        assert!(report.is_equal(), "{little:?}: {:?}", report.first);
        let report = verify_with(&lake, &little, Folds::default()).await.unwrap();
        assert!(report.is_equal(), "{little:?}: {:?}", report.first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_in_nearly_any_order_give_what_one_fold_gives() {
    for seed in 0..4 {
        check_splits(seed, 10, false).await;
    }
    for seed in 4..6 {
        check_splits(seed, usize::MAX, false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sidecars_gone_or_damaged_change_nothing() {
    for seed in 10..14 {
        check_splits(seed, 30, true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_broke_off_before_the_last_tables_is_finished_without_folding_everybody() {
    let events = history(7);
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open_or_create(folder.path().to_str().unwrap()).await.unwrap();
    append(&lake, &events[..200], 0).await;
    rebuild(&lake, &[], &FoldOptions::default()).await.unwrap();
    append(&lake, &events[200..260], 1).await;
    let first = update(&lake, &FoldOptions::default()).await.unwrap();
    for broken in [&["contacts", "agent_states"][..], &["agent_states"][..]] {
        // As if the process had died before these were committed.
        for table in broken {
            std::fs::remove_file(folder.path().join(table).join("_delta_log/00000000000000000002.json")).unwrap();
        }
        let again = update(&lake, &FoldOptions::default()).await.unwrap();
        assert!(again.contacts > 0 && again.contacts <= first.contacts, "{again:?} after {first:?}");
        let report = verify_with(&lake, &FoldOptions::default(), Folds::default()).await.unwrap();
        assert!(report.is_equal(), "{broken:?}: {:?}", report.first);
    }
}
