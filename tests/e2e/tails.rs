//! A log that grows, is rotated and packed is read once; files dropped into a folder too; a backfill meets the tail.

use std::io::Write;
use std::time::Duration;

use trunkline_testkit::{Bench, Collect, wait};

const PATIENCE: Duration = Duration::from_secs(60);

fn bench(pipeline: &str) -> Bench {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("pipelines")).unwrap();
    std::fs::create_dir_all(bench.path("in")).unwrap();
    let _ = bench.write("pipelines/log.yaml", pipeline.replace("{in}", &bench.path("in").display().to_string()));
    bench
}

const QUEUE_LOG: &str = "version: 1\nname: pbx\nsource: asterisk://pbx1/queue_log\nconnector: asterisk\nfiles: {paths: [\"{in}/queue_log*\"]}\nflush: {age_s: 1}\n";
const DROP: &str = "version: 1\nname: drop\nsource: files://drop\nconnector: cloudevents\nfiles: {paths: [\"{in}/*.jsonl\", \"{in}/*.jsonl.gz\"]}\nflush: {age_s: 1}\n";

fn append(bench: &Bench, name: &str, text: &str) {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(bench.path(name)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn rows_of(bench: &Bench, table: &str, n: u64) {
    wait::until(&format!("{table} has {n} rows"), PATIENCE, || {
        let said = bench.run(&["sql", "-c", &format!("SELECT count(*) AS n FROM {table}"), "--format", "json"]);
        said.stdout.contains(&format!("\"n\":{n}}}"))
    });
}

fn call(at: u64, id: &str) -> String {
    format!(
        "{at}|{id}|sales|NONE|ENTERQUEUE||4915112345|1\n{}|{id}|sales|Alice|CONNECT|12|x.{id}|5\n{}|{id}|sales|Alice|COMPLETECALLER|12|58|1\n",
        at + 12,
        at + 70
    )
}

#[test]
fn a_queue_log_is_followed_through_rotation_and_meets_its_backfill() {
    let bench = bench(QUEUE_LOG);
    append(&bench, "in/queue_log", &call(1_754_460_000, "1754460000.1"));
    // Somebody ingests what there is by hand, then the tail begins.
    let line = ["ingest", "in/queue_log", "--connector", "asterisk", "--source", "asterisk://pbx1/queue_log"];
    let _ = bench.run(&line).ok();
    let collect = Collect::start(&bench, &[]);
    // A call that begins in one file and ends in the next; the last line of the first is not finished yet.
    let long = call(1_754_460_100, "1754460100.2");
    let (begin, end) = long.split_at(long.find("NONE|ENTERQUEUE").unwrap());
    append(&bench, "in/queue_log", begin);
    append(&bench, "in/queue_log", end.split_inclusive('\n').next().unwrap());
    rows_of(&bench, "queue_stints", 2);
    std::fs::rename(bench.path("in/queue_log"), bench.path("in/queue_log.1")).unwrap();
    let rest: String = end.split_inclusive('\n').skip(1).collect();
    append(&bench, "in/queue_log", &rest);
    append(&bench, "in/queue_log", &call(1_754_460_200, "1754460200.3"));
    rows_of(&bench, "agent_legs", 3);
    // It is packed and its name changes; the log is copied away and truncated.
    let packed = std::process::Command::new("gzip").arg(bench.path("in/queue_log.1")).status().unwrap();
    assert!(packed.success());
    std::fs::copy(bench.path("in/queue_log"), bench.path("in/queue_log.2")).unwrap();
    std::fs::write(bench.path("in/queue_log"), "").unwrap();
    append(&bench, "in/queue_log", &call(1_754_460_300, "1754460300.4"));
    rows_of(&bench, "agent_legs", 4);
    let _ = collect.stop();
    let balance =
        bench.rows("SELECT sum(received) AS received, sum(duplicate) AS duplicate, max(difference) AS difference FROM ops.balance");
    assert_eq!(
        (&balance[0]["received"], &balance[0]["duplicate"], &balance[0]["difference"]),
        (&12.into(), &0.into(), &0.into()),
        "{balance:?}"
    );
    let legs = bench.rows("SELECT talk_ms FROM agent_legs");
    assert!(legs.iter().all(|leg| leg["talk_ms"] == 58_000), "{legs:?}");
}

#[test]
fn files_dropped_into_a_folder_are_read_once_and_a_damaged_one_is_tried_again() {
    let bench = bench(DROP);
    let event = |id: &str| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"s\",\"type\":\"contact.started\",\"time\":\"2026-01-05T10:00:00Z\",\"subject\":\"c-{id}\",\"data\":{{\"channel\":\"chat\",\"direction\":\"inbound\"}}}}\n"
        )
    };
    let collect = Collect::start(&bench, &[]);
    append(&bench, "in/a.jsonl", &event("1"));
    append(&bench, "in/b.jsonl", &format!("{}what is this?\n", event("2")));
    rows_of(&bench, "events", 2);
    // Still being written: the half of a packed file.
    let _ = bench.write("whole.jsonl", event("3"));
    assert!(std::process::Command::new("gzip").arg(bench.path("whole.jsonl")).status().unwrap().success());
    let packed = std::fs::read(bench.path("whole.jsonl.gz")).unwrap();
    let _ = bench.write("in/c.jsonl.gz", &packed[..packed.len() / 2]);
    wait::until("the half is told", PATIENCE, || collect.said().contains("is tried again"));
    let _ = bench.write("in/c.jsonl.gz", &packed);
    rows_of(&bench, "events", 3);
    let _ = collect.stop();
    // Started again, nothing comes twice.
    let collect = Collect::start(&bench, &[]);
    append(&bench, "in/d.jsonl", &event("4"));
    rows_of(&bench, "events", 4);
    let _ = collect.stop();
    assert_eq!(bench.rows("SELECT count(*) AS n FROM rejected_records")[0]["n"], 1);
    let balance = bench.rows("SELECT sum(duplicate) AS duplicate, sum(abs(difference)) AS difference FROM ops.balance");
    assert_eq!((&balance[0]["duplicate"], &balance[0]["difference"]), (&0.into(), &0.into()), "{balance:?}");
}

#[test]
fn objects_under_a_prefix_are_fetched_once() {
    let bench = bench(
        "version: 1\nname: drop\nsource: objects://drop\nconnector: cloudevents\nobjects: {url: \"file://{in}\", suffix: .jsonl}\nflush: {age_s: 1}\n",
    );
    let event = r#"{"specversion":"1.0","id":"1","source":"s","type":"contact.started","time":"2026-01-05T10:00:00Z","subject":"c","data":{"channel":"chat"}}"#;
    std::fs::create_dir_all(bench.path("in/2026/01")).unwrap();
    let _ = bench.write("in/2026/01/a.jsonl", format!("{event}\nno\n"));
    let _ = bench.write("in/2026/01/a.txt", "not ours\n");
    let collect = Collect::start(&bench, &[]);
    rows_of(&bench, "events", 1);
    let _ = collect.stop();
    let _ = bench.write("in/2026/01/b.jsonl", format!("{}\n", event.replace("\"1\"", "\"2\"")));
    let mut collect = Collect::start(&bench, &[]);
    collect.wait_for("received 1 = stored 1 + duplicate 0 + rejected 0");
    let _ = collect.stop();
    let rejected = bench.rows("SELECT origin FROM rejected_records");
    assert!(rejected[0]["origin"].as_str().unwrap().ends_with("/2026/01/a.jsonl"), "{rejected:?}");
    assert_eq!(bench.rows("SELECT count(*) AS n FROM events")[0]["n"], 2);
}
