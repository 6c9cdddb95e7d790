//! Self-service: IVR, bot, portal, knowledge base, form.

use super::{Any, Number, Text};

words! {
    /// Where customers help themselves.
    SelfserviceKind { Ivr = "ivr", Bot = "bot", Portal = "portal", Kb = "kb", Form = "form" }
    /// How a session ended.
    SelfserviceOutcome { Contained = "contained", Handoff = "handoff", Abandoned = "abandoned", Error = "error", Timeout = "timeout" }
}

payloads! {
    /// A session began.
    SelfserviceStarted {
        session_id: Option<Text>,
        kind: Option<SelfserviceKind>,
        flow_ref: Option<Text>,
        topic: Option<Text>,
        version: Option<Text>,
    }
    /// A step of the flow was done.
    SelfserviceStepCompleted {
        step: Text,
        session_id: Option<Text>,
        outcome: Option<Text>,
        value: Option<Any>,
        intent: Option<Text>,
        confidence: Option<Number>,
    }
    /// A session ended.
    SelfserviceEnded {
        outcome: SelfserviceOutcome,
        session_id: Option<Text>,
        exit_reason: Option<Text>,
    }
}
