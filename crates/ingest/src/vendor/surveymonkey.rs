//! SurveyMonkey: notices of webhooks, and responses with details as their API gives them.
//!
//! A notice names a response without its answers. Details say what was answered; they have a `revision`, so that they count and the notice
//! does not. Neither says what a question measures nor how far its scale goes: every answer has the metric `other`.

use serde_json::{Value, json};
use trunkline_events::identity::derived_id;

use super::reading::Node;
use super::survey::{Measure, Response};
use super::{Emit, NewEvent, Request, Vendor};
use crate::connector::Reject;

/// SurveyMonkey webhooks and responses.
#[derive(Debug, Clone, Copy, Default)]
pub struct SurveyMonkey;

impl Vendor for SurveyMonkey {
    fn name(&self) -> &'static str {
        "surveymonkey"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let body = request.json()?;
        let root = Node::root(&body);
        if root.get("event_type").is_some() {
            return notice(&root, emit);
        }
        if root.get("data").is_some() {
            return root.list("data")?.iter().try_for_each(|one| details(one, emit));
        }
        details(&root, emit)
    }
}

fn notice(root: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (kind, event_id) = (root.text("event_type")?, root.text("event_id")?);
    let at = root.instant_of(&["event_datetime"])?;
    match kind.as_str() {
        "response_completed" => {
            let (id, survey) = (root.text("object_id")?, root.need("resources")?.text("survey_id")?);
            let response = Response { survey: &survey, id: &id, at, key: format!("{id}:completed:{}", at.micros()), fields: None };
            let event = response.event(Vec::new()).text("source_event_key", &id).text("submitted_at", &at.to_string());
            response.push(event, emit)
        }
        "response_deleted" => {
            let id = root.text("object_id")?;
            let event = NewEvent::new("record.erased", at, &format!("{id}:deleted")).subject(&id);
            emit.push(event.json("target", json!({ "kind": "survey_response", "id": id })))
        }
        // Answers that were begun, changed or turned away: without the details nothing can be said of them.
        _ => emit.unmapped(&kind, "a notice without answers", at, &event_id),
    }
}

fn details(node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = node.text("id")?;
    let survey = match node.maybe("survey_id").or_else(|| survey_of(&node.maybe("href")?)) {
        Some(survey) => survey,
        None => node.text("survey_id")?,
    };
    let at = node.instant_of(&["date_modified", "date_created"])?;
    let status = node.text("response_status")?;
    let key = format!("{id}:{}", derived_id(&[&node.value().to_string()]));
    if !matches!(status.as_str(), "completed" | "partial") {
        return emit.unmapped(&format!("response:{status}"), "a response that was turned away", at, &key);
    }
    let mut answers = Vec::new();
    for page in node.list("pages")? {
        for question in page.list("questions")? {
            let question_id = question.text("id")?;
            for given in question.list("answers")? {
                answers.push(one(&question_id, &given));
            }
        }
    }
    let response = Response { survey: &survey, id: &id, at, key, fields: node.get("custom_variables") };
    let event = response.event(answers).text("source_event_key", &id).number("revision", Some(at.micros() / 1_000_000));
    let event = event.text("submitted_at", &at.to_string()).flag("partial", (status == "partial").then_some(true));
    let seconds = node.maybe("total_time").and_then(|text| text.parse::<i64>().ok()).filter(|seconds| *seconds >= 0);
    let email = || node.get("metadata")?.get("contact")?.get("email")?.maybe("value");
    let customer = response.field("customer_id").or_else(email).or_else(|| node.maybe("email_address"));
    let event = event.number("duration_ms", seconds.map(|seconds| seconds.saturating_mul(1_000)));
    response.push(event.maybe("customer_id", customer.as_deref()), emit)
}

/// One answer: a choice, with its weight where there is one, or text. Rows of a matrix are questions of their own.
fn one(question: &str, given: &Node<'_>) -> Value {
    let row = given.maybe("row_id").map(|row| format!("{question}:{row}"));
    let made = Measure::OTHER.answer(row.as_deref().unwrap_or(question));
    let Some(choice) = given.maybe("choice_id") else { return made.comment().json() };
    let made = made.text(&choice);
    let weight = given.get("choice_metadata").and_then(|about| about.value().get("weight").cloned());
    match weight.filter(|weight| weight.is_number() || weight.as_str().is_some_and(|text| text.parse::<f64>().is_ok())) {
        Some(weight) => made.number(&weight).json(),
        None => made.json(),
    }
}

/// The survey in the address of a response.
fn survey_of(href: &str) -> Option<String> {
    let (_, rest) = href.split_once("/surveys/")?;
    rest.split('/').next().filter(|id| !id.is_empty()).map(str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
