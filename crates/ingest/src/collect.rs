//! The collecting loop: what waits in the journals of pipelines goes into the log.
//!
//! How the data moves: a line is due by the age of its oldest record, by records or by bytes; due records are read from their journal, mapped on
//! a blocking thread while those before them are stored, and handed over in one delivery with the position they reach; only after the commit
//! does a queue let go of them. Messages of a stream are mapped before they are due, as they come. A crash before the commit repeats the
//! records, one after it finds them behind the position: nothing is lost, nothing comes twice. Files are their own journals: of them a round
//! ingests what is new.
//!
//! Nothing here asks what time it is, or waits: [`Collector::round`] is called by whoever runs the loop (ADR 0010). After an error the
//! collector is made anew, and goes on where the log is.
//!
//! Read in this order: `lot` (records to a delivery), `waiting` (a queue), `mapper` and `stream` (a stream), `files` (tails and folders), and this page.

mod error;
mod files;
mod look;
mod lot;
mod mapper;
pub mod meters;
mod objects;
mod stream;
#[cfg(test)]
mod tests;
mod waiting;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use trunkline_events::Timestamp;
use trunkline_events::identity::CustomerSecret;
use trunkline_events::port::{Appender, Delivery, Receipt};

use crate::http::server::Cutter;
use crate::jetstream::{Access, Gap, Health, Order, Report, StreamOptions, place};
use crate::pipeline::Flush;
use crate::punctuality::Punctuality;
use crate::queue::Queue;
pub use error::CollectError;
use files::Files;
use lot::Lot;
pub(crate) use lot::map_alone;
use mapper::Mapper;
use objects::Objects;

/// Deliveries of a line in one round at most.
const LOTS_A_ROUND: usize = 16;

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
    pub inlet: Inlet,
    /// When they are due.
    pub flush: Flush,
}

/// Where the records of a line wait.
#[derive(Debug, Clone)]
pub enum Inlet {
    /// In an embedded queue, for what is received by HTTP.
    Queue(Arc<Queue>),
    /// In a stream of a broker.
    Stream {
        /// The servers.
        access: Access,
        /// The stream.
        stream: StreamOptions,
        /// A person decided to go on without what the broker lost.
        accepts_loss: bool,
    },
    /// In files that patterns name.
    Files(Vec<String>),
    /// In objects under a prefix.
    Objects {
        /// See [`crate::pipeline::Objects`].
        url: String,
        /// End of the names that count.
        suffix: Option<String>,
        /// Where those seen are remembered.
        seen: PathBuf,
    },
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("name", &self.name).field("connector", &self.connector).finish_non_exhaustive()
    }
}

impl Line {
    /// The journal of a queue.
    #[must_use]
    pub fn journal(&self, queue: &Queue) -> String {
        format!("queue:{}:{}:{}", self.connector, self.source, queue.incarnation())
    }
}

/// A commit of the loop; of files, what one look gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The pipeline.
    pub pipeline: String,
    /// What became of its records.
    pub receipt: Receipt,
    /// How late its events were.
    pub punctuality: Punctuality,
    /// What was found to be missing.
    pub gaps: Vec<Gap>,
    /// Remarks for the log.
    pub notes: Vec<String>,
    /// How long storing took.
    pub took: Duration,
}

/// How far a line is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The pipeline.
    pub pipeline: String,
    /// Records that wait here or at the broker.
    pub waiting: u64,
    /// When the oldest of them was received, as far as it is known.
    pub oldest: Option<Timestamp>,
    /// How often its queue was written to disk since the start; senders that come together share one.
    pub commits: u64,
    /// Why nothing is read, when nothing is.
    pub trouble: Option<String>,
    /// It does not get better by itself.
    pub is_broken: bool,
}

/// Where a line is.
#[derive(Debug)]
enum At {
    /// Next number to read, and bytes that are read and not stored yet.
    Queue { next: u64, in_flight: u64 },
    /// What reads ahead and maps, and since when something waits.
    Stream { mapper: Box<Mapper>, since: Option<Timestamp> },
    /// What the last look saw.
    Files(Files),
    /// What was seen.
    Objects(Objects),
}

/// Goes round the lines and owns the way into the log.
#[derive(Debug)]
pub struct Collector<A> {
    lines: Vec<(Line, At)>,
    /// Why the journal of a line could not be read when it was tried last.
    unread: Vec<Option<String>>,
    secret: CustomerSecret,
    appender: A,
    filled: Arc<Notify>,
}

/// Mapped, not stored yet.
struct Mapped {
    delivery: Delivery,
    bytes: u64,
    next: u64,
    punctuality: Punctuality,
    gaps: Vec<Gap>,
}

impl<A: Appender> Collector<A> {
    /// Finds where each line goes on, and that its queue is the one that the log knows. Streams are connected to in the background, so a runtime
    /// must be there; what their readers have to say goes to `report`.
    ///
    /// # Errors
    /// [`CollectError::Queue`] when acknowledged records are missing from a queue, or were replaced.
    pub fn new(lines: Vec<Line>, secret: CustomerSecret, appender: A, report: &Report) -> Result<Self, CollectError> {
        let filled = Arc::new(Notify::new());
        let mut found = Vec::with_capacity(lines.len());
        for line in lines {
            let at = begin(&line, &secret, &appender, report, &filled)?;
            found.push((line, at));
        }
        Ok(Self { unread: vec![None; found.len()], lines: found, secret, appender, filled })
    }

    /// Told when a stream has read as much as may wait, so that a round should not.
    #[must_use]
    pub fn filled(&self) -> Arc<Notify> {
        Arc::clone(&self.filled)
    }

    /// Stores what is due at `now`, of every line; of the last round everything is.
    ///
    /// # Errors
    /// When a journal cannot be read or the log cannot be written. What is not stored stays where it is.
    pub async fn round(&mut self, now: Timestamp, is_last: bool) -> Result<Vec<Committed>, CollectError> {
        let mut done = Vec::new();
        for at in 0..self.lines.len() {
            match self.lines[at].1 {
                At::Files(_) | At::Objects(_) => {
                    done.extend(self.look(at, now, is_last).await?);
                    continue;
                }
                At::Stream { .. } => {
                    self.drain_stream(at, now, is_last, &mut done).await?;
                    continue;
                }
                At::Queue { .. } => {}
            }
            self.unread[at] = match self.drain(at, now, is_last, &mut done).await {
                Ok(()) => None,
                // A journal that cannot be read does not keep the others from the log; at the end it is an error.
                Err(CollectError::Read { cause, .. }) if !is_last => Some(cause.to_string()),
                Err(other) => return Err(other),
            };
        }
        Ok(done)
    }

    /// How far each line is behind.
    #[must_use]
    pub fn status(&self) -> Vec<Status> {
        let of = |((line, at), unread): (&(Line, At), &Option<String>)| {
            let mut status = status(line, at);
            status.trouble = unread.clone().or(status.trouble);
            status
        };
        self.lines.iter().zip(&self.unread).map(of).collect()
    }

    /// The way into the log, between two rounds.
    pub const fn appender_mut(&mut self) -> &mut A {
        &mut self.appender
    }

    /// Gives the way into the log back.
    pub fn into_appender(self) -> A {
        self.appender
    }

    /// Stores all that is due of a queue. One lot is mapped while the one before it is stored.
    async fn drain(&mut self, at: usize, now: Timestamp, is_last: bool, done: &mut Vec<Committed>) -> Result<(), CollectError> {
        let mut mapped: Option<Mapped> = None;
        for turn in 0.. {
            // One line that never rests must not keep the others, and the facts, waiting.
            let has_turn = is_last || turn < LOTS_A_ROUND;
            let found = if has_turn { self.due(at, now, is_last).await } else { Ok(None) };
            if !has_turn {
                self.filled.notify_one();
            }
            let (mapping, unread) = match found {
                Ok(lot) => (lot.map(|lot| self.map(at, lot)), None),
                Err(cause) => (None, Some(cause)),
            };
            if let Some(ready) = mapped.take() {
                done.push(self.store(at, ready).await?);
            }
            match (mapping, unread) {
                (Some(mapping), _) => mapped = Some(mapping.await.map_err(|cause| CollectError::Worker(cause.to_string()))?),
                (None, Some(cause)) => return Err(cause),
                (None, None) => break,
            }
        }
        Ok(())
    }

    /// The records of a queue, if they are due.
    async fn due(&mut self, at: usize, now: Timestamp, is_last: bool) -> Result<Option<Lot>, CollectError> {
        let (line, place) = &mut self.lines[at];
        match (&line.inlet, place) {
            (Inlet::Queue(queue), At::Queue { next, in_flight }) => {
                let (from, behind) = (*next, *in_flight);
                let (name, journal, queue, flush) = (line.name.clone(), line.journal(queue), Arc::clone(queue), line.flush.clone());
                let read = move || waiting::due((&queue, &journal, &flush), (from, behind), now, is_last);
                let outcome = tokio::task::spawn_blocking(read).await.map_err(|cause| CollectError::Worker(cause.to_string()))?;
                let lot = outcome.map_err(|cause| CollectError::Read { pipeline: name, cause })?;
                if let Some(lot) = &lot {
                    *next = u64::try_from(lot.reaches.offset).unwrap_or(*next);
                    *in_flight += lot.bytes();
                }
                Ok(lot)
            }
            _ => Ok(None),
        }
    }

    /// Maps a lot on a blocking thread.
    fn map(&self, at: usize, lot: Lot) -> JoinHandle<Mapped> {
        let (line, secret) = (self.lines[at].0.clone(), self.secret.clone());
        tokio::task::spawn_blocking(move || {
            let mut delivery = Delivery::default();
            lot::enter(&line, &lot, &secret, &mut delivery);
            let next = u64::try_from(lot.reaches.offset).unwrap_or_default();
            Mapped { punctuality: Punctuality::of(&delivery.events), delivery, bytes: lot.bytes(), next, gaps: Vec::new() }
        })
    }

    /// Stores what was mapped, and lets the queue forget it.
    async fn store(&mut self, at: usize, mapped: Mapped) -> Result<Committed, CollectError> {
        fail::fail_point!("collect::mapped", |_| std::process::abort());
        let began = Instant::now();
        let receipt = self.appender.append(mapped.delivery).await.map_err(|cause| CollectError::Store(Box::new(cause)))?;
        let took = began.elapsed();
        fail::fail_point!("collect::stored", |_| std::process::abort());
        let (line, place) = &mut self.lines[at];
        let mut notes = Vec::new();
        if let (Inlet::Queue(queue), At::Queue { in_flight, .. }) = (&line.inlet, place) {
            let queue = Arc::clone(queue);
            let trimmed = tokio::task::spawn_blocking(move || queue.trim(mapped.next)).await;
            let trimmed = trimmed.map_err(|cause| CollectError::Worker(cause.to_string()))?;
            // The records are behind the committed position: the next trim takes them too.
            notes.extend(trimmed.err().map(|cause| cause.to_string()));
            *in_flight = in_flight.saturating_sub(mapped.bytes);
            fail::fail_point!("collect::trimmed", |_| std::process::abort());
        }
        Ok(Committed { pipeline: line.name.clone(), receipt, punctuality: mapped.punctuality, gaps: mapped.gaps, notes, took })
    }
}

/// Where a line goes on.
fn begin<A: Appender>(
    line: &Line,
    secret: &CustomerSecret,
    appender: &A,
    report: &Report,
    filled: &Arc<Notify>,
) -> Result<At, CollectError> {
    Ok(match &line.inlet {
        Inlet::Queue(queue) => {
            let next = waiting::begin(&line.name, queue, appender.position(&line.journal(queue)).as_ref())?;
            At::Queue { next, in_flight: 0 }
        }
        Inlet::Stream { access, stream, accepts_loss } => {
            let prefix = place::prefix(&line.connector, &line.source, &stream.name);
            let known = appender.positions_with_prefix(&prefix);
            let order = Order {
                name: line.name.clone(),
                access: access.clone(),
                stream: stream.clone(),
                prefix,
                rows: line.flush.rows,
                bytes: line.flush.bytes,
                accepts_loss: *accepts_loss,
                report: Arc::clone(report),
            };
            let mapper = Mapper::start(line.clone(), secret.clone(), order, known, Arc::clone(filled));
            At::Stream { mapper: Box::new(mapper), since: None }
        }
        Inlet::Files(patterns) => At::Files(Files::new(patterns.clone())),
        Inlet::Objects { url, suffix, seen } => At::Objects(Objects::new(url.clone(), suffix.clone(), seen.clone())),
    })
}

fn status(line: &Line, at: &At) -> Status {
    let mut status = Status { pipeline: line.name.clone(), waiting: 0, oldest: None, commits: 0, trouble: None, is_broken: false };
    match (&line.inlet, at) {
        (Inlet::Queue(queue), At::Queue { next, .. }) => match queue.pending(*next) {
            Ok(pending) => {
                status.commits = queue.commits();
                status.waiting = pending.next.saturating_sub(*next);
                status.oldest = pending.oldest;
            }
            Err(cause) => status.trouble = Some(cause.to_string()),
        },
        (_, At::Stream { mapper, .. }) => {
            let waiting = mapper.waiting();
            status.waiting = waiting.rows as u64 + waiting.behind;
            status.oldest = waiting.oldest;
            match mapper.health() {
                Health::Reading => {}
                Health::Starting => status.trouble = Some("not connected yet".to_owned()),
                Health::Waiting(reason) => status.trouble = Some(reason),
                Health::Broken(reason) => (status.trouble, status.is_broken) = (Some(reason), true),
            }
        }
        _ => {}
    }
    status
}
