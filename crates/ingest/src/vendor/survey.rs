//! What survey vendors share: how a question says what it measures, which contact a response is about, and the events of a response.
//!
//! Free text is not stored: an answer only says that there is a comment. Words of choices, which the survey's author wrote, are.

use serde_json::{Map, Value, json};
use trunkline_events::Timestamp;

use super::reading::Node;
use super::{Emit, NewEvent};
use crate::connector::Reject;

/// Fields by which a survey link may say what the response is about.
const ABOUT: [&str; 7] = ["contact_id", "case_id", "order_id", "customer_id", "agent_id", "queue", "channel"];

/// What a question measures, and from where to where it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measure {
    pub(super) metric: &'static str,
    pub(super) scale: Option<(i64, i64)>,
}

impl Measure {
    /// Of a question that says nothing.
    pub(super) const OTHER: Self = Self { metric: "other", scale: None };

    /// What a name says that the author of a survey gave a question: `csat_1_5`, `ces-1-7`, `nps`, `fcr`.
    pub(super) fn told_by(name: &str) -> Option<Self> {
        let mut parts = name.split(['_', '-', ' ']);
        let (metric, usual) = match parts.next()?.to_ascii_lowercase().as_str() {
            "csat" => ("csat", None),
            "ces" => ("ces", None),
            "nps" => ("nps", Some((0, 10))),
            "fcr" => ("fcr", Some((0, 1))),
            _ => return None,
        };
        let told = parts.next().and_then(|low| low.parse().ok()).zip(parts.next().and_then(|high| high.parse().ok()));
        Some(Self { metric, scale: told.or(usual) })
    }

    /// The scale, if it was not known.
    pub(super) fn or_scale(self, scale: Option<(i64, i64)>) -> Self {
        Self { scale: self.scale.or(scale), ..self }
    }

    /// An answer. A value whose scale is not known measures nothing that could be compared.
    pub(super) fn answer(self, question: &str) -> Answer {
        let mut members = Map::new();
        members.insert("question_id".to_owned(), Value::from(question));
        members.insert("metric".to_owned(), Value::from(if self.scale.is_some() { self.metric } else { "other" }));
        if let Some((low, high)) = self.scale {
            members.insert("scale_min".to_owned(), Value::from(low));
            members.insert("scale_max".to_owned(), Value::from(high));
        }
        Answer(members)
    }
}

/// One answer in the making.
#[derive(Debug)]
pub(super) struct Answer(Map<String, Value>);

impl Answer {
    pub(super) fn number(mut self, number: &Value) -> Self {
        self.0.insert("value_num".to_owned(), number.clone());
        self
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        self.0.insert("value_text".to_owned(), Value::from(text));
        self
    }

    /// The author's own name for the question.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.0.insert("question_ref".to_owned(), Value::from(name));
        self
    }

    /// There is text of the customer's own.
    pub(super) fn comment(mut self) -> Self {
        self.0.insert("comment_present".to_owned(), Value::from(true));
        self
    }

    pub(super) fn json(self) -> Value {
        Value::Object(self.0)
    }
}

/// One response: which, to what, when.
#[derive(Debug)]
pub(super) struct Response<'r, 'a> {
    pub(super) survey: &'r str,
    pub(super) id: &'r str,
    pub(super) at: Timestamp,
    /// Names this version of the response.
    pub(super) key: String,
    /// Where the survey keeps what its link carried.
    pub(super) fields: Option<Node<'a>>,
}

impl Response<'_, '_> {
    /// A field that the link carried; placeholders nobody filled in are none.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        let text = self.fields.as_ref()?.maybe(name)?;
        let is_unfilled = text == "xxxxx" || text.starts_with("${") || text.starts_with("{{") || text.starts_with('[');
        (!is_unfilled).then_some(text)
    }

    /// The response as an event, to be completed.
    pub(super) fn event(&self, answers: Vec<Value>) -> NewEvent {
        let event = NewEvent::new("survey.answered", self.at, &self.key).subject(self.id);
        let event = event.text("survey_ref", self.survey).text("response_id", self.id).json("answers", Value::Array(answers));
        ABOUT.iter().fold(event, |event, name| event.maybe(name, self.field(name).as_deref()))
    }

    /// Pushes the response, and what it is about.
    pub(super) fn push(&self, event: NewEvent, emit: &mut Emit<'_>) -> Result<(), Reject> {
        emit.push(event)?;
        for (name, kind) in [("contact_id", "contact"), ("case_id", "case")] {
            let Some(id) = self.field(name) else { continue };
            let link = NewEvent::new("entity.linked", self.at, &format!("{}:{kind}:{id}", self.id)).text("relation", "survey_of");
            emit.push(link.json("from", json!({ "kind": "survey", "id": self.id })).json("to", json!({ "kind": kind, "id": id })))?;
        }
        Ok(())
    }
}

/// True for fields that say what a response is about and are no answers.
pub(super) fn is_about(name: &str) -> bool {
    ABOUT.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::Measure;

    #[test]
    fn a_name_tells_what_is_measured() {
        assert_eq!(Measure::told_by("csat_1_5"), Some(Measure { metric: "csat", scale: Some((1, 5)) }));
        assert_eq!(Measure::told_by("NPS"), Some(Measure { metric: "nps", scale: Some((0, 10)) }));
        assert_eq!(Measure::told_by("fcr-solved"), Some(Measure { metric: "fcr", scale: Some((0, 1)) }));
        assert_eq!(Measure::told_by("csatisfied"), None);
        assert_eq!(Measure::told_by("ces").map(|m| m.answer("q").json()["metric"].clone()), Some("other".into()), "no scale, no measure");
    }
}
