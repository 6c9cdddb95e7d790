//! Messages, notes, and the satisfaction survey, which is a message too. Texts are never stored.

use serde_json::json;
use trunkline_events::Timestamp;

use super::conversation::Conversation;
use super::words;
use crate::connector::Reject;
use crate::vendor::fields::Fields;
use crate::vendor::{Emit, NewEvent};

const SURVEY: &str = "chatwoot_csat";

/// A message and its conversation.
struct Message<'v> {
    id: String,
    at: Timestamp,
    doc: Fields<'v>,
    conversation: Conversation<'v>,
}

impl<'v> Message<'v> {
    fn read(doc: Fields<'v>) -> Result<Self, Reject> {
        Ok(Self { id: doc.required("id")?, at: doc.first_instant(&["created_at"])?, doc, conversation: Conversation::of_message(doc)? })
    }

    fn kind(&self) -> Result<&'v str, Reject> {
        let found = self.doc.get("message_type").ok_or_else(|| Reject::new("missing_field", "'message_type' is missing"))?;
        words::message(found).ok_or_else(|| Reject::new("bad_field", format!("'message_type' is no type of message: {found}")))
    }

    fn key(&self) -> String {
        format!("message:{}", self.id)
    }

    fn told(&self, kind: &'static str) -> Result<NewEvent, Reject> {
        let told = self.conversation.told(kind, self.at, &self.key())?.text("message_id", &self.id).text("content_ref", &self.id);
        let told = told.maybe("content_type", self.doc.text("content_type")?.as_deref());
        Ok(told.maybe("in_reply_to", self.doc.text("content_attributes.in_reply_to")?.as_deref()))
    }

    /// Who wrote it, in the words of `message.sent`, and their id if they are a person of ours.
    fn author(&self) -> Result<(&'static str, Option<String>), Reject> {
        let sender = self.doc.text("sender.id")?;
        Ok(match self.doc.text("sender.type")?.as_deref() {
            _ if self.doc.get("content_attributes.automation_rule_id").is_some() => ("system", None),
            _ if self.doc.get("additional_attributes.campaign_id").is_some() => ("campaign", None),
            Some("user" | "User") => ("agent", sender),
            Some("agent_bot" | "AgentBot" | "captain_assistant" | "Captain::Assistant") => ("bot", None),
            // Written on the telephone beside Chatwoot.
            _ if self.is_set("content_attributes.external_echo") => ("agent", None),
            _ => ("system", None),
        })
    }

    fn is_set(&self, path: &str) -> bool {
        self.doc.get(path).is_some_and(|value| value.as_bool() == Some(true))
    }

    fn is_survey(&self) -> bool {
        self.doc.get("content_type").is_some_and(|kind| kind.as_str() == Some("input_csat"))
    }

    /// The same message in the conversation's list of last messages, which says more of it.
    fn nested(&self) -> Option<Fields<'v>> {
        self.conversation.doc.list("messages").find(|message| message.text("id").ok().flatten().as_ref() == Some(&self.id))
    }

    /// When the message was changed: what its own entry says, else the last change of the conversation, which it is too.
    fn changed_at(&self) -> Result<Timestamp, Reject> {
        let nested = self.nested().map(|message| message.instant("updated_at")).transpose()?.flatten();
        let at = nested.or(self.conversation.doc.instant("updated_at")?).unwrap_or(self.at);
        Ok(at.max(self.at))
    }

    fn survey(&self, kind: &'static str, at: Timestamp, key: &str) -> Result<NewEvent, Reject> {
        let told = self.conversation.told(kind, at, key)?.subject(&self.id).text("survey_ref", SURVEY);
        Ok(told.maybe("agent_id", self.conversation.doc.text("meta.assignee.id")?.as_deref()))
    }
}

/// `message_created`.
pub(super) fn created(doc: Fields<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let message = Message::read(doc)?;
    let kind = message.kind()?;
    if kind == "activity" {
        return emit.unmapped("message_created.activity", "says in words what another event says", message.at, &message.key());
    }
    if doc.flag("private")? == Some(true) {
        let (author, agent) = message.author()?;
        return emit
            .push(message.told("note.added")?.text("note_id", &message.id).text("author", author).maybe("agent_id", agent.as_deref()));
    }
    if message.is_survey() {
        return emit.push(message.survey("survey.sent", message.at, &message.key())?.text("invite_id", &message.id).text("state", "sent"));
    }
    match kind {
        "incoming" => {
            let is_automatic = message.is_set("content_attributes.email.auto_reply");
            let told = message.told("message.received")?.text("author", "customer").flag("automatic", is_automatic.then_some(true));
            emit.push(told.maybe("customer_id", doc.text("sender.id")?.as_deref()))
        }
        "outgoing" => outgoing(&message, emit),
        "template" => emit.push(message.told("message.sent")?.text("author", "system").flag("automatic", Some(true))),
        other => emit.unmapped(&format!("message_created.{other}"), "no rule for this type of message", message.at, &message.key()),
    }
}

/// The first reply of a person begins their part: no reply is known yet, or this very message is it.
fn outgoing(message: &Message<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (author, agent) = message.author()?;
    let sent = message.told("message.sent")?.text("author", author).maybe("agent_id", agent.as_deref());
    emit.push(sent.flag("automatic", (author == "system").then_some(true)))?;
    let Some(agent) = agent else { return Ok(()) };
    let is_first = message.conversation.first_reply_at()?.is_none_or(|first| first.millis_since(message.at) == 0);
    if !is_first {
        return Ok(());
    }
    let connected = message.conversation.told("participant.connected", message.at, &message.key())?;
    emit.push(
        connected.text("participant_id", &format!("{}:{agent}", message.conversation.id)).text("role", "agent").text("agent_id", &agent),
    )
}

/// `message_updated`: an answer to the survey, a deletion, or how far the message got.
pub(super) fn updated(doc: Fields<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let message = Message::read(doc)?;
    let at = message.changed_at()?;
    let key = |what: &str| format!("message:{}:{what}:{}", message.id, at.micros());
    if let Some(answer) = doc.object("content_attributes.submitted_values.csat_survey_response") {
        return answered(&message, answer, at, &key("csat"), emit);
    }
    if message.is_set("content_attributes.deleted") {
        let told = message.conversation.told("message.changed", at, &key("deleted"))?;
        return emit.push(told.text("message_id", &message.id).text("change", "deleted"));
    }
    let status = doc.get("status").or_else(|| message.nested().and_then(|nested| nested.get("status"))).and_then(words::delivery);
    match status {
        Some(state) if matches!(message.kind()?, "outgoing" | "template") => {
            let told = message.conversation.told("message.delivery_updated", at, &key(state))?;
            emit.push(told.text("message_id", &message.id).text("state", state))
        }
        _ => emit.unmapped("message_updated", "no change that there is a rule for", at, &key("updated")),
    }
}

/// Customers rate first and comment then: each is an event of the same response.
fn answered(message: &Message<'_>, answer: Fields<'_>, at: Timestamp, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let rating = answer.number("rating")?;
    let rating = rating
        .ok_or_else(|| Reject::new("missing_field", "'content_attributes.submitted_values.csat_survey_response.rating' is missing"))?;
    let told = message.survey("survey.answered", at, key)?.text("response_id", &message.id);
    let answer_given = json!({"question_id": "rating", "metric": "csat", "scale_min": 1, "scale_max": 5, "value_num": rating});
    emit.push(told.json("answers", json!([answer_given])).flag("comment_present", Some(answer.text("feedback_message")?.is_some())))
}
