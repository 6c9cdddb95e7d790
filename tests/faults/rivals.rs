//! Two collectors on one lake, by mistake.

use trunkline_testkit::Collect;
use trunkline_testkit::collecting::signal;

use crate::centre::{Acknowledged, OPEN, bench, stored};

#[test]
fn a_second_collector_says_that_the_lake_is_in_use_and_touches_nothing() {
    let bench = bench(&[("open", OPEN)]);
    let mut acknowledged = Acknowledged::default();
    let first = Collect::start(&bench, &[]);
    assert!(acknowledged.send(first.address(), "1"));
    let second = || {
        let project = bench.path("").display().to_string();
        let run = bench.run(&["--project", &project, "collect", "--listen", "127.0.0.1:0"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stderr.contains("in use") || run.stderr.contains("another"), "{}", run.stderr);
    };
    second();
    // One that sleeps still holds the lake: whoever wakes up goes on alone.
    signal(first.id(), "STOP");
    second();
    signal(first.id(), "CONT");
    assert!(acknowledged.send(first.address(), "2"));
    stored(&bench, 2);
    let _ = first.stop();
    acknowledged.check(&bench);
}
