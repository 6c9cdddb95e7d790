//! What senders do wrong: too much, nonsense, half a request, the same id for something else.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use trunkline_testkit::Collect;

use crate::centre::{Acknowledged, OPEN, balanced, bench, event};

/// What is no event, each for its own reason.
fn poison() -> Vec<Vec<u8>> {
    let with = |name: &str, value: &str| {
        event("p").replace(&format!("\"{name}\":"), &format!("\"was_{name}\":")).replacen('{', &format!("{{\"{name}\":{value},"), 1)
    };
    let mut all: Vec<Vec<u8>> = [
        with("time", "\"year 9999\""),
        with("time", "\"99999-01-01T00:00:00Z\""),
        with("time", "12"),
        with("id", "null"),
        with("id", "\"\""),
        with("type", "[]"),
        with("source", "{}"),
        "{\"a\":1e999}".to_owned(),
        "NaN".to_owned(),
        "-0".to_owned(),
        "9223372036854775808".to_owned(),
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "\u{feff}".to_owned(),
        "\"text\"".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec();
    all.push(vec![0xff, 0xfe, 0x00]);
    all.push(event("p").into_bytes().into_iter().map(|byte| if byte == b'p' { 0xc0 } else { byte }).collect());
    all
}

fn post_bytes(address: &str, body: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "POST /in/open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
}

#[test]
fn poison_is_kept_apart_and_stops_nothing() {
    let bench = bench(&[("open", &OPEN.replace("rows: 1", "rows: 1000"))]);
    let mut acknowledged = Acknowledged::default();
    let collect = Collect::start(&bench, &[]);
    for (n, body) in poison().iter().enumerate() {
        let status = post_bytes(collect.address(), body);
        assert!((200..300).contains(&status) || status == 400 || status == 413, "{n}: {status}");
        assert!(acknowledged.send(collect.address(), &format!("good-{n}")), "those after it are taken");
    }
    // A type that nobody knows is an event, and a member that nobody knows too.
    let unknown =
        event("unknown").replace("contact.started", "contact.beamed").replace("\"channel\"", "\"wormhole\":{\"n\":1},\"channel\"");
    assert_eq!(collect.post("/in/open", &[], &unknown).0, 204);
    let said = collect.stop();
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(bench.rows("SELECT count(*) AS n FROM events WHERE type = 'contact.beamed'")[0]["n"], 1);
    balanced(&bench);
    let stored = bench.rows("SELECT count(*) AS n FROM events WHERE event_id LIKE 'good-%'");
    assert_eq!(stored[0]["n"].as_u64(), Some(acknowledged.count() as u64));
    let rejected = bench.rows("SELECT count(*) AS n FROM rejected_records");
    assert!(rejected[0]["n"].as_u64() > Some(8), "{rejected:?}");
}

#[test]
fn the_same_id_for_something_else_is_kept_as_a_conflict() {
    let bench = bench(&[("open", OPEN)]);
    let collect = Collect::start(&bench, &[]);
    assert_eq!(collect.post("/in/open", &[], &event("1")).0, 204);
    assert_eq!(collect.post("/in/open", &[], &event("1").replace("chat", "email")).0, 204);
    let _ = collect.stop();
    let rejected = bench.rows("SELECT code FROM rejected_records");
    assert_eq!(rejected[0]["code"], "id_conflict");
    assert!(bench.rows("SELECT data FROM events")[0]["data"].as_str().unwrap().contains("chat"), "the first one counts");
    balanced(&bench);
}

#[test]
fn half_a_request_is_no_record_and_too_much_is_refused() {
    let bench = bench(&[("open", OPEN)]);
    let mut acknowledged = Acknowledged::default();
    let collect = Collect::start(&bench, &[]);
    let body = event("half");
    for (promised, sent) in [(body.len(), body.len() / 2), (body.len() + 100, body.len()), (1 << 40, 10)] {
        let mut stream = TcpStream::connect(collect.address()).unwrap();
        write!(stream, "POST /in/open HTTP/1.1\r\nHost: x\r\nContent-Length: {promised}\r\n\r\n{}", &body[..sent]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.starts_with("HTTP/1.1 2"), "half a request was acknowledged: {answer}");
    }
    assert_eq!(post_bytes(collect.address(), "x".repeat((1 << 20) + 1).as_bytes()), 413);
    assert!(acknowledged.send(collect.address(), "whole"));
    let _ = collect.stop();
    acknowledged.check(&bench);
    assert_eq!(bench.rows("SELECT count(*) AS n FROM events")[0]["n"], 1);
}
