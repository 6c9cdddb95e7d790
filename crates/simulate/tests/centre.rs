//! The simulated centre: deterministic, its books close, it behaves like a centre, and its lines are CloudEvents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{HashMap, HashSet};

use serde_json::Value;
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

#[test]
fn missing_ends_only_leave_more_contacts_open() {
    let (clean, truth, _, stats) = simulate(&small());
    let dirt = Dirt { missing_ends: 0.1, ..Dirt::default() };
    let (.., fewer) = simulate(&Options { dirt, ..small() });
    let (_, text, ..) = simulate(&Options { dirt, ..small() });
    assert!(fewer.events < stats.events && !clean.is_empty());
    let differ: Vec<_> = lines(&truth).into_iter().zip(lines(&text)).filter(|(a, b)| a != b).collect();
    assert_eq!(differ.len(), 1);
    let (before, after): (Value, Value) = (serde_json::from_slice(differ[0].0).unwrap(), serde_json::from_slice(differ[0].1).unwrap());
    assert_eq!(after["kpi"], "open_contacts");
    assert_eq!(after["numerator"].as_u64().unwrap() - before["numerator"].as_u64().unwrap(), stats.events - fewer.events);
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
        if row["kpi"] == "received" {
            received += row["numerator"].as_u64().unwrap();
        }
    }
    assert_eq!(received, 100_000);
}
