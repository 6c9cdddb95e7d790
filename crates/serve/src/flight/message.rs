//! Flight data as they are written: the columns of a batch stay where they lie until they are sent.
//!
//! arrow-flight first lays the columns together to one body; with hundred bytes a row that copy is a good part of a large answer.

use std::collections::VecDeque;

use arrow::buffer::Buffer;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::ipc::writer::{IpcWriteOptions, StreamEncoder};
use arrow::ipc::{MessageHeader, root_as_message};
use arrow::record_batch::RecordBatch;
use arrow_flight::{FlightData, SchemaAsIpc};
use bytes::BufMut;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};

/// Bytes of columns in a message at most, about; gRPC's clients take 4 MiB unless they are told otherwise.
const BODY_BYTES: usize = 2 << 20;

/// Fields of `FlightData` (Flight.proto).
const HEADER: u32 = 2;
const BODY: u32 = 1000;

/// A message on its way: how it begins, and the columns' buffers with what lies between them, in order.
#[derive(Debug)]
pub(super) struct Message {
    begin: Vec<u8>,
    body: Vec<Buffer>,
}

impl Message {
    /// The columns of what follows.
    pub(super) fn of_columns(columns: &Schema) -> Self {
        Self::whole(&SchemaAsIpc::new(columns, &IpcWriteOptions::default()).into())
    }

    /// One that arrow-flight made.
    pub(super) fn whole(data: &FlightData) -> Self {
        Self { begin: data.encode_to_vec(), body: Vec::new() }
    }

    /// `header` is a flatbuffer `Message`.
    fn of_parts(header: &[u8], body: Vec<Buffer>) -> Self {
        let length = body.iter().map(Buffer::len).sum();
        let mut begin = Vec::with_capacity(header.len() + 32);
        put_length(HEADER, header.len(), &mut begin);
        begin.put_slice(header);
        put_length(BODY, length, &mut begin);
        Self { begin, body }
    }

    /// Bytes it takes.
    pub(super) fn len(&self) -> usize {
        self.begin.len() + self.body.iter().map(Buffer::len).sum::<usize>()
    }

    /// Its bytes, in order.
    pub(super) fn into_pieces(self) -> impl Iterator<Item = Buffer> {
        std::iter::once(Buffer::from_vec(self.begin)).chain(self.body)
    }
}

/// How a field of bytes begins (Protocol Buffers, "Encoding").
fn put_length(field: u32, length: usize, room: &mut Vec<u8>) {
    encode_key(field, WireType::LengthDelimited, room);
    encode_varint(length as u64, room);
}

/// Makes messages of batches that have the same columns.
pub(super) struct Encoder(StreamEncoder);

impl Encoder {
    /// # Errors
    /// Columns that Arrow's streams do not have.
    pub(super) fn new(columns: &Schema) -> Result<Self, ArrowError> {
        StreamEncoder::try_new(columns).map(Self)
    }

    /// The messages of a batch: one, unless it is large, and none without rows.
    ///
    /// # Errors
    /// What cannot be written, as texts beyond 2 GiB.
    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<Message>, ArrowError> {
        let bytes = batch.columns().iter().map(|column| column.to_data().get_slice_memory_size()).sum::<Result<usize, _>>()?;
        let rows = (batch.num_rows() / bytes.div_ceil(BODY_BYTES).max(1)).max(1);
        let mut messages = Vec::new();
        for from in (0..batch.num_rows()).step_by(rows) {
            let part = batch.slice(from, rows.min(batch.num_rows() - from));
            // The stream's first message are the columns, which are said before the first batch.
            messages.extend(
                divided(self.0.encode(&part)?)?
                    .into_iter()
                    .filter_map(|(kind, message)| (kind != MessageHeader::Schema).then_some(message)),
            );
        }
        Ok(messages)
    }
}

/// The messages of a piece of a stream (Arrow's columnar format, "Encapsulated message format").
fn divided(pieces: Vec<Buffer>) -> Result<Vec<(MessageHeader, Message)>, ArrowError> {
    let mut pieces: VecDeque<Buffer> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
    let mut messages = Vec::new();
    while !pieces.is_empty() {
        let prefix = copied(&taken(&mut pieces, 8)?);
        let length = prefix.get(4..).and_then(|length| Some(i32::from_le_bytes(length.try_into().ok()?))).unwrap_or(0);
        let header = copied(&taken(&mut pieces, usize::try_from(length).map_err(broken)?)?);
        let (kind, length) = {
            let message = root_as_message(&header).map_err(broken)?;
            (message.header_type(), usize::try_from(message.bodyLength()).map_err(broken)?)
        };
        let body = taken(&mut pieces, length)?;
        messages.push((kind, Message::of_parts(&header, body)));
    }
    Ok(messages)
}

/// The next bytes, without copying them.
fn taken(pieces: &mut VecDeque<Buffer>, mut length: usize) -> Result<Vec<Buffer>, ArrowError> {
    let mut taken = Vec::new();
    while length > 0 {
        let piece = pieces.pop_front().ok_or_else(|| broken("it ends too early"))?;
        if piece.len() > length {
            pieces.push_front(piece.slice(length));
        }
        let piece = if piece.len() > length { piece.slice_with_length(0, length) } else { piece };
        length -= piece.len();
        taken.push(piece);
    }
    Ok(taken)
}

fn copied(pieces: &[Buffer]) -> Vec<u8> {
    pieces.iter().map(Buffer::as_slice).collect::<Vec<_>>().concat()
}

fn broken(why: impl std::fmt::Display) -> ArrowError {
    ArrowError::IpcError(format!("a stream that was just written cannot be divided: {why}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Int64Array, ListArray, RecordBatchOptions, StringArray};
    use arrow::datatypes::Int32Type;
    use arrow_flight::decode::FlightRecordBatchStream;
    use futures::{StreamExt as _, TryStreamExt as _};
    use proptest::prelude::*;

    use super::*;

    /// What a client of arrow-flight reads.
    fn read(columns: &Schema, batches: &[RecordBatch]) -> (Vec<RecordBatch>, usize) {
        let mut encoder = Encoder::new(columns).unwrap();
        let messages = std::iter::once(Message::of_columns(columns)).chain(batches.iter().flat_map(|batch| encoder.encode(batch).unwrap()));
        let messages: Vec<FlightData> = messages
            .map(|message| {
                let length = message.len();
                let bytes: Vec<u8> = message.into_pieces().flat_map(|piece| piece.to_vec()).collect();
                assert_eq!(bytes.len(), length);
                FlightData::decode(&*bytes).unwrap()
            })
            .collect();
        let count = messages.len();
        let stream = FlightRecordBatchStream::new_from_flight_data(futures::stream::iter(messages).map(Ok));
        (futures::executor::block_on(stream.try_collect()).unwrap(), count)
    }

    fn batch(values: &[Option<i64>]) -> RecordBatch {
        let texts: StringArray = values.iter().map(|value| value.map(|value| "x".repeat(value.unsigned_abs() as usize % 20))).collect();
        let flags: BooleanArray = values.iter().map(|value| value.map(|value| value > 0)).collect();
        let lists =
            ListArray::from_iter_primitive::<Int32Type, _, _>(values.iter().map(|value| value.map(|value| vec![Some(value as i32), None])));
        let columns: [(&str, ArrayRef, bool); 4] = [
            ("number", Arc::new(values.iter().copied().collect::<Int64Array>()), true),
            ("text", Arc::new(texts), true),
            ("flag", Arc::new(flags), true),
            ("list", Arc::new(lists), true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    proptest! {
        #[test]
        fn a_client_reads_what_was_written(batches in proptest::collection::vec(proptest::collection::vec(any::<Option<i64>>(), 1..30), 1..5), from in 0..8_usize) {
            // Parts of batches too: bits that begin within a byte, offsets that do not begin at nothing.
            let batches: Vec<RecordBatch> = batches.iter().map(|values| batch(values)).map(|batch| batch.slice(from.min(batch.num_rows() - 1), batch.num_rows() - from.min(batch.num_rows() - 1))).collect();
            let (found, _) = read(&batches[0].schema(), &batches);
            prop_assert_eq!(found, batches);
        }
    }

    #[test]
    fn a_large_batch_is_several_messages_and_one_without_rows_none() {
        let large = batch(&(0..500_000).map(Some).collect::<Vec<_>>());
        let (found, messages) = read(&large.schema(), &[large.slice(0, 0), large.clone()]);
        assert!(messages > 5 && messages < 30, "{messages}");
        assert_eq!(arrow::compute::concat_batches(&large.schema(), &found).unwrap(), large);
    }

    #[test]
    fn rows_without_columns_are_counted() {
        let rows =
            RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &RecordBatchOptions::new().with_row_count(Some(7)))
                .unwrap();
        assert_eq!(read(&rows.schema(), std::slice::from_ref(&rows)).0[0].num_rows(), 7);
    }
}
