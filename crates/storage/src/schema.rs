//! The tables of the lake and their columns, in order. Timestamps are microseconds in UTC, durations 64-bit milliseconds.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The log.
pub const EVENTS: &str = "events";
/// Records that could not be mapped, and id conflicts.
pub const REJECTED: &str = "rejected_records";
/// Partition column of `events`.
pub const EVENT_DATE: &str = "event_date";

/// Every table of a lake.
pub const TABLES: &[&str] =
    &[EVENTS, REJECTED, "contacts", "queue_stints", "agent_legs", "holds", "agent_states", "responses", "self_service", "anomalies"];

/// The tables derived from the log.
pub const FACT_TABLES: &[&str] =
    &["contacts", "queue_stints", "agent_legs", "holds", "agent_states", "responses", "self_service", "anomalies"];

/// Name, kind, and whether NULL is allowed.
type Column = (&'static str, Kind, bool);

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Int,
    Small,
    Flag,
    Instant,
    Day,
    Bytes,
}
use Kind::{Bytes, Day, Flag, Instant, Int, Small, Text};

const EVENT_COLUMNS: &[Column] = &[
    ("event_id", Text, false),
    ("source", Text, false),
    ("type", Text, false),
    (EVENT_DATE, Day, false),
    ("occurred_at", Instant, false),
    ("recorded_at", Instant, false),
    ("subject", Text, true),
    ("contact_id", Text, true),
    ("channel", Text, true),
    ("direction", Text, true),
    ("queue", Text, true),
    ("agent_id", Text, true),
    ("customer_key", Text, true),
    ("case_id", Text, true),
    ("connector", Text, false),
    ("schema_version", Small, false),
    ("journal", Text, false),
    ("journal_seq", Int, false),
    ("data", Text, false),
];

const REJECTED_COLUMNS: &[Column] = &[
    ("source", Text, false),
    ("connector", Text, false),
    ("code", Text, false),
    ("message", Text, false),
    ("origin", Text, false),
    ("line", Int, true),
    ("journal", Text, false),
    ("journal_seq", Int, false),
    ("recorded_at", Instant, false),
    ("raw", Bytes, false),
];

/// Common columns of every fact table, after its own.
const COMMON: &[Column] =
    &[("source", Text, false), ("recorded_at", Instant, false), ("is_final", Flag, false), ("event_count", Int, false)];

const CONTACTS: &[Column] = &[
    ("contact_id", Text, false),
    ("channel", Text, true),
    ("direction", Text, true),
    ("customer_key", Text, true),
    ("entry_point", Text, true),
    ("reason", Text, true),
    ("started_at", Instant, false),
    ("ended_at", Instant, true),
    ("first_queued_at", Instant, true),
    ("first_answered_at", Instant, true),
    ("first_queue", Text, true),
    ("last_queue", Text, true),
    ("first_agent_id", Text, true),
    ("last_agent_id", Text, true),
    ("outcome", Text, false),
    ("ended_by", Text, true),
    ("disposition", Text, true),
    ("is_resolved", Flag, true),
    ("self_service_ms", Int, false),
    ("wait_ms", Int, true),
    ("talk_ms", Int, false),
    ("hold_ms", Int, false),
    ("wrap_up_ms", Int, false),
    ("hold_count", Int, false),
    ("stint_count", Int, false),
    ("leg_count", Int, false),
    ("transfer_count", Int, false),
    ("is_escalated", Flag, false),
    ("previous_contact_id", Text, true),
];

const QUEUE_STINTS: &[Column] = &[
    ("contact_id", Text, false),
    ("stint_no", Int, false),
    ("queue", Text, true),
    ("channel", Text, true),
    ("direction", Text, true),
    ("priority", Int, true),
    ("enqueued_at", Instant, false),
    ("left_at", Instant, true),
    ("outcome", Text, false),
    ("wait_ms", Int, true),
    ("ring_ms", Int, false),
    ("agent_id", Text, true),
];

const AGENT_LEGS: &[Column] = &[
    ("contact_id", Text, false),
    ("leg_no", Int, false),
    ("agent_id", Text, true),
    ("queue", Text, true),
    ("channel", Text, true),
    ("direction", Text, true),
    ("offered_at", Instant, true),
    ("accepted_at", Instant, true),
    ("ended_at", Instant, true),
    ("wrapped_up_at", Instant, true),
    ("outcome", Text, false),
    ("ring_ms", Int, true),
    ("talk_ms", Int, true),
    ("hold_ms", Int, false),
    ("hold_count", Int, false),
    ("wrap_up_ms", Int, true),
    ("has_wrap_up", Flag, false),
    ("is_transfer_in", Flag, false),
    ("is_transfer_out", Flag, false),
    ("transfer_kind", Text, true),
    ("ended_by", Text, true),
];

const HOLDS: &[Column] = &[
    ("contact_id", Text, false),
    ("leg_no", Int, false),
    ("hold_no", Int, false),
    ("agent_id", Text, true),
    ("queue", Text, true),
    ("channel", Text, true),
    ("direction", Text, true),
    ("started_at", Instant, false),
    ("ended_at", Instant, false),
];

const AGENT_STATES: &[Column] = &[
    ("agent_id", Text, false),
    ("state", Text, false),
    ("reason", Text, true),
    ("started_at", Instant, false),
    ("ended_at", Instant, true),
];

const RESPONSES: &[Column] = &[
    ("contact_id", Text, false),
    ("turn_no", Int, false),
    ("channel", Text, true),
    ("queue", Text, true),
    ("asked_at", Instant, false),
    ("answered_at", Instant, true),
    ("bot_answered_at", Instant, true),
    ("agent_id", Text, true),
    ("is_first", Flag, false),
];

const SELF_SERVICE: &[Column] = &[
    ("session_id", Text, false),
    ("contact_id", Text, true),
    ("customer_key", Text, true),
    ("channel", Text, true),
    ("kind", Text, true),
    ("started_at", Instant, false),
    ("ended_at", Instant, true),
    ("topic", Text, true),
    ("is_goal_reached", Flag, false),
    ("is_handed_over", Flag, false),
];

const ANOMALIES: &[Column] = &[
    ("contact_id", Text, true),
    ("agent_id", Text, true),
    ("code", Text, false),
    ("detail", Text, false),
    ("occurred_at", Instant, false),
];

/// The Arrow schema of a table, partition column included; `None` for a name that is no table of the lake.
#[must_use]
pub fn arrow_schema(table: &str) -> Option<SchemaRef> {
    let own = match table {
        EVENTS => return Some(schema_of(&[EVENT_COLUMNS])),
        REJECTED => return Some(schema_of(&[REJECTED_COLUMNS])),
        "contacts" => CONTACTS,
        "queue_stints" => QUEUE_STINTS,
        "agent_legs" => AGENT_LEGS,
        "holds" => HOLDS,
        "agent_states" => AGENT_STATES,
        "responses" => RESPONSES,
        "self_service" => SELF_SERVICE,
        "anomalies" => ANOMALIES,
        _ => return None,
    };
    Some(schema_of(&[own, COMMON]))
}

/// Partition columns of a table: `event_date` for the log. Facts are unpartitioned: a re-folded contact may move to another day,
/// and their files are cut and pruned by time statistics instead.
#[must_use]
pub fn partition_columns(table: &str) -> &'static [&'static str] {
    if table == EVENTS { &[EVENT_DATE] } else { &[] }
}

/// Columns whose minimum and maximum may go into the log. Customer keys, payloads and raw records never do.
#[must_use]
pub(crate) fn has_public_range(column: &str) -> bool {
    !matches!(column, "customer_key" | "data" | "raw" | "message" | "detail" | "subject" | "event_id" | "case_id" | "entry_point")
}

fn schema_of(groups: &[&[Column]]) -> SchemaRef {
    let field = |(name, kind, nullable): &Column| Field::new(*name, data_type(*kind), *nullable);
    Arc::new(Schema::new(groups.iter().flat_map(|group| group.iter().map(field)).collect::<Vec<_>>()))
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Text => DataType::Utf8,
        Int => DataType::Int64,
        Small => DataType::Int32,
        Flag => DataType::Boolean,
        Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Day => DataType::Date32,
        Bytes => DataType::Binary,
    }
}
