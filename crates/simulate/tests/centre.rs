//! The simulated centre: deterministic, its books close, it behaves like a centre, and its lines are CloudEvents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use trunkline_events::vocabulary::{EventType, validate};
use trunkline_simulate::{Dirt, Options, Stats, Truth, run};

fn simulate(options: &Options) -> (Vec<u8>, Vec<u8>, Truth, Stats) {
    let (mut events, mut text, mut truth) = (Vec::new(), Vec::new(), Truth::default());
    let stats = run(options, &mut events, &mut truth).unwrap();
    truth.write(&mut text).unwrap();
    (events, text, truth, stats)
}

fn small() -> Options {
    Options { contacts: 3_000, days: 7, ..Options::default() }
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).collect()
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn a_seed_means_the_same_bytes_and_another_seed_others() {
    let (a, b) = (simulate(&small()), simulate(&small()));
    assert_eq!(fnv(&a.0), fnv(&b.0));
    assert_eq!(fnv(&a.1), fnv(&b.1));
    assert_ne!(fnv(&a.0), fnv(&simulate(&Options { seed: 2, ..small() }).0));
}

#[test]
fn every_line_is_a_cloud_event_in_time_order_with_an_id_of_its_own() {
    let (events, ..) = simulate(&small());
    let (mut ids, mut last) = (HashSet::new(), String::new());
    for line in lines(&events) {
        let event: Value = serde_json::from_slice(line).unwrap();
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["source"], "sim://centre");
        assert!(event["type"].is_string() && event["subject"].is_string() && event["data"].is_object());
        assert!(ids.insert(event["id"].as_str().unwrap().to_owned()), "{event}");
        let time = event["time"].as_str().unwrap().to_owned();
        assert!(trunkline_events::Timestamp::parse_rfc3339(&time).is_some(), "{time}");
        assert!(time >= last, "{time} after {last}");
        last = time;
    }
}

#[test]
fn reported_waits_are_the_difference_of_the_times() {
    let (events, ..) = simulate(&small());
    let mut entered = HashMap::new();
    let mut exits = 0;
    for line in lines(&events) {
        let event: Value = serde_json::from_slice(line).unwrap();
        let at = trunkline_events::Timestamp::parse_rfc3339(event["time"].as_str().unwrap()).unwrap();
        let key = (event["subject"].to_string(), event["data"]["visit_id"].to_string());
        if event["type"] == "queue.entered" {
            assert!(entered.insert(key, at).is_none(), "{event}");
        } else if event["type"] == "queue.exited" {
            assert_eq!(at.millis_since(entered[&key]), event["data"]["wait_ms"].as_i64().unwrap());
            exits += 1;
        }
    }
    assert!(exits > 1_000);
}

#[test]
fn the_truth_closes_per_queue_and_day() {
    let (.., truth, _) = simulate(&Options { contacts: 20_000, days: 10, ..Options::default() });
    assert!(truth.closure().all(|(offered, ways)| offered == ways));
    assert!(truth.totals(None).flow_out > 0);
}

#[test]
fn dirt_changes_the_lines_and_not_the_truth() {
    let (clean, truth, ..) = simulate(&small());
    let dirt = Dirt { duplicates: 0.05, late: 0.03, shuffle_window: 50, clock_skew_ms: 0, missing_ends: 0.0 };
    let (dirty, same, ..) = simulate(&Options { dirt, ..small() });
    assert_eq!(truth, same);
    assert!(dirty.len() > clean.len());
    let (a, b): (HashSet<_>, HashSet<_>) = (lines(&clean).into_iter().collect(), lines(&dirty).into_iter().collect());
    assert_eq!(a, b, "the same lines, some twice");
    let skewed = Dirt { clock_skew_ms: -90_000, ..Dirt::default() };
    let (events, same, ..) = simulate(&Options { dirt: skewed, ..small() });
    assert_eq!(truth, same);
    assert!(lines(&events).iter().all(|l| l.windows(14).any(|w| w == b"\"recordedtime\"")));
}

/// KPIs that speak of ended contacts.
const OF_ENDED: [&str; 5] = ["open_contacts", "received", "transfer_rate", "aht_contact", "fcr_7d"];

#[test]
fn missing_ends_leave_contacts_open_and_change_only_what_needs_an_end() {
    let (clean, truth, _, stats) = simulate(&Options { days: 12, ..small() });
    let dirt = Dirt { missing_ends: 0.1, ..Dirt::default() };
    let (events, text, _, fewer) = simulate(&Options { dirt, days: 12, ..small() });
    let kept: HashSet<_> = lines(&events).into_iter().map(without_id).collect();
    let lost: Vec<_> = lines(&clean).into_iter().map(without_id).filter(|l| !kept.contains(l)).collect();
    assert!(
        lost.len() > 200 && lost.iter().all(|l| l.contains("contact.ended")),
        "{:?}",
        lost.iter().find(|l| !l.contains("contact.ended"))
    );
    assert!(fewer.events < stats.events);
    let mut changed = HashSet::new();
    for (before, after) in lines(&truth).into_iter().zip(lines(&text)).filter(|(a, b)| a != b) {
        let (before, after): (Value, Value) = (serde_json::from_slice(before).unwrap(), serde_json::from_slice(after).unwrap());
        let kpi = OF_ENDED.iter().find(|kpi| before["kpi"] == **kpi && after["kpi"] == **kpi);
        changed.insert(*kpi.unwrap_or_else(|| panic!("{before} became {after}")));
        assert!(after["basis"] == "completion" || ["open_contacts", "aht_contact", "fcr_7d"].contains(kpi.unwrap()), "{after}");
    }
    assert_eq!(changed.len(), OF_ENDED.len(), "{changed:?}");
}

/// An event's line from its type on: numbers of events move when one is left out.
fn without_id(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line).into_owned();
    let text = text.split_once("\"type\"").unwrap().1.to_owned();
    // A correction names another event by its number.
    text.split("\"target_id\"").next().unwrap().to_owned()
}

#[test]
fn every_type_of_the_vocabulary_occurs_with_a_payload_that_fits() {
    let (events, ..) = simulate(&Options { contacts: 12_000, days: 14, ..Options::default() });
    let mut seen: HashMap<String, u64> = HashMap::new();
    for line in lines(&events) {
        let event: Value = serde_json::from_slice(line).unwrap();
        let kind = event["type"].as_str().unwrap();
        validate(kind, &event["data"].to_string()).unwrap_or_else(|e| panic!("{e}: {event}"));
        *seen.entry(kind.to_owned()).or_default() += 1;
    }
    for kind in EventType::ALL {
        assert!(seen.remove(kind.name()).is_some(), "no {}", kind.name());
    }
    assert!(seen.is_empty(), "types of no vocabulary: {seen:?}");
}

#[test]
fn work_goes_on_at_midnight_and_is_cut_there() {
    let (_, text, ..) = simulate(&Options { contacts: 20_000, days: 10, ..Options::default() });
    let mut sums: HashMap<(String, String), i64> = HashMap::new();
    let mut by_day: HashMap<(String, String, String, String), i64> = HashMap::new();
    for line in lines(&text) {
        let row: Value = serde_json::from_slice(line).unwrap();
        let (kpi, basis) = (row["kpi"].as_str().unwrap().to_owned(), row["basis"].as_str().unwrap().to_owned());
        if ["talk", "hold", "wrap_up", "wait_time"].contains(&kpi.as_str()) {
            *sums.entry((kpi.clone(), basis.clone())).or_default() += row["numerator"].as_i64().unwrap();
            by_day.insert((kpi, basis, row["queue"].to_string(), row["day"].to_string()), row["numerator"].as_i64().unwrap());
        }
    }
    for kpi in ["talk", "hold", "wrap_up", "wait_time"] {
        let sum = |basis: &str| sums[&(kpi.to_owned(), basis.to_owned())];
        assert_eq!((sum("clipped"), sum("start")), (sum("completion"), sum("completion")), "{kpi}: nothing is lost by cutting");
        let cut = by_day.iter().filter(|((k, basis, queue, day), ms)| {
            k == kpi && basis == "clipped" && by_day[&(k.clone(), "completion".to_owned(), queue.clone(), day.clone())] != **ms
        });
        assert!(cut.count() > 1, "{kpi} never spans midnight");
    }
}

#[test]
fn a_middle_sized_centre_is_believable() {
    let (_, text, truth, stats) = simulate(&Options { contacts: 100_000, ..Options::default() });
    for (kind, count) in &stats.by_type {
        assert!(*count > 0, "no {kind}");
    }
    for queue in ["billing", "orders", "support", "sales", "chat"] {
        let t = truth.totals(Some(queue));
        let abandoned = t.abandoned as f64 / t.offered as f64;
        let level = t.answered_in_threshold as f64 / (t.offered - t.short_abandons) as f64;
        assert!((0.02..0.15).contains(&abandoned), "{queue}: {abandoned}");
        assert!((0.5..0.95).contains(&level), "{queue}: {level}");
    }
    let t = truth.totals(None);
    let occupancy = t.handling_ms as f64 / (t.handling_ms + t.idle_ms) as f64;
    assert!((0.5..0.95).contains(&occupancy), "{occupancy}");
    let mut received = 0;
    for line in lines(&text) {
        let row: Value = serde_json::from_slice(line).unwrap();
        if row["kpi"] == "received" && row["basis"] == "event" && row["queue"].is_null() {
            received += row["numerator"].as_u64().unwrap();
        }
    }
    assert_eq!(received, 100_000);
}
