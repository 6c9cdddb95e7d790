//! Messages between customers and us.

use mail_parser::MimeHeaders;
use serde_json::{Value, json};
use trunkline_events::identity::derived_id;

use super::mail::{Mail, media_type};
use super::own::Own;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Events of a message.
pub(super) fn told(mail: &Mail<'_>, own: &Own, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let Some(from) = mail.from.as_deref() else {
        let found = mail.header("From").unwrap_or_default();
        return Err(Reject::new("missing_field", format!("header From '{found}' holds no address")));
    };
    let foreign = mail.recipients.iter().find(|address| !own.has(address)).map(String::as_str);
    match (own.has(from), foreign) {
        (true, None) => internal(mail, from, emit),
        (true, Some(customer)) => outbound(mail, from, customer, own, emit),
        (false, _) => inbound(mail, from, own, emit),
    }
}

/// An event, named so that a copy that came another way is the same one, and another message under the same `Message-ID` is not.
fn event(mail: &Mail<'_>, kind: &'static str, direction: &str, says: &[&str]) -> NewEvent {
    let facts = derived_id(&[mail.thread(), direction, &mail.content_type(), &mail.is_automatic.to_string(), &says.join(" ")]);
    let key = format!("{}:{}:{facts}", mail.id, mail.at.micros());
    NewEvent::new(kind, mail.at, &key).text("channel", "email").text("direction", direction)
}

/// The thread it belongs to. What a machine sends unasked belongs to none: a newsletter is no contact.
fn in_thread(event: NewEvent, mail: &Mail<'_>) -> NewEvent {
    if mail.is_automatic && mail.root.is_none() {
        return event;
    }
    event.subject(mail.thread()).text("contact_id", mail.thread())
}

/// What all messages say of themselves.
fn described(event: NewEvent, mail: &Mail<'_>) -> NewEvent {
    let files: Vec<Value> =
        mail.message.attachments().filter_map(|file| Some(json!({ "content_type": media_type(file.content_type()?) }))).collect();
    let event = in_thread(event, mail).text("message_id", &mail.id).text("content_ref", &format!("mid:{}", mail.id));
    let event = event.text("content_type", &mail.content_type()).maybe("in_reply_to", mail.parent.as_deref());
    let event = event.flag("automatic", mail.is_automatic.then_some(true));
    if files.is_empty() { event } else { event.json("attachments", Value::Array(files)) }
}

fn inbound(mail: &Mail<'_>, from: &str, own: &Own, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let to = mail.recipients.iter().find(|address| own.has(address)).map(String::as_str);
    let delivered = ["Delivered-To", "X-Original-To"].iter().find_map(|name| mail.header(name)).map(str::to_lowercase);
    let to = to.or(delivered.as_deref().filter(|address| own.has(address)));
    let new = |kind| event(mail, kind, "inbound", &[from, to.unwrap_or_default()]).text("customer_id", from);
    if mail.root.is_none() && !mail.is_automatic {
        let started = in_thread(new("contact.started"), mail).text("from_addr", from).maybe("to_addr", to);
        emit.push(started.maybe("entry_point", to))?;
    }
    emit.push(described(new("message.received").text("author", "customer"), mail))
}

fn outbound(mail: &Mail<'_>, from: &str, customer: &str, own: &Own, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let new = |kind| event(mail, kind, "outbound", &[from, customer]).text("customer_id", customer);
    if mail.root.is_none() && !mail.is_automatic {
        emit.push(in_thread(new("contact.started"), mail).text("from_addr", from).text("to_addr", customer))?;
    }
    let agent = (!own.is_shared(from)).then_some(from);
    let author = if mail.is_automatic { "system" } else { "agent" };
    let sent = new("message.sent").text("author", author).maybe("agent_id", agent.filter(|_| !mail.is_automatic));
    emit.push(described(sent, mail))
}

/// Among ourselves: no customer reads it, so it answers nobody.
fn internal(mail: &Mail<'_>, from: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let note = in_thread(event(mail, "note.added", "internal", &[from]), mail).text("note_id", &mail.id).text("author", from);
    emit.push(note.text("content_ref", &format!("mid:{}", mail.id)))
}
