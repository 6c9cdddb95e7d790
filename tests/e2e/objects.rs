//! Objects in a store that speaks S3 are read once; a store that lets nobody in is told, and what is secret is not.

use std::time::Duration;

use trunkline_testkit::{Bench, Collect, S3Server, wait};

const PATIENCE: Duration = Duration::from_secs(60);
const PIPELINE: &str = "version: 1\nname: drop\nsource: s3://drop\nconnector: cloudevents\nobjects: {url: \"s3://drop/events\", suffix: .jsonl}\nflush: {age_s: 1}\n";

fn event(id: &str) -> String {
    format!(
        "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"s\",\"type\":\"contact.started\",\"time\":\"2026-01-05T10:00:00Z\",\"subject\":\"c-{id}\",\"data\":{{\"channel\":\"chat\",\"direction\":\"inbound\"}}}}\n"
    )
}

fn collect(bench: &Bench, server: &S3Server, secret: &str) -> Collect {
    let mut command = Collect::command(bench, &[]);
    command.env("AWS_ENDPOINT", server.url()).env("AWS_ALLOW_HTTP", "true").env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "reader").env("AWS_SECRET_ACCESS_KEY", secret);
    Collect::of(command)
}

fn events(bench: &Bench, n: u64) {
    wait::until(&format!("{n} events are stored"), PATIENCE, || bench.rows("SELECT count(*) AS n FROM events")[0]["n"] == n);
}

#[test]
fn objects_of_a_bucket_are_read_once_and_a_closed_door_is_told() {
    let server = S3Server::start("reader", "right-secret", &["drop"]);
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("pipelines")).unwrap();
    let _ = bench.write("pipelines/drop.yaml", PIPELINE);
    server.put("drop/events/2026/01/a.jsonl", format!("{}what is this?\n", event("1")));
    server.put("drop/events/notes.txt", "not ours\n");
    server.put("drop/elsewhere/b.jsonl", event("9"));
    let mut refused = collect(&bench, &server, "wrong-secret");
    refused.wait_for("pipeline drop");
    wait::until("the refusal is told", PATIENCE, || refused.said().contains("403") || refused.said().contains("SignatureDoesNotMatch"));
    let (_, said) = refused.terminate();
    assert!(!said.contains("wrong-secret"), "{said}");
    let running = collect(&bench, &server, "right-secret");
    events(&bench, 1);
    server.put("drop/events/2026/02/c.jsonl", format!("{}{}", event("2"), event("3")));
    events(&bench, 3);
    let _ = running.stop();
    // Started again, nothing comes twice.
    let running = collect(&bench, &server, "right-secret");
    server.put("drop/events/d.jsonl", event("4"));
    events(&bench, 4);
    let _ = running.stop();
    let balance =
        bench.rows("SELECT sum(received) AS received, sum(duplicate) AS duplicate, sum(abs(difference)) AS difference FROM ops.balance");
    assert_eq!((&balance[0]["received"], &balance[0]["duplicate"], &balance[0]["difference"]), (&5.into(), &0.into(), &0.into()));
    let rejected = bench.rows("SELECT origin FROM rejected_records");
    assert_eq!(rejected[0]["origin"], "s3://drop/events/2026/01/a.jsonl", "{rejected:?}");
}
