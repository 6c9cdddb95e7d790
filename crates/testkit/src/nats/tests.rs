//! The server keeps what a test relies on: its port, its store, its logins; and loses what a test takes away.

use std::time::Duration;

use serde_json::json;

use super::{
    Access, Certificates, Login, NatsOptions, NatsServer, Operator, Outgoing, PublishErrorKind, Publisher, StreamConfig, stream_config,
};
use crate::wait::until;

const PATIENCE: Duration = Duration::from_secs(60);

fn numbered(from: usize, to: usize) -> Vec<Outgoing> {
    (from..to).map(|i| Outgoing::new(&format!("id-{i}"), format!("body {i}"))).collect()
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill_on_the_same_url() {
    let mut server = NatsServer::new();
    let url = server.url();
    let publisher = server.publisher();
    publisher.create_stream(stream_config("EVT", &["evt.>"]));
    let ack = publisher.publish("evt.a", &Outgoing::new("id", "hello").header("Source", "ward 7")).expect("stored");
    assert_eq!((ack.sequence, ack.duplicate), (1, false));
    server.kill();
    assert!(Publisher::connect(&url, &Access::default()).is_err(), "a killed server takes a client");
    server.restart();
    assert_eq!(server.url(), url);
    let message = server.publisher().message("EVT", 1).expect("the message is still there");
    assert_eq!(message.payload, "hello");
    assert_eq!(message.headers.get("Source").map(ToString::to_string), Some("ward 7".to_string()));
    assert!(publisher.publish("evt.a", &Outgoing::new("id", "hello")).expect("the old client is back").duplicate);
}

#[test]
fn a_roll_back_loses_what_came_after_the_snapshot_and_reuses_its_sequences() {
    let mut server = NatsServer::new();
    server.publisher().create_stream(stream_config("EVT", &["evt"]));
    server.publisher().publish_all("evt", &numbered(0, 3)).expect("stored");
    let created = server.publisher().stream_info("EVT").created;
    server.stop();
    let snapshot = server.snapshot_store();
    server.restart();
    server.publisher().publish_all("evt", &numbered(3, 5)).expect("stored");
    server.kill();
    server.roll_back(&snapshot);
    server.restart();
    let publisher = server.publisher();
    let info = publisher.stream_info("EVT");
    assert_eq!((info.state.last_sequence, info.created), (3, created));
    assert_eq!(publisher.publish("evt", &Outgoing::new("other", "other body")).expect("stored").sequence, 4);
    assert_eq!(publisher.message("EVT", 4).expect("stored").payload, "other body");
}

#[test]
fn many_messages_are_stored_once_each_although_the_server_dies_between() {
    let mut server = NatsServer::new();
    let publisher = server.publisher();
    publisher.create_stream(stream_config("EVT", &["evt"]));
    let messages = numbered(0, 5_000);
    let acks = std::thread::scope(|scope| {
        let sending = scope.spawn(|| publisher.publish_until_stored("evt", &messages, Duration::from_secs(120)));
        let watch = server.publisher();
        until("some are stored", PATIENCE, || watch.stream_info("EVT").state.messages >= 100);
        assert!(!sending.is_finished(), "all were stored before the server could be killed");
        server.kill();
        server.restart();
        sending.join().expect("all are acknowledged")
    });
    assert_eq!(acks.len(), 5_000);
    assert_eq!(server.publisher().stream_info("EVT").state.messages, 5_000);
}

#[test]
fn a_frozen_server_answers_nothing_until_it_is_thawed() {
    let server = NatsServer::new();
    server.publisher().create_stream(stream_config("EVT", &["evt"]));
    let quick = Access { answer_within: Duration::from_millis(300), ..server.access() };
    let publisher = Publisher::connect(&server.url(), &quick).expect("connects");
    server.freeze();
    let silence = publisher.publish("evt", &Outgoing::new("id", "x")).expect_err("a frozen server answers");
    assert_eq!(silence.kind(), PublishErrorKind::TimedOut);
    server.thaw();
    assert_eq!(publisher.publish_until_stored("evt", &[Outgoing::new("id", "x")], PATIENCE)[0].sequence, 1);
}

#[test]
fn streams_are_purged_deleted_and_full() {
    let server = NatsServer::start(NatsOptions { max_payload: Some(2_000), ..NatsOptions::default() });
    let publisher = server.publisher();
    publisher.create_stream(StreamConfig { max_messages: 3, ..stream_config("EVT", &["evt"]) });
    publisher.publish_all("evt", &numbered(0, 3)).expect("stored");
    let full = publisher.publish("evt", &Outgoing::new("id-3", "one too many")).expect_err("a full stream rejects");
    assert_eq!(full.kind(), PublishErrorKind::Other, "{full}");
    let large = publisher.publish("evt", &Outgoing::new("large", vec![b'x'; 3_000])).expect_err("over the limit");
    assert_eq!(large.kind(), PublishErrorKind::MaxPayloadExceeded);
    publisher.delete_message("EVT", 2);
    assert!(publisher.message("EVT", 2).is_none());
    assert_eq!(publisher.purge_before("EVT", 3), 1);
    assert_eq!(publisher.stream_info("EVT").state.first_sequence, 3);
    assert_eq!(publisher.purge("EVT"), 1);
    assert_eq!(publisher.publish("evt", &Outgoing::new("id-4", "goes on")).expect("stored").sequence, 4);
    publisher.delete_stream("EVT");
    let gone = publisher.publish("evt", &Outgoing::new("id-5", "nobody")).expect_err("no stream");
    assert_eq!(gone.kind(), PublishErrorKind::StreamNotFound);
}

/// The right client gets in and has JetStream, one without a login does not get in.
fn only_with(options: NatsOptions) -> NatsServer {
    let server = NatsServer::start(options);
    let stranger = Access { login: Login::Open, client_certificate: None, ..server.access() };
    assert!(Publisher::connect(&server.url(), &stranger).is_err(), "anybody gets in");
    server.publisher().create_stream(stream_config("EVT", &["evt"]));
    assert_eq!(server.publisher().publish("evt", &Outgoing::new("id", "x")).expect("stored").sequence, 1);
    server
}

#[test]
fn a_password_a_key_and_a_token_let_in_and_nothing_else_does() {
    let password =
        |p: &str| NatsOptions { login: Login::Password { user: "pub".to_string(), password: p.to_string() }, ..NatsOptions::default() };
    let mut server = only_with(password("first"));
    let old = server.access();
    server.reload(password("second"));
    until("the old password is refused", PATIENCE, || Publisher::connect(&server.url(), &old).is_err());
    assert_eq!(server.publisher().stream_info("EVT").state.messages, 1);
    let _ = only_with(NatsOptions { login: Login::new_nkey(), ..NatsOptions::default() });
    let operator = Operator::with_permissions(json!({ "deny": ["secret.>"] }), json!({}));
    let server = only_with(NatsOptions { login: Login::Operator(operator), ..NatsOptions::default() });
    let quick = Access { answer_within: Duration::from_millis(300), ..server.access() };
    let publisher = Publisher::connect(&server.url(), &quick).expect("connects");
    publisher.create_stream(stream_config("SECRET", &["secret.>"]));
    assert!(publisher.publish("secret.a", &Outgoing::new("id", "x")).is_err(), "a denied subject is stored");
}

#[test]
fn tls_wants_the_right_authority_and_if_asked_a_client_certificate() {
    let tls = NatsOptions { tls: Some(Certificates::new()), ..NatsOptions::default() };
    let mut server = only_with(NatsOptions { tls_verify_client: true, ..tls.clone() });
    assert!(server.url().starts_with("tls://127.0.0.1:"));
    let other = Access { authority: Some(Certificates::new().authority()), ..server.access() };
    assert!(Publisher::connect(&server.url(), &other).is_err(), "a strange authority is trusted");
    server.restart_with(NatsOptions { tls_first: true, ..tls });
    assert_eq!(server.publisher().stream_info("EVT").state.messages, 1);
    server.restart_with(NatsOptions { tls: Some(Certificates::expired()), ..NatsOptions::default() });
    let expired = Publisher::connect(&server.url(), &server.access()).map(|_| ()).expect_err("an expired certificate is taken");
    assert!(expired.contains("xpired"), "{expired}");
}
