//! WhatsApp Cloud API: which change goes to which rule.

use trunkline_events::identity::derived_id;

use super::super::reading::Node;
use super::super::{Emit, Request, Vendor};
use super::thread::{Thread, expect};
use super::{call, message, status};
use crate::connector::Reject;

/// WhatsApp Cloud API webhooks.
#[derive(Debug, Clone, Copy, Default)]
pub struct WhatsApp;

impl Vendor for WhatsApp {
    fn name(&self) -> &'static str {
        "whatsapp"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let body = request.json()?;
        let root = Node::root(&body);
        expect(&root, &["whatsapp_business_account"])?;
        for entry in root.need("entry")?.items()? {
            for change in entry.list("changes")? {
                let (field, value) = (change.text("field")?, change.need("value")?);
                match field.as_str() {
                    "messages" => messages(&entry, &value, emit)?,
                    "calls" => calls(&entry, &value, emit)?,
                    "smb_message_echoes" => {
                        let line = line(&value)?;
                        for echo in value.list("message_echoes")? {
                            message::echoed(&line, &echo, emit)?;
                        }
                    }
                    _ => unmapped(&field, "a change that says nothing about a contact", &entry, &value, emit)?,
                }
            }
        }
        Ok(())
    }
}

fn messages(entry: &Node<'_>, value: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (received, statuses) = (value.list("messages")?, value.list("statuses")?);
    if received.is_empty() && statuses.is_empty() {
        return unmapped("messages", "neither messages nor statuses", entry, value, emit);
    }
    let line = line(value)?;
    for received in received {
        message::received(&line, value, &received, emit)?;
    }
    for told in statuses {
        status::told(&line, value, &told, emit)?;
    }
    Ok(())
}

fn calls(entry: &Node<'_>, value: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (calls, statuses) = (value.list("calls")?, value.list("statuses")?);
    if calls.is_empty() && statuses.is_empty() {
        return unmapped("calls", "neither calls nor statuses", entry, value, emit);
    }
    for one in calls {
        call::changed(value, &one, emit)?;
    }
    for told in statuses {
        status::told(&line(value)?, value, &told, emit)?;
    }
    Ok(())
}

/// The number of ours.
fn line(value: &Node<'_>) -> Result<String, Reject> {
    value.need("metadata")?.text("phone_number_id")
}

/// The other end of a message: a number, or, once customers hide theirs, the id Meta gives instead.
pub(super) fn thread(line: &str, value: &Node<'_>, node: &Node<'_>, names: [&str; 2], emit: &Emit<'_>) -> Result<Thread, Reject> {
    let known = names.iter().find_map(|name| node.maybe(name));
    let only = || {
        let contacts = value.list("contacts").ok()?;
        let [contact] = contacts.as_slice() else { return None };
        contact.maybe("wa_id").or_else(|| contact.maybe("user_id"))
    };
    let customer = match known.or_else(only) {
        Some(customer) => customer,
        None => node.text(names[0])?,
    };
    Ok(Thread::of("whatsapp", line, customer, emit))
}

/// Keeps a change without a rule. Only here the time of the entry counts, for want of another.
fn unmapped(field: &str, reason: &str, entry: &Node<'_>, value: &Node<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let at = if value.get("timestamp").is_some() { value.epoch("timestamp")? } else { entry.epoch("time")? };
    let key = format!("{field}:{}:{}", at.micros(), derived_id(&[&value.value().to_string()]));
    emit.unmapped(field, reason, at, &key)
}
