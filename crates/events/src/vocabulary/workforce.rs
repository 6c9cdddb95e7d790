//! Training, suggestions from agents, schedules.

use super::{Number, Text};

/// One stretch of a schedule, half-open.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Interval {
    /// What the agent is to do.
    pub activity: Option<Text>,
    /// First instant, RFC 3339.
    pub start: Text,
    /// First instant after it, RFC 3339.
    pub end: Text,
    /// It counts as productive time.
    pub is_productive: Option<bool>,
}

payloads! {
    /// An agent completed a course.
    TrainingCompleted {
        course: Text,
        agent_id: Option<Text>,
        version: Option<Text>,
        score: Option<Number>,
    }
    /// An agent made a suggestion.
    AgentFeedbackGiven {
        topic: Text,
        agent_id: Option<Text>,
        text_ref: Option<Text>,
    }
    /// A schedule was published; a later version replaces it.
    SchedulePublished {
        intervals: Vec<Interval>,
        agent_id: Option<Text>,
        version: Option<Text>,
    }
}
