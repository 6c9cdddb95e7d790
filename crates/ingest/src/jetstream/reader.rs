//! The task that reads ahead: one per pipeline, from the broker into a batch that the loop takes when it is due.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::Stream as Messages;
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use futures::StreamExt;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use trunkline_events::Timestamp;
use trunkline_events::port::Position;

use super::batch::{Batch, Taken, Waiting};
use super::connect::{self, Access, StreamOptions};
use super::place::{self, Lost, Seen, Start};
use super::record::{headers, mark};
use super::told::Told;

/// First pause after a failure, doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Messages that have arrived and are dealt with together, at most.
const AT_ONCE: usize = 256;

/// How a reader is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Health {
    /// Not connected yet.
    #[default]
    Starting,
    /// Reading.
    Reading,
    /// Trying again after this.
    Waiting(String),
    /// Stopped for good: acknowledged messages are missing.
    Broken(String),
}

/// Called with a line for the log.
pub type Report = Arc<dyn Fn(&str) + Send + Sync>;

/// What a reader needs to know.
#[derive(Clone)]
pub struct Order {
    /// Name of the pipeline.
    pub name: String,
    /// The servers.
    pub access: Access,
    /// The stream.
    pub stream: StreamOptions,
    /// Beginning of its journals' ids, see [`place::prefix`].
    pub prefix: String,
    /// Records of a batch at most.
    pub rows: usize,
    /// Bytes of a batch at most.
    pub bytes: usize,
    /// A person decided to go on without what the broker lost.
    pub accepts_loss: bool,
    /// For the log.
    pub report: Report,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").field("name", &self.name).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Shared {
    batch: Mutex<Batch>,
    health: Mutex<Health>,
    /// The batch was taken.
    taken: Notify,
}

/// A task that reads a stream. Dropped, it ends.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Reader {
    /// Starts reading behind the committed positions of the stream's journals. `filled` is told when a batch is full.
    #[must_use]
    pub fn start(order: Order, known: Vec<Position>, filled: Arc<Notify>) -> Self {
        let shared = Arc::new(Shared::default());
        let session = Session {
            order,
            known,
            shared: Arc::clone(&shared),
            filled,
            is_whole: false,
            told: Arc::new(Told::default()),
            said: String::new(),
            doubts: Vec::new(),
        };
        Self { shared, task: tokio::spawn(session.run()) }
    }

    /// What waits.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        let batch = lock(&self.shared.batch);
        let oldest = batch.messages.first().map(|first| first.published_at);
        Waiting { rows: batch.messages.len() + batch.gaps.len(), bytes: batch.bytes, behind: batch.behind, oldest }
    }

    /// Takes what was read of `journal`, of any when it is empty, `most` messages at most; `None` when what waits is of another one.
    #[must_use]
    pub fn take(&self, journal: &str, most: usize) -> Option<Batch> {
        let mut batch = lock(&self.shared.batch);
        if !(journal.is_empty() || batch.is_empty() || batch.journal == journal) {
            return None;
        }
        let taken = batch.take_first(most);
        drop(batch);
        self.shared.taken.notify_one();
        Some(taken)
    }

    /// Ends reading; what was read can be taken.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> Health {
        lock(&self.shared.health).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a session ended.
enum Ended {
    /// Try again.
    Again(String),
    /// Never again by itself.
    Broken(String),
}

/// A message, what is missing before it, and how many the broker has behind it.
type Placed = (Taken, Option<Lost>, u64);

struct Session {
    order: Order,
    /// Positions of the stream's journals; that of the current one moves with what is read.
    known: Vec<Position>,
    shared: Arc<Shared>,
    filled: Arc<Notify>,
    /// The pipeline reads all subjects of the stream.
    is_whole: bool,
    told: Arc<Told>,
    /// What was said last: a broker that is away is told once.
    said: String,
    /// What about the stream was warned of: once, not with each connection.
    doubts: Vec<String>,
}

impl Session {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        let client = loop {
            match connect::connect(&self.order.access, &self.order.name, &self.told).await {
                Ok(client) => break client,
                Err(reason) => self.wait(&mut pause, reason).await,
            }
        };
        loop {
            match self.read(&client, &mut pause).await {
                Ended::Again(reason) => self.wait(&mut pause, reason).await,
                Ended::Broken(reason) => {
                    self.say(&reason);
                    *lock(&self.shared.health) = Health::Broken(reason);
                    self.filled.notify_one();
                    return;
                }
            }
        }
    }

    fn say(&mut self, text: &str) {
        if self.said != text {
            (self.order.report)(&format!("pipeline {}: {text}", self.order.name));
            text.clone_into(&mut self.said);
        }
    }

    async fn wait(&mut self, pause: &mut Duration, mut reason: String) {
        if let Some(trouble) = self.told.trouble() {
            reason = format!("{reason}: {trouble}");
        }
        self.say(&reason);
        *lock(&self.shared.health) = Health::Waiting(reason);
        tokio::time::sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
    }

    /// From the checks to the end of the connection.
    async fn read(&mut self, client: &async_nats::Client, pause: &mut Duration) -> Ended {
        let mut breaks = self.told.breaks();
        let (stream, doubts) = match connect::stream(client, &self.order.stream).await {
            Ok(found) => found,
            Err(reason) => return Ended::Again(reason),
        };
        let start = match self.place(&stream).await {
            Ok(start) => start,
            Err(ended) => return ended,
        };
        for doubt in &doubts {
            if !self.doubts.contains(doubt) {
                (self.order.report)(&format!("pipeline {}: warning: {doubt}", self.order.name));
            }
        }
        self.doubts = doubts;
        self.begin(&start).await;
        let mut messages = match connect::messages(&stream, &self.order.stream.subjects, start.next).await {
            Ok(messages) => messages,
            Err(reason) => return Ended::Again(reason),
        };
        *lock(&self.shared.health) = Health::Reading;
        *pause = FIRST_PAUSE;
        self.say(&format!("reads stream {} from message {}", self.order.stream.name, start.next));
        match self.follow(&mut messages, &mut breaks, &start).await {
            Ok(()) => Ended::Again("the broker ended the subscription".to_owned()),
            Err(reason) => Ended::Again(reason),
        }
    }

    async fn place(&mut self, stream: &Stream) -> Result<Start, Ended> {
        let info = stream.get_info().await.map_err(|cause| Ended::Again(cause.to_string()))?;
        let created = (info.created.unix_timestamp_nanos() / 1_000).to_string();
        let sorted = |subjects: &[String]| {
            let mut subjects = subjects.to_vec();
            subjects.sort();
            subjects
        };
        let read = &self.order.stream.subjects;
        self.is_whole = read.is_empty() || sorted(read) == sorted(&info.config.subjects);
        let seen = Seen { created, first: info.state.first_sequence, last: info.state.last_sequence, is_whole: self.is_whole };
        let mark = match place::wants_mark(&self.order.prefix, &seen, &self.known) {
            Some(read) => match stream.get_raw_message(read).await {
                Ok(found) => Some(mark(&found.payload, found.time.unix_timestamp_nanos())),
                // Deleted since. Anything else, such as a permission that is missing, must not pass for it: the check would be left out.
                Err(cause) if matches!(cause.kind(), RawMessageErrorKind::NoMessageFound) => None,
                Err(cause) => return Err(Ended::Again(format!("message {read} cannot be compared: {cause}"))),
            },
            None => None,
        };
        place::start(&self.order.prefix, &seen, &self.known, mark, self.order.accepts_loss)
            .map_err(|refusal| Ended::Broken(refusal.to_string()))
    }

    /// Enters where reading begins. What was read of another journal must be taken first.
    async fn begin(&mut self, start: &Start) {
        loop {
            {
                let mut batch = lock(&self.shared.batch);
                if batch.is_empty() || batch.journal == start.journal {
                    start.journal.clone_into(&mut batch.journal);
                    batch.next = start.next;
                    batch.gaps.extend(start.lost.clone());
                    break;
                }
            }
            self.filled.notify_one();
            self.shared.taken.notified().await;
        }
        self.order.accepts_loss = false;
        self.reached(&start.journal, start.next, if start.lost.is_some() { Some(place::UNREAD) } else { None });
    }

    /// Remembers what was read, for the checks of the next connection.
    fn reached(&mut self, journal: &str, next: u64, check: Option<i64>) {
        let offset = i64::try_from(next).unwrap_or(i64::MAX);
        match self.known.iter_mut().find(|position| position.journal == journal) {
            Some(position) => {
                position.offset = offset;
                position.check = check.unwrap_or(position.check);
            }
            None => self.known.push(Position { journal: journal.to_owned(), offset, check: check.unwrap_or(place::UNREAD) }),
        }
    }

    async fn follow(&mut self, messages: &mut Messages, breaks: &mut watch::Receiver<u64>, start: &Start) -> Result<(), String> {
        let (mut next, mut count) = (start.next, 0_u64);
        let (mut check, mut arrived) = (None, messages.ready_chunks(AT_ONCE));
        let outcome = loop {
            let found = tokio::select! {
                biased;
                _ = breaks.changed() => break Err("the connection broke".to_owned()),
                found = arrived.next() => found,
            };
            let Some(found) = found else { break Ok(()) };
            let (mut fine, mut wrong) = (Vec::with_capacity(found.len()), None);
            for message in found {
                match message.map_err(|cause| cause.to_string()).and_then(|message| self.place_of(&message, &mut next, &mut count)) {
                    Ok(place) => fine.push(place),
                    Err(reason) => {
                        wrong = Some(reason);
                        break;
                    }
                }
            }
            check = fine.last().map(|(last, ..)| mark(&last.payload, last.published_nanos)).or(check);
            self.push(fine).await;
            if let Some(reason) = wrong {
                break Err(reason);
            }
        };
        if check.is_some() {
            self.reached(&start.journal, next, check);
        }
        outcome
    }

    /// A message, what is missing before it and what is behind it; it must be the one that is expected.
    fn place_of(&self, message: &Message, next: &mut u64, count: &mut u64) -> Result<Placed, String> {
        let (taken, consumer_seq, behind) = self.taken(message)?;
        *count += 1;
        if consumer_seq != *count {
            return Err(format!("message {count} of the consumer did not arrive"));
        }
        let gap = (self.is_whole && taken.seq > *next).then(|| Lost { from: *next, to: Some(taken.seq - 1), why: "deleted" });
        *next = taken.seq + 1;
        Ok((taken, gap, behind))
    }

    fn taken(&self, message: &Message) -> Result<(Taken, u64, u64), String> {
        let info = message.info().map_err(|cause| cause.to_string())?;
        let published_nanos = info.published.unix_timestamp_nanos();
        let taken = Taken {
            seq: info.stream_sequence,
            published_at: Timestamp::from_micros(i64::try_from(published_nanos / 1_000).unwrap_or_default()),
            headers: headers(message.headers.as_ref()),
            payload: message.payload.clone(),
            published_nanos,
        };
        Ok((taken, info.consumer_sequence, info.pending))
    }

    /// Adds messages, each once there is room for it.
    async fn push(&self, placed: Vec<Placed>) {
        let mut placed = placed.into_iter().peekable();
        while placed.peek().is_some() {
            {
                let mut batch = lock(&self.shared.batch);
                while batch.messages.len() < self.order.rows && batch.bytes < self.order.bytes {
                    let Some((taken, gap, behind)) = placed.next() else { return };
                    batch.next = taken.seq + 1;
                    batch.bytes += taken.payload.len();
                    batch.behind = behind;
                    batch.gaps.extend(gap);
                    batch.messages.push(taken);
                }
            }
            self.filled.notify_one();
            self.shared.taken.notified().await;
        }
    }
}
