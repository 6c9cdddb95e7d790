//! At the limits: too few file handles, too many records, told to stop in the middle of it.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use trunkline_testkit::{Collect, wait};

use crate::centre::{Acknowledged, OPEN, PATIENCE, bench};

/// Senders until they are stopped; gives the ids that were acknowledged and how many were refused.
fn crowd(address: &str, name: &str, is_over: &AtomicBool) -> (Vec<String>, usize) {
    let (mut sent, mut refused) = (Vec::new(), 0);
    let mut mine = Acknowledged::default();
    for n in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("{name}-{n}");
        if mine.send(address, &id) {
            sent.push(id);
        } else {
            refused += 1;
        }
    }
    (sent, refused)
}

fn memory_kib(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn told_to_stop_while_busy_what_was_acknowledged_is_kept() {
    let bench = bench(&[("open", &OPEN.replace("rows: 1", "rows: 1000"))]);
    let mut acknowledged = Acknowledged::default();
    let collect = Collect::start(&bench, &[]);
    let (address, is_over) = (collect.address().to_owned(), AtomicBool::new(false));
    let said = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..4)
            .map(|i| {
                scope.spawn({
                    let (address, is_over) = (&address, &is_over);
                    move || crowd(address, &format!("s{i}"), is_over)
                })
            })
            .collect();
        wait::until("something is stored", PATIENCE, || collect.said().contains("received"));
        let said = collect.stop();
        is_over.store(true, Ordering::Relaxed);
        for sent in crowd {
            sent.join().unwrap().0.iter().for_each(|id| acknowledged.enter(id));
        }
        said
    });
    assert!(said.contains("stopping"), "{said}");
    acknowledged.check(&bench);
}

#[test]
fn a_full_queue_refuses_and_takes_again_once_there_is_room() {
    // Nothing is due for an hour, and the queue has room for a few records only.
    let text = OPEN.replace("age_s: 1, rows: 1", "age_s: 3600, rows: 100000") + "queue: {max_bytes: 3000}\n";
    let bench = bench(&[("open", &text)]);
    let mut acknowledged = Acknowledged::default();
    let collect = Collect::start(&bench, &[]);
    let memory = memory_kib(collect.id());
    let mut refused = 0;
    for n in 0..500 {
        refused += usize::from(!acknowledged.send(collect.address(), &format!("{n}")));
    }
    assert!(refused > 480, "the limit holds: {refused} refused");
    let (status, body) = collect.post("/in/open", &[], &crate::centre::event("x"));
    assert_eq!((status, body.as_str()), (503, "the queue is full\n"));
    let grown = memory_kib(collect.id()).saturating_sub(memory);
    assert!(grown < 100 << 10, "memory grew by {grown} KiB");
    let _ = collect.stop();
    let collect = Collect::start(&bench, &[]);
    assert!(acknowledged.send(collect.address(), "after"), "there is room again");
    let _ = collect.stop();
    acknowledged.check(&bench);
}

#[test]
fn too_few_file_handles_are_an_error_or_a_wait_and_no_loss() {
    let bench = bench(&[("open", OPEN)]);
    let mut acknowledged = Acknowledged::default();
    let inner = Collect::command(&bench, &[]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 40; exec \"$@\"", "sh"]).arg(inner.get_program()).args(inner.get_args());
    command.current_dir(bench.path(""));
    let mut collect = Collect::of(command);
    // More connections than there are handles.
    let held: Vec<_> = (0..60).map_while(|_| std::net::TcpStream::connect(collect.address()).ok()).collect();
    let address = collect.address().to_owned();
    drop(held);
    wait::until("it takes records again", PATIENCE, || {
        assert!(collect.ended().is_none(), "it ended: {}", collect.said());
        acknowledged.send(&address, "1")
    });
    let _ = collect.stop();
    acknowledged.check(&bench);
}
