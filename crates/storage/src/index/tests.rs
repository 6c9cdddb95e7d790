//! The index finds exactly what was put in, in memory, on disk, after reopening and with a filter that does not fit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;

use super::{Entry, KeyIndex, merge};

/// A cheap spread of numbers (splitmix64).
fn spread(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn entries(range: std::ops::Range<u64>) -> Vec<Entry> {
    let mut all: Vec<Entry> = range.map(|n| Entry { hi: spread(n), lo: spread(n ^ 0xABCD), content: n }).collect();
    all.sort_unstable();
    all
}

fn check(index: &mut KeyIndex, known: u64, all: u64) {
    let probes = entries(0..all);
    let found = index.lookup(&probes).unwrap();
    let by_content: HashMap<u64, Option<u64>> = probes.iter().map(|probe| probe.content).zip(found).collect();
    for n in 0..all {
        assert_eq!(by_content[&n], (n < known).then_some(n), "key {n}");
    }
}

#[test]
fn finds_exactly_what_was_added() {
    for filter_bytes in [0, 1 << 20] {
        let folder = tempfile::tempdir().unwrap();
        let mut index = KeyIndex::open(folder.path(), "t", filter_bytes).unwrap();
        for step in 0..10_u64 {
            index.add(entries(step * 1_000..(step + 1) * 1_000));
            if step != 7 {
                index.save(step).unwrap();
            }
            check(&mut index, (step + 1) * 1_000, 12_000);
        }
        index.save(10).unwrap();
        assert!(index.runs.len() < 4, "runs are merged");
        drop(index);
        let mut again = KeyIndex::open(folder.path(), "t", filter_bytes).unwrap();
        assert_eq!(again.covers(), Some(10));
        check(&mut again, 10_000, 12_000);
        assert_eq!(KeyIndex::open(folder.path(), "other", filter_bytes).unwrap().covers(), None);
    }
}

#[test]
fn a_torn_run_makes_the_index_start_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut index = KeyIndex::open(folder.path(), "t", 1 << 20).unwrap();
    index.add(entries(0..500));
    index.save(3).unwrap();
    let keys = folder.path().join(index.runs[0].name()).with_extension("keys");
    std::fs::write(&keys, b"short").unwrap();
    assert_eq!(KeyIndex::open(folder.path(), "t", 1 << 20).unwrap().covers(), None);
}

#[test]
fn merging_keeps_order() {
    let (a, b) = (entries(0..50), entries(50..90));
    assert_eq!(merge(&a, &b), entries(0..90));
}
