//! The collecting loop: what waits in the queues of pipelines goes into the log.
//!
//! How the data moves: a line is due by the age of its oldest record, by records or by bytes; due records are read from the queue, mapped on a
//! blocking thread, and handed over in one delivery with the position they reach; only after the commit does the queue let go of them. A
//! crash before the commit repeats the records, one after it finds them behind the position: nothing is lost, nothing comes twice.
//!
//! Nothing here asks the clock or waits: [`Collector::round`] is called by whoever runs the loop (ADR 0010).

#[cfg(test)]
mod tests;

use std::sync::Arc;

use trunkline_events::identity::CustomerSecret;
use trunkline_events::port::{Appender, Delivery, Position, Receipt, Rejected};
use trunkline_events::{EventBatch, Timestamp};

use crate::connector::{MapContext, RecordRef, Reject};
use crate::http::server::Cutter;
use crate::pipeline::Flush;
use crate::queue::{Queue, QueueError, Queued};
use crate::work::shorten;

/// The type of events that only say that there is no type.
const UNMAPPED: &str = "source.unmapped";

/// A pipeline at work.
#[derive(Clone)]
pub struct Line {
    /// Name of the pipeline.
    pub name: String,
    /// Source of its events.
    pub source: String,
    /// Name of its connector.
    pub connector: String,
    /// Makes the connector that maps its records.
    pub make: Cutter,
    /// Where its records wait.
    pub queue: Arc<Queue>,
    /// When they are due.
    pub flush: Flush,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("name", &self.name).field("connector", &self.connector).finish_non_exhaustive()
    }
}

impl Line {
    /// The journal of its queue.
    #[must_use]
    pub fn journal(&self) -> String {
        format!("queue:{}:{}:{}", self.connector, self.source, self.queue.incarnation())
    }
}

/// Why collecting stops.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The queue does not hold what the log says it held.
    #[error("pipeline {pipeline}: {reason}")]
    Queue {
        /// The pipeline.
        pipeline: String,
        /// What does not fit.
        reason: String,
    },
    /// The queue cannot be read.
    #[error("pipeline {pipeline}: {cause}")]
    Read {
        /// The pipeline.
        pipeline: String,
        /// What the queue says.
        cause: QueueError,
    },
    /// The log cannot be written.
    #[error("{0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Mapping died.
    #[error("mapping stopped unexpectedly: {0}")]
    Worker(String),
}

/// A commit of the loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The pipeline.
    pub pipeline: String,
    /// What became of its records.
    pub receipt: Receipt,
}

/// Goes round the lines and owns the way into the log.
#[derive(Debug)]
pub struct Collector<A> {
    lines: Vec<(Line, u64)>,
    secret: CustomerSecret,
    appender: A,
}

impl<A: Appender> Collector<A> {
    /// Finds where each line goes on, and that its queue is the one that the log knows.
    ///
    /// # Errors
    /// [`CollectError::Queue`] when acknowledged records are missing from a queue, or were replaced.
    pub fn new(lines: Vec<Line>, secret: CustomerSecret, appender: A) -> Result<Self, CollectError> {
        let mut found = Vec::with_capacity(lines.len());
        for line in lines {
            let next = begin(&line, appender.position(&line.journal()))?;
            found.push((line, next));
        }
        Ok(Self { lines: found, secret, appender })
    }

    /// Stores what is due at `now`, of every line; of the last round everything is.
    ///
    /// # Errors
    /// When a queue cannot be read or the log cannot be written. What is not stored stays where it is.
    pub async fn round(&mut self, now: Timestamp, is_last: bool) -> Result<Vec<Committed>, CollectError> {
        let mut done = Vec::new();
        for at in 0..self.lines.len() {
            while let Some(records) = self.due(at, now, is_last).await? {
                done.push(self.store(at, records).await?);
            }
        }
        Ok(done)
    }

    /// The way into the log, between two rounds.
    pub const fn appender_mut(&mut self) -> &mut A {
        &mut self.appender
    }

    /// Gives the way into the log back.
    pub fn into_appender(self) -> A {
        self.appender
    }

    /// The records of a line, if they are due.
    async fn due(&self, at: usize, now: Timestamp, is_last: bool) -> Result<Option<Vec<Queued>>, CollectError> {
        let (line, next) = (self.lines[at].0.clone(), self.lines[at].1);
        let name = line.name.clone();
        let read = move || {
            let pending = line.queue.pending(next)?;
            let Some(oldest) = pending.oldest else { return Ok(None) };
            let age = now.micros().saturating_sub(oldest.micros());
            let is_old = age >= i64::try_from(line.flush.age.as_micros()).unwrap_or(i64::MAX);
            let is_full = pending.next - next >= line.flush.rows as u64 || pending.bytes >= line.flush.bytes as u64;
            if is_last || is_old || is_full { line.queue.read(next, line.flush.rows, line.flush.bytes).map(Some) } else { Ok(None) }
        };
        let outcome = tokio::task::spawn_blocking(read).await.map_err(|cause| CollectError::Worker(cause.to_string()))?;
        outcome.map_err(|cause| CollectError::Read { pipeline: name, cause })
    }

    /// Maps records, stores what they give, and lets the queue forget them.
    async fn store(&mut self, at: usize, records: Vec<Queued>) -> Result<Committed, CollectError> {
        let (line, secret) = (self.lines[at].0.clone(), self.secret.clone());
        let next = records.last().map_or(self.lines[at].1, |last| last.seq + 1);
        let shared = line.clone();
        let mapped = tokio::task::spawn_blocking(move || delivery(&shared, &records, &secret)).await;
        let delivery = mapped.map_err(|cause| CollectError::Worker(cause.to_string()))?;
        let receipt = self.appender.append(delivery).await.map_err(|cause| CollectError::Store(Box::new(cause)))?;
        self.lines[at].1 = next;
        let (queue, pipeline) = (Arc::clone(&line.queue), line.name);
        let trimmed = tokio::task::spawn_blocking(move || queue.trim(next)).await;
        let trimmed = trimmed.map_err(|cause| CollectError::Worker(cause.to_string()))?;
        trimmed.map_err(|cause| CollectError::Read { pipeline: pipeline.clone(), cause })?;
        Ok(Committed { pipeline, receipt })
    }
}

/// Where a line goes on.
fn begin(line: &Line, position: Option<Position>) -> Result<u64, CollectError> {
    let read = |cause| CollectError::Read { pipeline: line.name.clone(), cause };
    let wrong = |reason: &str| Err(CollectError::Queue { pipeline: line.name.clone(), reason: reason.to_owned() });
    let next = position.as_ref().map_or(0, |position| u64::try_from(position.offset).unwrap_or_default());
    let pending = line.queue.pending(next).map_err(read)?;
    if pending.next < next {
        return wrong("its queue is an earlier copy: records that the log already has are not in it, nor are those acknowledged since");
    }
    if pending.first > next {
        return wrong(
            "its queue has let go of records that this lake does not have; they went to another lake, or this one is an earlier copy",
        );
    }
    if let Some(last) = next.checked_sub(1)
        && line.queue.mark(last).map_err(read)? != position.map(|position| position.check)
    {
        return wrong("its queue was put back from a copy and went on differently; records may be missing");
    }
    Ok(next)
}

/// A record for which the vocabulary has no word is rejected here: a file could be read again once there is one, a queue lets go of it.
pub(crate) fn mapped(count: u32, rows: usize, events: &EventBatch) -> Result<u32, Reject> {
    let is_unmapped = |row: usize| events.kind.bytes_at(row) == Some(UNMAPPED.as_bytes());
    if count == 0 || !(rows..events.len()).all(is_unmapped) {
        return Ok(count);
    }
    Err(Reject::new("unmapped", events.data.get(rows).unwrap_or_default()))
}

/// What records give.
fn delivery(line: &Line, records: &[Queued], secret: &CustomerSecret) -> Delivery {
    let (journal, mut connector) = (line.journal(), (line.make)());
    let mut out = Delivery { received: records.len() as u64, ..Delivery::default() };
    for queued in records {
        let seq = i64::try_from(queued.seq).unwrap_or(i64::MAX);
        let context = MapContext { connector: &line.connector, journal: &journal, now: queued.received_at, secret, source: &line.source };
        let record = RecordRef { bytes: &queued.record, offset: seq, place: seq, line: seq.saturating_add(1), before: 0 };
        let rows = out.events.len();
        match connector.map(&record, &context, &mut out.events).and_then(|count| mapped(count, rows, &out.events)) {
            Ok(count) => out.record_sizes.push(count),
            Err(reject) => {
                shorten(&mut out.events, rows);
                out.rejected.push(Rejected {
                    source: line.source.clone(),
                    connector: line.connector.clone(),
                    code: reject.code.to_owned(),
                    message: reject.message,
                    origin: line.name.clone(),
                    line: None,
                    journal: journal.clone(),
                    journal_seq: seq,
                    recorded_at: queued.received_at.micros(),
                    raw: queued.record.clone(),
                });
            }
        }
    }
    if let Some(last) = records.last() {
        let offset = i64::try_from(last.seq + 1).unwrap_or(i64::MAX);
        out.positions.push(Position { journal, offset, check: last.mark });
    }
    out
}
