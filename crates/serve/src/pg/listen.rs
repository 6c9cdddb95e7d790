//! Connections: accepted one by one, each on a task of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::backend;
use super::connection::Connection;
use super::io::Stream;
use super::login::{self, Begun};
use crate::meters::Protocol;
use crate::refusal::Refusal;
use crate::server::Server;

/// Connections at once that have no place.
const UNSEATED: usize = 100;

/// What every connection of a listener needs.
pub struct Door {
    pub(crate) server: Arc<Server>,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) needs_tls: bool,
    places: Arc<Semaphore>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("needs_tls", &self.needs_tls).finish_non_exhaustive()
    }
}

impl Door {
    /// `needs_tls`: who speaks in clear is sent away.
    #[must_use]
    pub fn new(server: Arc<Server>, tls: Option<TlsAcceptor>, needs_tls: bool) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(server.limits.connections));
        Arc::new(Self { server, tls, needs_tls, places })
    }
}

/// Accepts connections for ever. Dropping the future ends all of them.
pub async fn serve(door: Arc<Door>, listener: TcpListener) {
    let mut open = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                // Beyond the places there is room for cancels and for those who are told that there is none.
                Ok(_) if open.len() >= door.server.limits.connections + UNSEATED => {}
                Ok((stream, peer)) => {
                    open.spawn(connection(Arc::clone(&door), stream, peer));
                }
                // Of the one that could not be accepted; with too many open files it comes again at once.
                Err(error) => {
                    (door.server.report)(&format!("a connection could not be accepted: {error}"));
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
            Some(_) = open.join_next() => {}
        }
    }
}

async fn connection(door: Arc<Door>, stream: TcpStream, peer: SocketAddr) {
    // Answers are sent when they are whole, so waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let place = Arc::clone(&door.places).try_acquire_owned();
    let (mut first, mut secret) = ([0_u8], [0_u8; 4]);
    if getrandom::fill(&mut secret).is_err() {
        return;
    }
    let _connected = door.server.meters.connected(Protocol::Postgres);
    let (key, asked) = door.server.open.enter(i32::from_be_bytes(secret));
    let begun = tokio::time::timeout(door.server.limits.login_time, async {
        // A handshake of TLS without asking for it first: its first byte tells.
        let is_direct = matches!(stream.peek(&mut first).await, Ok(1)) && first == [0x16];
        let stream: Box<dyn Stream> = match (&door.tls, is_direct) {
            (Some(tls), true) => Box::new(tls.accept(stream).await.ok()?),
            (None, true) => return None,
            _ => Box::new(stream),
        };
        login::begin(&door, stream, peer, is_direct, key.pid).await.ok()
    })
    .await;
    // A cancel is heard even when there is no place; that is when it is needed.
    let Ok(Some(Begun::Session(mut wire, session, visit))) = begun else { return };
    let Ok(_place) = place else {
        let refusal = Refusal::fatal("53300", "sorry, too many clients already");
        visit.sent_away(&door.server, Some(&session.user), "scram", &refusal);
        backend::error(&refusal, &mut wire.out);
        wire.close().await;
        return;
    };
    visit.let_in(&session.user, "scram");
    login::greet(&mut wire, &session.settings, (key.pid, key.secret));
    Connection::new(wire, *session, asked, visit).run().await;
}
