//! Senders that are slow, break off or lie about lengths, over real connections.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Bench, event};
use crate::http::{Limits, serve};

/// Small limits, so that nobody waits for them.
const SHORT: Duration = Duration::from_millis(200);
/// When something else is the matter.
const LONG: Duration = Duration::from_secs(60);

struct Server {
    bench: Bench,
    address: std::net::SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    async fn start(change: impl Fn(&mut Limits)) -> Self {
        let mut limits = Limits { header_read: LONG, body_read: LONG, ..Limits::default() };
        change(&mut limits);
        let bench = Bench::new("cloudevents", |_, given| *given = limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, (stop, stopped)) = (listener.local_addr().unwrap(), oneshot::channel::<()>());
        let task = tokio::spawn(serve(listener, bench.router.clone(), limits, async move {
            let _ = stopped.await;
        }));
        Self { bench, address, stop: Some(stop), task }
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }
}

/// What comes until the other side ends. A connection that is reset has said what it had to say.
async fn rest(stream: &mut TcpStream) -> String {
    let (mut all, mut part) = (Vec::new(), [0; 4096]);
    let read = async {
        while let Ok(n @ 1..) = stream.read(&mut part).await {
            all.extend_from_slice(&part[..n]);
        }
    };
    tokio::time::timeout(LONG, read).await.unwrap();
    String::from_utf8(all).unwrap()
}

fn head(length: usize) -> String {
    format!("POST /in/x HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n")
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let server = Server::start(|_| {}).await;
    let body = event("1");
    // A whole record in a body that promised more.
    let mut stream = server.send(&(head(body.len() + 1) + &body)).await;
    stream.shutdown().await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    // Gone altogether, with the body half sent.
    drop(server.send(&(head(body.len()) + &body[..20])).await);
    let mut stream = server.send(&(head(body.len()) + &body)).await;
    stream.shutdown().await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 204"), "whole, it counts");
    assert_eq!(server.bench.queued(), [body]);
}

#[tokio::test]
async fn what_follows_a_body_is_no_part_of_it_and_bad_heads_are_refused() {
    let server = Server::start(|_| {}).await;
    let body = event("1");
    let mut stream = server.send(&format!("{}{body}\r\nGARBAGE\r\n\r\n", head(body.len()))).await;
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 204") && answer.contains("HTTP/1.1 400"), "{answer}");
    let two = head(body.len()).replace("Host: x\r\n", "Host: x\r\nContent-Length: 1\r\n");
    assert!(rest(&mut server.send(&(two + &body)).await).await.starts_with("HTTP/1.1 400"));
    let large = head(body.len()).replace("Host: x\r\n", &format!("Host: x\r\nX-A: {}\r\n", "a".repeat(1 << 18)));
    let mut stream = server.send("").await;
    // The answer may come, and the connection end, before all of it is sent.
    let _ = stream.write_all(large.as_bytes()).await;
    let answer = rest(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert_eq!(server.bench.queued(), [body]);
}

#[tokio::test]
async fn a_slow_body_is_refused_and_a_slow_or_missing_head_ends_the_connection() {
    let server = Server::start(|limits| (limits.body_read, limits.unread_time) = (SHORT, SHORT)).await;
    let answer = rest(&mut server.send(&(head(100) + "{")).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    let server = Server::start(|limits| limits.header_read = SHORT).await;
    for begin in ["POST /in/x HTTP/1.1\r\nHo", ""] {
        let answer = rest(&mut server.send(begin).await).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{begin}: {answer}");
    }
    assert!(server.bench.queued().is_empty());
    let server = Server::start(|limits| limits.connection_life = SHORT).await;
    assert!(rest(&mut server.send("").await).await.is_empty(), "none lives for ever");
}

#[tokio::test]
async fn who_sends_far_too_much_before_it_reads_is_told_so_on_a_connection_that_stays() {
    let server = Server::start(|limits| limits.unread_time = LONG).await;
    let large = 32 << 20;
    let both = format!("{}{}{}", head(large), " ".repeat(large), head(2) + "{}");
    let mut stream = server.send(&both).await;
    stream.shutdown().await.unwrap();
    let answers = rest(&mut stream).await;
    assert!(answers.starts_with("HTTP/1.1 413") && answers.contains("HTTP/1.1 204"), "{answers}");
    assert_eq!(server.bench.queued(), ["{}"]);
    // A URL that is nobody's is a refusal too.
    let mut stream = server.send(&format!("{}{}", head(large).replace("/in/x", "/in/y"), " ".repeat(large))).await;
    stream.shutdown().await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn what_is_read_of_a_refused_body_has_an_end_and_is_not_asked_for() {
    let server = Server::start(|limits| limits.unread_bytes = 1 << 20).await;
    let mut stream = server.send(&head(1 << 40)).await;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413", "answered before anything of it came");
    let part = vec![b' '; 1 << 20];
    let endless = async { while stream.write_all(&part).await.is_ok() {} };
    tokio::time::timeout(LONG, endless).await.unwrap();
    let server = Server::start(|limits| limits.unread_time = SHORT).await;
    rest(&mut server.send(&(head(1 << 40) + " ")).await).await;
    let held_back = head(1 << 40).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    assert!(rest(&mut server.send(&held_back).await).await.starts_with("HTTP/1.1 413"), "without 100 before it");
}

#[tokio::test]
async fn beyond_the_most_connections_the_next_one_waits() {
    let server = Server::start(|limits| limits.connections = 1).await;
    let first = server.send("").await;
    let mut second = server.send(&(head(2) + "{}")).await;
    let mut part = [0; 16];
    assert!(tokio::time::timeout(SHORT, second.read(&mut part)).await.is_err(), "the only place is taken");
    drop(first);
    assert_eq!(tokio::time::timeout(LONG, second.read(&mut part)).await.unwrap().unwrap(), 16, "and free again");
    assert!(part.starts_with(b"HTTP/1.1 204"));
}

#[tokio::test]
async fn told_to_stop_it_answers_what_is_under_way_and_lets_go_of_the_idle() {
    let mut server = Server::start(|limits| limits.connections = 2).await;
    let body = event("1");
    let (begin, end) = body.split_at(10);
    let mut under_way = server.send(&(head(body.len()).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"))).await;
    // The body is being waited for, so the request is under way.
    let mut part = [0; 25];
    under_way.read_exact(&mut part).await.unwrap();
    assert_eq!(&part, b"HTTP/1.1 100 Continue\r\n\r\n");
    under_way.write_all(begin.as_bytes()).await.unwrap();
    let mut idle = server.send(&(head(2) + "{}")).await;
    let mut status = [0; 12];
    idle.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 204");
    server.stop.take().unwrap().send(()).unwrap();
    rest(&mut idle).await;
    under_way.write_all(end.as_bytes()).await.unwrap();
    assert!(rest(&mut under_way).await.starts_with("HTTP/1.1 204"));
    tokio::time::timeout(LONG, server.task).await.unwrap().unwrap().unwrap();
    assert_eq!(server.bench.queued(), ["{}".to_owned(), body]);
}
