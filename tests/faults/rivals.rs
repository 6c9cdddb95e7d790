//! Two collectors on one lake, by mistake.

use trunkline_testkit::collecting::signal;
use trunkline_testkit::nats::Outgoing;
use trunkline_testkit::{Bench, Collect};

use crate::centre::{Acknowledged, OPEN, bench, broker, bus, event, stored, turned_away};

/// A second collector of the same lake ends at once and says why.
fn second(bench: &Bench) {
    let said = turned_away(bench);
    assert!(said.contains("in use") || said.contains("another"), "{said}");
}

#[test]
fn a_second_collector_says_that_the_lake_is_in_use_and_touches_nothing() {
    let bench = bench(&[("open", OPEN)]);
    let mut acknowledged = Acknowledged::default();
    let first = Collect::start(&bench, &[]);
    assert!(acknowledged.send(first.address(), "1"));
    second(&bench);
    // One that sleeps still holds the lake: whoever wakes up goes on alone.
    signal(first.id(), "STOP");
    second(&bench);
    signal(first.id(), "CONT");
    assert!(acknowledged.send(first.address(), "2"));
    stored(&bench, 2);
    let _ = first.stop();
    acknowledged.check(&bench);
}

#[test]
fn of_a_stream_too_the_second_collector_is_turned_away() {
    // Here no queue is locked besides the lake.
    let (server, publisher) = broker();
    let bench = bench(&[("bus", &bus(&server.url()))]);
    let first = Collect::start(&bench, &[]);
    second(&bench);
    let mut acknowledged = Acknowledged::default();
    let _ = publisher.publish("cc.x", &Outgoing::new("m1", event("1"))).unwrap();
    acknowledged.enter("1");
    stored(&bench, 1);
    let _ = first.stop();
    acknowledged.check(&bench);
}
