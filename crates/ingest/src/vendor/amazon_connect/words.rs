//! Connect's words in those of the vocabulary.

/// The id at the end of an ARN, after `/<kind>/`; text of another form is the id itself. Queues of single agents keep `agent/` in front.
pub(super) fn id_of<'a>(arn: &'a str, kind: &str) -> &'a str {
    let marker = format!("/{kind}/");
    arn.split_once(marker.as_str()).map_or(arn, |(_, id)| id)
}

/// Channel; a word that Connect may add stays as it is.
pub(super) fn channel(word: &str) -> String {
    match word.to_ascii_lowercase().as_str() {
        "tasks" => "task".to_owned(),
        other => other.to_owned(),
    }
}

/// How a contact began, as far as it matters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Method<'a>(pub(super) &'a str);

impl Method<'_> {
    fn is(self, words: &[&str]) -> bool {
        words.iter().any(|word| word.eq_ignore_ascii_case(self.0))
    }

    /// Direction; contacts that continue another one do not say theirs. The API begins calls to customers, and chats and tasks of theirs.
    pub(super) fn direction(self, channel: &str) -> Option<&'static str> {
        match () {
            () if self.is(&["API"]) && channel == "voice" => Some("outbound"),
            () if self.is(&["INBOUND", "WEBRTC_API", "API"]) => Some("inbound"),
            () if self.is(&["CALLBACK"]) || self.is_dialled_by_agent() => Some("outbound"),
            () if self.is(&["MONITOR"]) => Some("internal"),
            () => None,
        }
    }

    /// A supervisor listens in.
    pub(super) fn is_monitoring(self) -> bool {
        self.is(&["MONITOR"])
    }

    /// An agent turned to the customer: it rings at the customer's, and nothing is offered to an agent.
    pub(super) fn is_dialled_by_agent(self) -> bool {
        self.is(&["OUTBOUND", "EXTERNAL_OUTBOUND", "AGENT_REPLY"])
    }

    /// A customer waits in a queue. An agent who dials names a queue as well, and so does a supervisor who listens in, but nobody waits.
    pub(super) fn waits(self) -> bool {
        !self.is_dialled_by_agent() && !self.is_monitoring()
    }

    /// Connect calls a customer back: an agent takes the matter on first, then it rings at the customer's.
    pub(super) fn is_callback(self) -> bool {
        self.is(&["CALLBACK"])
    }

    /// What the contact is to the one before it.
    pub(super) fn relation(self) -> &'static str {
        match () {
            () if self.is(&["TRANSFER"]) => "transfer_of",
            () if self.is(&["CALLBACK"]) => "callback_of",
            () => "same_conversation",
        }
    }

    /// An agent handed the contact before this one over.
    pub(super) fn is_transfer(self) -> bool {
        self.is(&["TRANSFER"])
    }

    /// The contact before this one left its queue for another.
    pub(super) fn is_queue_change(self) -> bool {
        self.is(&["QUEUE_TRANSFER"])
    }

    /// Kind of the self-service session that a contact begins with; `None` where no customer meets the flow, or not for the first time.
    pub(super) fn session(self, channel: &str) -> Option<&'static str> {
        if self.direction(channel) != Some("inbound") {
            return None;
        }
        match channel {
            "voice" => Some("ivr"),
            "chat" => Some("bot"),
            _ => None,
        }
    }
}

/// Who ended a contact.
pub(super) fn ended_by(reason: Option<&str>) -> &'static str {
    match reason.unwrap_or_default().to_ascii_uppercase().as_str() {
        "CUSTOMER_DISCONNECT" => "customer",
        "AGENT_DISCONNECT" | "BARGED" => "agent",
        "THIRD_PARTY_DISCONNECT" => "third_party",
        "CONTACT_FLOW_DISCONNECT" | "TELECOM_PROBLEM" | "EXPIRED" | "API" => "system",
        _ => "unknown",
    }
}

/// How a stay in a queue ended that no agent answered. Where Connect gives no reason, the customer left.
pub(super) fn left_queue(reason: Option<&str>) -> &'static str {
    match reason.unwrap_or_default().to_ascii_uppercase().as_str() {
        "CONTACT_FLOW_DISCONNECT" => "flow_out",
        "EXPIRED" => "timed_out",
        "API" | "AGENT_DISCONNECT" | "THIRD_PARTY_DISCONNECT" | "BARGED" => "withdrawn",
        "TELECOM_PROBLEM" => "error",
        _ => "abandoned",
    }
}

/// How a self-service session ended that nothing followed.
pub(super) fn left_session(reason: Option<&str>) -> &'static str {
    match reason.unwrap_or_default().to_ascii_uppercase().as_str() {
        // Neither did the customer hang up nor was a person needed.
        "CONTACT_FLOW_DISCONNECT" => "contained",
        "TELECOM_PROBLEM" => "error",
        "EXPIRED" => "timeout",
        _ => "abandoned",
    }
}
