//! The broker and the way to it: full, mute, cut, slow, forgetful, not there.

use std::time::Duration;

use trunkline_testkit::nats::{Access, Login, NatsOptions, Outgoing, StreamConfig, stream_config};
use trunkline_testkit::proxy::{Direction, Mode};
use trunkline_testkit::{Collect, NatsServer, Proxy, Publisher, wait};

use crate::centre::{Acknowledged, PATIENCE, bench, broker, bus, event, stored};

fn messages(ids: std::ops::Range<usize>) -> Vec<Outgoing> {
    ids.map(|i| Outgoing::new(&format!("m{i}"), event(&i.to_string()))).collect()
}

fn acknowledged(n: usize) -> Acknowledged {
    let mut out = Acknowledged::default();
    (0..n).for_each(|i| out.enter(&i.to_string()));
    out
}

#[test]
fn a_broker_that_is_not_there_yet_is_waited_for() {
    let (mut server, publisher) = broker();
    let _ = publisher.publish_all("cc.x", &messages(0..5)).unwrap();
    server.stop();
    let bench = bench(&[("bus", &bus(&server.url()))]);
    let collect = Collect::start(&bench, &[]);
    wait::until("it is not ready", PATIENCE, || collect.get("/readyz").0 == 503);
    assert_eq!(collect.get("/livez").0, 200, "that is no reason to restart it");
    server.restart();
    stored(&bench, 5);
    let _ = collect.stop();
    acknowledged(5).check(&bench);
}

#[test]
fn a_connection_that_breaks_or_goes_mute_is_made_anew() {
    let (server, publisher) = broker();
    let proxy = Proxy::to(&server.url());
    let bench = bench(&[("bus", &bus(&proxy.url("nats")))]);
    let collect = Collect::start(&bench, &[]);
    let _ = publisher.publish_all("cc.x", &messages(0..200)).unwrap();
    stored(&bench, 200);
    // Cut in the middle of a message, again and again. Nothing comes afterwards that would show what is missing.
    for n in 1..4 {
        let before = proxy.connections();
        proxy.set(Mode::CutAfter(Direction::ToClient, 10_000));
        let _ = publisher.publish_all("cc.x", &messages(n * 200..(n + 1) * 200)).unwrap();
        wait::until("the connection was cut", PATIENCE, || proxy.connections() > before);
        proxy.set(Mode::Pass);
        stored(&bench, (n + 1) * 200);
    }
    // Mute: nothing comes, nothing breaks. Missing heartbeats tell.
    proxy.set(Mode::BlackHole);
    let _ = publisher.publish_all("cc.x", &messages(800..900)).unwrap();
    wait::until("it notices", PATIENCE, || collect.get("/readyz").0 == 503);
    proxy.set(Mode::Pass);
    proxy.reset_all();
    stored(&bench, 900);
    proxy.set(Mode::Delay(Duration::from_millis(20)));
    let _ = publisher.publish_all("cc.x", &messages(900..1000)).unwrap();
    stored(&bench, 1000);
    let _ = collect.stop();
    acknowledged(1000).check(&bench);
    assert!(bench.rows("SELECT * FROM ops.gaps").is_empty());
}

#[test]
fn a_consumer_that_was_deleted_is_made_again() {
    let (server, publisher) = broker();
    let bench = bench(&[("bus", &bus(&server.url()))]);
    let collect = Collect::start(&bench, &[]);
    let _ = publisher.publish_all("cc.x", &messages(0..50)).unwrap();
    stored(&bench, 50);
    for consumer in publisher.consumers("EVENTS") {
        publisher.delete_consumer("EVENTS", &consumer);
    }
    let _ = publisher.publish_all("cc.x", &messages(50..100)).unwrap();
    stored(&bench, 100);
    let _ = collect.stop();
    acknowledged(100).check(&bench);
}

#[test]
fn a_full_stream_refuses_its_publishers_and_loses_nothing() {
    let server = NatsServer::new();
    let publisher = server.publisher();
    let _ = publisher.create_stream(StreamConfig { max_messages: 20, ..stream_config("EVENTS", &["cc.>"]) });
    let mut kept = Acknowledged::default();
    for (i, message) in messages(0..30).iter().enumerate() {
        if publisher.publish("cc.x", message).is_ok() {
            kept.enter(&i.to_string());
        }
    }
    assert_eq!(kept.count(), 20, "the rest was refused, and their publishers know it");
    let bench = bench(&[("bus", &bus(&server.url()))]);
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 20);
    let _ = collect.stop();
    kept.check(&bench);
}

#[test]
fn what_is_published_again_after_a_lost_acknowledgement_is_stored_once() {
    let server = NatsServer::new();
    let publisher = server.publisher();
    let config = StreamConfig { duplicate_window: Duration::from_millis(100), ..stream_config("EVENTS", &["cc.>"]) };
    let _ = publisher.create_stream(config);
    let proxy = Proxy::to(&server.url());
    let hasty = Access { answer_within: Duration::from_millis(500), ..server.access() };
    let through = Publisher::connect(&proxy.url("nats"), &hasty).unwrap();
    proxy.set(Mode::DropReplies);
    assert!(through.publish("cc.x", &messages(0..1)[0]).is_err(), "stored, but the publisher does not know");
    proxy.set(Mode::Pass);
    // By now the broker has forgotten the id: it stores the message once more, and again for each answer that comes too late.
    let _ = through.publish_until_stored("cc.x", &messages(0..1), PATIENCE);
    let times = publisher.stream_info("EVENTS").state.messages;
    assert!(times >= 2, "the broker stored it again");
    let bench = bench(&[("bus", &bus(&server.url()))]);
    let mut collect = Collect::start(&bench, &[]);
    collect.wait_for(&format!("received {times} = stored 1 + duplicate {}", times - 1));
    let _ = collect.stop();
    acknowledged(1).check(&bench);
}

#[test]
fn a_login_that_is_taken_away_is_told_and_no_reason_to_end() {
    let login = |password: &str| Login::Password { user: "collect".into(), password: password.into() };
    let options = |password: &str| NatsOptions { login: login(password), ..NatsOptions::default() };
    let mut server = NatsServer::start(options("one"));
    let publisher = server.publisher();
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    let _ = publisher.publish_all("cc.x", &messages(0..5)).unwrap();
    let text = bus(&server.url()).replace("stream: EVENTS", "stream: EVENTS, user: collect, password: \"${NATS_PASSWORD}\"");
    let bench = bench(&[("bus", &text)]);
    let mut command = Collect::command(&bench, &[]);
    command.env("NATS_PASSWORD", "one");
    let mut collect = Collect::of(command);
    stored(&bench, 5);
    server.reload(options("two"));
    let other = server.publisher();
    let _ = other.publish_all("cc.x", &messages(5..10)).unwrap();
    wait::until("it is told", PATIENCE, || collect.get("/readyz").0 == 503);
    assert!(collect.ended().is_none());
    server.reload(options("one"));
    stored(&bench, 10);
    let _ = collect.stop();
    acknowledged(10).check(&bench);
}

#[test]
fn the_largest_message_is_taken() {
    let (server, publisher) = broker();
    let padded = |id: &str, bytes: usize| event(id).replace("\"channel\"", &format!("\"note\":\"{}\",\"channel\"", "x".repeat(bytes)));
    let _ = publisher.publish("cc.x", &Outgoing { id: None, ..Outgoing::new("", padded("0", (1 << 20) - 1_000)) }).unwrap();
    assert!(publisher.publish("cc.x", &Outgoing { id: None, ..Outgoing::new("", padded("1", 1 << 20)) }).is_err());
    let bench = bench(&[("bus", &bus(&server.url()))]);
    let collect = Collect::start(&bench, &[]);
    stored(&bench, 1);
    let _ = collect.stop();
    acknowledged(1).check(&bench);
}
