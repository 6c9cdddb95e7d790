//! What publishers were told is stored ends in the lake exactly once, through kills of either side; what the broker lost is never passed over in silence.

use std::time::Duration;

use trunkline_testkit::nats::{Certificates, Login, NatsOptions, Outgoing, Publisher, StreamConfig, stream_config};
use trunkline_testkit::{Bench, Collect, NatsServer, wait};

const PATIENCE: Duration = Duration::from_secs(60);

fn event(id: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"shop://acme","type":"contact.started","time":"2026-01-05T10:00:00Z","subject":"c-{id}","data":{{"channel":"chat","direction":"inbound","initiator":"customer"}}}}"#
    )
}

fn events(ids: impl Iterator<Item = usize>) -> Vec<Outgoing> {
    ids.map(|i| Outgoing::new(&format!("m{i}"), event(&i.to_string()))).collect()
}

fn pipeline(url: &str, more: &str) -> String {
    format!(
        "version: 1\nname: bus\nsource: nats://cc\nconnector: cloudevents\nnats: {{servers: [\"{url}\"], stream: EVENTS{more}}}\nflush: {{age_s: 1}}\n"
    )
}

fn bench(text: &str) -> Bench {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("pipelines")).unwrap();
    let _ = bench.write("pipelines/bus.yaml", text);
    bench
}

/// A broker whose stream holds so many events.
fn holding(n: usize) -> (NatsServer, Publisher) {
    let server = NatsServer::new();
    let publisher = server.publisher();
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    let _ = publisher.publish_all("cc.x", &events(0..n)).unwrap();
    (server, publisher)
}

/// Waits until the lake holds so many events.
fn stored(bench: &Bench, n: usize) {
    wait::until(&format!("{n} events are stored"), PATIENCE, || count(bench) == n);
}

fn count(bench: &Bench) -> usize {
    bench.rows("SELECT count(*) AS n FROM events WHERE type = 'contact.started'")[0]["n"].as_u64().unwrap() as usize
}

/// Waits until so many records wait, here or at the broker.
fn waiting(collect: &Collect, n: usize) {
    let told = format!("trunkline_waiting_records{{pipeline=\"bus\"}} {n}\n");
    wait::until(&format!("{n} records wait"), PATIENCE, || collect.get("/metrics").1.contains(&told));
}

fn balanced(bench: &Bench) {
    let rows = bench.rows("SELECT journal, received, difference FROM ops.balance");
    assert!(rows.iter().all(|row| row["difference"] == 0), "{rows:?}");
}

#[test]
fn a_stream_is_read_once_through_kills_of_either_side() {
    let mut server = NatsServer::new();
    let bench = bench(&pipeline(&server.url(), ", subjects: [\"cc.>\"], create: {max_bytes: 100000000}"));
    let collect = Collect::start(&bench, &[]);
    let publisher = server.publisher();
    wait::until("collect makes the stream", PATIENCE, || collect.said().contains("reads stream EVENTS from message 1"));
    let config = publisher.stream_info("EVENTS").config;
    assert!(config.deny_delete && config.deny_purge && config.subjects == ["cc.>"], "{config:?}");
    let _ = publisher.publish_all("cc.chat", &events(0..500)).unwrap();
    // Killed wherever it is: reading, mapping, storing.
    collect.kill();
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 500);
    server.kill();
    server.restart();
    // A publisher that saw no acknowledgement sends again, one of them after the broker has forgotten the id.
    let _ = publisher.publish_until_stored("cc.chat", &events(490..1000), PATIENCE);
    let again = Outgoing { id: None, ..Outgoing::new("", event("999")) };
    let _ = publisher.publish("cc.chat", &again).unwrap();
    stored(&bench, 1000);
    let said = collect.stop();
    assert!(!said.contains("warning: stream"), "{said}");
    assert!(said.contains("warning: whether the server writes to disk"), "{said}");
    let ids = bench.rows("SELECT count(DISTINCT event_id) AS n FROM events");
    assert_eq!(ids[0]["n"], 1000);
    balanced(&bench);
    let kept = bench.rows("SELECT count(*) AS n FROM ops.gaps");
    assert_eq!(kept[0]["n"], 0);
    assert_eq!(bench.run(&["rebuild", "--verify"]).code, 0);
}

#[test]
fn a_message_is_kept_whatever_is_in_it() {
    let server = NatsServer::new();
    let publisher = server.publisher();
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    let bench = bench(&pipeline(&server.url(), ""));
    let batch = format!("[{},{}]", event("a"), event("b"));
    let torn = format!("[{},{{\"id\":7}}]", event("c"));
    let messages = [
        Outgoing::new("1", event("1")),
        Outgoing::new("2", "no json"),
        Outgoing::new("3", batch),
        Outgoing::new("4", torn.clone()),
        Outgoing::new("5", vec![0xff, 0xfe]),
        Outgoing::new("6", ""),
        Outgoing::new("7", event("7").replace(",\"", ",\n  \"").replacen('{', "{\n  ", 1)),
        Outgoing::new("8", r#"{"channel":"chat"}"#)
            .header("ce-specversion", "1.0")
            .header("ce-id", "8")
            .header("ce-source", "shop://acme")
            .header("ce-type", "contact.started")
            .header("ce-time", "2026-01-05T10:00:00Z")
            .header("ce-subject", "c-8"),
    ];
    let _ = publisher.publish_all("cc.x", &messages).unwrap();
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 5);
    let _ = collect.stop();
    let rejected =
        bench.rows("SELECT journal_seq, CAST(raw AS VARCHAR) AS raw FROM rejected_records WHERE journal_seq <> 5 ORDER BY journal_seq");
    let seqs: Vec<_> = rejected.iter().map(|row| row["journal_seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [2, 4], "a batch is taken or refused whole: {rejected:?}");
    assert_eq!(rejected[1]["raw"], torn.as_str());
    assert_eq!(bench.rows("SELECT count(*) AS n FROM rejected_records WHERE journal_seq = 5")[0]["n"], 1);
    balanced(&bench);
}

#[test]
fn what_expired_unread_or_was_deleted_is_on_record_with_an_alarm() {
    let server = NatsServer::new();
    let publisher = server.publisher();
    let _ = publisher.create_stream(StreamConfig { deny_purge: false, ..stream_config("EVENTS", &["cc.>"]) });
    let bench = bench(&pipeline(&server.url(), ""));
    let _ = publisher.publish_all("cc.x", &events(0..10)).unwrap();
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 10);
    let _ = collect.stop();
    let _ = publisher.publish_all("cc.x", &events(10..20)).unwrap();
    // Messages 11 to 15 go unread, and 18 is taken out of the middle.
    let _ = publisher.purge_before("EVENTS", 16);
    publisher.delete_message("EVENTS", 18);
    let mut collect = Collect::start(&bench, &[]);
    stored(&bench, 14);
    collect.wait_for("ALARM: messages 11 to 15 are lost (expired)");
    collect.wait_for("ALARM: messages 18 to 18 are lost (deleted)");
    let metrics = collect.get("/metrics").1;
    assert!(metrics.contains("trunkline_gaps_total{pipeline=\"bus\"} 2"), "{metrics}");
    let _ = collect.stop();
    let gaps = bench.rows("SELECT why, from_seq, to_seq, lost, source FROM ops.gaps ORDER BY from_seq");
    let found: Vec<_> = gaps.iter().map(|row| (row["why"].as_str().unwrap(), row["from_seq"].as_u64(), row["lost"].as_u64())).collect();
    assert_eq!(found, [("expired", Some(11), Some(5)), ("deleted", Some(18), Some(1))]);
    let report = bench.run(&["query", "run", "data_quality", "--format", "csv"]).ok();
    assert!(report.contains("nats://cc,gap,expired,1,"), "{report}");
    balanced(&bench);
}

#[test]
fn a_broker_that_went_back_is_not_followed_until_somebody_accepts_the_loss() {
    let mut server = NatsServer::new();
    let publisher = server.publisher();
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    let _ = publisher.publish_all("cc.x", &events(0..10)).unwrap();
    server.stop();
    let before = server.snapshot_store();
    server.restart();
    let bench = bench(&pipeline(&server.url(), ""));
    let _ = publisher.publish_all("cc.x", &events(10..20)).unwrap();
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 20);
    let _ = collect.stop();
    // The power goes, the last ten are lost, and others take their numbers.
    server.kill();
    server.roll_back(&before);
    server.restart();
    let _ = publisher.publish_until_stored("cc.x", &events(30..45), PATIENCE);
    let mut collect = Collect::start(&bench, &[]);
    collect.wait_for("is not the one that was read");
    assert_eq!(collect.get("/readyz").0, 503);
    let (status, said) = collect.terminate();
    assert_eq!(status.code(), Some(1), "{said}");
    assert_eq!(count(&bench), 20, "nothing was read past the break");
    // The same with a stream that only became shorter.
    server.kill();
    server.roll_back(&before);
    server.restart();
    let mut collect = Collect::start(&bench, &[]);
    collect.wait_for("the stream ends at 10, but 20 was read from it");
    let _ = collect.terminate();
    // The publishers send again what the broker lost; what comes twice is a duplicate.
    let _ = publisher.publish_until_stored("cc.x", &events(5..25), PATIENCE);
    let collect = Collect::start(&bench, &["--accept-loss", "bus"]);
    stored(&bench, 25);
    let _ = collect.stop();
    assert_eq!(bench.rows("SELECT why FROM ops.gaps")[0]["why"], "rolled_back");
    balanced(&bench);
    // It was a decision for once.
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 25);
    let _ = collect.stop();
    assert_eq!(bench.rows("SELECT count(*) AS n FROM ops.gaps")[0]["n"], 1);
}

#[test]
fn a_stream_made_again_is_read_from_its_start() {
    let (server, publisher) = holding(10);
    let bench = bench(&pipeline(&server.url(), ""));
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 10);
    let _ = collect.stop();
    publisher.delete_stream("EVENTS");
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    let _ = publisher.publish_all("cc.x", &events(10..13)).unwrap();
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 13);
    let _ = collect.stop();
    let gaps = bench.rows("SELECT why, from_seq, to_seq FROM ops.gaps");
    assert_eq!((&gaps[0]["why"], &gaps[0]["from_seq"]), (&"recreated".into(), &11.into()));
    balanced(&bench);
}

#[test]
fn a_commit_takes_as_many_messages_as_it_may_and_the_end_takes_the_rest() {
    let (server, _) = holding(25);
    let bench = bench(&pipeline(&server.url(), "").replace("age_s: 1", "age_s: 3600, rows: 10"));
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 20);
    waiting(&collect, 5);
    let said = collect.stop();
    let commits: Vec<_> = said.lines().filter_map(|line| line.split("received ").nth(1)?.split(' ').next()).collect();
    assert_eq!(commits, ["10", "10", "5"], "{said}");
    assert_eq!(count(&bench), 25);
    balanced(&bench);
}

#[test]
fn what_waits_of_a_stream_that_is_made_again_is_stored_before_what_the_new_one_has() {
    let (server, publisher) = holding(5);
    let bench = bench(&pipeline(&server.url(), "").replace("age_s: 1", "age_s: 3600"));
    let collect = Collect::start(&bench, &[]);
    waiting(&collect, 5);
    publisher.delete_stream("EVENTS");
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    let _ = publisher.publish_all("cc.x", &events(5..8)).unwrap();
    // Five, three, and what is missing between them for all that is known.
    waiting(&collect, 9);
    let _ = collect.stop();
    let journals = bench.rows("SELECT count(*) AS n FROM events WHERE journal LIKE 'js:%' GROUP BY journal ORDER BY min(recorded_at)");
    assert_eq!(journals.iter().map(|row| row["n"].as_u64().unwrap()).collect::<Vec<_>>(), [5, 3]);
    let gaps = bench.rows("SELECT why, from_seq, to_seq FROM ops.gaps");
    assert_eq!((gaps.len(), &gaps[0]["why"], &gaps[0]["from_seq"]), (1, &"recreated".into(), &6.into()));
    balanced(&bench);
}

#[test]
fn doubtful_settings_are_told_and_the_monitoring_page_is_asked() {
    let options = NatsOptions { sync_lazily: true, extra: "http: \"127.0.0.1:-1\"".into(), ..NatsOptions::default() };
    let server = NatsServer::start(options);
    let publisher = server.publisher();
    let config = StreamConfig { discard: trunkline_testkit::nats::DiscardPolicy::Old, ..stream_config("EVENTS", &["cc.>"]) };
    let _ = publisher.create_stream(config);
    let log = server.log();
    let monitor = log.split("Starting http monitor on ").nth(1).unwrap().lines().next().unwrap().trim().to_owned();
    let bench = bench(&pipeline(&server.url(), &format!(", monitor: \"http://{monitor}\"")));
    let mut collect = Collect::start(&bench, &[]);
    collect.wait_for("full, it deletes its oldest messages");
    collect.wait_for("writes to disk every 120 s only");
    let _ = collect.stop();
}

#[test]
fn servers_that_ask_who_we_are_are_told_and_what_is_secret_is_not_said() {
    let login = Login::Password { user: "collect".into(), password: "s3cret".into() };
    let tls = Certificates::new();
    let authority = tls.authority().display().to_string();
    let server = NatsServer::start(NatsOptions { login, tls: Some(tls), ..NatsOptions::default() });
    let publisher = server.publisher();
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    let _ = publisher.publish_all("cc.x", &events(0..3)).unwrap();
    let more = format!(", user: collect, password: \"${{NATS_PASSWORD}}\", tls: {{authorities: [\"{authority}\"]}}");
    let bench = bench(&pipeline(&server.url(), &more));
    let start = |password: &str| {
        let mut command = Collect::command(&bench, &[]);
        command.env("NATS_PASSWORD", password);
        Collect::of(command)
    };
    let mut collect = start("wrong");
    wait::until("collect is not ready", PATIENCE, || collect.get("/readyz").0 == 503);
    assert!(collect.ended().is_none(), "it goes on trying");
    wait::until("it says why", PATIENCE, || collect.said().to_lowercase().contains("authorization"));
    let (_, said) = collect.terminate();
    assert!(!said.contains("wrong"), "{said}");
    let collect = start("s3cret");
    stored(&bench, 3);
    assert_eq!(collect.get("/readyz").0, 200);
    let said = collect.stop();
    assert!(!said.contains("s3cret"), "{said}");
    let unset = bench.run(&["--project", &bench.path("").display().to_string(), "collect", "--listen", "127.0.0.1:0"]);
    assert!(unset.code == 2 && unset.stderr.contains("the environment has no NATS_PASSWORD"), "{}", unset.stderr);
}
