//! A response: `values` with one member a question, their `labels`, and the values that were on display.
//!
//! Qualtrics may give a response again with other content under the same dates, so the content is part of its name.

use serde_json::Value;
use trunkline_events::identity::derived_id;

use super::super::Emit;
use super::super::reading::Node;
use super::super::survey::{Measure, Response, is_about};
use crate::connector::Reject;

/// Endings of members that describe a question and are no answers of their own.
const NO_ANSWERS: [&str; 6] = ["_DO", "_NPS_GROUP", "_SENTIMENT", "_SENTIMENT_SCORE", "_TOPICS", "_FILE_TYPE"];

/// Reads a response. `survey`: its survey where the document around it says so.
pub(super) fn read(node: &Node<'_>, survey: Option<&str>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (id, values) = (node.text("responseId")?, node.need("values")?);
    let own = ["surveyId", "SurveyID", "survey_id"].iter().find_map(|name| node.maybe(name).or_else(|| values.maybe(name)));
    let survey = own.or_else(|| survey.map(str::to_owned)).ok_or_else(|| {
        let hint = "a response does not name its survey: add surveyId to the document, or send it as embedded data";
        Reject::new("missing_field", format!("surveyId is missing: {hint}"))
    })?;
    let at = values.instant_of(&["endDate", "recordedDate"])?;
    let recorded = values.instant("recordedDate")?;
    let key = format!("{id}:{}", derived_id(&[&node.value().to_string()]));
    let response = Response { survey: &survey, id: &id, at, key, fields: Some(values.clone()) };
    let event = response.event(answers(node, &values)?).recorded_at(recorded).text("source_event_key", &id);
    let event = event.number("revision", recorded.or(Some(at)).map(|at| at.micros() / 1_000_000)).text("submitted_at", &at.to_string());
    let whole = |name: &str| values.maybe(name).and_then(|text| text.parse::<i64>().ok());
    let is_finished = whole("finished").map(|flag| flag == 1);
    // Previews and tests of the survey's author.
    let is_test = matches!(whole("status"), Some(1 | 2)).then_some(true);
    let event = event.flag("partial", is_finished.filter(|done| !done).map(|_| true)).flag("is_test", is_test);
    let event = event.number("duration_ms", whole("duration").filter(|s| *s >= 0).map(|s| s.saturating_mul(1_000)));
    let customer = ["customer_id", "externalDataReference", "recipientEmail"].iter().find_map(|name| response.field(name));
    response.push(event.maybe("customer_id", customer.as_deref()), emit)
}

fn answers(node: &Node<'_>, values: &Node<'_>) -> Result<Vec<Value>, Reject> {
    let Value::Object(members) = values.value() else { return Err(values.wrong("an object")) };
    let labels = node.get("labels");
    let displayed = node.get("displayedValues");
    let mut all = Vec::new();
    for (name, value) in members {
        let told = Measure::told_by(name);
        let is_question = name.starts_with("QID") && !NO_ANSWERS.iter().any(|end| name.ends_with(end));
        if is_about(name) || told.is_none() && !is_question {
            continue;
        }
        let is_nps = members.contains_key(&format!("{name}_NPS_GROUP"));
        let measure = if is_nps { Measure { metric: "nps", scale: Some((0, 10)) } } else { told.unwrap_or(Measure::OTHER) };
        let shown = displayed.as_ref().and_then(|displayed| displayed.value().get(name));
        let made = measure.or_scale(shown.and_then(|shown| range(shown, value))).answer(name);
        let label = labels.as_ref().and_then(|labels| labels.value().get(name)).and_then(words);
        let made = if let Some(label) = &label { made.text(label) } else { made };
        all.push(match value {
            Value::Number(_) => made.number(value).json(),
            // Embedded data is text even where it is a number.
            Value::String(text) if told.is_some() && text.trim().parse::<f64>().is_ok() => made.number(value).json(),
            Value::String(_) if label.is_none() => made.comment().json(),
            Value::Null => continue,
            _ => made.json(),
        });
    }
    Ok(all)
}

/// From the lowest to the highest value on display, if the answer is one of them.
fn range(shown: &Value, value: &Value) -> Option<(i64, i64)> {
    let shown: Vec<i64> = shown.as_array()?.iter().filter_map(Value::as_i64).collect();
    let range = (*shown.iter().min()?, *shown.iter().max()?);
    (range.0 < range.1 && shown.contains(&value.as_i64()?)).then_some(range)
}

/// The words of one choice or of several.
fn words(label: &Value) -> Option<String> {
    match label {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        _ => None,
    }
}
