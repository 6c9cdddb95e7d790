//! What waits in the embedded queue of a line, and whether it is due.

use bytes::Bytes;
use trunkline_events::Timestamp;
use trunkline_events::port::Position;

use super::error::CollectError;
use super::lot::{Lot, Record, signed};
use crate::pipeline::Flush;
use crate::queue::Queue;

/// Where a line goes on in its queue.
///
/// # Errors
/// [`CollectError::Queue`] when acknowledged records are missing from the queue, or were replaced.
pub(super) fn begin(pipeline: &str, queue: &Queue, position: Option<&Position>) -> Result<u64, CollectError> {
    let read = |cause| CollectError::Read { pipeline: pipeline.to_owned(), cause };
    let wrong = |reason: &str| Err(CollectError::Queue { pipeline: pipeline.to_owned(), reason: reason.to_owned() });
    let next = position.map_or(0, |position| u64::try_from(position.offset).unwrap_or_default());
    let pending = queue.pending(next).map_err(read)?;
    if pending.next < next {
        return wrong("its queue is an earlier copy: records that the log already has are not in it, nor are those acknowledged since");
    }
    if pending.first > next {
        return wrong(
            "its queue has let go of records that this lake does not have; they went to another lake, or this one is an earlier copy",
        );
    }
    if let Some(last) = next.checked_sub(1)
        && queue.mark(last).map_err(read)? != position.map(|position| position.check)
    {
        return wrong("its queue was put back from a copy and went on differently; records may be missing");
    }
    Ok(next)
}

/// The records from `next` on, if they are due; `in_flight` bytes before them are being stored. Blocking.
///
/// # Errors
/// When the queue cannot be read.
pub(super) fn due(
    (queue, journal, flush): (&Queue, &str, &Flush),
    (next, in_flight): (u64, u64),
    now: Timestamp,
    is_last: bool,
) -> Result<Option<Lot>, crate::queue::QueueError> {
    let pending = queue.pending(next)?;
    let Some(oldest) = pending.oldest else { return Ok(None) };
    let is_old = is_older(now, oldest, flush);
    let bytes = pending.bytes.saturating_sub(in_flight);
    let is_full = pending.next - next >= flush.rows as u64 || bytes >= flush.bytes as u64;
    if !(is_last || is_old || is_full) {
        return Ok(None);
    }
    let found = queue.read(next, flush.rows, flush.bytes)?;
    let Some(last) = found.last() else { return Ok(None) };
    let reaches = Position { journal: journal.to_owned(), offset: signed(last.seq + 1), check: last.mark };
    let record = |queued: crate::queue::Queued| Record {
        seq: queued.seq,
        at: queued.received_at,
        headers: Vec::new(),
        bytes: Bytes::from(queued.record),
    };
    let records = found.into_iter().map(record).collect();
    Ok(Some(Lot { records, reaches }))
}

/// True once what came at `since` has waited for the flush's age.
pub(super) fn is_older(now: Timestamp, since: Timestamp, flush: &Flush) -> bool {
    let age = now.micros().saturating_sub(since.micros());
    age >= i64::try_from(flush.age.as_micros()).unwrap_or(i64::MAX)
}
