//! What a document says about a task: which contact it is, over which channel, with whom.
//!
//! A task is a unit of routing, not the interaction: a call that is queued again, or handed over by a new task, is one contact. So the
//! contact has the id of the call or of the conversation, by which its messages and flows are found as well, and the task's own id only
//! where there is neither. Outbound tasks exist before their call does; they keep the task's id, or their beginning would be another
//! contact than their end.

use serde_json::{Map, Value};
use trunkline_events::Timestamp;

use super::address;
use super::fields::Fields;
use crate::connector::Reject;
use crate::vendor::NewEvent;

/// A task, its contact, and what the attributes say.
#[derive(Debug)]
pub(super) struct Task<'a> {
    pub(super) fields: &'a Fields,
    pub(super) sid: &'a str,
    pub(super) attributes: Map<String, Value>,
    contact: String,
    key: &'a str,
    pub(super) at: Timestamp,
}

impl<'a> Task<'a> {
    /// Reads the task of a document. `key` names what happened, at `at`.
    pub(super) fn of(fields: &'a Fields, key: &'a str, at: Timestamp) -> Result<Self, Reject> {
        let sid = fields.need("TaskSid")?;
        let attributes = fields.object("TaskAttributes")?;
        let mut task = Self { fields, sid, attributes, contact: String::new(), key, at };
        task.contact = task.interaction().unwrap_or(sid).to_owned();
        Ok(task)
    }

    fn interaction(&self) -> Option<&str> {
        let call = if self.direction() == Some("outbound") { None } else { self.attribute("call_sid") };
        let conversation = || self.attribute("conversationSid").or_else(|| self.attribute("channelSid"));
        call.or_else(conversation).or_else(|| self.conversations()?.get("conversation_id")?.as_str().filter(|id| !id.is_empty()))
    }

    /// An attribute that is text and not blank.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str().filter(|text| !text.trim_ascii().is_empty())
    }

    /// The attributes that Flex keeps for analysis.
    pub(super) fn conversations(&self) -> Option<&Map<String, Value>> {
        self.attributes.get("conversations")?.as_object()
    }

    /// Text among the attributes that Flex keeps for analysis.
    pub(super) fn analysis(&self, name: &str) -> Option<&str> {
        self.conversations()?.get(name)?.as_str().filter(|text| !text.trim_ascii().is_empty())
    }

    /// inbound or outbound, if the attributes say.
    pub(super) fn direction(&self) -> Option<&'static str> {
        let said = self.attribute("direction")?.to_ascii_lowercase();
        ["inbound", "outbound"].into_iter().find(|word| said.starts_with(word))
    }

    /// The channel, from the task channel, else from what the attributes point at.
    pub(super) fn channel(&self) -> Option<&'static str> {
        let named = self.fields.text("TaskChannelUniqueName").map(str::to_ascii_lowercase);
        match named.as_deref() {
            Some("voice") => Some("voice"),
            Some("chat") => Some(self.chat()),
            Some("sms") => Some("messaging"),
            Some("video") => Some("video"),
            Some("email") => Some("email"),
            Some("callback") => Some("callback"),
            Some(_) => Some("task"),
            None if self.attribute("call_sid").is_some() => Some("voice"),
            None if self.attribute("conversationSid").is_some() => Some(self.chat()),
            None => None,
        }
    }

    /// All text goes through the task channel `chat`; the attributes tell a web chat from a messenger.
    fn chat(&self) -> &'static str {
        match self.attribute("channelType").map(str::to_ascii_lowercase).as_deref() {
            None | Some("web" | "chat") => "chat",
            Some("email") => "email",
            Some(_) => "messaging",
        }
    }

    /// Channel type or task channel by the vendor's own name.
    pub(super) fn subchannel(&self) -> Option<&str> {
        self.attribute("channelType").or_else(|| self.fields.text("TaskChannelUniqueName"))
    }

    /// The customer's address.
    pub(super) fn customer(&self) -> Option<&str> {
        let names: &[&str] = match self.direction() {
            Some("outbound") => &["customerAddress", "outbound_to", "to"],
            _ => &["customerAddress", "from", "caller"],
        };
        names.iter().find_map(|name| address::customer(self.attribute(name)?))
    }

    /// The line or address of ours.
    pub(super) fn own_address(&self) -> Option<&str> {
        match self.direction() {
            Some("outbound") => self.attribute("from"),
            _ => self.attribute("called").or_else(|| self.attribute("to")),
        }
    }

    /// Who ended it, as Flex keeps it.
    pub(super) fn ended_by(&self) -> Option<&'static str> {
        match self.analysis("hang_up_by")?.to_ascii_lowercase().as_str() {
            "customer" => Some("customer"),
            "agent" => Some("agent"),
            "system" => Some("system"),
            "external" => Some("third_party"),
            _ => Some("unknown"),
        }
    }

    /// The agent of a reservation: the worker's name, which is unique in a workspace and the login in Flex.
    pub(super) fn agent(&self) -> Option<&'a str> {
        agent(self.fields)
    }

    /// A stay of this task in a queue.
    pub(super) fn visit(&self, queue_sid: &str) -> String {
        format!("{}:{queue_sid}", self.sid)
    }

    /// The queue by its name.
    pub(super) fn queue(&self) -> Option<&'a str> {
        self.fields.text("TaskQueueName")
    }

    /// An event of the contact.
    pub(super) fn event(&self, kind: &'static str) -> NewEvent {
        self.event_at(kind, self.at)
    }

    /// An event of the contact that the document tells later than it happened; never after the document itself.
    pub(super) fn event_at(&self, kind: &'static str, at: Timestamp) -> NewEvent {
        NewEvent::new(kind, at.min(self.at), self.key)
            .subject(&self.contact)
            .text("contact_id", &self.contact)
            .text("task_id", self.sid)
            .maybe("channel", self.channel())
            .maybe("direction", self.direction())
            .maybe("customer_id", self.customer())
    }
}

/// The worker's name, else its id.
pub(super) fn agent(fields: &Fields) -> Option<&str> {
    fields.first(&["WorkerName", "WorkerSid"])
}
