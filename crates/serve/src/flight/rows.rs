//! Rows as Flight data: batch by batch, as fast as the client takes them.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::IpcWriteOptions;
use arrow::record_batch::RecordBatch;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, IpcMessage, SchemaAsIpc};
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tonic::Status;

use super::message::{Encoder, Message};
use super::running::Place;
use super::text;
use crate::question::Rows;
use crate::refusal::Refusal;

/// Rows of a question on their way.
pub(super) type Stream = BoxStream<'static, Result<Message, Status>>;

/// Those of a list that was made at once.
pub(super) type Listed = BoxStream<'static, Result<FlightData, Status>>;

/// Messages that are encoded and wait to be sent.
const AHEAD: usize = 2;

/// Columns as clients are told of them: views of text become text and dictionaries their values, which every client reads.
pub(super) fn told(columns: &Schema) -> SchemaRef {
    Arc::new(Schema::new(columns.fields().iter().map(plain_field).collect::<Vec<_>>()))
}

fn plain_field(field: &FieldRef) -> FieldRef {
    match plain(field.data_type()) {
        kind if kind == *field.data_type() => Arc::clone(field),
        kind => Arc::new(Field::new(field.name(), kind, field.is_nullable()).with_metadata(field.metadata().clone())),
    }
}

fn plain(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, value) => plain(value),
        DataType::List(item) => DataType::List(plain_field(item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        other => other.clone(),
    }
}

fn made_plain(batch: &RecordBatch, columns: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let column = |(array, field): (&ArrayRef, &FieldRef)| match (array.data_type(), field.data_type()) {
        (kind, told) if kind == told => Ok(Arc::clone(array)),
        (DataType::Utf8View, DataType::Utf8) => text::plain(array.as_string_view()).map(|texts| Arc::new(texts) as _),
        (_, told) => cast(array, told),
    };
    let arrays = batch.columns().iter().zip(columns.fields()).map(column).collect::<Result<Vec<_>, _>>()?;
    // A result may have rows and no columns.
    RecordBatch::try_new_with_options(Arc::clone(columns), arrays, &RecordBatchOptions::new().with_row_count(Some(batch.num_rows())))
}

/// The rows of a question, encoded on `threads`; dropped, or cancelled by way of `place`, they stop its work.
///
/// # Errors
/// Columns that Arrow's streams do not have.
pub(super) fn of_question(rows: Rows, place: Place, threads: &Handle) -> Result<Stream, Status> {
    let (columns, asked) = (told(&rows.columns()), rows.asked().clone());
    let encoder = Encoder::new(&columns).map_err(internal)?;
    let begin = futures::stream::iter([Ok(vec![Message::of_columns(&columns)])]);
    let batches = futures::stream::unfold(Some((rows, place, encoder)), move |state| {
        let columns = Arc::clone(&columns);
        async move {
            let (mut rows, place, mut encoder) = state?;
            let next = tokio::select! {
                biased;
                () = place.cancelled() => Some(Err(rows.ended(Refusal::cancelled()))),
                next = rows.next() => next,
            };
            let batch = next?.map_err(Status::from);
            let messages = batch.and_then(|batch| made_plain(&batch, &columns).and_then(|batch| encoder.encode(&batch)).map_err(internal));
            let state = messages.is_ok().then_some((rows, place, encoder));
            Some((messages, state))
        }
    });
    let messages = begin.chain(batches).map_ok(|messages| futures::stream::iter(messages.into_iter().map(Ok))).try_flatten();
    Ok(elsewhere(threads, messages.boxed()).inspect_ok(move |message| asked.sent(0, message.len() as u64)).boxed())
}

/// What `stream` gives, made on other threads: the next messages are encoded while the last are sent.
fn elsewhere(threads: &Handle, mut stream: Stream) -> Stream {
    let (send, messages) = mpsc::channel(AHEAD);
    threads.spawn(async move {
        loop {
            let next = tokio::select! {
                biased;
                () = send.closed() => return,
                next = stream.next() => next,
            };
            let Some(message) = next else { return };
            if send.send(message).await.is_err() {
                return;
            }
        }
    });
    futures::stream::unfold(messages, |mut messages| async { Some((messages.recv().await?, messages)) }).boxed()
}

/// Rows that are there already.
pub(super) fn of_batch(batch: RecordBatch) -> Listed {
    let encoded = FlightDataEncoderBuilder::new().with_schema(batch.schema());
    encoded.build(futures::stream::iter([Ok(batch)])).map_err(Status::from).boxed()
}

fn internal(error: ArrowError) -> Status {
    FlightError::from(error).into()
}

/// A schema as a message of its own.
pub(super) fn schema_bytes(columns: &Schema) -> Result<Bytes, Status> {
    let message: IpcMessage = SchemaAsIpc::new(columns, &IpcWriteOptions::default())
        .try_into()
        .map_err(|error: ArrowError| Status::internal(error.to_string()))?;
    Ok(message.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use arrow::array::{Array as _, DictionaryArray, StringViewArray};
    use arrow::datatypes::Int32Type;

    #[test]
    fn what_few_clients_read_is_sent_as_what_all_read() {
        let names: DictionaryArray<Int32Type> = ["north", "south", "north"].into_iter().collect();
        let views = StringViewArray::from(vec![Some("a"), None, Some("a text that is longer than twelve bytes")]);
        let batch = RecordBatch::try_from_iter([("queue", Arc::new(names) as ArrayRef), ("note", Arc::new(views) as ArrayRef)]).unwrap();
        let plain = made_plain(&batch, &told(&batch.schema())).unwrap();
        assert!(plain.columns().iter().all(|column| column.data_type() == &DataType::Utf8));
        assert_eq!(plain.column(0).len(), 3);
        assert!(plain.column(1).is_null(1));
    }
}
