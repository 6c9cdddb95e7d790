//! Typeform: one response a webhook.
//!
//! A response is named by its token, so that a repeated delivery is the same event. A partial one is named by its delivery, because the same
//! respondent may get further. What a question measures is told by its kind (NPS) or its reference (`csat_1_5`); what it is about, by hidden fields.

use super::reading::Node;
use super::survey::{Answer, Measure, Response};
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// Typeform webhooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typeform;

impl Vendor for Typeform {
    fn name(&self) -> &'static str {
        "typeform"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let body = request.json()?;
        let root = Node::root(&body);
        let (kind, event_id) = (root.text("event_type")?, root.text("event_id")?);
        let form = root.need("form_response")?;
        let is_partial = kind == "form_response_partial";
        let at = form.instant_of(&["submitted_at", "landed_at"])?;
        if kind != "form_response" && !is_partial {
            return emit.unmapped(&kind, "an event type without a rule", at, &event_id);
        }
        let (token, survey) = (form.text("token")?, form.text("form_id")?);
        if !is_partial && form.get("submitted_at").is_none() {
            return Err(Reject::new("no_time", "form_response.submitted_at is missing: no instant of the answer"));
        }
        let fields: Vec<Node<'_>> = form.get("definition").map_or_else(|| Ok(Vec::new()), |definition| definition.list("fields"))?;
        let answers: Result<Vec<_>, Reject> = form.list("answers")?.iter().map(|answer| one(answer, &fields)).collect();
        let key = if is_partial { format!("{token}:partial:{event_id}") } else { token.clone() };
        let response = Response { survey: &survey, id: &token, at, key, fields: form.get("hidden") };
        let event = response.event(answers?.into_iter().map(Answer::json).collect()).flag("partial", is_partial.then_some(true));
        let submitted = form.instant("submitted_at")?.map(|at| at.to_string());
        let score = form.get("calculated").and_then(|own| own.value().get("score").cloned()).unwrap_or_default();
        response.push(event.maybe("submitted_at", submitted.as_deref()).json("calculated_score", score), emit)
    }
}

/// One answer. Its field may be described in the form's definition.
fn one(answer: &Node<'_>, fields: &[Node<'_>]) -> Result<Answer, Reject> {
    let (kind, field) = (answer.text("type")?, answer.need("field")?);
    let id = field.text("id")?;
    let described = fields.iter().find(|field| field.maybe("id").as_deref() == Some(&id));
    let of = |name: &str| field.maybe(name).or_else(|| described?.maybe(name));
    let (reference, field_kind) = (of("ref"), of("type").unwrap_or_default());
    let told = reference.as_deref().and_then(Measure::told_by);
    let measure = match field_kind.as_str() {
        "nps" => Measure { metric: "nps", scale: Some((0, 10)) },
        "yes_no" | "legal" => told.unwrap_or(Measure::OTHER).or_scale(Some((0, 1))),
        _ => told.unwrap_or(Measure::OTHER).or_scale(described.and_then(|field| steps(field, &field_kind))),
    };
    let made = measure.answer(&id);
    let made = if let Some(reference) = &reference { made.named(reference) } else { made };
    let value = answer.need(&kind)?;
    Ok(match kind.as_str() {
        "number" if value.value().is_number() => made.number(value.value()),
        "boolean" => made.number(&i64::from(value.value() == &serde_json::Value::Bool(true)).into()),
        "number" => return Err(value.wrong("a number")),
        "date" => made.text(&answer.text("date")?),
        "choice" => match value.maybe("label") {
            Some(label) => made.text(&label),
            None => made.comment(),
        },
        "choices" => {
            let labels = value.list("labels")?;
            let labels: Vec<&str> = labels.iter().filter_map(|label| label.value().as_str()).collect();
            let made = if labels.is_empty() { made } else { made.text(&labels.join(", ")) };
            if value.maybe("other").is_some() { made.comment() } else { made }
        }
        "text" => made.comment(),
        // Addresses, files, payments: what they say is the customer's own.
        _ => made,
    })
}

/// The scale that a field's properties describe; stars begin with one, opinion scales where the author said.
fn steps(field: &Node<'_>, kind: &str) -> Option<(i64, i64)> {
    let properties = field.get("properties")?;
    let steps = properties.value().get("steps")?.as_i64().filter(|steps| *steps > 1)?;
    match kind {
        "rating" => Some((1, steps)),
        "opinion_scale" if properties.flag("start_at_one") => Some((1, steps)),
        "opinion_scale" => Some((0, steps - 1)),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
