//! Small writes gathered to large ones. HTTP/2 writes a frame of at most 16 KiB in two pieces and flushes after it: a million rows are twelve
//! thousand calls of the system, and with TLS as many records.
//!
//! A flush is put off until the connection is polled again, which the flush itself sees to. h2 reads first whenever it is polled, so what was put
//! off goes out there; meanwhile it has written what else there was. Where the client does not take it, a flush waits as it would without this.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are gathered at most.
const FULL: usize = 256 << 10;

/// A stream whose writes are gathered.
#[derive(Debug)]
pub(super) struct Gathered<S> {
    inner: S,
    /// What is written; up to `out` it has gone out.
    written: Vec<u8>,
    out: usize,
    is_flush_due: bool,
    /// The client took less than there was.
    is_blocked: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Gathered<S> {
    pub(super) const fn new(inner: S) -> Self {
        Self { inner, written: Vec::new(), out: 0, is_flush_due: false, is_blocked: false }
    }

    /// Sends what is gathered.
    fn poll_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.out < self.written.len() {
            let sent = Pin::new(&mut self.inner).poll_write(context, &self.written[self.out..]);
            self.is_blocked = sent.is_pending();
            let sent = ready!(sent)?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out += sent;
        }
        self.written.clear();
        self.out = 0;
        Poll::Ready(Ok(()))
    }

    /// Sends what is gathered, now.
    fn poll_flushed(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_out(context))?;
        ready!(Pin::new(&mut self.inner).poll_flush(context))?;
        self.is_flush_due = false;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gathered<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Where not all of it goes out now, the context is woken when more can.
        if self.is_flush_due
            && let Poll::Ready(Err(error)) = self.poll_flushed(context)
        {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gathered<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if self.written.len() >= FULL {
            ready!(self.poll_out(context))?;
        }
        let before = self.written.len();
        for slice in slices {
            let room = FULL - self.written.len();
            self.written.extend_from_slice(&slice[..slice.len().min(room)]);
        }
        Poll::Ready(Ok(self.written.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_blocked || self.written.is_empty() {
            return self.poll_flushed(context);
        }
        self.is_flush_due = true;
        context.waker().wake_by_ref();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_flushed(context))?;
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    use proptest::prelude::*;

    use super::*;

    /// A client that takes so many bytes and no more, and sends nothing.
    #[derive(Default)]
    struct Client {
        room: usize,
        got: Vec<u8>,
        writes: usize,
        flushed: usize,
        is_closed: bool,
    }

    impl AsyncRead for Client {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Client {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(self.room);
            if taken == 0 {
                return Poll::Pending;
            }
            self.room -= taken;
            self.writes += 1;
            self.got.extend_from_slice(&bytes[..taken]);
            Poll::Ready(Ok(taken))
        }

        fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.flushed = self.got.len();
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.is_closed = true;
            Poll::Ready(Ok(()))
        }
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            let _ = self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Connection {
        stream: Gathered<Client>,
        woken: Arc<Woken>,
        waker: Waker,
    }

    impl Connection {
        fn new(room: usize) -> Self {
            let woken = Arc::new(Woken::default());
            Self { stream: Gathered::new(Client { room, ..Client::default() }), waker: Waker::from(Arc::clone(&woken)), woken }
        }

        fn write(&mut self, bytes: &[u8]) -> Option<usize> {
            let written = Pin::new(&mut self.stream).poll_write(&mut Context::from_waker(&self.waker), bytes);
            if let Poll::Ready(written) = written { Some(written.unwrap()) } else { None }
        }

        fn flush(&mut self) -> bool {
            Pin::new(&mut self.stream).poll_flush(&mut Context::from_waker(&self.waker)).is_ready()
        }

        fn read(&mut self) {
            let mut buffer = [0; 8];
            let read = Pin::new(&mut self.stream).poll_read(&mut Context::from_waker(&self.waker), &mut ReadBuf::new(&mut buffer));
            assert!(read.is_pending());
        }

        fn woken(&self) -> usize {
            self.woken.0.swap(0, Ordering::Relaxed)
        }
    }

    #[test]
    fn many_frames_go_out_together_when_the_connection_is_polled_again() {
        let mut connection = Connection::new(usize::MAX);
        for frame in 0..10_u8 {
            assert_eq!(connection.write(&[frame; 1000]), Some(1000));
            assert!(connection.flush());
        }
        assert!(connection.stream.inner.got.is_empty() && connection.woken() > 0, "it is polled again by itself");
        connection.read();
        assert_eq!((connection.stream.inner.writes, connection.stream.inner.flushed), (1, 10_000));
        assert!(connection.flush() && connection.woken() == 0, "with nothing to send it rests");
    }

    #[test]
    fn a_client_that_takes_nothing_is_waited_for_and_not_asked_again_and_again() {
        let mut connection = Connection::new(100);
        assert_eq!(connection.write(&[1; FULL + 1]), Some(FULL), "no more is kept");
        assert!(connection.flush() && connection.woken() > 0);
        connection.read();
        assert!(!connection.flush() && connection.woken() == 0);
        assert_eq!((connection.write(&[2; 10]), connection.stream.inner.got.len()), (None, 100));
        connection.stream.inner.room = FULL;
        assert!(connection.flush() && connection.stream.inner.flushed == FULL);
    }

    proptest! {
        #[test]
        fn what_is_written_arrives_whole_and_in_order(steps in proptest::collection::vec((0..4_u8, 0..3 * FULL), 0..40)) {
            let mut connection = Connection::new(0);
            let mut sent = Vec::new();
            for (step, amount) in steps {
                match step {
                    0 => {
                        let bytes: Vec<u8> = (0..amount).map(|at| (at * 31 + sent.len()) as u8).collect();
                        let taken = connection.write(&bytes).unwrap_or(0);
                        sent.extend_from_slice(&bytes[..taken]);
                    }
                    1 => drop(connection.flush()),
                    2 => connection.read(),
                    _ => connection.stream.inner.room += amount,
                }
                prop_assert!(sent.starts_with(&connection.stream.inner.got) && connection.stream.written.len() <= FULL);
            }
            connection.stream.inner.room = usize::MAX;
            let closed = Pin::new(&mut connection.stream).poll_shutdown(&mut Context::from_waker(&connection.waker));
            prop_assert!(closed.is_ready() && connection.stream.inner.is_closed);
            prop_assert!(connection.stream.inner.got == sent && connection.stream.inner.flushed == sent.len());
        }
    }
}
