//! The simulator publishes to a broker as an honest sender does: what it says is stored is stored, once, and what is not it names.

use std::process::Stdio;
use std::time::Duration;

use trunkline_testkit::nats::{Certificates, Login, NatsOptions, StreamConfig, stream_config};
use trunkline_testkit::{Bench, Collect, NatsServer, wait};

const PATIENCE: Duration = Duration::from_secs(60);
const CENTRE: [&str; 5] = ["simulate", "--contacts", "150", "--days", "1"];

/// Events of the same centre, written to a file instead.
fn simulated(bench: &Bench) -> usize {
    let _ = bench.run(&[&CENTRE[..], &["--out", "events.jsonl"]].concat()).ok();
    std::fs::read_to_string(bench.path("events.jsonl")).unwrap().lines().count()
}

#[test]
fn what_is_simulated_arrives_once_although_the_broker_dies_between() {
    let mut server = NatsServer::new();
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("pipelines")).unwrap();
    let url = server.url();
    let _ = bench.write(
        "pipelines/bus.yaml",
        format!(
            "version: 1\nname: bus\nsource: nats://cc\nconnector: cloudevents\nnats: {{servers: [\"{url}\"], stream: EVENTS, subjects: [\"cc.>\"], create: {{max_bytes: 100000000}}}}\nflush: {{age_s: 1}}\n"
        ),
    );
    let n = simulated(&bench);
    // No stream yet: collect makes it, the sender waits for that.
    let line = [&CENTRE[..], &["--nats", &url, "--stream-subject", "cc.sim", "--rate", "600"]].concat();
    let sender = bench.command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let collect = Collect::start(&bench, &[]);
    wait::until("collect makes the stream", PATIENCE, || collect.said().contains("reads stream EVENTS"));
    let watch = server.publisher();
    wait::until("some are stored", PATIENCE, || watch.stream_info("EVENTS").state.messages >= 50);
    server.kill();
    server.restart();
    let sent = sender.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&sent.stderr).into_owned();
    assert!(sent.status.success(), "{said}");
    assert!(said.contains(&format!("published on cc.sim: stored {n}, duplicate 0")), "{n}: {said}");
    assert_eq!(server.publisher().stream_info("EVENTS").state.messages, n as u64);
    wait::until("all are in the lake", PATIENCE, || bench.rows("SELECT count(*) AS n FROM events")[0]["n"] == n);
    let _ = collect.stop();
    let books = bench.rows("SELECT received, stored, difference FROM ops.balance");
    assert!(books.len() == 1 && books[0]["received"] == n && books[0]["stored"] == n && books[0]["difference"] == 0, "{n}: {books:?}");
}

#[test]
fn what_is_not_acknowledged_is_named() {
    let login = Login::Password { user: "publish".into(), password: "s3cret".into() };
    let server = NatsServer::start(NatsOptions { login, ..NatsOptions::default() });
    let bench = Bench::new();
    let url = server.url();
    let send = |password: Option<&str>, more: &[&str]| {
        let line = [&CENTRE[..], &["--nats", &url, "--stream-subject", "cc.sim", "--nats-user", "publish"], more].concat();
        let mut command = bench.command(&line);
        command.env_remove("NATS_PASSWORD");
        if let Some(password) = password {
            command.env("NATS_PASSWORD", password);
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = send(None, &[]);
    assert!(code == Some(2) && said.contains("the environment has no NATS_PASSWORD"), "{said}");
    let (code, said) = send(Some("guess"), &["--give-up-after", "1"]);
    assert!(code == Some(1) && said.contains("authorization violation") && !said.contains("guess"), "{said}");
    let (code, said) = send(Some("s3cret"), &["--give-up-after", "1"]);
    assert!(code == Some(1) && said.contains("message 1 (") && said.contains("no stream listens on cc.sim"), "{said}");
    // Full after ten. Which one is named first depends on whose acknowledgement was still under way: one sent again is refused, too.
    let publisher = server.publisher();
    let _ = publisher.create_stream(StreamConfig { max_messages: 10, ..stream_config("EVENTS", &["cc.>"]) });
    let (code, said) = send(Some("s3cret"), &["--give-up-after", "1"]);
    assert!(code == Some(1) && said.contains("maximum messages exceeded") && said.contains("before it were"), "{said}");
    assert_eq!(publisher.stream_info("EVENTS").state.messages, 10);
}

#[test]
fn a_server_is_believed_whose_authority_is_named_and_no_other() {
    let tls = Certificates::new();
    let authority = tls.authority().display().to_string();
    let server = NatsServer::start(NatsOptions { tls: Some(tls), ..NatsOptions::default() });
    let publisher = server.publisher();
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    let (bench, url) = (Bench::new(), server.url());
    let n = simulated(&bench);
    let line = [&CENTRE[..], &["--nats", &url, "--stream-subject", "cc.sim", "--give-up-after", "1"]].concat();
    let stranger = bench.run(&line);
    assert!(stranger.code == 1 && stranger.stderr.contains("no connection to tls://"), "{}", stranger.stderr);
    let missing = bench.run(&[&line[..], &["--nats-ca", "nowhere.pem"]].concat());
    assert!(missing.code == 2 && missing.stderr.contains("--nats-ca nowhere.pem"), "{}", missing.stderr);
    let _ = bench.run(&[&line[..], &["--nats-ca", &authority]].concat()).ok();
    assert_eq!(publisher.stream_info("EVENTS").state.messages, n as u64);
}
