//! The books of one file: mapped records and refused ones gather in a delivery until it is sent.

use tokio::sync::mpsc::Sender;
use trunkline_events::EventBatch;
use trunkline_events::port::{Delivery, Position, Rejected};

use super::cutter::Cut;
use super::merge::{append, shorten};
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
    pub(super) now: i64,
    pub(super) delivery: Delivery,
}

impl Book {
    /// Enters what was mapped from the records of a buffer whose first byte is at `base`.
    pub(super) fn enter(&mut self, mapped: Mapped, buffer: &[u8], base: i64, cuts: &[Cut]) {
        self.delivery.received += (mapped.sizes.len() + mapped.refused.len()) as u64;
        append(&mut self.delivery.events, mapped.events);
        self.delivery.record_sizes.extend(mapped.sizes);
        for (index, reject) in mapped.refused {
            let cut = &cuts[index];
            self.refuse(&buffer[cut.start..cut.end], base + cut.start as i64, cut.line, reject);
        }
    }

    /// Enters a record refused before mapping.
    pub(super) fn enter_refused(&mut self, raw: &[u8], offset: i64, line: i64, reject: Reject) {
        self.delivery.received += 1;
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
    pub(super) fn send(&mut self, to: &Sender<Message>, reached: &Running, taken: u64) -> bool {
        if self.delivery.received == 0 {
            return true;
        }
        let mut delivery = std::mem::take(&mut self.delivery);
        delivery.positions.push(Position { journal: self.journal.clone(), offset: reached.offset, check: reached.check() });
        to.blocking_send(Message::Delivery(Box::new(delivery), taken)).is_ok()
    }
}
