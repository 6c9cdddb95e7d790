//! Rows as Flight data: batch by batch, as fast as the client takes them.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, BinaryArray, RecordBatchOptions};
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

/// Columns as they are told, and as they lie in messages. A batch says nothing of types, and texts lie there as bytes do; to call them texts
/// again would read them all once more, to see whether they are.
struct Layout {
    told: SchemaRef,
    lying: SchemaRef,
}

impl Layout {
    fn new(columns: &Schema) -> Self {
        let told = told(columns);
        let lying = |field: &FieldRef| match field.data_type() {
            DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Binary)),
            _ => Arc::clone(field),
        };
        let lying = Arc::new(Schema::new(told.fields().iter().map(lying).collect::<Vec<_>>()));
        Self { told, lying }
    }

    fn laid(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let column = |(array, told): (&ArrayRef, &FieldRef)| match (array.data_type(), told.data_type()) {
            (DataType::Utf8View, DataType::Utf8) => text::joined(array.as_string_view()).map(|texts| Arc::new(texts) as _),
            (_, DataType::Utf8) => Ok(Arc::new(BinaryArray::from(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())) as _),
            (kind, told) if kind == told => Ok(Arc::clone(array)),
            (_, told) => cast(array, told),
        };
        let arrays = batch.columns().iter().zip(self.told.fields()).map(column).collect::<Result<Vec<_>, _>>()?;
        // A result may have rows and no columns.
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.lying), arrays, &rows)
    }
}

/// The rows of a question, encoded on `threads`; dropped, or cancelled by way of `place`, they stop its work.
///
/// # Errors
/// Columns that Arrow's streams do not have.
pub(super) fn of_question(rows: Rows, place: Place, threads: &Handle) -> Result<Stream, Status> {
    let (layout, asked) = (Layout::new(&rows.columns()), rows.asked().clone());
    let encoder = Encoder::new(&layout.lying).map_err(internal)?;
    let begin = futures::stream::iter([Ok(vec![Message::of_columns(&layout.told)])]);
    let batches = futures::stream::unfold(Some((rows, place, layout, encoder)), |state| async move {
        let (mut rows, place, layout, mut encoder) = state?;
        let next = tokio::select! {
            biased;
            () = place.cancelled() => Some(Err(rows.ended(Refusal::cancelled()))),
            next = rows.next() => next,
        };
        let batch = next?.map_err(Status::from);
        let messages = batch.and_then(|batch| layout.laid(&batch).and_then(|batch| encoder.encode(&batch)).map_err(internal));
        let state = messages.is_ok().then_some((rows, place, layout, encoder));
        Some((messages, state))
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
    use arrow::array::{Array as _, BinaryViewArray, DictionaryArray, StringArray, StringViewArray};
    use arrow::datatypes::Int32Type;

    use super::*;

    #[test]
    fn what_few_clients_read_is_sent_as_what_all_read() {
        let names: DictionaryArray<Int32Type> = ["north", "south", "north"].into_iter().collect();
        let views = StringViewArray::from(vec![Some("a"), None, Some("a text that is longer than twelve bytes")]);
        let bytes = BinaryViewArray::from(vec![Some(&[0xff][..]), None, None]);
        let texts = StringArray::from(vec!["x", "y", "z"]);
        let columns: [(&str, ArrayRef); 4] =
            [("queue", Arc::new(names)), ("note", Arc::new(views)), ("bytes", Arc::new(bytes)), ("text", Arc::new(texts))];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
        let layout = Layout::new(&batch.schema());
        let laid = layout.laid(&batch).unwrap();
        let kinds = |columns: &Schema| columns.fields().iter().map(|field| field.data_type().clone()).collect::<Vec<_>>();
        assert_eq!(kinds(&layout.told), [DataType::Utf8, DataType::Utf8, DataType::Binary, DataType::Utf8]);
        assert_eq!(kinds(&layout.lying), [const { DataType::Binary }; 4]);
        let text = |column: usize, row| std::str::from_utf8(laid.column(column).as_binary::<i32>().value(row)).unwrap().to_owned();
        assert_eq!([text(0, 1), text(1, 2), text(3, 2)], ["south", "a text that is longer than twelve bytes", "z"]);
        assert!(laid.column(1).is_null(1));
    }
}
