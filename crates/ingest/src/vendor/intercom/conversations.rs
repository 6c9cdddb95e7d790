//! Conversations: begun, answered, assigned, closed, opened again, put to sleep, rated.

use serde_json::{Value, json};
use trunkline_events::Timestamp;

use super::notification::{Notification, Thing};
use super::parts::Part;
use super::words::{self, Writer};
use crate::connector::Reject;
use crate::vendor::Emit;
use crate::vendor::fields::Fields;

/// A notification about a conversation.
struct Told<'a, 'v> {
    notification: &'a Notification<'v>,
    thing: Thing<'v>,
    parts: Vec<Part<'v>>,
}

type Handler<'a, 'v> = fn(&Told<'a, 'v>, &mut Emit<'_>) -> Result<(), Reject>;

/// Maps a notification about a conversation; false when there is no rule for its topic.
pub(super) fn map(notification: &Notification<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    if notification.topic == "conversation.deleted" {
        deleted(notification, emit)?;
        return Ok(true);
    }
    let handler: Handler<'_, '_> = match notification.topic.as_str() {
        "conversation.user.created" | "conversation.admin.single.created" => Told::created,
        "conversation.user.replied" | "conversation.admin.replied" | "conversation.operator.replied" => Told::replied,
        "conversation.admin.noted" => Told::noted,
        "conversation.admin.assigned" | "conversation.admin.open.assigned" => Told::assigned,
        "conversation.admin.closed" => Told::closed,
        "conversation.admin.opened" => Told::opened,
        "conversation.admin.snoozed" => Told::snoozed,
        "conversation.admin.unsnoozed" => Told::woken,
        "conversation.rating.added" | "conversation.rating.remarked" => Told::rated,
        "conversation.priority.updated" => Told::priority,
        "conversation_part.tag.created" => Told::tagged,
        "conversation_part.redacted" => Told::redacted,
        _ => return Ok(false),
    };
    let item = notification.item;
    let channel = match source(item) {
        Some(source) => {
            source.text("type")?.map(|kind| words::channel(if kind == "conversation_message" { "conversation" } else { &kind }))
        }
        None => None,
    };
    let thing = Thing { id: item.required("id")?, doc: item, channel };
    handler(&Told { notification, thing, parts: Part::all(item)? }, emit)?;
    Ok(true)
}

/// What the conversation began with; old versions call it by another name.
fn source(item: Fields<'_>) -> Option<Fields<'_>> {
    item.object("source").or_else(|| item.object("conversation_message"))
}

/// Nothing of a deleted conversation is told but its id.
fn deleted(notification: &Notification<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let item = notification.item;
    let id = match item.text("conversation_id")? {
        Some(id) => id,
        None => item.required("id")?,
    };
    let thing = Thing { id, doc: item, channel: None };
    let target = json!({"kind": "contact", "id": thing.id});
    emit.push(thing.told("record.erased", notification.at, &notification.key)?.json("target", target))
}

impl Told<'_, '_> {
    /// The newest part, and how its change is named and dated; without a part the notification itself.
    fn newest(&self) -> (Option<&Part<'_>>, Timestamp, String) {
        match self.parts.last() {
            Some(part) => (Some(part), part.at, part.key()),
            None => (None, self.notification.at, self.notification.key.clone()),
        }
    }

    fn created(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (thing, item) = (&self.thing, self.notification.item);
        let at = item.first_instant(&["created_at"])?;
        let source = source(item).ok_or_else(|| Reject::new("missing_field", "'source' is missing, or no object"))?;
        let writer = source.text("author.type")?.and_then(|kind| words::writer(&kind));
        let by_writer = writer.map(|writer| if writer == Writer::Customer { "inbound" } else { "outbound" });
        let way = source.text("delivered_as")?;
        let direction = way.as_deref().and_then(words::direction).or(by_writer);
        let key = format!("conversation:{}:created", thing.id);
        let started = thing.told("contact.started", at, &key)?.text("channel", thing.channel.unwrap_or("messaging"));
        emit.push(started.maybe("direction", direction).maybe("subchannel", source.text("type")?.as_deref()))?;
        emit.push(thing.told("case.opened", at, &key)?.maybe("via", way.as_deref()))?;
        self.first_message(source, writer, at, emit)?;
        self.parts.iter().try_for_each(|part| part.said(thing, emit))?;
        // What a teammate sends of their own accord is closed from the start, until the customer answers.
        if item.text("state")?.as_deref() != Some("closed") {
            return Ok(());
        }
        emit.push(thing.told("case.status_changed", at, &key)?.text("to", "closed").text("category", "closed"))?;
        emit.push(thing.told("contact.ended", at, &key)?.text("ended_by", "system").text("reason", "closed"))
    }

    /// What a conversation began with is no part of it.
    fn first_message(&self, source: Fields<'_>, writer: Option<Writer>, at: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (id, key) = (source.required("id")?, format!("source:{}", source.required("id")?));
        let told = |kind, in_team: bool| {
            let told = if in_team { self.thing.told_in_team(kind, at, &key)? } else { self.thing.told(kind, at, &key)? };
            Ok::<_, Reject>(told.text("message_id", &id).text("content_ref", &id).text("content_type", "text/html"))
        };
        let is_campaign = source.text("delivered_as")?.is_some_and(|way| way.starts_with("campaign"));
        match writer {
            Some(Writer::Customer) => emit.push(told("message.received", true)?.text("author", "customer")),
            _ if is_campaign => emit.push(told("message.sent", false)?.text("author", "campaign")),
            Some(Writer::Teammate) => {
                let agent = source.text("author.id")?;
                emit.push(told("message.sent", false)?.text("author", "agent").maybe("agent_id", agent.as_deref()))
            }
            _ => emit.push(told("message.sent", false)?.text("author", "bot")),
        }
    }

    fn replied(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        if self.parts.is_empty() {
            return Err(Reject::new("missing_field", format!("'conversation_parts' has no part in {}", self.notification.topic)));
        }
        self.parts.iter().try_for_each(|part| part.said(&self.thing, emit))
    }

    fn noted(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        if self.parts.is_empty() {
            return Err(Reject::new("missing_field", "'conversation_parts' has no part in conversation.admin.noted"));
        }
        self.parts.iter().try_for_each(|part| part.noted(&self.thing, emit))
    }

    fn assigned(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        if let Some(part) = self.parts.last() {
            part.assigned(&self.thing, emit)?;
            return self.reply_of(part, emit);
        }
        let item = self.notification.item;
        let agent = item.text("admin_assignee_id")?.or(item.text("assignee.id")?).filter(|id| id != "0");
        let told = self.thing.told_in_team("case.assigned", self.notification.at, &self.notification.key)?;
        let to = agent.as_ref().map_or(Value::Null, |id| json!({"agent_id": id}));
        emit.push(told.json("to", to).maybe("agent_id", agent.as_deref()))
    }

    /// What is said while assigning, closing or opening, if Intercom counts it as a reply.
    fn reply_of(&self, part: &Part<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        if part.is_counted_reply(&self.thing)? { part.said(&self.thing, emit) } else { Ok(()) }
    }

    fn closed(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (part, at, key) = self.newest();
        let by = part.map(Part::actor).transpose()?.flatten();
        if let Some(part) = part {
            self.reply_of(part, emit)?;
        }
        emit.push(self.thing.told_in_team("case.status_changed", at, &key)?.text("to", "closed").text("category", "closed"))?;
        if self.thing.statistic("first_admin_reply_at")?.is_some() {
            emit.push(self.thing.told("participant.disconnected", at, &key)?.flag("talk_unknown", Some(true)))?;
        }
        emit.push(self.thing.told("contact.ended", at, &key)?.maybe("ended_by", by).text("reason", "closed"))
    }

    fn opened(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (part, at, key) = self.newest();
        emit.push(self.thing.told_in_team("case.status_changed", at, &key)?.text("to", "open").text("category", "open"))?;
        emit.push(self.thing.told("contact.state_changed", at, &key)?.text("to", "reopened"))?;
        part.map_or(Ok(()), |part| self.reply_of(part, emit))
    }

    fn snoozed(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (_, at, key) = self.newest();
        let until = self.notification.item.instant("snoozed_until")?.map(|at| at.to_string());
        let category = if until.is_some() { "waiting_internal" } else { "waiting_customer" };
        emit.push(self.thing.told_in_team("case.status_changed", at, &key)?.text("to", "snoozed").text("category", category))?;
        let told = self.thing.told("contact.state_changed", at, &key)?.text("to", "paused").text("reason", "snoozed");
        emit.push(told.maybe("until", until.as_deref()))
    }

    fn woken(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (_, at, key) = self.newest();
        let told = self.thing.told_in_team("case.status_changed", at, &key)?.text("from", "snoozed").text("to", "open");
        emit.push(told.text("category", "open"))?;
        emit.push(self.thing.told("contact.state_changed", at, &key)?.text("to", "active"))
    }

    fn rated(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let item = self.notification.item;
        let rating = item.number("conversation_rating.rating")?;
        let rating = rating.ok_or_else(|| Reject::new("missing_field", "'conversation_rating.rating' is missing"))?;
        let at = item.instant("conversation_rating.created_at")?.unwrap_or(self.notification.at);
        let answer = json!({"question_id": "rating", "metric": "csat", "scale_min": 1, "scale_max": 5, "value_num": rating});
        let told = self.thing.told_in_team("survey.answered", at, &self.notification.key)?.text("survey_ref", "intercom_rating");
        let told = told.text("response_id", &format!("{}:{}", self.thing.id, at.micros())).json("answers", json!([answer]));
        let told = told.flag("comment_present", Some(item.text("conversation_rating.remark")?.is_some()));
        emit.push(told.maybe("agent_id", item.text("conversation_rating.teammate.id")?.as_deref()))
    }

    fn priority(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let change = json!({"field": "priority", "to": self.notification.item.get("priority")});
        let told = self.thing.told_in_team("case.updated", self.notification.at, &self.notification.key)?;
        emit.push(told.json("changes", json!([change])))
    }

    fn tagged(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let names = self.notification.item.list("tags_added.tags").filter_map(|tag| tag.text("name").transpose());
        let names = names.collect::<Result<Vec<_>, _>>()?;
        if names.is_empty() {
            return self.notification.unmapped("no tag is named", emit);
        }
        emit.push(self.thing.told("contact.updated", self.notification.at, &self.notification.key)?.json("tags_added", json!(names)))
    }

    fn redacted(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let id = self.parts.last().map(|part| part.id.as_str());
        let told = self.thing.told("message.changed", self.notification.at, &self.notification.key)?;
        emit.push(told.maybe("message_id", id).text("change", "redacted"))
    }
}
