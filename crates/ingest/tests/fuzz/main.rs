//! Damaged documents of every connector: whatever arrives, a connector does not panic or hang, loses no byte, says the same every time, and lets nothing
//! through that the vocabulary refuses.
//!
//! The same cases every time. `TRUNKLINE_FUZZ_CASES` sets how many there are for each connector and how long the longest files, `TRUNKLINE_FUZZ_SEED` which.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub, reason = "tests")]

mod check;
mod extreme;
mod mutate;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use support::corpus::{Corpus, MAPPINGS, corpus};
use trunkline_ingest::vendor;

/// A case takes milliseconds. This tells work that grows out of all proportion with its bytes, not slowness.
const STUCK: Duration = Duration::from_secs(60);

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {text}")))
}

fn timed(corpus: &Corpus, content: &[u8], block: usize) {
    let begin = Instant::now();
    check::holds(corpus, content, block);
    let beginning = String::from_utf8_lossy(&content[..content.len().min(80)]);
    assert!(begin.elapsed() < STUCK, "{} bytes took {:?}: {beginning}", content.len(), begin.elapsed());
}

fn survives(name: &str) {
    let (cases, seed) = (number("TRUNKLINE_FUZZ_CASES", 16), number("TRUNKLINE_FUZZ_SEED", 1));
    println!("{name}: TRUNKLINE_FUZZ_CASES={cases} TRUNKLINE_FUZZ_SEED={seed}");
    let corpus = corpus(name);
    check::holds(&corpus, corpus.file(&corpus.documents).as_bytes(), 100);
    extreme::files(&corpus, cases as usize * 300).iter().for_each(|content| timed(&corpus, content, 1 << 17));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: cases as u32, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(&mutate::cases(), |case| {
        timed(&corpus, &mutate::content(&corpus, &case), case.block);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{name}, seed {seed}: {failure}"));
}

macro_rules! connectors {
    ($($test:ident $name:literal),* $(,)?) => {
        /// Those that are tried.
        const TRIED: &[&str] = &[$($name),*];
        $(#[test]
        fn $test() {
            survives($name);
        })*
    };
}

connectors! {
    amazon_connect "amazon-connect",
    asterisk "asterisk",
    chatwoot "chatwoot",
    cloudevents "cloudevents",
    email "email",
    freeswitch "freeswitch",
    front "front",
    genesys_cloud "genesys-cloud",
    intercom "intercom",
    mapping_of_rows "calls_semicolon",
    mapping_of_json "chat_jsonl",
    mapping_of_tickets "freshdesk",
    messenger "messenger",
    qualtrics "qualtrics",
    shopify "shopify",
    surveymonkey "surveymonkey",
    twilio "twilio",
    typeform "typeform",
    whatsapp "whatsapp",
    zendesk "zendesk",
}

#[test]
fn every_connector_is_tried() {
    let all = vendor::NAMES.iter().chain(MAPPINGS).chain(&["asterisk", "cloudevents", "email"]);
    let missing: Vec<_> = all.filter(|name| !TRIED.contains(name)).collect();
    assert!(missing.is_empty(), "no documents of {missing:?}");
}
