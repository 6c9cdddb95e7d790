//! Webhooks end in the lake exactly once, through kills and restarts; what is not believed or not understood is said so.

use trunkline_testkit::{Bench, Collect, wait};

/// Signed with Standard Webhooks for the secret below, made with Python's hmac. The tolerance is large: the signed time is fixed.
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
const SIGNED_BODY: &str = r#"{"specversion":"1.0","id":"w-1","source":"shop://acme","type":"contact.started","time":"2026-01-05T10:00:00Z","subject":"c-1","data":{"channel":"chat","direction":"inbound","initiator":"customer"}}"#;
const SIGNATURE: &str = "v1,DJgOpbBomEG9LSd15gHX3NAk8CYcqv+zkqDmja96j3w=";

const OPEN: &str = "version: 1\nname: open\nsource: open://here\nconnector: cloudevents\nhttp: {signature: {scheme: none}}\n";
const SIGNED: &str = "version: 1\nname: shop\nsource: shop://acme\nconnector: cloudevents\nhttp:\n  signature: {scheme: standard_webhooks, secrets: [\"${SHOP_SECRET}\"], tolerance_s: 4000000000}\n";
const ORDERS: &str = "version: 1\nname: orders\nsource: shopify://acme\nconnector: shopify\nhttp: {signature: {scheme: none}}\n";

fn bench(pipelines: &[(&str, &str)]) -> Bench {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("pipelines")).unwrap();
    for (name, text) in pipelines {
        let _ = bench.write(&format!("pipelines/{name}.yaml"), text);
    }
    bench
}

fn event(id: &str) -> String {
    SIGNED_BODY.replace("\"w-1\"", &format!("\"{id}\"")).replace("c-1", &format!("c-{id}"))
}

#[test]
fn what_was_acknowledged_is_stored_once_through_kills_and_restarts() {
    let bench = bench(&[("open", OPEN)]);
    let mut sent = 0;
    for round in 0..4 {
        let collect = Collect::start(&bench, &[]);
        for i in 0..5 {
            let (status, text) = collect.post("/in/open", &[], &event(&format!("{round}-{i}")));
            assert_eq!(status, 204, "{text}");
            sent += 1;
        }
        // The sender did not see the answer and sends again.
        assert_eq!(collect.post("/in/open", &[], &event(&format!("{round}-0"))).0, 204);
        // Killed while the records wait in the queue: nothing was due yet.
        collect.kill();
    }
    let collect = Collect::start(&bench, &[]);
    wait::until("the files of tables are told", std::time::Duration::from_secs(60), || {
        collect.get("/metrics").1.contains("trunkline_table_files{table=\"contacts\"} 1")
    });
    let said = collect.stop();
    assert!(said.contains("received 24 = stored 20 + duplicate 4 + rejected 0"), "{said}");
    assert_eq!(bench.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS d FROM events")[0]["n"], sent);
    assert_eq!(bench.rows("SELECT count(*) AS n FROM contacts")[0]["n"], sent, "the facts follow");
    let balance = &bench.rows("SELECT source, connector, received, stored, duplicate, difference FROM ops.balance")[0];
    assert_eq!((&balance["source"], &balance["connector"]), (&"open://here".into(), &"cloudevents".into()));
    assert_eq!((&balance["received"], &balance["difference"]), (&24.into(), &0.into()), "{balance}");
    assert_eq!(bench.run(&["rebuild", "--verify"]).code, 0, "facts differ from the log");
}

#[test]
fn only_what_is_signed_is_believed_and_what_is_not_understood_is_kept() {
    let bench = bench(&[("shop", SIGNED), ("open", OPEN), ("orders", ORDERS), ("calls", "mapping: 1\nsource: not://a/pipeline\n")]);
    let mut command = Collect::command(&bench, &["shop", "open", "orders"]);
    command.env("SHOP_SECRET", SECRET);
    let collect = Collect::of(command);
    let signed = [("webhook-id", "m1"), ("webhook-timestamp", "1767607200"), ("webhook-signature", SIGNATURE)];
    assert_eq!(collect.post("/in/shop", &signed, SIGNED_BODY).0, 204);
    let (status, text) = collect.post("/in/shop", &signed, &event("forged"));
    assert_eq!((status, text.as_str()), (401, "not believed\n"), "no word about why");
    assert_eq!(collect.post("/in/shop", &[], SIGNED_BODY).0, 401);
    assert_eq!(collect.post("/in/nobody", &[], "{}").0, 404);
    assert_eq!(collect.post("/in/open", &[], &"x".repeat((1 << 20) + 1)).0, 413);
    assert_eq!(collect.post("/in/open", &[("content-encoding", "br")], "x").0, 415);
    // A batch of which one element is none.
    assert_eq!(collect.post("/in/open", &[], &format!("[{},{{\"id\":7}},{}]", event("a"), event("b"))).0, 200);
    let order = r#"{"id":820,"created_at":"2026-01-05T10:00:00+01:00","updated_at":"2026-01-05T10:00:00+01:00","customer":{"id":5,"email":"ana@example.com"}}"#;
    assert_eq!(collect.post("/in/orders", &[("x-shopify-topic", "orders/create"), ("authorization", "Bearer t0p")], order).0, 204);
    let said = collect.stop();
    assert!(said.contains("refused a request: the signature is not ours"), "{said}");
    assert!(!said.contains(SECRET) && !said.contains("c-forged"), "neither secrets nor bodies are logged: {said}");
    let ids = bench.rows("SELECT event_id FROM events WHERE source = 'shop://acme' ORDER BY event_id");
    assert_eq!(ids.iter().map(|row| row["event_id"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "b", "w-1"]);
    let rejected = bench.rows("SELECT code, origin, CAST(raw AS VARCHAR) AS raw FROM rejected_records");
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    assert_eq!((&rejected[0]["code"], &rejected[0]["raw"]), (&"bad_envelope".into(), &"{\"id\":7}".into()));
    let placed = bench.rows("SELECT type, data FROM events WHERE source = 'shopify://acme' AND type = 'order.progressed'");
    assert!(placed[0]["data"].as_str().unwrap().contains("placed"), "{placed:?}");
    let leaks = bench.rows("SELECT count(*) AS n FROM events WHERE data LIKE '%ana@%' OR data LIKE '%t0p%'");
    assert_eq!(leaks[0]["n"], 0);
}

#[test]
fn mistakes_are_told_before_anything_starts() {
    let bench = bench(&[("shop", SIGNED)]);
    let project = bench.path("").display().to_string();
    let refused = |line: &[&str]| {
        let run = bench.run(&[&["--project", project.as_str(), "collect"], line].concat());
        assert_eq!(run.code, 2, "{}", run.stderr);
        run.stderr
    };
    assert!(refused(&[]).contains("pipeline shop: the environment has no SHOP_SECRET"));
    assert!(refused(&["fax"]).contains("there is no pipeline \"fax\""));
    assert!(refused(&["--listen", "0.0.0.0:0"]).contains("--plain-http"));
    let _ = bench.write("pipelines/shop.yaml", SIGNED.replace("standard_webhooks", "crc"));
    let said = refused(&[]);
    assert!(said.contains("shop.yaml:6:") && said.contains("scheme \"crc\" is not known"), "{said}");
    let check = bench.run(&["check", &bench.path("pipelines/shop.yaml").display().to_string()]);
    assert!(check.code == 2 && check.stderr.contains("scheme \"crc\" is not known"), "{}", check.stderr);
}

#[test]
fn a_queue_put_back_from_a_copy_is_not_taken_for_the_one_the_log_knows() {
    let bench = bench(&[("open", OPEN)]);
    let queue = bench.path("lake/_trunkline/queues/open.redb");
    let collect = Collect::start(&bench, &[]);
    assert_eq!(collect.post("/in/open", &[], &event("1")).0, 204);
    let _ = collect.stop();
    std::fs::copy(&queue, bench.path("copy")).unwrap();
    let collect = Collect::start(&bench, &[]);
    assert_eq!(collect.post("/in/open", &[], &event("2")).0, 204);
    let _ = collect.stop();
    std::fs::copy(bench.path("copy"), &queue).unwrap();
    let project = bench.path("").display().to_string();
    let run = bench.run(&["--project", &project, "collect", "--listen", "127.0.0.1:0"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("pipeline open: its queue is an earlier copy"), "{}", run.stderr);
}

#[test]
fn a_collector_keeps_its_lake_in_order_while_it_receives() {
    let bench = bench(&[("open", &format!("{OPEN}flush: {{rows: 1}}\n"))]);
    let collect = Collect::start(&bench, &[]);
    for i in 0..30 {
        assert_eq!(collect.post("/in/open", &[], &event(&format!("{i}"))).0, 204);
        // One commit each: wait until it is there, the last one with its rewrite.
        let log = bench.path("lake/events/_delta_log");
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while std::fs::read_dir(&log).unwrap().count() < i + 2 && std::time::Instant::now() < deadline {
            std::thread::yield_now();
        }
    }
    // Rewriting waits until the facts follow. Then at most nine commits have come since it last looked, and it left at most nine small files.
    let files = || bench.duckdb("select count(*), count(distinct filename) from delta_scan('{lake}/events', filename=true)");
    wait::until("the files are few", std::time::Duration::from_secs(60), || {
        let files = files();
        files[0][0] == 30 && files[0][1].as_i64() < Some(20)
    });
    let busy = bench.run(&["maintain", "compact"]);
    assert!(busy.code == 1 && busy.stderr.contains("by itself"), "{}", busy.stderr);
    let said = collect.stop();
    assert!(said.contains("events: ") && said.contains(" became "), "{said}");
    assert_eq!(bench.rows("SELECT count(*) AS n FROM contacts")[0]["n"], 30);
    assert_eq!(bench.run(&["rebuild", "--verify"]).code, 0, "facts differ from the log");
}
