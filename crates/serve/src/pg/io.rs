//! A client's connection: bytes in and out, and what can happen while he waits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::Instant;
use trunkline_query::postgres::Stop;

use super::frontend::{First, Malformed, take_first, take_frame};
use crate::open::Asked;
use crate::refusal::Refusal;

/// Bytes that are kept before they go out.
pub(crate) const OUT_BYTES: usize = 128 * 1024;

/// Bytes read ahead while a statement is answered; more stays with the client.
const AHEAD_BYTES: usize = 64 * 1024;

/// A stream of bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Why a connection ends without a word.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The client is gone.
    Gone,
    /// What he sent is no message.
    Malformed(Malformed),
}

impl From<std::io::Error> for Ended {
    fn from(_: std::io::Error) -> Self {
        Self::Gone
    }
}

/// Bytes in and out.
pub(crate) struct Wire {
    read: ReadHalf<Box<dyn Stream>>,
    write: WriteHalf<Box<dyn Stream>>,
    input: BytesMut,
    /// What goes out next.
    pub(crate) out: BytesMut,
}

impl Wire {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        let (read, write) = tokio::io::split(stream);
        Self { read, write, input: BytesMut::new(), out: BytesMut::new() }
    }

    /// The stream again, to be used for something else. What was read too early is an attack on it.
    pub(crate) fn into_stream(self) -> Option<Box<dyn Stream>> {
        self.input.is_empty().then(|| self.read.unsplit(self.write))
    }

    /// The first message.
    pub(crate) async fn first(&mut self) -> Result<First, Ended> {
        loop {
            if let Some(first) = take_first(&mut self.input).map_err(Ended::Malformed)? {
                return Ok(first);
            }
            self.fill().await?;
        }
    }

    /// The next message, of at most `max_bytes`.
    pub(crate) async fn frame(&mut self, max_bytes: usize) -> Result<(u8, Bytes), Ended> {
        loop {
            if let Some(frame) = take_frame(&mut self.input, max_bytes).map_err(Ended::Malformed)? {
                return Ok(frame);
            }
            self.fill().await?;
        }
    }

    /// Whether more was read than was taken: the client sent several messages at once.
    pub(crate) fn has_more(&self) -> bool {
        !self.input.is_empty()
    }

    async fn fill(&mut self) -> Result<(), Ended> {
        match self.read.read_buf(&mut self.input).await {
            Ok(0) | Err(_) => Err(Ended::Gone),
            Ok(_) => Ok(()),
        }
    }

    /// Sends all that waits.
    pub(crate) async fn flush(&mut self) -> Result<(), Ended> {
        while !self.out.is_empty() {
            self.write.write_buf(&mut self.out).await?;
        }
        self.write.flush().await?;
        Ok(())
    }

    /// Sends all that waits while listening: for a cancel, for the deadline, for the end of the client. What could not be sent is kept.
    pub(crate) async fn flush_watched(&mut self, watch: &mut Watch) -> Result<(), Refusal> {
        let Self { read, write, input, out } = self;
        let send = async {
            while !out.is_empty() {
                write.write_buf(out).await?;
            }
            write.flush().await
        };
        watched(send, read, input, watch).await?.map_err(|_| Refusal::gone())
    }

    /// Waits for `work` in the same way.
    pub(crate) async fn watched<T>(&mut self, work: impl Future<Output = T>, watch: &mut Watch) -> Result<T, Refusal> {
        watched(work, &mut self.read, &mut self.input, watch).await
    }

    /// Says good-bye.
    pub(crate) async fn close(&mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(5), async {
            let _ = self.flush().await;
            let _ = self.write.shutdown().await;
        })
        .await;
    }
}

/// What ends a statement from outside.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) asked: Asked,
    pub(crate) until: Option<Instant>,
    /// When the statement began; with the extended protocol, the first of the messages that came together.
    pub(crate) since: Option<Instant>,
}

async fn watched<T>(
    work: impl Future<Output = T>,
    read: &mut ReadHalf<Box<dyn Stream>>,
    input: &mut BytesMut,
    watch: &mut Watch,
) -> Result<T, Refusal> {
    let until = watch.until;
    let deadline = async {
        match until {
            Some(until) => tokio::time::sleep_until(until).await,
            None => std::future::pending().await,
        }
    };
    let client = async {
        loop {
            if input.len() >= AHEAD_BYTES {
                std::future::pending::<()>().await;
            }
            if matches!(read.read_buf(input).await, Ok(0) | Err(_)) {
                return;
            }
        }
    };
    tokio::select! {
        biased;
        stop = watch.asked.wait() => Err(match stop {
            Stop::Statement => Refusal::cancelled(),
            Stop::Session => terminated(),
        }),
        () = deadline => Err(Refusal::timed_out()),
        done = work => Ok(done),
        () = client => Err(Refusal::gone()),
    }
}

/// What a connection says that its user ends from another.
pub(crate) fn terminated() -> Refusal {
    Refusal::fatal("57P01", "terminating connection due to administrator command")
}
