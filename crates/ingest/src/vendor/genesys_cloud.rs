//! Genesys Cloud: detail events (EventBridge or the notification channel), conversation details of the analytics API, and presence.
//!
//! One contact is one conversation. Its parts are named by their sessions, in both feeds alike: a stay in a queue by the session of the
//! queue (`acd`), an agent's part by the agent's session, self-service by that of the flow. A conversation may hold several media at once
//! and go on after an end; the last end counts.
//!
//! - **Detail events** tell of changes as they happen, but not of an agent's connection and of holds. The end of an agent's part gives the
//!   lengths, from which the connection is computed; held time is put at the end, marked `"basis":"inferred"`.
//! - **Conversation details** have every segment with its times. They carry a higher `revision`, so of what both tell the details count,
//!   and real holds replace inferred ones. Details of a conversation are no version of it, and are usually fetched every day again: the id
//!   of an event names what happened and when, so a second fetch adds only what is new. `contact.ended` carries no revision: an end told
//!   later by an event must count although details were fetched before.
//!
//! Of the two topics about work after a contact `acw` wins over `wrapup`, because it names the agent.

mod conversation;
mod detail_event;
mod presence;
mod rank;
mod words;

use serde_json::Value;
use trunkline_events::Timestamp;

use super::json_member::Object;
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// The connector `genesys-cloud`.
#[derive(Debug, Clone, Copy)]
pub struct GenesysCloud;

impl Vendor for GenesysCloud {
    fn name(&self) -> &'static str {
        "genesys-cloud"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let document: Value = request.json()?;
        let root = Object::root(&document)?;
        if root.has("detail-type") {
            let detail = root.object("detail")?.ok_or_else(|| root.missing("detail"))?;
            return topic(&detail, Some(&root), emit);
        }
        if root.has("topicName") {
            return topic(&root, None, emit);
        }
        if root.has("conversations") {
            // A page of a query, or the results of a job.
            return root.list("conversations")?.iter().try_for_each(|conversation| conversation::map(conversation, emit));
        }
        if root.has("conversationId") && root.has("participants") {
            return conversation::map(&root, emit);
        }
        let names: Vec<&str> = root.members().keys().map(String::as_str).take(8).collect();
        let known = "a detail event, a notification or conversation details";
        Err(Reject::new("unknown_document", format!("none of {known}; its members are {}", names.join(", "))))
    }
}

/// What was published on a topic.
fn topic(detail: &Object<'_>, envelope: Option<&Object<'_>>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let name = detail.need_text("topicName")?;
    let body = detail.object("eventBody")?.ok_or_else(|| detail.missing("eventBody"))?;
    let declared = envelope.map(|envelope| envelope.text("detail-type")).transpose()?.flatten();
    let Some((conversation, suffix)) = name.strip_prefix("v2.detail.events.conversation.").and_then(|rest| rest.split_once('.')) else {
        return match presence::map(name, &body, emit)? {
            true => Ok(()),
            false => unmapped(name, "no rule for this topic", detail, envelope, emit),
        };
    };
    // The envelope has the topic's template, with `{id}` in place of ids.
    let template = format!("v2.detail.events.conversation.{{id}}.{suffix}");
    if declared.is_some_and(|declared| declared != template && declared != name) {
        return unmapped(name, "detail-type and topicName disagree", detail, envelope, emit);
    }
    match detail_event::map(conversation, suffix, &body, emit)? {
        None => Ok(()),
        Some(reason) => unmapped(name, reason, detail, envelope, emit),
    }
}

fn unmapped(name: &str, reason: &str, detail: &Object<'_>, envelope: Option<&Object<'_>>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let body = detail.object("eventBody")?;
    let own = body.map_or(Ok(None), |body| body.instant("eventTime"))?;
    let of_envelope = envelope.map_or(Ok(None), |envelope| envelope.instant("time"))?;
    let at = own.or(detail.instant("timestamp")?).or(of_envelope).ok_or_else(|| no_time("eventBody.eventTime"))?;
    // Ids are taken out, so that like topics count as one.
    let parts: Vec<&str> = name.split('.').map(|part| if part.len() == 36 && part.contains('-') { "{id}" } else { part }).collect();
    let id = envelope.map_or(Ok(None), |envelope| envelope.text("id"))?;
    emit.unmapped(&parts.join("."), reason, at, &format!("{name}/{at}/{}", id.unwrap_or_default()))
}

/// A document that does not say when.
fn no_time(field: &str) -> Reject {
    Reject::new("no_time", format!("{field} is missing: the document does not say when it happened"))
}

/// An instant that must be there.
fn need_instant(object: &Object<'_>, name: &str) -> Result<Timestamp, Reject> {
    object.instant(name)?.ok_or_else(|| no_time(&object.path(name)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
