//! The books of one file: mapped records and refused ones gather in a delivery until it is sent.

use tokio::sync::mpsc::Sender;
use trunkline_events::EventBatch;
use trunkline_events::port::{Carry, Delivery, Position, Rejected};

use super::cutter::Cut;
use super::merge::{Size, append, shorten, size_of, with_room};
use super::worker::Message;
use crate::connector::{Connector, MapContext, RecordRef, Reject};
use crate::journal::Running;

/// What mapping a run of records gave.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    events: EventBatch,
    sizes: Vec<u32>,
    refused: Vec<(usize, Reject)>,
}

impl Mapped {
    /// Records refused so far.
    pub(super) fn refused(&self) -> u64 {
        self.refused.len() as u64
    }
}

/// Maps one record into `out`; `index` names it among the records of its buffer.
pub(super) fn map_one(
    connector: &mut dyn Connector,
    (index, cut): (usize, &Cut),
    record: &RecordRef<'_>,
    context: &MapContext<'_>,
    out: &mut Mapped,
) {
    let rows = out.events.len();
    let outcome = match &cut.refused {
        Some(reject) => Err(reject.clone()),
        None => connector.map(record, context, &mut out.events),
    };
    match outcome {
        Ok(count) => out.sizes.push(count),
        Err(reject) => {
            shorten(&mut out.events, rows);
            out.refused.push((index, reject));
        }
    }
}

/// The books.
pub(super) struct Book {
    pub(super) connector: &'static str,
    pub(super) source: String,
    pub(super) origin: String,
    pub(super) journal: String,
    /// Journals of earlier readings of the same bytes.
    pub(super) again: Vec<String>,
    pub(super) now: i64,
    pub(super) delivery: Delivery,
    /// How large the delivery before was: the next one will be of that size.
    pub(super) last: Size,
}

impl Book {
    /// Lends what has gathered, so that records are mapped to where they stay; [`Self::take_back`] ends it.
    pub(super) fn lend(&mut self) -> Mapped {
        if self.delivery.events.is_empty() {
            self.delivery.events = with_room(&self.last);
        }
        Mapped {
            events: std::mem::take(&mut self.delivery.events),
            sizes: std::mem::take(&mut self.delivery.record_sizes),
            refused: Vec::new(),
        }
    }

    /// Takes back what was lent, with what was mapped from the records of a buffer whose first byte is at `base`.
    pub(super) fn take_back(&mut self, lent: Mapped, buffer: &[u8], base: i64, cuts: &[Cut]) {
        self.delivery.events = lent.events;
        self.delivery.record_sizes = lent.sizes;
        self.refuse_all(lent.refused, buffer, base, cuts);
    }

    /// Enters what was mapped apart, and empties it.
    pub(super) fn enter(&mut self, mapped: &mut Mapped, buffer: &[u8], base: i64, cuts: &[Cut]) {
        append(&mut self.delivery.events, &mut mapped.events);
        self.delivery.record_sizes.append(&mut mapped.sizes);
        self.refuse_all(std::mem::take(&mut mapped.refused), buffer, base, cuts);
    }

    fn refuse_all(&mut self, refused: Vec<(usize, Reject)>, buffer: &[u8], base: i64, cuts: &[Cut]) {
        for (index, reject) in refused {
            let cut = &cuts[index];
            self.refuse(&buffer[cut.start..cut.end], base + cut.start as i64, cut.line, reject);
        }
    }

    /// Enters a record refused before mapping.
    pub(super) fn enter_refused(&mut self, raw: &[u8], offset: i64, line: i64, reject: Reject) {
        self.refuse(raw, offset, line, reject);
    }

    fn refuse(&mut self, raw: &[u8], offset: i64, line: i64, reject: Reject) {
        self.delivery.rejected.push(Rejected {
            source: self.source.clone(),
            connector: self.connector.to_owned(),
            code: reject.code.to_owned(),
            message: reject.message,
            origin: self.origin.clone(),
            line: Some(line),
            journal: self.journal.clone(),
            journal_seq: offset,
            recorded_at: self.now,
            raw: raw.to_vec(),
        });
    }

    /// True when nothing has gathered.
    pub(super) fn is_empty(&self) -> bool {
        self.delivery.record_sizes.is_empty() && self.delivery.rejected.is_empty()
    }

    /// Rejected records not sent yet.
    pub(super) fn rejected(&self) -> u64 {
        self.delivery.rejected.len() as u64
    }

    /// True when one of the limits is reached.
    pub(super) fn is_full(&self, rows: usize, bytes: usize) -> bool {
        let rejected: usize = self.delivery.rejected.iter().map(|r| r.raw.len()).sum();
        self.delivery.events.len() + self.delivery.rejected.len() >= rows || self.delivery.events.text_bytes() + rejected >= bytes
    }

    /// Sends what has gathered, with the position it reaches; false when nobody listens any more.
    pub(super) fn send(&mut self, to: &Sender<Message>, reached: &Running, taken: u64, carries: Vec<Carry>) -> bool {
        let mut delivery = std::mem::take(&mut self.delivery);
        delivery.received = (delivery.record_sizes.len() + delivery.rejected.len()) as u64;
        if delivery.received == 0 {
            return true;
        }
        delivery.carries = carries;
        delivery.again.clone_from(&self.again);
        self.last = size_of(&mut delivery.events);
        delivery.positions.push(Position { journal: self.journal.clone(), offset: reached.offset, check: reached.check() });
        to.blocking_send(Message::Delivery(Box::new(delivery), taken)).is_ok()
    }
}
