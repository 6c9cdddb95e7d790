//! Messages of a stream on their way to a delivery. They are mapped as they come, a piece at a time, while what came before them is stored:
//! neither the broker nor a core waits for a lot to be full, and the bytes of what is mapped are let go of.
//!
//! What is held: a piece being read, a piece being mapped, the delivery they make, and the one before it that is being stored.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::task::JoinHandle;
use trunkline_events::EventBatch;
use trunkline_events::identity::CustomerSecret;
use trunkline_events::port::{Delivery, Position};

use super::error::CollectError;
use super::lot::{self, Lot, Record};
use super::{Flush, Line};
use crate::jetstream::{Batch, Gap, Health, Order, Reader, Taken, Waiting};

/// Messages of a piece at most.
const PIECE: usize = 16_384;
/// A piece has at most so little of the bytes that make a delivery due.
const BYTE_SHARE: usize = 16;

/// Reads a stream ahead and maps it. Dropped, it ends.
#[derive(Debug)]
pub(super) struct Mapper {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What messages became.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Without what is missing.
    pub(super) delivery: Delivery,
    /// What is missing among or before the messages.
    pub(super) gaps: Vec<Gap>,
    /// Mapping broke off, so it is not known what is in it.
    is_spoilt: bool,
}

/// What an [`Open`] holds, or will once the piece at hand is mapped.
#[derive(Debug, Default, Clone, Copy)]
struct Held {
    rows: usize,
    bytes: usize,
    oldest: Option<trunkline_events::Timestamp>,
    /// Nothing more may be added.
    is_closed: bool,
}

#[derive(Debug)]
struct Shared {
    line: Line,
    secret: CustomerSecret,
    reader: Reader,
    open: Arc<tokio::sync::Mutex<Open>>,
    held: Mutex<Held>,
    /// The delivery was taken.
    taken: Notify,
    /// It should be.
    filled: Arc<Notify>,
}

impl Drop for Mapper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Mapper {
    /// Starts reading behind the committed positions of the stream's journals. `order` says how much may be delivered at once; `filled` is told
    /// when that is there.
    pub(super) fn start(line: Line, secret: CustomerSecret, mut order: Order, known: Vec<Position>, filled: Arc<Notify>) -> Self {
        // As many as make whole deliveries.
        order.rows = order.rows.div_ceil(order.rows.div_ceil(PIECE).max(1));
        order.bytes = (order.bytes / BYTE_SHARE).max(1);
        let read = Arc::new(Notify::new());
        let reader = Reader::start(order, known, Arc::clone(&read));
        let (open, held, taken) = (Arc::default(), Mutex::default(), Notify::new());
        let shared = Arc::new(Shared { line, secret, reader, open, held, taken, filled });
        Self { task: tokio::spawn(run(Arc::clone(&shared), read)), shared }
    }

    /// What waits, mapped or not.
    pub(super) fn waiting(&self) -> Waiting {
        let (held, read) = (lock(&self.shared.held), self.shared.reader.waiting());
        let oldest = held.oldest.or(read.oldest);
        Waiting { rows: held.rows + read.rows, bytes: held.bytes + read.bytes, oldest, ..read }
    }

    /// True when a delivery should be taken, however young it is.
    pub(super) fn is_full(&self) -> bool {
        self.shared.is_full()
    }

    /// How reading goes.
    pub(super) fn health(&self) -> Health {
        self.shared.reader.health()
    }

    /// Reads no more. What was read can be taken.
    pub(super) fn stop_reading(&self) {
        self.shared.reader.stop();
    }

    /// Takes what is mapped and, where there is room for it, what was read besides. Empty when that is of another journal, which is next then.
    pub(super) async fn take(&self) -> Result<Open, CollectError> {
        let mut open = Arc::clone(&self.shared.open).lock_owned().await;
        if open.is_spoilt {
            return Err(CollectError::Worker("what it made of a message is lost".to_owned()));
        }
        if !self.shared.is_full() {
            open = self.shared.map(open).await?;
        }
        // The next is likely to be as large: growing by and by would copy it several times.
        let room = EventBatch::with_room_of(&open.delivery.events);
        let taken = std::mem::replace(&mut *open, Open { delivery: Delivery { events: room, ..Delivery::default() }, ..Open::default() });
        *lock(&self.shared.held) = Held::default();
        drop(open);
        self.shared.taken.notify_one();
        Ok(taken)
    }
}

/// Maps each piece that was read, as long as there is room.
async fn run(shared: Arc<Shared>, read: Arc<Notify>) {
    loop {
        read.notified().await;
        let open = loop {
            let open = Arc::clone(&shared.open).lock_owned().await;
            if !shared.is_full() {
                break open;
            }
            drop(open);
            shared.filled.notify_one();
            shared.taken.notified().await;
        };
        let is_mapped = shared.map(open).await.is_ok();
        if shared.is_full() {
            shared.filled.notify_one();
        }
        if !is_mapped {
            return;
        }
    }
}

impl Shared {
    fn is_full(&self) -> bool {
        let (held, flush): (_, &Flush) = (*lock(&self.held), &self.line.flush);
        held.is_closed || held.rows >= flush.rows || held.bytes >= flush.bytes
    }

    /// Maps what was read, on a blocking thread.
    async fn map(self: &Arc<Self>, mut open: OwnedMutexGuard<Open>) -> Result<OwnedMutexGuard<Open>, CollectError> {
        let journal = open.delivery.positions.first().map(|position| position.journal.clone()).unwrap_or_default();
        let batch = {
            let mut held = lock(&self.held);
            match self.reader.take(&journal, self.line.flush.rows.saturating_sub(held.rows).max(1)) {
                Some(batch) => {
                    held.rows += batch.messages.len() + batch.gaps.len();
                    held.bytes += batch.bytes;
                    held.oldest = held.oldest.or(batch.messages.first().map(|first| first.published_at));
                    batch
                }
                None => {
                    held.is_closed = true;
                    return Ok(open);
                }
            }
        };
        if batch.is_empty() {
            return Ok(open);
        }
        let shared = Arc::clone(self);
        open.is_spoilt = true;
        let mapping = move || {
            shared.enter(batch, &mut open);
            open.is_spoilt = false;
            open
        };
        let outcome = tokio::task::spawn_blocking(mapping).await;
        outcome.map_err(|cause| {
            lock(&self.held).is_closed = true;
            CollectError::Worker(cause.to_string())
        })
    }

    fn enter(&self, batch: Batch, open: &mut Open) {
        let reaches = Position { offset: lot::signed(batch.next), check: batch.mark(), journal: batch.journal };
        let record = |taken: Taken| Record { seq: taken.seq, at: taken.published_at, headers: taken.headers, bytes: taken.payload };
        let lot = Lot { records: batch.messages.into_iter().map(record).collect(), reaches };
        lot::enter(&self.line, &lot, &self.secret, &mut open.delivery);
        open.gaps.extend(batch.gaps);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
