//! Messenger and Instagram: messages to a page or an account, echoes of what was answered, and who has the thread.

use serde_json::{Value, json};
use trunkline_events::Timestamp;
use trunkline_events::identity::derived_id;

use super::super::reading::Node;
use super::super::{Emit, NewEvent, Request, Vendor};
use super::thread::{Thread, expect, object};
use crate::connector::Reject;

/// Meta's own inbox, in which people answer; what other apps send may come from people or machines.
const PAGE_INBOX: &str = "263902037430900";

/// Messenger and Instagram webhooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Messenger;

impl Vendor for Messenger {
    fn name(&self) -> &'static str {
        "messenger"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let body = request.json()?;
        let root = Node::root(&body);
        let app = if expect(&root, &["page", "instagram"])? == "page" { "messenger" } else { "instagram" };
        for entry in root.need("entry")?.items()? {
            for list in ["messaging", "standby"] {
                for item in entry.list(list)? {
                    one(app, &entry, &item, emit)?;
                }
            }
            for change in entry.list("changes")? {
                let field = format!("changes:{}", change.text("field")?);
                unmapped(&field, "a change on the page, not a message", entry.epoch("time")?, &change, emit)?;
            }
        }
        Ok(())
    }
}

/// Whose item it is, and when.
struct Item {
    thread: Thread,
    at: Timestamp,
}

fn one(app: &'static str, entry: &Node<'_>, node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let Some((name, what)) = KINDS.iter().find_map(|name| Some((*name, node.get(name)?))) else {
        let at = if node.get("timestamp").is_some() { node.epoch("timestamp")? } else { entry.epoch("time")? };
        return unmapped(&format!("messaging:{}", named(node.value())), "no rule for this item", at, node, emit);
    };
    let page = entry.text("id")?;
    let (sender, recipient) = (node.need("sender")?.text("id")?, node.need("recipient")?.text("id")?);
    let customer = if sender == page || what.flag("is_echo") { recipient } else { sender };
    // A delivery has no time of its own in all versions: no earlier than its watermark it cannot be.
    let at = if name == "delivery" && node.get("timestamp").is_none() { what.epoch("watermark")? } else { node.epoch("timestamp")? };
    let item = Item { thread: Thread::of(app, &page, customer, emit), at };
    match name {
        "message" => item.message(&what, emit),
        "delivery" => item.reached("delivered", &what, emit),
        "read" => item.reached("read", &what, emit),
        "postback" => item.tapped(&what, emit),
        "reaction" => {
            let change = if what.maybe("action").as_deref() == Some("unreact") { "reaction_removed" } else { "reaction_added" };
            item.changed(&what.text("mid")?, change, emit)
        }
        "message_edit" => item.changed(&what.text("mid")?, "edited", emit),
        "referral" => item.referred(&what, emit),
        _ => item.handed_over(name, &what, emit),
    }
}

/// Members that say what an item is.
const KINDS: [&str; 10] = [
    "message",
    "delivery",
    "read",
    "postback",
    "reaction",
    "message_edit",
    "referral",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
];

impl Item {
    fn event(&self, kind: &'static str, direction: &str, key: &str) -> NewEvent {
        self.thread.event(kind, direction, self.at, key)
    }

    /// A name for what has no id: the thread, what happened, and when.
    fn key(&self, what: &str) -> String {
        format!("{}:{what}:{}", self.thread.contact, self.at.micros())
    }

    fn message(&self, message: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let id = message.text("mid")?;
        if message.flag("is_deleted") {
            return self.changed(&id, "deleted", emit);
        }
        let attachments = message.list("attachments")?;
        let kinds: Vec<Value> = attachments.iter().map(|file| json!({ "kind": file.maybe("type") })).collect();
        let first = attachments.first().and_then(|file| file.maybe("type"));
        let content_type = match (message.get("text"), first) {
            _ if message.get("quick_reply").is_some() => "quick_reply".to_owned(),
            (Some(_), _) => "text/plain".to_owned(),
            (None, Some(kind)) => kind,
            (None, None) => "unsupported".to_owned(),
        };
        let replied_to = message.get("reply_to").and_then(|other| other.maybe("mid"));
        let described = |event: NewEvent| {
            let event = event.text("message_id", &id).text("content_ref", &id).text("content_type", &content_type);
            event.maybe("in_reply_to", replied_to.as_deref())
        };
        if message.flag("is_echo") {
            let app = message.maybe("app_id");
            let author = if app.as_deref().is_none_or(|app| app == PAGE_INBOX) { "agent" } else { "app" };
            return emit
                .push(described(self.event("message.sent", "outbound", &id)).text("author", author).maybe("app_id", app.as_deref()));
        }
        let event = described(self.event("message.received", "inbound", &id)).text("author", "customer");
        emit.push(if kinds.is_empty() { event } else { event.json("attachments", Value::Array(kinds)) })?;
        message.get("referral").map_or(Ok(()), |referral| self.referred(&referral, emit))
    }

    /// Everything up to the watermark was delivered or read; messages are named only where Meta names them.
    fn reached(&self, state: &str, what: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let watermark = if what.get("watermark").is_some() { Some(what.epoch("watermark")?.to_string()) } else { None };
        let mut ids: Vec<Option<String>> = what.list("mids")?.iter().map(|id| id.value().as_str().map(str::to_owned)).collect();
        if ids.is_empty() {
            ids.push(what.maybe("mid"));
        }
        for id in ids {
            let key = format!("{}:{}", self.key(state), id.as_deref().unwrap_or_default());
            let event = self.event("message.delivery_updated", "outbound", &key).text("state", state);
            emit.push(event.maybe("message_id", id.as_deref()).maybe("watermark", watermark.as_deref()))?;
        }
        Ok(())
    }

    /// A button of ours that the customer tapped: an answer of theirs.
    fn tapped(&self, what: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let id = what.maybe("mid");
        let key = id.clone().unwrap_or_else(|| self.key("postback"));
        let event = self.event("message.received", "inbound", &key).text("author", "customer").text("content_type", "postback");
        emit.push(event.maybe("message_id", id.as_deref()).maybe("content_ref", id.as_deref()))?;
        what.get("referral").map_or(Ok(()), |referral| self.referred(&referral, emit))
    }

    fn changed(&self, id: &str, change: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let event = self.event("message.changed", "inbound", &format!("{id}:{change}:{}", self.at.micros()));
        emit.push(event.text("message_id", id).text("change", change))
    }

    /// The link or ad that led the customer here.
    fn referred(&self, referral: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let campaign = referral.maybe("ad_id").or_else(|| referral.maybe("ref"));
        let set = object([("campaign", campaign), ("referral_type", referral.maybe("source"))]);
        emit.push(self.event("contact.updated", "inbound", &self.key("referral")).json("set", set))
    }

    /// The thread went from one app to another. Which of them is a machine, Meta does not say.
    fn handed_over(&self, name: &str, what: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (phase, target) = match name {
            "request_thread_control" => ("initiated", "requested_owner_app_id"),
            _ => ("completed", "new_owner_app_id"),
        };
        let target = what.maybe(target).map_or(Value::Null, |id| json!({ "kind": "app", "id": id }));
        let event = NewEvent::new("transfer.updated", self.at, &self.key(name)).subject(&self.thread.contact);
        let event = event.text("contact_id", &self.thread.contact).text("channel", "messaging").text("customer_id", &self.thread.customer);
        let by = what.maybe("previous_owner_app_id");
        emit.push(event.text("phase", phase).text("kind", "unknown").json("target", target).maybe("by", by.as_deref()))
    }
}

/// What an item without a rule is called.
fn named(item: &Value) -> String {
    let own = |name: &&String| !matches!(name.as_str(), "sender" | "recipient" | "timestamp");
    item.as_object().and_then(|members| members.keys().find(own)).cloned().unwrap_or_default()
}

fn unmapped(what: &str, reason: &str, at: Timestamp, node: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let key = format!("{what}:{}:{}", at.micros(), derived_id(&[&node.value().to_string()]));
    emit.unmapped(what, reason, at, &key)
}
