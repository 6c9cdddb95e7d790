//! When records leave a queue, and which queue is not the one the log knows.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use trunkline_events::identity::CustomerSecret;
use trunkline_events::port::{Appender, Carry, Delivery, JournalEnd, Position, Receipt};
use trunkline_events::{EventBatch, Timestamp};

use super::{Collector, Inlet, Line};
use crate::CloudEvents;
use crate::connector::{Connector, MapContext, RecordRef, Reject};
use crate::pipeline::Flush;
use crate::queue::{Queue, QueueOptions};

const AT: Timestamp = Timestamp::from_seconds(1_767_607_200);

/// Keeps what it is given in memory.
#[derive(Debug, Default)]
struct Memory {
    ids: Vec<String>,
    rejected: Vec<(String, i64)>,
    positions: HashMap<String, Position>,
}

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No;

impl Appender for Memory {
    type Error = No;

    async fn append(&mut self, delivery: Delivery) -> Result<Receipt, No> {
        let ids: Vec<String> = delivery.events.rows().map(|row| row.event_id.to_owned()).collect();
        let (stored, rejected) = (delivery.record_sizes.len() as u64, delivery.rejected.len() as u64);
        self.rejected.extend(delivery.rejected.into_iter().map(|rejected| (rejected.code, rejected.journal_seq)));
        self.positions.extend(delivery.positions.into_iter().map(|position| (position.journal.clone(), position)));
        let receipt = Receipt { received: delivery.received, stored, rejected, events: ids.len() as u64, ..Receipt::default() };
        self.ids.extend(ids);
        Ok(receipt)
    }

    fn position(&self, journal: &str) -> Option<Position> {
        self.positions.get(journal).cloned()
    }

    fn positions_with_prefix(&self, _: &str) -> Vec<Position> {
        Vec::new()
    }

    fn keep(&mut self, _: Carry) -> Result<(), No> {
        Ok(())
    }

    fn carried(&self, _: &str, _: i64) -> Option<Vec<u8>> {
        None
    }

    fn ends(&self, _: &str) -> Vec<JournalEnd> {
        Vec::new()
    }
}

fn line(path: &Path, rows: usize) -> Line {
    Line {
        name: "shop".into(),
        source: "shop://acme".into(),
        connector: "cloudevents".into(),
        make: Arc::new(|| Box::new(CloudEvents::new())),
        inlet: Inlet::Queue(Arc::new(Queue::open(path, QueueOptions::default()).unwrap())),
        flush: Flush { age: Duration::from_secs(10), rows, bytes: 1 << 20 },
    }
}

fn event(id: &str) -> String {
    let time = "2026-01-05T10:00:00Z";
    format!(r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"x","time":"{time}","subject":"c","data":{{}}}}"#)
}

fn collector(line: Line, appender: Memory) -> Result<Collector<Memory>, super::CollectError> {
    let silent: crate::jetstream::Report = Arc::new(|_| {});
    Collector::new(vec![line], CustomerSecret::new(b"k".to_vec()), appender, &silent)
}

fn queue(line: &Line) -> Arc<Queue> {
    let Inlet::Queue(queue) = &line.inlet else { unreachable!("these lines have a queue") };
    Arc::clone(queue)
}

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_micros(AT.micros() + seconds * 1_000_000)
}

#[tokio::test]
async fn records_are_stored_when_they_are_old_or_many_or_it_is_the_last_round() {
    let folder = tempfile::tempdir().unwrap();
    let line = line(&folder.path().join("q"), 3);
    let queue = queue(&line);
    let mut collector = collector(line, Memory::default()).unwrap();
    queue.put(vec![event("1").into()], AT).await.unwrap();
    assert!(collector.round(after(9), false).await.unwrap().is_empty(), "not due yet");
    assert_eq!(collector.round(after(10), false).await.unwrap()[0].receipt.stored, 1, "ten seconds old");
    queue.put(vec![event("2").into(), event("3").into(), event("4").into(), event("5").into()], after(20)).await.unwrap();
    let done = collector.round(after(20), false).await.unwrap();
    assert_eq!(done.iter().map(|commit| commit.receipt.stored).collect::<Vec<_>>(), [3], "three are enough, the fourth waits");
    assert_eq!(collector.round(after(20), true).await.unwrap()[0].receipt.stored, 1);
    assert_eq!((queue.pending(5).unwrap().bytes, queue.pending(5).unwrap().first), (0, 5), "the queue has let go of them");
    assert_eq!(collector.into_appender().ids, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn what_cannot_be_mapped_is_rejected_with_its_number_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let line = line(&folder.path().join("q"), 100);
    queue(&line).put(vec![event("1").into(), b"{".to_vec(), event("2").into()], AT).await.unwrap();
    let mut collector = collector(line, Memory::default()).unwrap();
    let receipt = collector.round(AT, true).await.unwrap()[0].receipt;
    assert_eq!((receipt.received, receipt.stored, receipt.rejected), (3, 2, 1));
    let memory = collector.into_appender();
    assert_eq!((memory.ids, memory.rejected), (vec!["1".to_owned(), "2".into()], vec![("bad_json".to_owned(), 1)]));
}

#[tokio::test]
async fn what_the_vocabulary_has_no_word_for_is_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let line = line(&folder.path().join("q"), 100);
    let unmapped = event("1")
        .replace("\"type\":\"x\"", "\"type\":\"source.unmapped\"")
        .replace("{}", r#"{"vendor_type":"fax.sent","reason":"no word"}"#);
    queue(&line).put(vec![unmapped.into_bytes(), event("2").into()], AT).await.unwrap();
    let mut collector = collector(line, Memory::default()).unwrap();
    let receipt = collector.round(AT, true).await.unwrap()[0].receipt;
    assert_eq!((receipt.stored, receipt.rejected), (1, 1));
    let memory = collector.into_appender();
    assert_eq!((memory.ids, memory.rejected), (vec!["2".to_owned()], vec![("unmapped".to_owned(), 0)]));
}

/// Pushes an event, then refuses the record.
struct HalfWay;

impl Connector for HalfWay {
    fn name(&self) -> &'static str {
        "half"
    }

    fn map(&mut self, record: &RecordRef<'_>, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject> {
        CloudEvents::new().map(record, context, out)?;
        Err(Reject::new("half_way", "the second event does not fit"))
    }
}

#[tokio::test]
async fn a_record_refused_half_way_leaves_no_event() {
    let folder = tempfile::tempdir().unwrap();
    let mut line = line(&folder.path().join("q"), 100);
    line.make = Arc::new(|| Box::new(HalfWay));
    queue(&line).put(vec![event("1").into()], AT).await.unwrap();
    let mut collector = collector(line, Memory::default()).unwrap();
    assert_eq!(collector.round(AT, true).await.unwrap()[0].receipt.rejected, 1);
    let memory = collector.into_appender();
    assert_eq!((memory.ids.len(), memory.rejected), (0, vec![("half_way".to_owned(), 0)]));
}

#[tokio::test]
async fn records_committed_before_a_crash_are_not_delivered_again() {
    let folder = tempfile::tempdir().unwrap();
    let line = line(&folder.path().join("q"), 100);
    queue(&line).put(vec![event("1").into(), event("2").into(), event("3").into()], AT).await.unwrap();
    // The commit happened, the queue was not trimmed.
    let position = Position { journal: line.journal(&queue(&line)), offset: 2, check: queue(&line).mark(1).unwrap().unwrap() };
    let memory = Memory { positions: HashMap::from([(line.journal(&queue(&line)), position)]), ..Memory::default() };
    let mut collector = collector(line, memory).unwrap();
    assert_eq!(collector.round(AT, true).await.unwrap()[0].receipt.received, 1);
    assert_eq!(collector.into_appender().ids, ["3"]);
}

#[tokio::test]
async fn a_queue_that_is_not_the_one_the_log_knows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let line = line(&folder.path().join("q"), 100);
    queue(&line).put(vec![event("1").into(), event("2").into()], AT).await.unwrap();
    let known = |offset, check| {
        let position = Position { journal: line.journal(&queue(&line)), offset, check };
        let memory = Memory { positions: HashMap::from([(line.journal(&queue(&line)), position)]), ..Memory::default() };
        collector(line.clone(), memory).map(|_| ()).map_err(|error| error.to_string())
    };
    let mark = |seq| queue(&line).mark(seq).unwrap().unwrap();
    assert_eq!(known(2, mark(1)), Ok(()));
    assert!(known(3, mark(1)).unwrap_err().contains("earlier copy"));
    assert!(known(2, mark(1) + 1).unwrap_err().contains("put back from a copy"));
    queue(&line).trim(2).unwrap();
    assert!(known(2, 0).unwrap_err().contains("put back from a copy"), "the mark of the last one trimmed is still known");
    let foreign = collector(line.clone(), Memory::default()).map(|_| ()).unwrap_err().to_string();
    assert!(foreign.starts_with("pipeline shop: its queue has let go"), "{foreign}");
}

#[tokio::test]
async fn a_clock_set_back_delays_nothing_for_ever_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let line = line(&folder.path().join("q"), 3);
    let queue = queue(&line);
    let mut collector = collector(line, Memory::default()).unwrap();
    // Received by a clock that was an hour fast, which then was put right.
    queue.put(vec![event("1").into()], after(3_600)).await.unwrap();
    assert!(collector.round(AT, false).await.unwrap().is_empty());
    queue.put(vec![event("2").into(), event("3").into()], AT).await.unwrap();
    assert_eq!(collector.round(AT, false).await.unwrap()[0].receipt.stored, 3, "many are due whatever the clock says");
    queue.put(vec![event("4").into()], after(3_600)).await.unwrap();
    assert_eq!(collector.round(AT, true).await.unwrap()[0].receipt.stored, 1);
    assert_eq!(collector.into_appender().ids, ["1", "2", "3", "4"]);
}
