//! Routing decisions, queues and offers.

use super::{Any, Millis, Number, Text};

words! {
    /// What routing decided.
    RoutingResult { Queued = "queued", Rejected = "rejected", Diverted = "diverted", Matched = "matched", PriorityChanged = "priority_changed" }
    /// How a stay in a queue ended.
    QueueOutcome {
        Answered = "answered", Abandoned = "abandoned", TimedOut = "timed_out", KeyExit = "key_exit", NoAgents = "no_agents", Overflow = "overflow",
        Withdrawn = "withdrawn", CallbackRequested = "callback_requested", Transferred = "transferred", FlowOut = "flow_out", Error = "error",
    }
    /// How an offer to an agent ended.
    OfferOutcome {
        Accepted = "accepted", NoAnswer = "no_answer", Declined = "declined", CallerGone = "caller_gone", Rescinded = "rescinded", Busy = "busy",
        Error = "error",
    }
}

payloads! {
    /// Routing decided what becomes of a contact.
    RoutingDecided {
        result: RoutingResult,
        reason: Option<Text>,
        /// Queue, agent or number, as text or as an object.
        target: Option<Any>,
        skills: Option<Vec<Any>>,
        priority: Option<Any>,
    }
    /// A stay in a queue began.
    QueueEntered {
        queue: Text,
        /// Names the stay where a contact enters the same queue more than once.
        visit_id: Option<Text>,
        position: Option<Number>,
        /// A number, or the source's word for it.
        priority: Option<Any>,
        skills: Option<Vec<Any>>,
    }
    /// A stay in a queue ended.
    QueueExited {
        outcome: QueueOutcome,
        visit_id: Option<Text>,
        queue: Option<Text>,
        /// What the source itself measured.
        wait_ms: Option<Millis>,
        /// The time of leaving is not known: waits must not be made from it.
        wait_unknown: Option<bool>,
        left_unknown: Option<bool>,
        position: Option<Number>,
        key: Option<Text>,
        /// Left before the source's threshold for a real abandonment.
        short_abandon: Option<bool>,
    }
    /// A contact was offered to an agent.
    OfferMade {
        offer_id: Option<Text>,
        agent_id: Option<Text>,
        queue: Option<Text>,
        attempt: Option<Number>,
    }
    /// An offer ended.
    OfferEnded {
        outcome: OfferOutcome,
        offer_id: Option<Text>,
        agent_id: Option<Text>,
        ring_ms: Option<Millis>,
    }
}
