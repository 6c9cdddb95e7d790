//! A queue_log becomes calls, stays and legs; bad lines are kept with their place.

use trunkline_testkit::Bench;

const LOG: &str = "1754460000|NONE|NONE|NONE|QUEUESTART|\n\
1754460030|1754460030.2|sales|NONE|ENTERQUEUE||4915112345|1\n\
1754460036|1754460030.2|sales|Bob|RINGNOANSWER|5000\n\
1754460042|1754460030.2|sales|Alice|CONNECT|12|1754460037.3|5\n\
1754460100|1754460030.2|sales|Alice|COMPLETECALLER|12|58|1\n\
this is no queue_log line\n\
1754460210|1754460210.10|sales|NONE|ENTERQUEUE||4915112348|1\n\
1754460215|1754460210.10|sales|NONE|ABANDON|1|1|5\n\
1754460220|1754460220.11|sales|NONE|ENTERQUEUE||4915112349|2\n\
1754460250|1754460220.11|sales|NONE|EXITWITHTIMEOUT|1|2|30\n";

#[test]
fn calls_of_a_queue_log_close() {
    let bench = Bench::new();
    let _ = bench.write("queue_log", LOG);
    let said = bench.run(&["ingest", "queue_log", "--connector", "asterisk", "--source", "asterisk://pbx1/queue_log"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let text = format!("{}{}", said.stdout, said.stderr);
    for part in ["received 10", "stored 9", "duplicate 0", "rejected 1"] {
        assert!(text.contains(part), "the summary lacks '{part}': {text}");
    }
    let rows = bench.rows("select outcome, wait_ms from queue_stints order by enqueued_at");
    let found: Vec<_> = rows.iter().map(|r| (r["outcome"].as_str().unwrap(), r["wait_ms"].as_i64().unwrap())).collect();
    assert_eq!(found, [("answered", 12_000), ("abandoned", 5_000), ("flow_out", 30_000)]);
    let legs = bench.rows("select agent_id, outcome, talk_ms, ring_ms from agent_legs order by leg_no");
    assert_eq!(legs[0]["agent_id"], "Bob");
    assert_eq!((legs[1]["talk_ms"].as_i64(), legs[1]["ring_ms"].as_i64()), (Some(58_000), Some(5_000)));
    let rejected = bench.rows("select code, line from rejected_records");
    assert_eq!(rejected[0]["line"].as_i64(), Some(6), "{rejected:?}");
}

#[test]
fn a_log_that_grew_gives_only_what_is_new() {
    let whole = Bench::new();
    let _ = whole.write("queue_log", LOG);
    let _ = whole.run(&["ingest", "queue_log", "--connector", "asterisk", "--source", "a"]).ok();
    let grown = Bench::new();
    let cut = LOG.find("1754460100").unwrap();
    // The first piece ends in the middle of a line, as a file that is being written does.
    let _ = grown.write("queue_log", &LOG[..cut + 20]);
    let _ = grown.run(&["ingest", "queue_log", "--connector", "asterisk", "--source", "a"]).ok();
    let _ = grown.write("queue_log", LOG);
    let _ = grown.run(&["ingest", "queue_log", "--connector", "asterisk", "--source", "a"]).ok();
    let sql = "select event_id, type, contact_id, occurred_at from events order by event_id";
    assert_eq!(grown.rows(sql), whole.rows(sql));
}

#[test]
fn a_call_that_spans_a_rotation_is_the_call_of_the_files_joined() {
    let cut = LOG.find("1754460042").unwrap();
    let sql = "select event_id, type, contact_id, occurred_at, data from events order by event_id";
    let ingest = |bench: &Bench, files: &[&str]| {
        let _ = bench.run(&[&["ingest"], files, &["--connector", "asterisk", "--source", "a"]].concat()).ok();
    };
    let whole = Bench::new();
    let _ = whole.write("queue_log", LOG);
    ingest(&whole, &["queue_log"]);
    let want = whole.rows(sql);
    for commands in [&[&["queue_log", "queue_log.1"][..]][..], &[&["queue_log.1"], &["queue_log"]]] {
        let bench = Bench::new();
        let _ = bench.write("queue_log.1", &LOG[..cut]);
        let _ = bench.write("queue_log", &LOG[cut..]);
        commands.iter().for_each(|files| ingest(&bench, files));
        assert_eq!(bench.rows(sql), want, "{commands:?}");
        let waits = bench.rows("select wait_ms, agent_id from queue_stints where outcome = 'answered'");
        assert_eq!((waits.len(), waits[0]["wait_ms"].as_i64()), (1, Some(12_000)));
        // What was handed on holds bytes of the log: only its owner may read it.
        #[cfg(unix)]
        for entry in std::fs::read_dir(bench.path("lake/_trunkline/carry")).unwrap() {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
        }
    }
}
