//! Why a payload is refused, and what holds between the members of a payload.

use super::object::JsonFault;
use super::{Payload, meta, quality, workforce};
use crate::time::Timestamp;

/// Why a payload does not fit its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not JSON, or JSON of a kind that is not read.
    #[error("data: {0}")]
    Json(String),
    /// A name stands twice in one object.
    #[error("data has '{0}' twice")]
    Duplicate(String),
    /// A known type with something else than an object.
    #[error("data of {kind} must be an object, not {found}")]
    NotObject {
        /// Type.
        kind: &'static str,
        /// Beginning of what was found.
        found: String,
    },
    /// A member is missing that facts cannot do without.
    #[error("{kind} needs data.{field}, {expected}")]
    Missing {
        /// Type.
        kind: &'static str,
        /// Member.
        field: &'static str,
        /// Shape in words.
        expected: &'static str,
    },
    /// A member has the wrong shape.
    #[error("data.{field} must be {expected}, not {found}")]
    Shape {
        /// Member.
        field: String,
        /// Shape in words.
        expected: &'static str,
        /// Beginning of what was found.
        found: String,
    },
    /// Members contradict each other or a scale.
    #[error("{0}")]
    Contradiction(String),
}

impl PayloadError {
    /// Stable code in snake case: `bad_json`, `duplicate_key` or `bad_payload`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(_) => "bad_json",
            Self::Duplicate(_) => "duplicate_key",
            Self::NotObject { .. } | Self::Missing { .. } | Self::Shape { .. } | Self::Contradiction(_) => "bad_payload",
        }
    }
}

impl From<JsonFault> for PayloadError {
    fn from(fault: JsonFault) -> Self {
        Self::Json(fault.0)
    }
}

impl Payload {
    /// What holds between members: scores within their scale, intervals that end after they start, links with both ends.
    pub(super) fn check(&self) -> Result<(), PayloadError> {
        match self {
            Self::EntityLinked(link) => linked(link),
            Self::SurveyAnswered(survey) => survey.answers.iter().try_for_each(answer),
            Self::QaEvaluationRecorded(evaluation) => {
                scored("data.score", evaluation.score.map(|n| n.0), 0.0, evaluation.max_score.map(|n| n.0))
            }
            Self::SchedulePublished(schedule) => schedule.intervals.iter().try_for_each(interval),
            _ => Ok(()),
        }
    }
}

fn linked(link: &meta::EntityLinked) -> Result<(), PayloadError> {
    for (name, end) in [("from", &link.from), ("to", &link.to)] {
        if end.id.as_ref().is_none_or(|id| id.0.trim().is_empty()) {
            return Err(PayloadError::Contradiction(format!("entity.linked needs data.{name}.id, text")));
        }
    }
    Ok(())
}

fn answer(answer: &quality::Answer) -> Result<(), PayloadError> {
    let Some(value) = answer.value_num else { return Ok(()) };
    let low = answer.scale_min.map_or(f64::NEG_INFINITY, |n| n.0);
    scored("data.answers.value_num", Some(value.0), low, answer.scale_max.map(|n| n.0))
}

fn scored(field: &str, score: Option<f64>, low: f64, high: Option<f64>) -> Result<(), PayloadError> {
    let high = high.unwrap_or(f64::INFINITY);
    match score {
        Some(score) if score < low || score > high => {
            Err(PayloadError::Contradiction(format!("{field} {score} is not on its scale, {low} to {high}")))
        }
        _ => Ok(()),
    }
}

fn interval(interval: &workforce::Interval) -> Result<(), PayloadError> {
    let instant = |name: &str, text: &str| {
        let refused = || PayloadError::Contradiction(format!("data.intervals.{name} '{text}' is no RFC 3339 instant with an offset"));
        Timestamp::parse_rfc3339(text).ok_or_else(refused)
    };
    if instant("start", &interval.start.0)? < instant("end", &interval.end.0)? {
        return Ok(());
    }
    Err(PayloadError::Contradiction(format!("data.intervals: end '{}' is not after start '{}'", interval.end.0, interval.start.0)))
}
