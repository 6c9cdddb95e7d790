//! Connections of Flight SQL: accepted, made safe, and handed to tonic.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tonic::transport::server::Connected;

use super::gathered::Gathered;
use super::gets::Gets;
use super::service::Service;
use crate::audit::Visit;
use crate::meters::Protocol;
use crate::pg::Stream;
use crate::server::Server;

/// How often a silent client is asked whether it is there still, and how long it has to answer.
const ALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(20));

/// Calls of one connection that are answered at once; others wait.
const CALLS: u32 = 100;

/// Connections that are made safe and wait for tonic.
const WAITING: usize = 16;

/// Serves Flight SQL for ever. With `tls` nothing is said in clear.
///
/// # Errors
/// A transport that cannot begin.
pub async fn serve(server: Arc<Server>, tls: Option<TlsAcceptor>, listener: TcpListener) -> Result<(), String> {
    let (ready, mut waiting) = mpsc::channel(WAITING);
    let service = Service::new(Arc::clone(&server)).map_err(|status| status.message().to_string())?;
    let service = Gets::new(service, server.limits.message_bytes);
    let connections = futures::stream::poll_fn(move |context| waiting.poll_recv(context));
    let answering = tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(ALIVE.0))
        .http2_keepalive_timeout(Some(ALIVE.1))
        .max_concurrent_streams(CALLS)
        .add_service(service)
        .serve_with_incoming(connections);
    // tonic keeps connections when it is dropped; these end with the sender.
    let (_open, is_open) = watch::channel(());
    tokio::select! {
        () = accept(server, (tls, is_open), listener, ready) => Ok(()),
        answered = answering => answered.map_err(|error| error.to_string()),
    }
}

/// Accepts for ever. A handshake of TLS holds up nobody else.
async fn accept(
    server: Arc<Server>,
    (tls, is_open): (Option<TlsAcceptor>, watch::Receiver<()>),
    listener: TcpListener,
    ready: mpsc::Sender<io::Result<Accepted>>,
) {
    let places = Arc::new(Semaphore::new(server.limits.connections));
    let mut beginning = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // Beyond the places a connection is closed at once: gRPC has no word for it before the first call.
                    let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
                    let connected = server.meters.connected(Protocol::Flight);
                    let (tls, is_open, ready, time) = (tls.clone(), is_open.clone(), ready.clone(), server.limits.login_time);
                    let visit = Visit::new(&server.audit, Protocol::Flight, peer, tls.is_some(), None);
                    beginning.spawn(async move {
                        if let Ok(Some(accepted)) = tokio::time::timeout(time, begin(tls, stream, visit, (is_open, place, connected))).await {
                            let _ = ready.send(Ok(accepted)).await;
                        }
                    });
                }
                Err(error) => {
                    (server.report)(&format!("a connection could not be accepted: {error}"));
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = beginning.join_next() => {}
        }
    }
}

async fn begin(tls: Option<TlsAcceptor>, stream: TcpStream, visit: Arc<Visit>, (mut is_open, place, counted): Place) -> Option<Accepted> {
    let _ = stream.set_nodelay(true);
    let stream: Box<dyn Stream> = match tls {
        Some(tls) => Box::new(tls.accept(stream).await.ok()?),
        None => Box::new(stream),
    };
    let over = Box::pin(async move {
        // Nothing is ever sent.
        let _ = is_open.changed().await;
    });
    Some(Accepted { stream: Gathered::new(stream), visit, over, _place: (place, counted) })
}

/// What a connection begins with: as long as there is a server, room, and that it is counted.
type Place = (watch::Receiver<()>, OwnedSemaphorePermit, crate::meters::Connected);

/// A connection with its place.
struct Accepted {
    stream: Gathered<Box<dyn Stream>>,
    visit: Arc<Visit>,
    over: Pin<Box<dyn Future<Output = ()> + Send>>,
    _place: (OwnedSemaphorePermit, crate::meters::Connected),
}

impl Connected for Accepted {
    type ConnectInfo = Arc<Visit>;

    fn connect_info(&self) -> Arc<Visit> {
        Arc::clone(&self.visit)
    }
}

impl AsyncRead for Accepted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.over.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Accepted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
