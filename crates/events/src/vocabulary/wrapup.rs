//! After-contact work.

use super::{Any, Millis, Text};

payloads! {
    /// Wrap-up began.
    WrapupStarted {
        participant_id: Option<Text>,
        /// Length the source grants.
        planned_ms: Option<Millis>,
    }
    /// Wrap-up ended.
    WrapupEnded {
        participant_id: Option<Text>,
        wrapup_ms: Option<Millis>,
        /// The source ended it, not the agent.
        forced: Option<bool>,
    }
    /// The agent said what the contact was about.
    DispositionSet {
        code: Text,
        label: Option<Text>,
        scheme: Option<Text>,
        note: Option<Text>,
        /// `yes`, `no`, `unknown`, or true and false.
        resolved: Option<Any>,
    }
}
