//! Fact rows as Arrow batches, in time order, cut into files of at most [`FILE_ROWS`] rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::record_batch::RecordBatch;
use compact_str::CompactString;
use trunkline_events::Timestamp;
use trunkline_events::fact::{AgentLeg, AgentState, Anomaly, Contact, Provenance, QueueStint, Response, SelfService};
use trunkline_storage::schema;

use crate::error::FactsError;
use crate::run::FactRows;

/// Rows per file: rewriting one is cheap, and rows of one time lie together, so that late events touch few files.
pub(crate) const FILE_ROWS: usize = 64 * 1024;

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

macro_rules! batches {
    ($out:expr, $parts:expr, $rows:ident, $ty:ty, [$($field:ident),*], $order:expr) => {{
        let mut rows: Vec<&$ty> = $parts.iter().flat_map(|part| &part.$rows).collect();
        rows.sort_by($order);
        let arrow = schema::arrow_schema(<$ty>::TABLE).ok_or_else(|| FactsError::UnknownTable { table: <$ty>::TABLE.to_owned() })?;
        let mut files = Vec::new();
        for part in rows.chunks(FILE_ROWS) {
            let mut columns = vec![$(column(part, |row: &$ty| &row.$field)),*];
            columns.extend(common(part, |row: &$ty| &row.provenance));
            files.push(RecordBatch::try_new(arrow.clone(), columns)?);
        }
        $out.insert(<$ty>::TABLE, files);
    }};
}

/// Every table's rows, in time order, ties by subject and number, so that equal facts make equal files. The widest table has a thread of
/// its own.
pub(crate) fn to_batches(parts: &[FactRows]) -> Result<Batches, FactsError> {
    let (wide, rest) = std::thread::scope(|scope| {
        let wide = scope.spawn(|| contacts_batches(parts));
        let rest = narrow_batches(parts);
        (wide.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), rest)
    });
    let mut out = rest?;
    out.extend(wide?);
    Ok(out)
}

fn narrow_batches(parts: &[FactRows]) -> Result<Batches, FactsError> {
    let mut out = Batches::new();
    batches!(
        out,
        parts,
        stints,
        QueueStint,
        [contact_id, stint_no, queue, channel, direction, priority, enqueued_at, left_at, outcome, wait_ms, ring_ms, agent_id],
        |a, b| (a.enqueued_at, &a.contact_id, a.stint_no).cmp(&(b.enqueued_at, &b.contact_id, b.stint_no))
    );
    legs_batches(&mut out, parts)?;
    batches!(out, parts, states, AgentState, [agent_id, state, reason, started_at, ended_at], |a, b| (a.started_at, &a.agent_id)
        .cmp(&(b.started_at, &b.agent_id)));
    batches!(
        out,
        parts,
        responses,
        Response,
        [contact_id, turn_no, channel, queue, asked_at, answered_at, bot_answered_at, agent_id, is_first],
        |a, b| (a.asked_at, &a.contact_id, a.turn_no).cmp(&(b.asked_at, &b.contact_id, b.turn_no))
    );
    batches!(
        out,
        parts,
        sessions,
        SelfService,
        [session_id, contact_id, customer_key, channel, kind, started_at, ended_at, topic, is_goal_reached, is_handed_over],
        |a, b| (a.started_at, &a.session_id).cmp(&(b.started_at, &b.session_id))
    );
    batches!(out, parts, anomalies, Anomaly, [contact_id, agent_id, code, detail, occurred_at], |a, b| (
        a.occurred_at,
        &a.contact_id,
        &a.agent_id,
        &a.code,
        &a.detail
    )
        .cmp(&(b.occurred_at, &b.contact_id, &b.agent_id, &b.code, &b.detail)));
    Ok(out)
}

type Batches = HashMap<&'static str, Vec<RecordBatch>>;

fn contacts_batches(parts: &[FactRows]) -> Result<Batches, FactsError> {
    let mut out = Batches::new();
    batches!(
        out,
        parts,
        contacts,
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
    Ok(out)
}

fn legs_batches(out: &mut Batches, parts: &[FactRows]) -> Result<(), FactsError> {
    batches!(
        out,
        parts,
        legs,
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
    Ok(())
}
