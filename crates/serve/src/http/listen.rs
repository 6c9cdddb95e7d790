//! Connections: so many at once, in one way (TLS or clear), none that only stands there.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use hyper::body::Incoming;
use hyper::header::EXPECT;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use trunkline_http::Unread;

use super::patient::Patient;
use super::router::router;
use crate::audit::Visit;
use crate::meters::Protocol;
use crate::server::Server;

/// Bytes of a head at most, about.
const HEAD_BYTES: usize = 64 << 10;

/// Accepts connections for ever; with `tls` nobody is answered in clear. Dropping the future ends all of them.
pub async fn serve(server: Arc<Server>, tls: Option<TlsAcceptor>, listener: TcpListener) {
    let service = TowerToHyperService::new(router(Arc::clone(&server)));
    let mut open = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if open.len() < server.limits.connections => match accepted {
                Ok((stream, peer)) => {
                    open.spawn(connection(Arc::clone(&server), tls.clone(), service.clone(), stream, peer));
                }
                // Of the one that could not be accepted; with too many open files it comes again at once.
                Err(error) => {
                    (server.report)(&format!("a connection could not be accepted: {error}"));
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
            Some(_) = open.join_next() => {}
        }
    }
}

async fn connection(
    server: Arc<Server>,
    tls: Option<TlsAcceptor>,
    service: TowerToHyperService<Router>,
    stream: TcpStream,
    peer: SocketAddr,
) {
    let _connected = server.meters.connected(Protocol::Http);
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let stream = Patient::new(stream, server.limits.http.stall_time);
    let visit = Visit::new(&server.audit, Protocol::Http, peer, tls.is_some(), None);
    match tls {
        None => requests(&server, service, stream, visit).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(server.limits.login_time, tls.accept(stream)).await {
                requests(&server, service, stream, visit).await;
            }
        }
    }
}

/// Answers the requests of a connection, until it was open for its time; the last one is still answered.
async fn requests(
    server: &Server,
    service: TowerToHyperService<Router>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    visit: Arc<Visit>,
) {
    let limits = &server.limits;
    let (unread_bytes, unread_time) = (limits.http.unread_bytes, limits.http.unread_time);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&visit));
        let held_back = request.headers().contains_key(EXPECT);
        service.call(request.map(|body| Unread::new(body, held_back, unread_bytes, unread_time)))
    });
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES).timer(TokioTimer::new()).header_read_timeout(limits.http.head_time);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // Errors of a connection are its client's.
    if tokio::time::timeout(limits.http.connection_time, connection.as_mut()).await.is_ok() {
        return;
    }
    connection.as_mut().graceful_shutdown();
    let last = limits.queue_time + limits.statement_time + limits.http.stall_time;
    let _ = tokio::time::timeout(last, connection).await;
}
