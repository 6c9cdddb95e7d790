//! Connections: so many at once, none that only stands there, and at the end those under way are answered.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::EXPECT;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use trunkline_http::Unread;

use super::server::Limits;

/// Bytes of a head once which are there no more are read: larger ones are refused with 431, at the latest at twice this.
const HEAD_BYTES_MAX: usize = 1 << 16;
/// How long to wait when no connection can be had: of files there may be none left for now.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Serves until `stop` comes, then answers what is under way.
///
/// A head that is not there within [`Limits::header_read`] ends its connection, and so does standing idle for as long, and in any case
/// [`Limits::connection_life`]. Beyond [`Limits::connections`] the next one waits until another ends.
///
/// # Errors
/// When the listener is none (any more).
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let most = u32::try_from(limits.connections.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
    let (room, (stopping, stopped)) = (Arc::new(Semaphore::new(most as usize)), watch::channel(()));
    let service = TowerToHyperService::new(router);
    let mut stop = pin!(stop);
    loop {
        // Room first: who finds none waits with the system, not with us.
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, stream) = tokio::select! {
            biased;
            () = &mut stop => break,
            next = next => match next {
                (place, Ok((stream, _))) => (place, stream),
                (_, Err(cause)) if cause.kind() == std::io::ErrorKind::InvalidInput => return Err(cause),
                (_, Err(_)) => {
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                    continue;
                }
            },
        };
        let (service, stopped) = (service.clone(), stopped.clone());
        tokio::spawn(async move {
            connection(stream, service, limits, stopped).await;
            drop(place);
        });
    }
    drop(listener);
    let _ = stopping.send(());
    let _ = room.acquire_many(most).await;
    Ok(())
}

/// Answers the requests of one connection. Its errors are its sender's: what was not answered was not promised.
async fn connection(stream: TcpStream, service: TowerToHyperService<Router>, limits: Limits, mut stopped: watch::Receiver<()>) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    // A sender may end its side once it has sent everything, and still wants its answer.
    builder.max_buf_size(HEAD_BYTES_MAX).timer(TokioTimer::new()).header_read_timeout(limits.header_read).half_close(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let held_back = request.headers().contains_key(EXPECT);
        service.call(request.map(|body| Unread::new(body, held_back, limits.unread_bytes, limits.unread_time)))
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => {}
        () = tokio::time::sleep(limits.connection_life) => {}
    }
    // What is under way is still answered, if it comes in time.
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(limits.header_read + limits.body_read, connection).await;
}
