//! A TCP proxy on loopback that misbehaves on demand.
//!
//! ```no_run
//! # use trunkline_testkit::proxy::{Mode, Proxy};
//! let proxy = Proxy::to("127.0.0.1:4222");
//! // Point the client at `proxy.url("nats")`, then:
//! proxy.set(Mode::DropReplies);
//! proxy.set(Mode::Pass);
//! ```

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::port::{ReservedPort, reusable};

/// Bytes forwarded in one piece.
const PIECE: usize = 16 * 1024;

/// What the proxy does with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Forward everything.
    Pass,
    /// Forward this many bytes more on each connection in this direction, then close both its ends: what was underway is half written.
    CutAfter(Direction, u64),
    /// Forward nothing, close nothing; connections are still taken. Bytes wait and go on when the mode changes.
    BlackHole,
    /// Hold each piece for so long before it is forwarded; each direction one piece (at most 16 KiB) after the other.
    Delay(Duration),
    /// Nobody listens: new connections are refused. Those that exist go on; see [`Proxy::reset_all`].
    Refuse,
    /// Swallow what the server says: acknowledgements are lost. A connection that lost bytes cannot go on in another mode and is reset then.
    DropReplies,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// The mode and how often it was set; connections reset when `resets` grows.
#[derive(Debug, Clone, Copy)]
struct State {
    mode: Mode,
    change: u64,
    resets: u64,
}

#[derive(Debug, Default)]
struct Counters {
    connections: AtomicU64,
    to_server: AtomicU64,
    to_client: AtomicU64,
}

/// A proxy on a port of its own, which it keeps; dropping it closes all connections.
#[derive(Debug)]
pub struct Proxy {
    state: watch::Sender<State>,
    counters: Arc<Counters>,
    /// Holds the port while the mode is [`Mode::Refuse`].
    port: ReservedPort,
    _runtime: Runtime,
}

impl Proxy {
    /// A proxy to a server, given as `host:port` or as a URL with both, that passes everything.
    #[must_use]
    pub fn to(server: &str) -> Self {
        let server = server.split_once("://").map_or(server, |(_, rest)| rest).trim_end_matches('/').to_string();
        let port = ReservedPort::new();
        let counters = Arc::new(Counters::default());
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime can be made");
        let (state, watched) = watch::channel(State { mode: Mode::Pass, change: 0, resets: 0 });
        let first = runtime.block_on(async { listen(port.address()) });
        runtime.spawn(accept(first, port.address(), server, watched, Arc::clone(&counters)));
        Self { state, counters, port, _runtime: runtime }
    }

    /// `127.0.0.1:<port>`.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// `<scheme>://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address())
    }

    /// Changes the mode, for connections that exist and for new ones. It takes effect within the runtime's next turn, not before this returns.
    pub fn set(&self, mode: Mode) {
        self.state.send_modify(|s| {
            s.mode = mode;
            s.change += 1;
        });
    }

    /// Resets every connection that exists (RST), as a dying router does; the mode stays.
    pub fn reset_all(&self) {
        self.state.send_modify(|s| s.resets += 1);
    }

    /// Connections taken so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.counters.connections.load(Ordering::Relaxed)
    }

    /// Bytes forwarded so far in a direction.
    #[must_use]
    pub fn forwarded(&self, direction: Direction) -> u64 {
        self.counters.bytes(direction).load(Ordering::Relaxed)
    }
}

impl Counters {
    fn bytes(&self, direction: Direction) -> &AtomicU64 {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let socket = reusable();
    socket.bind(address).expect("the port is held for us");
    socket.listen(1024).expect("a bound socket listens")
}

async fn accept(first: TcpListener, address: SocketAddr, server: String, mut state: watch::Receiver<State>, counters: Arc<Counters>) {
    let mut listener = Some(first);
    loop {
        match (&listener, state.borrow_and_update().mode == Mode::Refuse) {
            (Some(_), true) => listener = None,
            (None, false) => listener = Some(listen(address)),
            _ => {}
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            client = accepted => {
                let Ok((client, _)) = client else { continue };
                counters.connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(client, server.clone(), state.clone(), Arc::clone(&counters)));
            }
            changed = state.changed() => if changed.is_err() { return },
        }
    }
}

/// How one direction of a connection ended.
enum End {
    /// The sender closed its half: the other direction goes on.
    Closed,
    /// Both ends are to be closed.
    Cut,
    /// Both ends are to be reset.
    Reset,
}

async fn serve(client: TcpStream, server: String, mut state: watch::Receiver<State>, counters: Arc<Counters>) {
    let resets = state.borrow().resets;
    let Ok(server) = TcpStream::connect(&server).await else {
        let _ = client.set_zero_linger();
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut up = Pump::new(from_client, to_server, Direction::ToServer, state.clone(), Arc::clone(&counters));
    let mut down = Pump::new(from_server, to_client, Direction::ToClient, state.clone(), counters);
    let end = {
        let both = async {
            tokio::select! {
                end = up.run() => if matches!(end, End::Closed) { down.run().await } else { end },
                end = down.run() => end,
            }
        };
        tokio::select! {
            end = both => end,
            _ = state.wait_for(|s| s.resets > resets) => End::Reset,
        }
    };
    if matches!(end, End::Reset) {
        // A failure means that the peer was faster.
        let _ = up.from.as_ref().set_zero_linger();
        let _ = down.from.as_ref().set_zero_linger();
        // Dropped as they are, they would close in good order first.
        up.to.forget();
        down.to.forget();
    }
}

/// One direction of a connection.
struct Pump {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    direction: Direction,
    state: watch::Receiver<State>,
    counters: Arc<Counters>,
    /// The mode change since which `passed` counts.
    since: u64,
    passed: u64,
    lost: bool,
}

impl Pump {
    fn new(from: OwnedReadHalf, to: OwnedWriteHalf, direction: Direction, state: watch::Receiver<State>, counters: Arc<Counters>) -> Self {
        Self { from, to, direction, state, counters, since: 0, passed: 0, lost: false }
    }

    /// Forwards until the connection ends; may be dropped and is not resumed then.
    async fn run(&mut self) -> End {
        let mut piece = vec![0; PIECE];
        loop {
            let mut watched = self.state.clone();
            let read = tokio::select! {
                // A connection that lost bytes ends when the mode does, not when its next byte comes.
                _ = watched.wait_for(|s| s.mode != Mode::DropReplies), if self.lost => return End::Reset,
                read = self.from.read(&mut piece) => read,
            };
            let count = match read {
                Ok(0) => {
                    let _ = self.to.shutdown().await;
                    return End::Closed;
                }
                Ok(count) => count,
                Err(_) => return End::Reset,
            };
            if let Some(end) = self.forward(&piece[..count]).await {
                return end;
            }
        }
    }

    async fn forward(&mut self, piece: &[u8]) -> Option<End> {
        let Ok(state) = self.state.wait_for(|s| s.mode != Mode::BlackHole).await.map(|s| *s) else { return Some(End::Cut) };
        if state.change != self.since {
            (self.since, self.passed) = (state.change, 0);
        }
        let mut cut = false;
        let mut keep = piece.len();
        match state.mode {
            Mode::Delay(time) => tokio::time::sleep(time).await,
            Mode::CutAfter(direction, most) if direction == self.direction => {
                let left = usize::try_from(most.saturating_sub(self.passed)).unwrap_or(usize::MAX);
                cut = left <= keep;
                keep = keep.min(left);
            }
            Mode::DropReplies if self.direction == Direction::ToClient => {
                self.lost = true;
                return None;
            }
            _ => {}
        }
        if self.to.write_all(&piece[..keep]).await.is_err() {
            return Some(End::Reset);
        }
        self.passed += keep as u64;
        self.counters.bytes(self.direction).fetch_add(keep as u64, Ordering::Relaxed);
        cut.then_some(End::Cut)
    }
}

#[cfg(test)]
mod tests;
