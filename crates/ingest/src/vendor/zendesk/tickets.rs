//! The life of a ticket: opened, worked on by somebody, solved, reopened, merged, deleted.
//!
//! The contact ends when the ticket is solved, and again when it is closed without having been solved; the closing that Zendesk does by
//! itself days later says nothing new about the contact. Anything that opens a ticket again reopens the contact.

use serde_json::{Value, json};

use super::envelope::Envelope;
use super::words;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps an event of a ticket's life; false when it is none.
pub(super) fn map(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match event.verb() {
        "created" => created(event, emit)?,
        "status_changed" => status_changed(event, emit)?,
        "agent_assignment_changed" => agent_changed(event, emit)?,
        "group_assignment_changed" => group_changed(event, emit)?,
        "merged" => merged(event, emit)?,
        "marked_as_spam" => removed(event, "spam", emit)?,
        "soft_deleted" => removed(event, "deleted", emit)?,
        "permanently_deleted" => {
            removed(event, "permanently_deleted", emit)?;
            let target = json!({"kind": "case", "id": event.ticket()?});
            emit.push(event.of_ticket("record.erased")?.json("target", target))?;
        }
        "undeleted" => undeleted(event, emit)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// `created_at` is the second in which the ticket began: never after the first comment, whatever the order in which both are told.
fn created(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (doc, ticket) = (event.doc, event.ticket()?);
    let begun = Envelope { kind: event.kind.clone(), key: event.key.clone(), at: doc.first_instant(&["detail.created_at", "time"])?, doc };
    let (via, requester) = (doc.text("detail.via.channel")?, doc.text("detail.requester_id")?);
    let lower = |path: &str| Ok::<_, Reject>(doc.text(path)?.map(|text| text.to_ascii_lowercase()));
    let opened = begun.of_ticket("case.opened")?.maybe("type", lower("detail.type")?.as_deref());
    let opened = opened.maybe("priority", lower("detail.priority")?.as_deref()).maybe("via", via.as_deref());
    let opened = opened.maybe("requester_ref", requester.as_deref()).maybe("status", lower("detail.status")?.as_deref());
    emit.push(opened.maybe("agent_id", doc.text("detail.assignee_id")?.as_deref()))?;
    let Some(via) = via else { return Ok(()) };
    let submitter = doc.text("detail.submitter_id")?;
    // Staff open tickets for customers who called as well as for those they turn to themselves: only the first case is certain.
    let is_own = submitter.is_some() && submitter == requester;
    let direction = words::direction(&via).or(is_own.then_some("inbound"));
    let started =
        NewEvent::new("contact.started", begun.at, &begun.key).subject(&ticket).text("contact_id", &ticket).text("case_id", &ticket);
    let started = started.text("channel", words::channel(&via)).text("subchannel", &via.to_ascii_lowercase());
    let started = started.maybe("direction", direction).maybe("customer_id", requester.as_deref());
    emit.push(started.maybe("initiator", submitter.map(|_| if is_own { "customer" } else { "agent" })))
}

fn status_changed(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (to, from) = event.texts()?;
    let to = to.ok_or_else(|| Reject::new("missing_field", "'event.current' is missing in ticket.status_changed"))?;
    let was_over = from.as_deref().is_some_and(words::is_over);
    let changed = event.of_ticket("case.status_changed")?.maybe("from", from.map(|text| text.to_ascii_lowercase()).as_deref());
    let changed = changed.text("to", &to.to_ascii_lowercase()).maybe("category", words::category(&to));
    emit.push(changed.maybe("agent_id", event.doc.text("detail.assignee_id")?.as_deref()))?;
    match (was_over, words::is_over(&to)) {
        (false, true) => ended(event, &to.to_ascii_lowercase(), emit),
        (true, false) => emit.push(event.of_ticket("contact.state_changed")?.text("to", "reopened").text("reason", "reopened")),
        _ => Ok(()),
    }
}

fn ended(event: &Envelope<'_>, reason: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    emit.push(event.of_ticket("contact.ended")?.maybe("ended_by", event.actor()?).text("reason", reason))
}

fn removed(event: &Envelope<'_>, how: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    emit.push(event.of_ticket("case.status_changed")?.text("to", how).text("category", "deleted"))?;
    let was_over = event.doc.text("detail.status")?.is_some_and(|status| matches!(words::category(&status), Some("resolved" | "closed")));
    // What was solved before, or deleted weeks ago, ended then.
    if was_over || how == "permanently_deleted" { Ok(()) } else { ended(event, how, emit) }
}

fn undeleted(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let status = event.doc.text("detail.status")?.map(|status| status.to_ascii_lowercase());
    let to = status.as_deref().unwrap_or("undeleted");
    let changed = event.of_ticket("case.status_changed")?.text("from", "deleted").text("to", to);
    emit.push(changed.maybe("category", words::category(to)))?;
    if words::is_over(to) {
        return Ok(());
    }
    emit.push(event.of_ticket("contact.state_changed")?.text("to", "reopened").text("reason", "undeleted"))
}

fn agent_changed(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (to, from) = event.texts()?;
    let side = |agent: Option<&String>| agent.map_or(Value::Null, |id| json!({"agent_id": id}));
    let assigned = event.of_ticket("case.assigned")?.json("from", side(from.as_ref())).json("to", side(to.as_ref()));
    emit.push(assigned.maybe("by", event.actor()?).maybe("agent_id", to.as_deref()))
}

fn group_changed(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (to, from) = event.texts()?;
    let side = |group: Option<&String>| group.map_or(Value::Null, |id| json!({"group_ref": id}));
    let assigned = event.of_ticket("case.assigned")?.json("from", side(from.as_ref())).json("to", side(to.as_ref()));
    emit.push(assigned.maybe("by", event.actor()?).maybe("queue", to.as_deref()))
}

/// The published pages do not agree on where the surviving ticket stands; without it there is nothing to link.
fn merged(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let places = ["event.target_ticket_id", "event.target_ticket.id", "event.target_id", "event.current", "event.merged_into"];
    for place in places {
        if let Some(into) = event.doc.text(place)? {
            let ticket = event.ticket()?;
            let linked = event.of_ticket("entity.linked")?.json("from", json!({"kind": "case", "id": ticket}));
            return emit.push(linked.json("to", json!({"kind": "case", "id": into})).text("relation", "merged_into"));
        }
    }
    event.unmapped("the ticket it was merged into is not named", emit)
}
