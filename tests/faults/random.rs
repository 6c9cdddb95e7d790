//! Killed at random moments under load, from webhooks and a stream at once, and the broker now and then with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use trunkline_testkit::Collect;
use trunkline_testkit::nats::Outgoing;

use crate::centre::{Acknowledged, OPEN, PATIENCE, bench, broker, bus, event};

const ROUNDS: u64 = 50;

/// Pseudo-random numbers of a seed that is named where the test fails, so that a schedule can be repeated: TRUNKLINE_SEED.
struct Dice(u64);

impl Dice {
    fn new() -> (Self, u64) {
        let seed = std::env::var("TRUNKLINE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_128);
        (Self(seed), seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Names the seed where anything in the test fails.
struct Named(u64);

impl Drop for Named {
    #[allow(clippy::print_stderr, reason = "a failing test must say how to repeat it")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("TRUNKLINE_SEED={}", self.0);
        }
    }
}

#[test]
fn killed_fifty_times_under_load_the_books_balance() {
    let (mut dice, seed) = Dice::new();
    let _named = Named(seed);
    let (mut server, publisher) = broker();
    let bench = bench(&[("open", &OPEN.replace("rows: 1}", "rows: 1000}")), ("bus", &bus(&server.url()))]);
    let mut acknowledged = Acknowledged::default();
    for round in 0..ROUNDS {
        let collect = Collect::start(&bench, &[]);
        let address = collect.address().to_owned();
        let messages: Vec<Outgoing> = (0..20).map(|i| Outgoing::new(&format!("{round}-{i}"), event(&format!("n{round}-{i}")))).collect();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let sending = scope.spawn(|| {
                let mut mine = Acknowledged::default();
                let mut sent = Vec::new();
                for n in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = format!("w{round}-{n}");
                    if mine.send(&address, &id) {
                        sent.push(id);
                    }
                }
                sent
            });
            if round % 10 == 9 {
                server.kill();
                server.restart();
            }
            let _ = publisher.publish_until_stored("cc.chat", &messages, PATIENCE);
            // Not a wait for something to happen: the moment is what is random here.
            let until = Instant::now() + Duration::from_millis(dice.below(1_200));
            while Instant::now() < until {
                std::thread::yield_now();
            }
            collect.kill();
            is_over.store(true, Ordering::Relaxed);
            for id in sending.join().unwrap() {
                acknowledged.enter(&id);
            }
        });
        for i in 0..20 {
            acknowledged.enter(&format!("n{round}-{i}"));
        }
    }
    let mut collect = Collect::start(&bench, &[]);
    collect.wait_for("reads stream EVENTS");
    // An acknowledged one may have come from a sender that saw its answer just before the end: all are there, perhaps more.
    let _ = publisher.publish_until_stored("cc.chat", &[Outgoing::new("last", event("last"))], PATIENCE);
    acknowledged.enter("last");
    trunkline_testkit::wait::until("the last event is stored", PATIENCE, || {
        !bench.rows("SELECT 1 AS n FROM events WHERE event_id = 'last'").is_empty()
    });
    let _ = collect.stop();
    assert!(acknowledged.count() > 1_000, "{}", acknowledged.count());
    acknowledged.check(&bench);
}
