//! Joining and shortening event batches.

use trunkline_events::EventBatch;
use trunkline_events::batch::TextColumn;

/// Every text column of a batch, in one fixed order.
fn columns(batch: &mut EventBatch) -> [&mut TextColumn; 14] {
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

/// Appends all rows of `from` to `into`.
pub(super) fn append(into: &mut EventBatch, mut from: EventBatch) {
    if into.is_empty() {
        *into = from;
        return;
    }
    into.occurred_at.append(&mut from.occurred_at);
    into.recorded_at.append(&mut from.recorded_at);
    into.schema_version.append(&mut from.schema_version);
    into.journal_seq.append(&mut from.journal_seq);
    for (to, column) in columns(into).into_iter().zip(columns(&mut from)) {
        let shift = to.bytes.len() as i32;
        to.bytes.append(&mut column.bytes);
        to.offsets.extend(column.offsets.iter().skip(1).map(|offset| offset + shift));
        to.present.append(&mut column.present);
    }
}

/// Takes back everything pushed after row `rows`. A push that failed half-way is taken back too.
pub(super) fn shorten(batch: &mut EventBatch, rows: usize) {
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
            subject: None,
            contact_id: Some(id),
            channel: None,
            direction: None,
            queue: None,
            agent_id: None,
            customer_key: None,
            case_id: None,
            connector: "c",
            schema_version: 1,
            journal: "j",
            journal_seq: 7,
            data: "{}",
        }
    }

    #[test]
    fn joined_and_shortened_batches_hold_the_same_rows() {
        let (mut a, mut b) = (EventBatch::default(), EventBatch::default());
        a.push(&row("one"));
        b.push(&row("three"));
        b.push(&row("four"));
        super::append(&mut a, b);
        let ids: Vec<String> = a.rows().map(|r| r.event_id.to_owned()).collect();
        assert_eq!(ids, ["one", "three", "four"]);
        super::shorten(&mut a, 2);
        assert_eq!(a.len(), 2);
        assert_eq!(a.row(1), row("three"));
        a.push(&row("seven"));
        assert_eq!(a.row(2), row("seven"));
    }
}
