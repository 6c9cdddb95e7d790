//! A contact from start to end.

use super::{Any, Instant, Millis, Number, Text};

words! {
    /// Channel of a contact.
    Channel { Voice = "voice", Chat = "chat", Messaging = "messaging", Email = "email", Task = "task", Video = "video", Social = "social", Callback = "callback" }
    /// Who turned to whom.
    Direction { Inbound = "inbound", Outbound = "outbound", Internal = "internal" }
    /// Who ended a contact.
    EndedBy { Customer = "customer", Agent = "agent", System = "system", ThirdParty = "third_party", Unknown = "unknown" }
    /// State of a contact between start and end.
    ContactState { Active = "active", Paused = "paused", Reopened = "reopened" }
}

payloads! {
    /// A contact began.
    ContactStarted {
        channel: Channel,
        subchannel: Option<Text>,
        direction: Option<Direction>,
        initiator: Option<Text>,
        /// Address it came from; the customer's is stored as a key.
        from_addr: Option<Text>,
        /// Address it went to; the customer's is stored as a key.
        to_addr: Option<Text>,
        /// Line, number or page through which it came in.
        entry_point: Option<Text>,
        subject: Option<Text>,
        language: Option<Text>,
        campaign: Option<Text>,
    }
    /// Attributes of a contact changed.
    ContactUpdated {
        /// Attributes with their new values; `reason`, `resolved` and `escalated` reach the facts.
        set: Option<serde_json::Map<String, Any>>,
        unset: Option<Vec<Any>>,
        tags_added: Option<Vec<Any>>,
        tags_removed: Option<Vec<Any>>,
    }
    /// A contact was paused, resumed or reopened.
    ContactStateChanged {
        from: Option<ContactState>,
        to: ContactState,
        reason: Option<Text>,
        until: Option<Instant>,
    }
    /// A contact ended.
    ContactEnded {
        ended_by: Option<EndedBy>,
        reason: Option<Text>,
        /// Telephony cause, a number or a name.
        hangup_cause: Option<Text>,
    }
    /// What the source counts itself, without a timeline: for reconciliation, never mixed with durations made from events.
    ContactSummaryReported {
        talk_ms: Option<Millis>,
        hold_ms: Option<Millis>,
        holds: Option<Number>,
        longest_hold_ms: Option<Millis>,
        wait_ms: Option<Millis>,
        acw_ms: Option<Millis>,
        ivr_ms: Option<Millis>,
        messages_in: Option<Number>,
        messages_out: Option<Number>,
        /// Mean opinion score of the line.
        mos: Option<Number>,
    }
}
