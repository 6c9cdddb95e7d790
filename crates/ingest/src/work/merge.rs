//! Joining and shortening event batches.

use trunkline_events::EventBatch;
use trunkline_events::batch::TextColumn;

/// Text columns of a batch.
const TEXT_COLUMNS: usize = 14;

/// Every text column of a batch, in one fixed order.
fn columns(batch: &mut EventBatch) -> [&mut TextColumn; TEXT_COLUMNS] {
    let EventBatch {
        event_id,
        source,
        kind,
        subject,
        contact_id,
        channel,
        direction,
        queue,
        agent_id,
        customer_key,
        case_id,
        connector,
        journal,
        data,
        ..
    } = batch;
    [event_id, source, kind, subject, contact_id, channel, direction, queue, agent_id, customer_key, case_id, connector, journal, data]
}

/// Moves all rows of `from` to the end of `into`. `from` keeps its memory, so that the next block need not ask for it again.
pub(super) fn append(into: &mut EventBatch, from: &mut EventBatch) {
    into.occurred_at.append(&mut from.occurred_at);
    into.recorded_at.append(&mut from.recorded_at);
    into.schema_version.append(&mut from.schema_version);
    into.journal_seq.append(&mut from.journal_seq);
    for (to, column) in columns(into).into_iter().zip(columns(from)) {
        let shift = to.bytes.len() as i32;
        to.bytes.append(&mut column.bytes);
        to.offsets.extend(column.offsets.drain(1..).map(|offset| offset + shift));
        to.present.append(&mut column.present);
    }
}

/// Sizes of a batch: rows, and bytes of each text column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    rows: usize,
    bytes: [usize; TEXT_COLUMNS],
}

/// How large a batch is.
pub(super) fn size_of(batch: &mut EventBatch) -> Size {
    Size { rows: batch.len(), bytes: columns(batch).map(|column| column.bytes.len()) }
}

/// An empty batch with room for `size`: a vector that grows step by step is copied several times over.
pub(super) fn with_room(size: &Size) -> EventBatch {
    let mut batch = EventBatch::default();
    batch.occurred_at.reserve_exact(size.rows);
    batch.recorded_at.reserve_exact(size.rows);
    batch.schema_version.reserve_exact(size.rows);
    batch.journal_seq.reserve_exact(size.rows);
    for (column, bytes) in columns(&mut batch).into_iter().zip(size.bytes) {
        column.bytes.reserve_exact(bytes);
        column.offsets.reserve_exact(size.rows);
        column.present.reserve_exact(size.rows);
    }
    batch
}

/// Takes back everything pushed after row `rows`. A push that failed half-way is taken back too.
pub(crate) fn shorten(batch: &mut EventBatch, rows: usize) {
    batch.occurred_at.truncate(rows);
    batch.recorded_at.truncate(rows);
    batch.schema_version.truncate(rows);
    batch.journal_seq.truncate(rows);
    for column in columns(batch) {
        column.offsets.truncate(rows + 1);
        column.present.truncate(rows);
        let end = column.offsets.last().map_or(0, |offset| *offset as usize);
        column.bytes.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use trunkline_events::{EventBatch, EventRow, Timestamp};

    fn row(id: &str) -> EventRow<'_> {
        EventRow {
            event_id: id,
            source: "s",
            kind: "k",
            occurred_at: Timestamp::from_seconds(id.len() as i64),
            recorded_at: Timestamp::from_seconds(2),
            contact_id: Some(id),
            connector: "c",
            journal: "j",
            journal_seq: 7,
            ..EventRow::default()
        }
    }

    #[test]
    fn joined_and_shortened_batches_hold_the_same_rows() {
        let (mut a, mut b) = (EventBatch::default(), EventBatch::default());
        a.push(&row("one"));
        b.push(&row("three"));
        b.push(&row("four"));
        super::append(&mut a, &mut b);
        assert!(b.is_empty());
        b.push(&row("six"));
        assert_eq!(b.row(0), row("six"), "what was emptied can be filled again");
        let ids: Vec<String> = a.rows().map(|r| r.event_id.to_owned()).collect();
        assert_eq!(ids, ["one", "three", "four"]);
        super::shorten(&mut a, 2);
        assert_eq!(a.len(), 2);
        assert_eq!(a.row(1), row("three"));
        a.push(&row("seven"));
        assert_eq!(a.row(2), row("seven"));
        let mut roomy = super::with_room(&super::size_of(&mut a));
        let room = roomy.data.bytes.capacity();
        super::append(&mut roomy, &mut a);
        assert_eq!((roomy.len(), roomy.data.bytes.capacity()), (3, room));
    }
}
