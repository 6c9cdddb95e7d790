//! The notice of an event subscription: a form, or, with a shared key, JSON in the field `MSG` of a form.
//!
//! `CompletedDate` has no zone and is never guessed to be in one: the instant is that of the delivery, from the header `Date` of the captured
//! request. Without it the notice is refused.

use serde_json::{Map, Value};
use trunkline_events::Timestamp;

use super::super::form;
use super::super::reading::Node;
use super::super::survey::Response;
use super::super::{Emit, Request};
use crate::connector::Reject;

/// Reads a notice.
pub(super) fn read(request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let fields = form::fields(request.body())?;
    let of = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let told: Value = match of("MSG") {
        Some(message) => serde_json::from_str(message).map_err(|cause| Reject::new("bad_json", format!("MSG: {cause}")))?,
        None => fields.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect::<Map<_, _>>().into(),
    };
    let told = Node::root(&told);
    let topic = of("Topic").map(str::to_owned).or_else(|| told.maybe("Topic"));
    let at = delivered_at(request, &told)?;
    let what = topic.as_deref().map_or("completedResponse", |topic| kind_of(topic));
    let is_partial = what == "partialResponse";
    if what != "completedResponse" && !is_partial {
        let key = format!("{}:{}", topic.as_deref().unwrap_or_default(), at.micros());
        return emit.unmapped(what, "a topic without a rule", at, &key);
    }
    let (survey, id) = (told.text("SurveyID")?, told.text("ResponseID")?);
    let response = Response { survey: &survey, id: &id, at, key: format!("{id}:{what}:{}", at.micros()), fields: None };
    let event = response.event(Vec::new()).text("source_event_key", &id).flag("partial", is_partial.then_some(true));
    response.push(event.maybe("completed_local", told.maybe("CompletedDate").as_deref()), emit)
}

/// `brand.surveyengine.completedResponse.SV_1` says `completedResponse`.
fn kind_of(topic: &str) -> &str {
    let mut parts = topic.split('.').skip_while(|part| !matches!(*part, "surveyengine" | "controlpanel" | "threesixty"));
    parts.next();
    parts.next().unwrap_or(topic)
}

fn delivered_at(request: &Request<'_>, told: &Node<'_>) -> Result<Timestamp, Reject> {
    let Some(date) = request.header("date") else {
        let local = told.maybe("CompletedDate").unwrap_or_default();
        let message = format!("CompletedDate '{local}' has no zone and the header Date was not captured: no instant");
        return Err(Reject::new("no_time", message));
    };
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date);
    let at = parsed.map_err(|cause| Reject::new("bad_time", format!("header Date '{date}': {cause}")))?;
    Ok(Timestamp::from_micros(at.as_microsecond()))
}
