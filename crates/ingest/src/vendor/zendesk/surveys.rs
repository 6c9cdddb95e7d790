//! Customer satisfaction: the webhooks, and pages of the satisfaction ratings.
//!
//! The classic survey knows good and bad: a scale of 0 and 1. A number is taken for the newer survey's, 1 to 5.

use serde_json::{Value, json};

use super::envelope::Envelope;
use crate::connector::Reject;
use crate::vendor::fields::Fields;
use crate::vendor::{Emit, NewEvent};

const SURVEY: &str = "zendesk_csat";

/// Maps an event about satisfaction; false when it is none.
pub(super) fn map(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let doc = event.doc;
    match event.verb() {
        "csat_requested" => {
            let sent = event.about_ticket("survey.sent", &event.ticket()?)?.text("survey_ref", SURVEY).text("state", "offered");
            emit.push(sent.maybe("agent_id", doc.text("detail.assignee_id")?.as_deref()))?;
        }
        "csat_received" => {
            let score = doc.get("event.satisfaction_score.score").or_else(|| doc.get("event.score")).or_else(|| doc.get("event.current"));
            let score = score.ok_or_else(|| Reject::new("missing_field", "'event.satisfaction_score.score' is missing"))?;
            let Some(answer) = answer(score)? else {
                event.unmapped("the score is neither good, bad nor 1 to 5", emit)?;
                return Ok(true);
            };
            let comment = doc.get("event.satisfaction_score.comment");
            let answered = event.about_ticket("survey.answered", &event.ticket()?)?.text("survey_ref", SURVEY);
            let answered = answered.text("response_id", &response(doc, &event.key)?).json("answers", json!([answer]));
            let answered = answered.flag("comment_present", comment.map(|text| text.as_str() != Some("")));
            emit.push(answered.maybe("agent_id", doc.text("detail.assignee_id")?.as_deref()))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn response(doc: Fields<'_>, key: &str) -> Result<String, Reject> {
    Ok(doc.text("event.satisfaction_score.id")?.unwrap_or_else(|| key.to_owned()))
}

/// The answer that a score is; `None` for what is no answer.
fn answer(score: &Value) -> Result<Option<Value>, Reject> {
    let question = |value: f64, low: u8, high: u8| json!({"question_id": "satisfaction", "metric": "csat", "scale_min": low, "scale_max": high, "value_num": value});
    let text = match score {
        Value::Number(number) => return Ok(number.as_f64().filter(|n| (1.0..=5.0).contains(n)).map(|n| question(n, 1, 5))),
        Value::String(text) => text.to_ascii_lowercase(),
        other => return Err(Reject::new("bad_field", format!("the score must be text or a number, not {other}"))),
    };
    Ok(match text.as_str() {
        "good" | "good_with_comment" => Some(question(1.0, 0, 1)),
        "bad" | "bad_with_comment" => Some(question(0.0, 0, 1)),
        other => other.parse().ok().filter(|n| (1.0..=5.0).contains(n)).map(|n| question(n, 1, 5)),
    })
}

/// One satisfaction rating of a page. A customer may change it: each change is an event of the same response.
pub(super) fn rating(doc: Fields<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (id, ticket, score) = (doc.required("id")?, doc.required("ticket_id")?, doc.required("score")?);
    let at = doc.first_instant(&["updated_at", "created_at"])?;
    let key = format!("rating:{id}:{}:{score}", at.micros());
    let told = |kind| {
        let event = NewEvent::new(kind, at, &key).subject(&ticket).text("contact_id", &ticket).text("case_id", &ticket);
        let event = event.text("survey_ref", SURVEY).maybe("customer_id", doc.text("requester_id")?.as_deref());
        Ok::<_, Reject>(event.maybe("agent_id", doc.text("assignee_id")?.as_deref()).maybe("queue", doc.text("group_id")?.as_deref()))
    };
    match (score.as_str(), answer(&Value::from(score.as_str()))?) {
        (_, Some(answer)) => {
            let answered = told("survey.answered")?.text("response_id", &id).json("answers", json!([answer]));
            emit.push(answered.flag("comment_present", Some(doc.text("comment")?.is_some() || score.ends_with("comment"))))
        }
        ("offered", _) => emit.push(told("survey.sent")?.text("invite_id", &id).text("state", "offered")),
        _ => emit.unmapped("satisfaction_rating", &format!("a score of '{score}' is no answer"), at, &key),
    }
}
