//! Amazon Connect: contact events, contact records, agent events, evaluations and matches of Contact Lens rules.
//!
//! One contact is one `ContactId`. A transfer, a callback or a queue change inside Connect makes a new id; the new contact names the one
//! it continues (`entity.linked`) and says on that one how it went on.
//!
//! Three feeds speak of the same contact, so each part of it has one name in all of them: a stay in a queue is named by the contact (which
//! has at most one), an agent's part by the agent, a self-service session by the contact. Of several statements about one part the highest
//! `revision` counts in the fold ([`rank`]):
//!
//! - The **agent event stream** and the **contact events** know milliseconds and win over the record, the agent stream over contact
//!   events, because it alone sees holds, and wrap-up as it happens. Were the record to win, an agent would be connected up to a second
//!   before the call rang at their desk, and the ringing would count as a second, cancelled leg.
//! - The **contact record** has whole seconds and comes last, but is complete: it fills in what the feeds did not tell or lost on the way.
//!   Its revision is its `LastUpdateTimestamp`, so a redelivery takes the place of the record before it, whatever changed, and all
//!   versions are kept. Three things it knows better and wins on: how the contact began (only it knows the addresses), how a stay in a
//!   queue without an agent ended (only it knows whether another contact took over), and attributes, whose latest update counts.
//! - Connect reports holds of a record as a number and two lengths. So that talk and hold add up without the agent stream, they are put at
//!   the end of the agent's part, marked `"basis":"inferred"`, under a name that real holds of the agent stream replace.
//!
//! Names of members are matched without regard to case: Connect's own documentation mixes cases.

mod agent_contacts;
mod agent_event;
mod contact_event;
mod continued;
mod rank;
mod record;
mod review;
mod words;

use serde_json::Value;

use super::json_member::Object;
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// The connector `amazon-connect`.
#[derive(Debug, Clone, Copy)]
pub struct AmazonConnect;

impl Vendor for AmazonConnect {
    fn name(&self) -> &'static str {
        "amazon-connect"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let document: Value = request.json()?;
        let root = Object::root(&document)?;
        if root.has("AWSContactTraceRecordFormatVersion") {
            return record::map(&root, emit);
        }
        if root.has("detail-type") {
            return bus_event(&root, emit);
        }
        if root.has("AgentARN") && root.has("EventType") {
            return agent_event::map(&root, emit);
        }
        if root.has("evaluationId") {
            return review::evaluation(&root, emit);
        }
        if root.has("contactId") && root.has("eventType") {
            // Rules of EventBridge can pass on the detail alone.
            return contact_event::map(&root, None, emit);
        }
        let known = "a contact event, a contact record, an agent event, an evaluation or a rule event";
        let names: Vec<&str> = root.members().keys().map(String::as_str).take(8).collect();
        Err(Reject::new("unknown_document", format!("none of {known}; its members are {}", names.join(", "))))
    }
}

/// What came over EventBridge.
fn bus_event(root: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let kind = root.need_text("detail-type")?;
    if kind == "Amazon Connect Contact Event" {
        let detail = root.object("detail")?.ok_or_else(|| root.missing("detail"))?;
        return contact_event::map(&detail, Some(root), emit);
    }
    if kind.starts_with("Contact Lens") && kind.ends_with("Rules Matched") {
        return review::rule(root, emit);
    }
    let at = root.instant("time")?.ok_or_else(|| no_time("time"))?;
    emit.unmapped(kind, "no rule for this detail-type", at, root.need_text("id")?)
}

/// A document that does not say when.
fn no_time(field: &str) -> Reject {
    Reject::new("no_time", format!("{field} is missing: the document does not say when it happened"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
