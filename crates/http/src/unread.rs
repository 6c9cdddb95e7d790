//! What a sender still sends of a body that is refused is read and dropped for a while.
//!
//! A connection that is closed while bytes of it lie there unread is reset, and its sender sees a broken pipe in place of the answer that says
//! what was wrong (RFC 9112 section 9.6). Most senders write all of a request before they read.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;

/// The body of a request, read to its end also when nobody wants it any more.
#[derive(Debug)]
pub struct Unread {
    /// `None` once it ended or broke off.
    body: Option<Incoming>,
    /// Its sender sends nothing before it is told to (`Expect: 100-continue`), and it was not.
    held_back: bool,
    bytes: usize,
    time: Duration,
}

impl Unread {
    /// Of what is left over, at most about `bytes` are read, within `time`. `held_back`: the request has `Expect: 100-continue`.
    #[must_use]
    pub const fn new(body: Incoming, held_back: bool, bytes: usize, time: Duration) -> Self {
        Self { body: Some(body), held_back, bytes, time }
    }
}

impl Body for Unread {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.held_back = false;
        let Some(body) = self.body.as_mut() else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| !self.held_back && !body.is_end_stream()) else { return };
        // Without a runtime the connection is gone too.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(tokio::time::timeout(self.time, swallow(body, self.bytes)));
        }
    }
}

async fn swallow(mut body: Incoming, mut left: usize) {
    while let Some(Ok(frame)) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else { return };
        left = rest;
    }
}
