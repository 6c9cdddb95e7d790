//! What was said about a conversation afterwards: evaluations, surveys, whether the matter was settled.

use serde_json::json;
use trunkline_events::Timestamp;

use super::Conversation;
use crate::connector::Reject;
use crate::vendor::genesys_cloud::words;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// The scale of scores.
const PERCENT: f64 = 100.0;

impl Conversation<'_> {
    pub(super) fn reviews(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        self.doc.list("evaluations")?.iter().try_for_each(|evaluation| self.evaluation(evaluation, emit))?;
        self.doc.list("surveys")?.iter().try_for_each(|survey| self.survey(survey, emit))?;
        self.doc.list("resolutions")?.iter().try_for_each(|resolution| self.resolution(resolution, emit))
    }

    /// When something was said, else when the conversation ended, else when it began.
    fn said_at(&self, thing: &Object<'_>) -> Result<Timestamp, Reject> {
        Ok(thing.instant("eventTime")?.or(self.end).unwrap_or(self.start))
    }

    fn about(&self, kind: &'static str, id: &str, key: &str, at: Timestamp) -> NewEvent {
        NewEvent::new(kind, at, &format!("{}/details/{key}", self.id)).subject(id).text("contact_id", self.id)
    }

    fn evaluation(&self, evaluation: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (id, at) = (evaluation.need_text("evaluationId")?, self.said_at(evaluation)?);
        let status = words::of(evaluation, "evaluationStatus")?;
        let state = match status.as_str() {
            _ if evaluation.flag("deleted")? == Some(true) => "retracted",
            "pending" => "assigned",
            "inprogress" => "in_progress",
            "" => "unknown",
            other => other,
        };
        let score = evaluation.number("oTotalScore")?.filter(|score| (0.0..=PERCENT).contains(score));
        let critical = evaluation.number("oTotalCriticalScore")?;
        let event = self.about("qa.evaluation_recorded", id, &format!("{id}/{state}/{at}/{score:?}/{critical:?}"), at);
        let agent = evaluation.text("userId")?;
        let method = if evaluation.flag("systemSubmitted")? == Some(true) { "automatic" } else { "human" };
        let event = event.text("evaluation_id", id).text("state", state).text("method", method).maybe("agent_id", agent);
        let event = event.maybe("evaluated_agent_id", agent).maybe("evaluator_ref", evaluation.text("evaluatorId")?);
        let event = event.maybe("form_ref", evaluation.text("formId")?).maybe("form_title", evaluation.text("formName")?);
        let event = event.maybe("queue", evaluation.text("queueId")?).json("score", json!(score));
        emit.push(event.json("max_score", json!(score.map(|_| PERCENT))).json("critical_score", json!(critical)))
    }

    fn survey(&self, survey: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (id, at) = (survey.need_text("surveyId")?, self.said_at(survey)?);
        let status = words::of(survey, "surveyStatus")?;
        let form = survey.text("surveyFormId")?.or(survey.text("surveyFormName")?).unwrap_or("unknown");
        let of_survey = |kind, key: &str, at| {
            let event = self.about(kind, id, key, at).text("survey_ref", form);
            Ok::<_, Reject>(event.maybe("agent_id", survey.text("userId")?).maybe("queue", survey.text("queueId")?))
        };
        let state = if status == "expired" { "expired" } else { "sent" };
        let sent = of_survey("survey.sent", &format!("{id}/{status}/{at}"), at)?.text("invite_id", id).text("state", state);
        emit.push(sent.maybe("source_label", survey.text("surveyStatus")?))?;
        let Some(at) = survey.instant("surveyCompletedDate")? else { return Ok(()) };
        let mut answers = Vec::new();
        if let Some(score) = survey.whole("surveyPromoterScore")?.filter(|score| (0..=10).contains(score)) {
            answers.push(json!({"question_id": "promoter", "metric": "nps", "scale_min": 0, "scale_max": 10, "value_num": score}));
        }
        if let Some(score) = survey.number("oSurveyTotalScore")?.filter(|score| (0.0..=PERCENT).contains(score)) {
            answers.push(json!({"question_id": "total", "metric": "other", "scale_min": 0, "scale_max": PERCENT, "value_num": score}));
        }
        let answered = of_survey("survey.answered", &format!("{id}/answered/{at}"), at)?.text("response_id", id);
        emit.push(answered.json("answers", json!(answers)).flag("partial", survey.flag("surveyPartialResponse")?))
    }

    /// Whether the customer did not have to turn to the centre again.
    fn resolution(&self, resolution: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let Some(avoided) = resolution.whole("nNextContactAvoided")? else { return Ok(()) };
        let at = self.said_at(resolution)?;
        let key = format!("resolved/{avoided}/{at}");
        let event = self.about("contact.updated", self.id, &key, at).json("set", json!({"resolved": avoided > 0}));
        emit.push(event.maybe("agent_id", resolution.text("userId")?))
    }
}
