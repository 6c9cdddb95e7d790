//! Fact rows as Arrow batches, in time order; ties by subject and number.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::record_batch::RecordBatch;
use compact_str::CompactString;
use trunkline_events::Timestamp;
use trunkline_events::fact::{AgentLeg, AgentState, Anomaly, Contact, Hold, Provenance, QueueStint, Response, SelfService};
use trunkline_storage::schema;

use crate::error::FactsError;

/// Rows of one fact table.
pub(crate) trait Row: Sync + Sized {
    /// The table.
    const TABLE: &'static str;

    /// By time, ties by subject and number.
    fn order(a: &Self, b: &Self) -> Ordering;

    /// All columns of the table.
    fn columns(rows: &[&Self]) -> Vec<ArrayRef>;

    /// As a batch.
    fn batch(rows: &[&Self]) -> Result<RecordBatch, FactsError> {
        let arrow = schema::arrow_schema(Self::TABLE).ok_or_else(|| FactsError::UnknownTable { table: Self::TABLE.to_owned() })?;
        Ok(RecordBatch::try_new(arrow, Self::columns(rows))?)
    }
}

/// A field's column.
trait Cell: Sized {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a;
}

impl Cell for CompactString {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(values))
    }
}

impl Cell for Option<CompactString> {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(values.map(|text| text.as_deref()).collect::<StringArray>())
    }
}

impl Cell for i64 {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(values.copied()))
    }
}

impl Cell for Option<i64> {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(values.copied().collect::<Int64Array>())
    }
}

impl Cell for bool {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(values.map(|value| Some(*value)).collect::<BooleanArray>())
    }
}

impl Cell for Option<bool> {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(values.copied().collect::<BooleanArray>())
    }
}

impl Cell for Timestamp {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(values.map(|at| at.micros())).with_timezone("UTC"))
    }
}

impl Cell for Option<Timestamp> {
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef {
        Arc::new(values.map(|at| at.map(Timestamp::micros)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    }
}

fn column<'a, R: 'a, C: Cell + 'a>(rows: &[&'a R], of: fn(&R) -> &C) -> ArrayRef {
    C::array(rows.iter().map(|row| of(row)))
}

fn common<R>(rows: &[&R], of: fn(&R) -> &Provenance) -> [ArrayRef; 4] {
    [
        CompactString::array(rows.iter().map(|row| &of(row).source)),
        Timestamp::array(rows.iter().map(|row| &of(row).recorded_at)),
        bool::array(rows.iter().map(|row| &of(row).is_final)),
        i64::array(rows.iter().map(|row| &of(row).event_count)),
    ]
}

macro_rules! row {
    ($ty:ty, [$($field:ident),* $(,)?], $order:expr) => {
        impl Row for $ty {
            const TABLE: &'static str = <$ty>::TABLE;

            fn order(a: &Self, b: &Self) -> Ordering {
                let order: fn(&Self, &Self) -> Ordering = $order;
                order(a, b)
            }

            fn columns(rows: &[&Self]) -> Vec<ArrayRef> {
                let mut columns = vec![$(column(rows, |row: &$ty| &row.$field)),*];
                columns.extend(common(rows, |row: &$ty| &row.provenance));
                columns
            }
        }
    };
}

row!(
    Contact,
    [
        contact_id,
        channel,
        direction,
        customer_key,
        entry_point,
        reason,
        started_at,
        ended_at,
        first_queued_at,
        first_answered_at,
        first_queue,
        last_queue,
        first_agent_id,
        last_agent_id,
        outcome,
        ended_by,
        disposition,
        is_resolved,
        self_service_ms,
        wait_ms,
        talk_ms,
        hold_ms,
        wrap_up_ms,
        hold_count,
        stint_count,
        leg_count,
        transfer_count,
        is_escalated,
        previous_contact_id
    ],
    |a, b| (a.started_at, &a.contact_id).cmp(&(b.started_at, &b.contact_id))
);

row!(
    QueueStint,
    [contact_id, stint_no, queue, channel, direction, priority, enqueued_at, left_at, outcome, wait_ms, ring_ms, agent_id],
    |a, b| (a.enqueued_at, &a.contact_id, a.stint_no).cmp(&(b.enqueued_at, &b.contact_id, b.stint_no))
);

row!(
    AgentLeg,
    [
        contact_id,
        leg_no,
        agent_id,
        queue,
        channel,
        direction,
        offered_at,
        accepted_at,
        ended_at,
        wrapped_up_at,
        outcome,
        ring_ms,
        talk_ms,
        hold_ms,
        hold_count,
        wrap_up_ms,
        has_wrap_up,
        is_transfer_in,
        is_transfer_out,
        transfer_kind,
        ended_by
    ],
    |a, b| (a.offered_at.or(a.accepted_at), &a.contact_id, a.leg_no).cmp(&(b.offered_at.or(b.accepted_at), &b.contact_id, b.leg_no))
);

row!(Hold, [contact_id, leg_no, hold_no, agent_id, queue, channel, direction, started_at, ended_at], |a, b| (
    a.started_at,
    &a.contact_id,
    a.leg_no,
    a.hold_no
)
    .cmp(&(b.started_at, &b.contact_id, b.leg_no, b.hold_no)));

row!(AgentState, [agent_id, state, reason, started_at, ended_at], |a, b| (a.started_at, &a.agent_id).cmp(&(b.started_at, &b.agent_id)));

row!(Response, [contact_id, turn_no, channel, queue, asked_at, answered_at, bot_answered_at, agent_id, is_first], |a, b| (
    a.asked_at,
    &a.contact_id,
    a.turn_no
)
    .cmp(&(b.asked_at, &b.contact_id, b.turn_no)));

row!(
    SelfService,
    [session_id, contact_id, customer_key, channel, kind, started_at, ended_at, topic, is_goal_reached, is_handed_over],
    |a, b| (a.started_at, &a.session_id).cmp(&(b.started_at, &b.session_id))
);

row!(Anomaly, [contact_id, agent_id, code, detail, occurred_at], |a, b| (a.occurred_at, &a.contact_id, &a.agent_id, &a.code, &a.detail)
    .cmp(&(b.occurred_at, &b.contact_id, &b.agent_id, &b.code, &b.detail)));
