//! Killed at each step of the loop: before and after every write, commit, answer and trim.

use trunkline_testkit::{Bench, Collect, wait};

use crate::centre::{Acknowledged, OPEN, PATIENCE, bench};

/// A process that dies the third time it comes to a point.
fn dying(bench: &Bench, point: &str, times: usize) -> Collect {
    let mut command = Collect::command(bench, &[]);
    command.env("FAILPOINTS", format!("{point}={times}*off->return"));
    Collect::of(command)
}

/// Sends events, and now and then one that is none, until the process is gone.
fn send_until_it_dies(collect: &mut Collect, acknowledged: &mut Acknowledged, name: &str) {
    let mut n = 0;
    wait::until(&format!("the process dies at {name}"), PATIENCE, || {
        let address = collect.address().to_owned();
        let _ = acknowledged.send(&address, &format!("{name}-{n}"));
        if n % 4 == 3 {
            let _ = trunkline_testkit::collecting::post(&address, "/in/open", &[], "{\"no\":\"event\"}");
        }
        n += 1;
        collect.ended().is_some()
    });
}

#[test]
fn killed_at_any_step_nothing_acknowledged_is_lost_or_stored_twice() {
    let bench = bench(&[("open", &OPEN.replace("rows: 1}", "rows: 10}"))]);
    let mut acknowledged = Acknowledged::default();
    let points = [
        "queue::received",
        "queue::durable",
        "collect::mapped",
        "collect::stored",
        "collect::trimmed",
        "storage::rejected",
        "storage::encoded",
        "storage::written",
        "storage::files",
        "storage::answered",
        "storage::committed",
        "facts::files",
        "facts::committed",
    ];
    for point in points {
        let mut collect = dying(&bench, point, 3);
        send_until_it_dies(&mut collect, &mut acknowledged, &point.replace("::", "-"));
        // The senders that saw no answer send again.
        let collect = Collect::start(&bench, &[]);
        for n in 0..4 {
            assert!(acknowledged.send(collect.address(), &format!("{}-{n}", point.replace("::", "-"))));
        }
        let _ = collect.stop();
        let _ = acknowledged.is_kept(&bench);
    }
    assert!(acknowledged.count() >= points.len() * 4, "{}", acknowledged.count());
    acknowledged.check(&bench);
}

#[test]
fn killed_around_its_end_the_log_can_be_read_and_goes_on() {
    // The index is saved at the start, too.
    for (point, times) in [("storage::checkpointed", 0), ("storage::indexed", 1)] {
        let bench = bench(&[("open", OPEN)]);
        let mut acknowledged = Acknowledged::default();
        let collect = dying(&bench, point, times);
        // Enough commits for a checkpoint.
        for n in 0..60 {
            assert!(acknowledged.send(collect.address(), &format!("{n}")));
        }
        let (status, said) = collect.terminate();
        assert!(!status.success(), "it died at {point}: {said}");
        let collect = Collect::start(&bench, &[]);
        assert!(acknowledged.send(collect.address(), "after"));
        // Known before: a duplicate, although the index of keys was not saved.
        assert!(acknowledged.send(collect.address(), "7"));
        let said = collect.stop();
        assert!(said.contains("duplicate 1"), "{said}");
        acknowledged.check(&bench);
    }
}
