//! The log of who asked what, read back as its readers do: after real clients of every protocol came, asked, and went.

use trunkline_testkit::nats::Certificates;
use trunkline_testkit::{Bench, Serve};

fn script(bench: &Bench, serve: &Serve, script: &str) -> String {
    let flight = if serve.said().contains("Flight SQL on ") { serve.address_of("Flight SQL on ") } else { String::new() };
    format!("AUDIT = {:?}\nFLIGHT = \"grpc://{flight}\"\n{}\n{script}", bench.path("audit.jsonl"), include_str!("audit/log.py"))
}

fn peopled(bench: &Bench) {
    super::fill(bench);
    Serve::add_user(bench, "anna", &[&["*"], &["--views", "reports"]]);
    Serve::add_user(bench, "north", &[&["public.contacts"]]);
    let _ = bench.run(&["user", "add", "night", "--role"]).ok();
}

fn served(bench: &Bench, more: &[&str]) -> Serve {
    peopled(bench);
    Serve::start(bench, more)
}

const ALL: [&str; 7] = ["--audit", "audit.jsonl", "--flight", "127.0.0.1:0", "--http", "127.0.0.1:0", "--statement-seconds"];

#[test]
fn what_a_postgresql_client_does_is_on_record() {
    let bench = Bench::new();
    let serve = served(&bench, &["--audit", "audit.jsonl", "--connections", "4"]);
    serve.python(&script(&bench, &serve, include_str!("audit/postgres.py")));
}

#[test]
fn what_a_flight_client_does_is_on_record() {
    let bench = Bench::new();
    let serve = served(&bench, &[&ALL[..], &["3"]].concat());
    serve.python(&script(&bench, &serve, include_str!("audit/flight.py")));
}

#[test]
fn what_an_http_client_does_is_on_record() {
    let bench = Bench::new();
    peopled(&bench);
    let token = bench.run(&["user", "token", "add", "anna", "nightly"]).ok();
    let token = token.split_whitespace().find(|word| word.starts_with("trunkline_")).expect("a token is printed").to_owned();
    let serve = Serve::start(&bench, &[&ALL[..], &["3"]].concat());
    serve.python(&format!("TOKEN = {token:?}\n{}", script(&bench, &serve, include_str!("audit/http.py"))));
}

#[test]
fn a_record_says_whether_it_was_over_tls() {
    let certificates = Certificates::new();
    let paths = [certificates.server_certificate(), certificates.server_key()].map(|path| path.display().to_string());
    let bench = Bench::new();
    let serve = served(
        &bench,
        &["--audit", "audit.jsonl", "--audit-unknown-names", "--require-tls", "--tls-cert", &paths[0], "--tls-key", &paths[1]],
    );
    serve.python(&script(&bench, &serve, include_str!("audit/encrypted.py")));
}

#[test]
fn a_file_that_is_renamed_loses_no_record_and_the_last_ones_are_written_at_the_end() {
    let bench = Bench::new();
    let serve = served(&bench, &[&ALL[..], &["600"]].concat());
    serve.python(&script(&bench, &serve, include_str!("audit/rotation.py")));
}

#[test]
fn nothing_is_answered_without_a_record_where_that_is_asked_for() {
    let bench = Bench::new();
    let strict = served(&bench, &["--audit", "/dev/full", "--audit-strict", "--flight", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    strict.python(&script(&bench, &strict, include_str!("audit/strict.py")));
    drop(strict);
    // Where it can be written, a question is written twice: before and after.
    let strict = Serve::start(&bench, &["--audit", "audit.jsonl", "--audit-strict"]);
    strict.python(&script(&bench, &strict, include_str!("audit/twice.py")));
}

#[test]
fn without_that_questions_are_answered_and_the_records_that_are_missing_are_counted_and_told_of_once() {
    let bench = Bench::new();
    let serve = served(&bench, &["--audit", "/dev/full", "--http", "127.0.0.1:0"]);
    serve.python(&script(&bench, &serve, include_str!("audit/full.py")));
    let said = serve.said();
    assert_eq!(said.matches("the audit log cannot be written: No space left on device").count(), 1, "{said}");
}

#[test]
fn a_log_that_cannot_be_opened_is_said_at_the_start() {
    let bench = Bench::new();
    let said = bench.run(&["serve", "--pg", "127.0.0.1:0", "--audit", "nowhere/audit.jsonl"]);
    assert!(
        said.code == 2 && said.stderr.contains("cannot write the audit log nowhere/audit.jsonl") && said.stderr.contains("hint"),
        "{said:?}"
    );
    let said = bench.run(&["serve", "--audit-strict"]);
    assert!(said.code == 2 && said.stderr.contains("--audit <FILE>"), "{said:?}");
}
