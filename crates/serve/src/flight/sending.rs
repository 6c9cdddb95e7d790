//! Messages as the body of gRPC's answer, in chunks whose memory is used again and again.
//!
//! tonic writes each message whole into memory of its own, which is new for each: the system makes it zeros first, and by the time it goes out no
//! cache holds it. A chunk is filled when the connection takes it, and goes out while it is still at hand. What fills frames alone goes out from
//! where it lies.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arrow::buffer::{Buffer, ScalarBuffer};
use bytes::{BufMut as _, Bytes, BytesMut};
use hyper::HeaderMap;
use hyper::body::{Body, Frame};
use tonic::Status;

use super::message::Message;
use super::rows::Stream;

/// Bytes of one of HTTP/2's frames, as large as clients take them unless they say otherwise.
const FRAME: usize = 16 << 10;

/// Bytes of a chunk.
const CHUNK: usize = 4 * FRAME;

/// Chunks whose memory is kept. h2 takes up to 400 KiB before the client does.
const KEPT: usize = 8;

/// The messages of a stream, and how it ended.
pub(super) struct Sending {
    messages: Stream,
    pieces: VecDeque<Buffer>,
    kept: VecDeque<BytesMut>,
    has_ended: bool,
}

impl Sending {
    pub(super) fn new(messages: Stream) -> Self {
        Self { messages, pieces: VecDeque::new(), kept: VecDeque::new(), has_ended: false }
    }

    /// Begins a message (gRPC over HTTP/2, "Length-Prefixed-Message").
    fn begin(&mut self, message: Message) -> Result<(), Status> {
        let too_large = |_| Status::out_of_range("a row of 4 GiB and more cannot be sent");
        let length = u32::try_from(message.len()).map_err(too_large)?;
        let mut prefix = vec![0];
        prefix.put_u32(length);
        self.pieces.push_back(Buffer::from_vec(prefix));
        self.pieces.extend(message.into_pieces().filter(|piece| !piece.is_empty()));
        Ok(())
    }

    /// Memory for a chunk: the oldest's, unless it is on its way still.
    fn room(&mut self) -> BytesMut {
        if let Some(mut room) = self.kept.pop_front() {
            if room.try_reclaim(CHUNK) {
                return room;
            }
            if self.kept.len() + 1 < KEPT {
                self.kept.push_front(room);
            }
        }
        BytesMut::with_capacity(CHUNK)
    }

    /// The next bytes of what was begun: whole frames, until its end.
    fn chunk(&mut self) -> Bytes {
        if let Some(piece) = self.pieces.front_mut()
            && piece.len() >= FRAME
        {
            let whole = piece.slice_with_length(0, piece.len() / FRAME * FRAME);
            piece.advance(whole.len());
            if piece.is_empty() {
                self.pieces.pop_front();
            }
            return Bytes::from_owner(ScalarBuffer::<u8>::from(whole));
        }
        let mut room = self.room();
        while room.len() < CHUNK
            && let Some(piece) = self.pieces.front_mut()
            && (piece.len() < FRAME || !room.len().is_multiple_of(FRAME))
        {
            let part = piece.len().min(FRAME - room.len() % FRAME);
            room.put_slice(&piece[..part]);
            piece.advance(part);
            if piece.is_empty() {
                self.pieces.pop_front();
            }
        }
        let chunk = room.split().freeze();
        self.kept.push_back(room);
        chunk
    }

    fn end(&mut self, status: &Status) -> Frame<Bytes> {
        self.has_ended = true;
        self.pieces.clear();
        let mut trailers = HeaderMap::new();
        // What no header can hold is left out; the code is there.
        let _ = status.add_header(&mut trailers);
        Frame::trailers(trailers)
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        while self.pieces.is_empty() {
            let message = ready!(self.messages.as_mut().poll_next(context));
            let begun = match message {
                Some(message) => message.and_then(|message| self.begin(message)),
                None => Err(Status::ok("")),
            };
            if let Err(status) = begun {
                return Poll::Ready(Some(Ok(self.end(&status))));
            }
        }
        let chunk = self.chunk();
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use arrow_flight::FlightData;
    use futures::StreamExt as _;
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;

    fn said(bytes: usize) -> FlightData {
        FlightData { data_body: (0..bytes).map(|at| (at * 7 + bytes) as u8).collect::<Vec<_>>().into(), ..FlightData::default() }
    }

    fn sending(messages: Vec<Result<FlightData, Status>>) -> Sending {
        let messages = messages.into_iter().map(|message| message.map(|data| Message::whole(&data)));
        Sending::new(futures::stream::iter(messages).boxed())
    }

    fn next(sending: &mut Sending) -> Option<Frame<Bytes>> {
        match Pin::new(sending).poll_frame(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(frame) => frame.map(Result::unwrap),
            Poll::Pending => unreachable!("all messages are there"),
        }
    }

    proptest! {
        #[test]
        fn a_client_gets_each_message_whole_while_it_keeps_what_it_got(sizes in proptest::collection::vec(0..3 * CHUNK, 0..8), held in 0..2 * KEPT) {
            let mut sending = sending(sizes.iter().map(|size| Ok(said(*size))).collect());
            let (mut got, mut on_its_way) = (Vec::new(), VecDeque::new());
            let status = loop {
                match next(&mut sending).unwrap().into_data() {
                    Ok(chunk) => on_its_way.push_back(chunk),
                    Err(end) => break end.into_trailers().unwrap(),
                }
                while on_its_way.len() > held {
                    got.extend_from_slice(&on_its_way.pop_front().unwrap());
                }
            };
            got.extend(on_its_way.into_iter().flatten());
            prop_assert_eq!(status.get("grpc-status").unwrap(), "0");
            let mut rest = &*got;
            for size in sizes {
                let length = u32::from_be_bytes(rest[1..5].try_into().unwrap()) as usize;
                prop_assert_eq!((rest[0], FlightData::decode(&rest[5..5 + length]).unwrap()), (0, said(size)));
                rest = &rest[5 + length..];
            }
            prop_assert!(rest.is_empty() && next(&mut sending).is_none());
        }
    }

    #[test]
    fn a_client_that_keeps_up_is_sent_the_same_memory_again() {
        let mut sending = sending((0..100).map(|_| Ok(said(FRAME - 100))).collect());
        let mut places = std::collections::HashSet::new();
        while let Some(Ok(chunk)) = next(&mut sending).map(Frame::into_data) {
            places.insert(chunk.as_ptr());
        }
        assert_eq!(places.len(), 1);
    }

    #[test]
    fn an_error_between_messages_ends_the_answer_and_says_why() {
        let mut sending = sending(vec![Ok(said(9)), Err(Status::cancelled("stopped")), Ok(said(9))]);
        assert!(next(&mut sending).unwrap().is_data());
        let trailers = next(&mut sending).unwrap().into_trailers().unwrap();
        assert_eq!((trailers["grpc-status"].to_str().unwrap(), trailers["grpc-message"].to_str().unwrap()), ("1", "stopped"));
        assert!(next(&mut sending).is_none());
    }
}
