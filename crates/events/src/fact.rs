//! The rows a fold produces: one struct per fact table, fields in the order of the table's columns.
//!
//! Instants are [`Timestamp`], durations whole milliseconds; `Option` means NULL ("unknown is not zero").
//! Text is a [`CompactString`]: most of it is ids and words of up to 24 bytes, which then need no allocation of their own. Every row also
//! carries the common columns `source, recorded_at, is_final, event_count`. `recorded_at` is the latest `recorded_at` of
//! the events the row was folded from, `is_final` is set by the watermark (design rule 11).

use compact_str::CompactString;

use crate::time::Timestamp;

/// What every fact row carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// Source of the events.
    pub source: CompactString,
    /// Latest `recorded_at` among them.
    pub recorded_at: Timestamp,
    /// Ended, and the watermark of the source is past the end plus the grace.
    pub is_final: bool,
    /// Events folded into the row's contact (or agent interval).
    pub event_count: i64,
}

macro_rules! fact {
    ($(#[$doc:meta])* $name:ident, $table:literal { $($(#[$fdoc:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name {
            /// Source, recorded_at, is_final, event_count.
            pub provenance: Provenance,
            $($(#[$fdoc])* pub $field: $ty,)*
        }
        impl $name {
            /// Name of the table these rows make.
            pub const TABLE: &'static str = $table;
        }
    };
}

fact!(
    /// One row per contact: what the customer would call one call, chat, e-mail thread.
    Contact, "contacts" {
        /// The source's own id.
        contact_id: CompactString,
        /// Channel word.
        channel: Option<CompactString>,
        /// inbound, outbound, internal.
        direction: Option<CompactString>,
        /// Keyed hash of the customer.
        customer_key: Option<CompactString>,
        /// Where the contact came in: `contact.started.entry_point`, else `to_addr`, else `campaign`.
        entry_point: Option<CompactString>,
        /// `contact.updated` attribute `reason`, else the disposition code.
        reason: Option<CompactString>,
        /// Start.
        started_at: Timestamp,
        /// End; NULL while open.
        ended_at: Option<Timestamp>,
        /// First entry into a queue.
        first_queued_at: Option<Timestamp>,
        /// First connection of an agent.
        first_answered_at: Option<Timestamp>,
        /// Queue of the first stint.
        first_queue: Option<CompactString>,
        /// Queue of the last stint.
        last_queue: Option<CompactString>,
        /// Agent of the first handled leg.
        first_agent_id: Option<CompactString>,
        /// Agent of the last handled leg.
        last_agent_id: Option<CompactString>,
        /// answered, abandoned, flow_out, callback, dropped, self_served, ivr_abandoned, open, ended.
        outcome: CompactString,
        /// customer, agent, system, third_party, unknown.
        ended_by: Option<CompactString>,
        /// Last disposition code.
        disposition: Option<CompactString>,
        /// Last disposition's `resolved`, or `contact.updated` attribute `resolved`.
        is_resolved: Option<bool>,
        /// Sum over self-service sessions.
        self_service_ms: i64,
        /// Sum over stints; NULL where a stint's wait is unknown and no other is known.
        wait_ms: Option<i64>,
        /// Sum over legs.
        talk_ms: i64,
        /// Sum over legs.
        hold_ms: i64,
        /// Sum over legs whose wrap-up length is known.
        wrap_up_ms: i64,
        /// Every hold.
        hold_count: i64,
        /// Stays in queues.
        stint_count: i64,
        /// All leg rows.
        leg_count: i64,
        /// Completed transfers.
        transfer_count: i64,
        /// A supervisor joined to talk, a transfer went to a higher tier, or the case says so.
        is_escalated: bool,
        /// Inbound contact this one continues (`entity.linked`: transfer_of, callback_of, same_conversation).
        previous_contact_id: Option<CompactString>,
    }
);

fact!(
    /// One row per stay in one queue.
    QueueStint, "queue_stints" {
        /// Contact.
        contact_id: CompactString,
        /// 1-based, by entry time.
        stint_no: i64,
        /// Queue.
        queue: Option<CompactString>,
        /// Channel of the contact.
        channel: Option<CompactString>,
        /// Direction of the contact: stint KPIs leave outbound ones out.
        direction: Option<CompactString>,
        /// Priority at entry.
        priority: Option<i64>,
        /// Entry.
        enqueued_at: Timestamp,
        /// Exit; NULL while waiting or when the time of leaving is unknown.
        left_at: Option<Timestamp>,
        /// answered, abandoned, flow_out, callback, dropped, waiting.
        outcome: CompactString,
        /// What the source says on the exit, else left - enqueued; NULL while waiting or unknown.
        wait_ms: Option<i64>,
        /// Time offers of this stint rang, summed.
        ring_ms: i64,
        /// Agent who answered.
        agent_id: Option<CompactString>,
    }
);

fact!(
    /// One row per agent taking part in a contact, and per offer that was not accepted.
    AgentLeg, "agent_legs" {
        /// Contact.
        contact_id: CompactString,
        /// 1-based, by first instant of the leg.
        leg_no: i64,
        /// Agent; NULL when unknown.
        agent_id: Option<CompactString>,
        /// Queue the offer or connection came from.
        queue: Option<CompactString>,
        /// Channel of the contact.
        channel: Option<CompactString>,
        /// Direction of the contact.
        direction: Option<CompactString>,
        /// Offer.
        offered_at: Option<Timestamp>,
        /// The offer's acceptance, else the connection.
        accepted_at: Option<Timestamp>,
        /// Disconnection; NULL while talking or unknown.
        ended_at: Option<Timestamp>,
        /// End of wrap-up; NULL without wrap-up or when never ended.
        wrapped_up_at: Option<Timestamp>,
        /// handled, missed, declined, cancelled.
        outcome: CompactString,
        /// Ringing or dialling.
        ring_ms: Option<i64>,
        /// Connected less holds; NULL while talking or unknown, and for legs not handled.
        talk_ms: Option<i64>,
        /// Union of holds inside the leg.
        hold_ms: i64,
        /// Every hold.
        hold_count: i64,
        /// NULL without wrap-up, or of unknown length.
        wrap_up_ms: Option<i64>,
        /// A wrap-up began (its length may be unknown).
        has_wrap_up: bool,
        /// The leg began by a transfer.
        is_transfer_in: bool,
        /// The leg ended by a transfer.
        is_transfer_out: bool,
        /// blind, attended, conference, queue, external, no_answer, unknown.
        transfer_kind: Option<CompactString>,
        /// agent, customer, system, transfer, ...
        ended_by: Option<CompactString>,
    }
);

fact!(
    /// One stretch of a leg on hold: holds that overlap are one stretch, so that the lengths of a leg's stretches sum to its `hold_ms`.
    Hold, "holds" {
        /// Contact.
        contact_id: CompactString,
        /// The leg.
        leg_no: i64,
        /// 1-based within the leg, by time.
        hold_no: i64,
        /// Agent; NULL when unknown.
        agent_id: Option<CompactString>,
        /// Queue of the leg.
        queue: Option<CompactString>,
        /// Channel of the contact.
        channel: Option<CompactString>,
        /// Direction of the contact.
        direction: Option<CompactString>,
        /// Beginning, not before the leg's connection.
        started_at: Timestamp,
        /// End, not after the leg's.
        ended_at: Timestamp,
    }
);

fact!(
    /// One interval of one agent in one state.
    AgentState, "agent_states" {
        /// Agent.
        agent_id: CompactString,
        /// offline, available, not_ready, offered, busy, wrapup, idle, other, unknown.
        state: CompactString,
        /// Reason or label given by the source.
        reason: Option<CompactString>,
        /// Start.
        started_at: Timestamp,
        /// End; NULL while it lasts.
        ended_at: Option<Timestamp>,
    }
);

fact!(
    /// One customer turn waiting for an answer (asynchronous channels).
    Response, "responses" {
        /// Contact.
        contact_id: CompactString,
        /// 1-based.
        turn_no: i64,
        /// Channel of the contact.
        channel: Option<CompactString>,
        /// Queue the contact was in last before the turn.
        queue: Option<CompactString>,
        /// First customer message not yet answered.
        asked_at: Timestamp,
        /// First human message after it; NULL while open.
        answered_at: Option<Timestamp>,
        /// First bot or automatic message after it.
        bot_answered_at: Option<Timestamp>,
        /// Who answered.
        agent_id: Option<CompactString>,
        /// First turn of the contact, or first after it ended.
        is_first: bool,
    }
);

fact!(
    /// One self-service session (IVR, bot, FAQ, portal).
    SelfService, "self_service" {
        /// `session_id` of the event, else contact id and ordinal.
        session_id: CompactString,
        /// Contact it belongs to.
        contact_id: Option<CompactString>,
        /// Keyed hash of the customer.
        customer_key: Option<CompactString>,
        /// Channel of the contact.
        channel: Option<CompactString>,
        /// ivr, bot, portal, kb, form.
        kind: Option<CompactString>,
        /// Start.
        started_at: Timestamp,
        /// End; NULL while open.
        ended_at: Option<Timestamp>,
        /// `flow_ref` or the topic given.
        topic: Option<CompactString>,
        /// Ended `contained`.
        is_goal_reached: bool,
        /// Says so, or a queue follows in the contact.
        is_handed_over: bool,
    }
);

fact!(
    /// Something the fold had to repair or could not believe.
    Anomaly, "anomalies" {
        /// Contact, if any; for a self-service session of no contact, its session id.
        contact_id: Option<CompactString>,
        /// Agent, if any.
        agent_id: Option<CompactString>,
        /// Stable code in snake case: no_start, unmatched_start, unmatched_end, wait_mismatch, second_end, ...
        code: CompactString,
        /// What was assumed, in words.
        detail: CompactString,
        /// When, in the business's time.
        occurred_at: Timestamp,
    }
);

/// Everything one contact's events say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactFacts {
    /// The contact itself; `None` when its events make no contact (for example a DID alone).
    pub contact: Option<Contact>,
    /// Its stays in queues.
    pub stints: Vec<QueueStint>,
    /// Its legs.
    pub legs: Vec<AgentLeg>,
    /// What of them was spent on hold.
    pub holds: Vec<Hold>,
    /// Its turns.
    pub responses: Vec<Response>,
    /// Its self-service sessions.
    pub sessions: Vec<SelfService>,
    /// What had to be repaired.
    pub anomalies: Vec<Anomaly>,
}

/// Everything one agent's state events say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentFacts {
    /// Intervals, in order, not overlapping.
    pub states: Vec<AgentState>,
    /// What had to be repaired.
    pub anomalies: Vec<Anomaly>,
}
