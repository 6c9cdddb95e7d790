//! Surveys and quality review.

use super::{Any, Instant, Millis, Number, Text};

words! {
    /// What became of a survey invitation.
    InviteState { Offered = "offered", Sent = "sent", Skipped = "skipped", Expired = "expired" }
    /// What a question measures.
    SurveyMetric { Csat = "csat", Nps = "nps", Ces = "ces", Fcr = "fcr" }
    /// Who or what reviewed.
    ReviewMethod { Human = "human", Automatic = "automatic", Rule = "rule" }
    /// How far a review is.
    ReviewState {
        Assigned = "assigned", InProgress = "in_progress", Finished = "finished", Disputed = "disputed", Retracted = "retracted", Calibrated = "calibrated",
    }
}

/// One answer of a survey.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Answer {
    /// Question.
    pub question_id: Option<Text>,
    /// What it measures.
    pub metric: Option<SurveyMetric>,
    /// Lowest value that can be given.
    pub scale_min: Option<Number>,
    /// Highest value that can be given.
    pub scale_max: Option<Number>,
    /// The value given, on the scale.
    pub value_num: Option<Number>,
    /// The text given.
    pub value_text: Option<Text>,
}

payloads! {
    /// A survey was offered or sent.
    SurveySent {
        survey_ref: Text,
        channel: Option<Text>,
        invite_id: Option<Text>,
        state: Option<InviteState>,
    }
    /// A survey was answered.
    SurveyAnswered {
        survey_ref: Text,
        answers: Vec<Answer>,
        version: Option<Text>,
        response_id: Option<Text>,
        /// Broken off before the last question.
        partial: Option<bool>,
        submitted_at: Option<Instant>,
        latency_ms: Option<Millis>,
    }
    /// A quality review made progress.
    QaEvaluationRecorded {
        evaluation_id: Text,
        state: ReviewState,
        form_ref: Option<Text>,
        form_version: Option<Text>,
        method: Option<ReviewMethod>,
        evaluator_ref: Option<Text>,
        evaluated_agent_id: Option<Text>,
        /// Points, 0 to `max_score`.
        score: Option<Number>,
        max_score: Option<Number>,
        critical_fail: Option<bool>,
        sections: Option<Vec<Any>>,
        rule: Option<Any>,
    }
}
