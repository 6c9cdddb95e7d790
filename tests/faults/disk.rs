//! Disks: full, torn, flipped, read-only.

use std::path::{Path, PathBuf};

use trunkline_testkit::{Bench, Collect, SmallDisk, wait};

use crate::centre::{Acknowledged, OPEN, PATIENCE, bench, turned_away};

fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path(), end));
        } else if entry.path().to_string_lossy().ends_with(end) {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// A lake with some events in it.
fn filled() -> (Bench, Acknowledged) {
    let bench = bench(&[("open", OPEN)]);
    let mut acknowledged = Acknowledged::default();
    let collect = Collect::start(&bench, &[]);
    for n in 0..5 {
        assert!(acknowledged.send(collect.address(), &format!("{n}")));
        wait::until("it is stored", PATIENCE, || collect.said().matches("received 1 ").count() > n);
    }
    let _ = collect.stop();
    (bench, acknowledged)
}

/// A disk goes with its holder: what is on it is put where it was mounted, to be looked at outside.
fn brought_out(disk: SmallDisk, bench: &Bench, folder: &str) {
    let copied = std::process::Command::new("cp").arg("-a").arg(disk.path()).arg(bench.path("copy")).status().unwrap();
    assert!(copied.success());
    drop(disk);
    std::fs::remove_dir_all(bench.path(folder)).unwrap();
    std::fs::rename(bench.path("copy"), bench.path(folder)).unwrap();
}

#[test]
fn a_full_disk_stops_nothing_for_good() {
    // Queue and log lie on one small disk. What is acknowledged before, while and after it is full is kept.
    let bench = bench(&[("open", OPEN)]);
    let disk = SmallDisk::mount(bench.path("lake"), 24 << 20);
    let mut acknowledged = Acknowledged::default();
    let start = || Collect::of(disk.inside(&Collect::command(&bench, &[])));
    let mut collect = start();
    for n in 0..5 {
        assert!(acknowledged.send(collect.address(), &format!("before-{n}")));
    }
    disk.fill(8 << 10);
    let mut refused = 0;
    wait::until("the log cannot be written or the queue refuses", PATIENCE, || {
        refused += usize::from(!acknowledged.send(collect.address(), &format!("full-{refused}-{}", acknowledged.count())));
        assert!(collect.ended().is_none(), "it ended: {}", collect.said());
        collect.said().contains("the log cannot be written") || refused > 3
    });
    disk.free();
    wait::until("it takes records again", PATIENCE, || {
        assert!(collect.ended().is_none(), "it ended: {}", collect.said());
        acknowledged.send(collect.address(), "after")
    });
    // What was told of the pipelines before the disk was full says nothing about now.
    wait::until("the log is written again", PATIENCE, || collect.get("/readyz").0 == 200);
    let _ = collect.stop();
    // Killed while it is full, it goes on as well.
    let collect = start();
    disk.fill(0);
    let _ = acknowledged.send(collect.address(), "killed");
    collect.kill();
    disk.free();
    let collect = start();
    assert!(acknowledged.send(collect.address(), "last"));
    let _ = collect.stop();
    brought_out(disk, &bench, "lake");
    acknowledged.check(&bench);
}

#[test]
fn what_cannot_be_written_to_the_log_waits_in_the_queue() {
    // Only the log lies on the small disk: the queue has room.
    let bench = bench(&[("open", OPEN)]);
    let disk = SmallDisk::mount(bench.path("lake/events"), 4 << 20);
    let mut acknowledged = Acknowledged::default();
    let mut collect = Collect::of(disk.inside(&Collect::command(&bench, &[])));
    assert!(acknowledged.send(collect.address(), "before"));
    wait::until("it is stored", PATIENCE, || collect.said().contains("received 1 "));
    disk.fill(0);
    assert!(acknowledged.send(collect.address(), "full-1"), "the queue has room");
    collect.wait_for("the log cannot be written, what comes waits");
    assert_eq!(collect.get("/readyz").0, 503);
    assert_eq!(collect.get("/livez").0, 200);
    assert!(acknowledged.send(collect.address(), "full-2"));
    disk.free();
    wait::until("it is stored, and it is ready again", PATIENCE, || {
        assert!(collect.ended().is_none(), "it ended: {}", collect.said());
        collect.get("/readyz").0 == 200
    });
    assert!(acknowledged.send(collect.address(), "after"));
    let _ = collect.stop();
    brought_out(disk, &bench, "lake/events");
    acknowledged.check(&bench);
}

#[test]
fn a_log_entry_that_is_torn_is_not_passed_over() {
    for keep in [0, 40] {
        let (bench, _) = filled();
        let newest = files(&bench.path("lake/events/_delta_log"), ".json").pop().unwrap();
        let whole = std::fs::read(&newest).unwrap();
        std::fs::write(&newest, &whole[..keep]).unwrap();
        let said = turned_away(&bench);
        assert!(said.contains("queue has let go of records") || said.contains("the log of table events"), "{said}");
        // Put back, everything is as it was.
        std::fs::write(&newest, &whole).unwrap();
        let collect = Collect::start(&bench, &[]);
        let _ = collect.stop();
        assert_eq!(bench.rows("SELECT count(*) AS n FROM events")[0]["n"], 5);
    }
}

#[test]
fn a_data_file_that_is_torn_is_named_and_keeps_nothing_else_from_being_collected() {
    let (bench, mut acknowledged) = filled();
    let file = files(&bench.path("lake/events"), ".parquet").into_iter().next().unwrap();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let run = bench.run(&["sql", "-c", "SELECT sum(length(data)) AS n FROM events"]);
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    assert!(run.code != 0 && run.stderr.contains(&name), "{}", run.stderr);
    let collect = Collect::start(&bench, &[]);
    assert!(acknowledged.send(collect.address(), "after"));
    let _ = collect.stop();
    std::fs::write(&file, &whole).unwrap();
    let _ = bench.run(&["rebuild"]).ok();
    acknowledged.check(&bench);
}

#[test]
fn a_damaged_pointer_to_the_checkpoint_is_passed_over() {
    let bench = bench(&[("open", OPEN)]);
    let mut acknowledged = Acknowledged::default();
    let collect = Collect::start(&bench, &[]);
    for n in 0..60 {
        assert!(acknowledged.send(collect.address(), &format!("{n}")));
    }
    let _ = collect.stop();
    let pointer = bench.path("lake/events/_delta_log/_last_checkpoint");
    assert!(pointer.is_file(), "there is a checkpoint");
    for damage in ["", "{\"version\":7"] {
        std::fs::write(&pointer, damage).unwrap();
        let collect = Collect::start(&bench, &[]);
        assert!(acknowledged.send(collect.address(), &format!("after-{}", damage.len())));
        let _ = collect.stop();
    }
    // One that names a checkpoint which is not there is no accident: it is said, and without the pointer all is well.
    std::fs::write(&pointer, "{\"version\":99999,\"size\":1}").unwrap();
    let said = turned_away(&bench);
    assert!(said.contains("_last_checkpoint"), "{said}");
    std::fs::remove_file(&pointer).unwrap();
    acknowledged.check(&bench);
}

#[test]
fn a_flipped_bit_in_the_queue_is_noticed() {
    let text = OPEN.replace("age_s: 1, rows: 1", "age_s: 3600, rows: 1000");
    let bench = bench(&[("open", &text)]);
    let mut acknowledged = Acknowledged::default();
    let collect = Collect::start(&bench, &[]);
    for n in 0..5 {
        assert!(acknowledged.send(collect.address(), &format!("{n}")));
    }
    collect.kill();
    // Opened and closed once, the file is whole again: a torn end is put right then, and is not what this is about.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let project = bench.path("").display().to_string();
    let run = bench.run(&["--project", &project, "collect", "--listen", &taken.local_addr().unwrap().to_string()]);
    assert!(run.stderr.contains("cannot listen"), "{}", run.stderr);
    let path = bench.path("lake/_trunkline/queues/open.redb");
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    // Wherever the record lies: pages that are free by now may hold it too.
    let places: Vec<usize> = (0..whole.len() - 5).filter(|&at| &whole[at..at + 5] == b"\"c-3\"").collect();
    assert!(!places.is_empty());
    places.iter().for_each(|at| flipped[at + 3] ^= 1);
    std::fs::write(&path, &flipped).unwrap();
    let mut command = bench.command(&["--project", &project, "collect", "--listen", "127.0.0.1:0"]);
    command.stderr(std::process::Stdio::piped());
    let collect = Collect::of(command);
    let (status, said) = collect.terminate();
    assert!(!status.success() && (said.contains("damaged") || said.contains("corrupt")), "{said}");
    assert_eq!(bench.rows("SELECT count(*) AS n FROM events WHERE subject = 'c-2'")[0]["n"], 0, "nothing made up is stored");
    std::fs::write(&path, &whole).unwrap();
    let collect = Collect::start(&bench, &[]);
    let _ = collect.stop();
    acknowledged.check(&bench);
}

#[test]
fn a_lake_that_cannot_be_written_is_an_error_at_the_start() {
    let bench = bench(&[("open", OPEN)]);
    let _ = bench.write("lake", "a file where the folder should be");
    let said = turned_away(&bench);
    assert!(said.contains("lake"), "{said}");
}
