//! Each mode does what its name says, to a server that answers every byte with the same byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{Direction, Mode, Proxy};
use crate::nats::{Access, NatsServer, Outgoing, Publisher, stream_config};
use crate::wait::until;

/// An echo server; its thread ends with the test's process.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let (mut from, mut to) = (client.try_clone().expect("a socket can be cloned"), client);
                std::io::copy(&mut from, &mut to)
            });
        }
    });
    address
}

fn client(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address()).expect("the proxy listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time limit");
    stream
}

fn said_back(stream: &mut TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).expect("sent");
    let mut back = vec![0; text.len()];
    stream.read_exact(&mut back).expect("answered");
    String::from_utf8(back).expect("text")
}

/// Whether nothing comes for a while.
fn silent(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a time limit");
    let read = stream.read(&mut [0; 1]);
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time limit");
    read.is_err_and(|e| e.kind() == ErrorKind::WouldBlock)
}

#[test]
fn a_cut_ends_the_connection_after_so_many_bytes() {
    let proxy = Proxy::to(&echo());
    let mut stream = client(&proxy);
    assert_eq!(said_back(&mut stream, "hello"), "hello");
    proxy.set(Mode::CutAfter(Direction::ToClient, 3));
    stream.write_all(b"world").expect("sent");
    let mut back = Vec::new();
    stream.read_to_end(&mut back).expect("closed, not silent");
    assert_eq!(back, b"wor");
    assert_eq!((proxy.forwarded(Direction::ToClient), proxy.connections()), (8, 1));
}

#[test]
fn a_black_hole_holds_the_bytes_until_it_closes() {
    let proxy = Proxy::to(&echo());
    let mut stream = client(&proxy);
    assert_eq!(said_back(&mut stream, "hello"), "hello");
    proxy.set(Mode::BlackHole);
    stream.write_all(b"later").expect("sent");
    assert!(silent(&mut stream));
    proxy.set(Mode::Pass);
    let mut back = [0; 5];
    stream.read_exact(&mut back).expect("answered");
    assert_eq!(&back, b"later");
}

#[test]
fn a_delay_holds_each_direction() {
    let proxy = Proxy::to(&echo());
    let mut stream = client(&proxy);
    proxy.set(Mode::Delay(Duration::from_millis(150)));
    let start = Instant::now();
    assert_eq!(said_back(&mut stream, "hello"), "hello");
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
}

#[test]
fn refused_is_refused_and_reset_is_reset_and_both_heal() {
    let proxy = Proxy::to(&echo());
    let mut stream = client(&proxy);
    assert_eq!(said_back(&mut stream, "hello"), "hello");
    proxy.set(Mode::Refuse);
    let patience = Duration::from_secs(30);
    let refused = || TcpStream::connect(proxy.address()).is_err_and(|e| e.kind() == ErrorKind::ConnectionRefused);
    until("a connection is refused", patience, refused);
    assert_eq!(said_back(&mut stream, "still here"), "still here");
    proxy.reset_all();
    let reset = stream.read(&mut [0; 1]).expect_err("reset");
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    proxy.set(Mode::Pass);
    until("a connection is taken", patience, || TcpStream::connect(proxy.address()).is_ok());
    assert_eq!(said_back(&mut client(&proxy), "again"), "again");
}

#[test]
fn an_acknowledgement_is_lost_although_the_message_is_stored_and_the_second_try_is_a_duplicate() {
    let server = NatsServer::new();
    server.publisher().create_stream(stream_config("EVT", &["evt"]));
    let proxy = Proxy::to(&server.url());
    let access = Access { answer_within: Duration::from_secs(2), ..server.access() };
    let publisher = Publisher::connect(&proxy.url("nats"), &access).expect("connects through the proxy");
    let message = Outgoing::new("id", "hello");
    proxy.set(Mode::DropReplies);
    publisher.publish("evt", &message).expect_err("nothing comes back");
    assert_eq!(server.publisher().stream_info("EVT").state.messages, 1);
    proxy.set(Mode::Pass);
    let acks = publisher.publish_until_stored("evt", &[message], Duration::from_secs(60));
    assert!(acks[0].duplicate);
    assert_eq!(server.publisher().stream_info("EVT").state.messages, 1);
}
