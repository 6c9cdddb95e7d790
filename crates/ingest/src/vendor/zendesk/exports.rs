//! Pages of the incremental exports, and single elements of them: audits of tickets, metric events, satisfaction ratings.
//!
//! Pages overlap, so the same element comes again: its id names its events. An element that cannot be read refuses its whole page, which is
//! then kept whole. What an element is shows in its members, not in the name of the page: Zendesk's own documentation confuses them.
//!
//! An audit does not say whether an author is staff. A public comment is a message only where the page lists `users` with their roles or
//! the audit itself names the requester; elsewhere it is kept unmapped rather than guessed.

use serde_json::{Value, json};
use trunkline_events::Timestamp;

use super::changes::is_choice;
use super::envelope::SYSTEM_USER;
use super::{surveys, words};
use crate::connector::Reject;
use crate::vendor::fields::Fields;
use crate::vendor::{Emit, NewEvent};

/// Members of a child event that are no field of the ticket.
const CHILD_OWN: [&str; 7] = ["id", "via", "via_reference_id", "event_type", "previous_value", "comment_present", "comment_public"];
/// Fields whose values are people or are typed freely.
const VALUELESS: [&str; 5] = ["subject", "description", "requester_id", "submitter_id", "external_id"];

/// Maps a page or an element of one; false when the document is neither.
pub(super) fn map(doc: Fields<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    for page in ["ticket_events", "ticket_metric_events", "satisfaction_ratings"] {
        if doc.get(page).is_some_and(Value::is_array) {
            for (at, element) in doc.list(page).enumerate() {
                let placed = |reject: Reject| Reject::new(reject.code, format!("{page}[{at}]: {}", reject.message));
                if !one(element, doc, emit).map_err(placed)? {
                    return Err(Reject::new("bad_field", format!("{page}[{at}] is no element of an export that is known")));
                }
            }
            if emit.count() == 0 {
                empty_page(doc, page, emit)?;
            }
            return Ok(true);
        }
    }
    one(doc, doc, emit)
}

/// A page without elements says how far the export got.
fn empty_page(doc: Fields<'_>, page: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let at = doc.first_instant(&["end_time"])?;
    emit.unmapped(page, "a page without elements", at, &format!("{page}:end:{}", at.micros()))
}

fn one(element: Fields<'_>, page: Fields<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    if element.get("metric").is_some() && element.get("instance_id").is_some() {
        metric(element, emit)?;
    } else if element.get("child_events").is_some() || element.get("audit_id").is_some() {
        audit(element, page, emit)?;
    } else if element.get("score").is_some() && element.get("ticket_id").is_some() {
        surveys::rating(element, emit)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// A metric's clock starts, stops, is given a target or misses it.
fn metric(doc: Fields<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (id, ticket, kind) = (doc.required("id")?, doc.required("ticket_id")?, doc.required("type")?);
    let (at, key) = (doc.first_instant(&["time"])?, format!("metric_event:{id}"));
    let change = match kind.as_str() {
        "activate" => "activated",
        "pause" => "paused",
        "fulfill" => "fulfilled",
        "apply_sla" | "apply_group_sla" => "applied",
        "breach" => "breached",
        _ => return emit.unmapped(&format!("metric_event.{kind}"), "a state of the metric's clock, no change of it", at, &key),
    };
    // Targets are whole minutes.
    let minutes = doc.number("sla.target")?.map(|minutes| (minutes * 60_000.0) as i64);
    let target = doc.number("sla.target_in_seconds")?.map(|seconds| (seconds * 1_000.0) as i64).or(minutes);
    let told = NewEvent::new("sla.changed", at, &key).subject(&ticket).text("contact_id", &ticket).text("case_id", &ticket);
    let told = told.text("metric", &doc.required("metric")?).text("change", change).maybe("instance", doc.text("instance_id")?.as_deref());
    let told = told.number("target_ms", target.filter(|ms| *ms >= 0)).flag("business_hours", doc.flag("sla.business_hours")?);
    emit.push(told.maybe("policy", doc.text("sla.policy.id")?.as_deref()).maybe("policy_title", doc.text("sla.policy.title")?.as_deref()))
}

/// Custom fields are called by their numbers.
fn is_custom(field: &str) -> bool {
    field.bytes().all(|b| b.is_ascii_digit())
}

/// One update of a ticket with its parts.
struct Audit<'v> {
    id: String,
    ticket: String,
    at: Timestamp,
    doc: Fields<'v>,
    page: Fields<'v>,
}

fn audit(doc: Fields<'_>, page: Fields<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let at = doc.first_instant(&["created_at", "timestamp"])?;
    let audit = Audit { id: doc.required("id")?, ticket: doc.required("ticket_id")?, at, doc, page };
    let before = emit.count();
    if doc.list("child_events").any(|child| is(child, "Create")) {
        audit.created(emit)?;
    }
    for (place, child) in doc.list("child_events").enumerate() {
        let key = child.text("id")?.map_or_else(|| format!("audit:{}:{place}", audit.id), |id| format!("audit_event:{id}"));
        match child.text("event_type")?.or(child.text("type")?).as_deref() {
            Some("Create") => {}
            Some("Change") => audit.changed(child, &key, emit)?,
            Some("Comment") => audit.comment(child, &key, emit)?,
            other => emit.unmapped(&format!("audit.{}", other.unwrap_or("event")), "no rule for this part of an audit", at, &key)?,
        }
    }
    if emit.count() == before {
        emit.unmapped("audit", "an audit without parts", at, &format!("audit:{}", audit.id))?;
    }
    Ok(())
}

fn is(child: Fields<'_>, kind: &str) -> bool {
    child.get("event_type").and_then(Value::as_str) == Some(kind)
}

impl Audit<'_> {
    fn told(&self, kind: &'static str, key: &str) -> NewEvent {
        let told = NewEvent::new(kind, self.at, key).subject(&self.ticket);
        told.text("contact_id", &self.ticket).text("case_id", &self.ticket)
    }

    /// The first value of a field of the ticket that this audit opened.
    fn first(&self, field: &str) -> Result<Option<String>, Reject> {
        let created = self.doc.list("child_events").filter(|child| is(*child, "Create"));
        created.map(|child| child.text(field)).find_map(Result::transpose).transpose()
    }

    fn created(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let key = format!("audit:{}", self.id);
        let via = match self.doc.object("via") {
            Some(via) => via.text("channel")?,
            None => self.doc.text("via")?,
        };
        let requester = self.first("requester_id")?;
        let opened = self.told("case.opened", &key).maybe("priority", self.first("priority")?.as_deref());
        let opened = opened.maybe("type", self.first("type")?.as_deref()).maybe("status", self.first("status")?.as_deref());
        let opened = opened.maybe("customer_id", requester.as_deref()).maybe("requester_ref", requester.as_deref());
        emit.push(opened.maybe("via", via.as_deref()).maybe("agent_id", self.first("assignee_id")?.as_deref()))?;
        let Some(via) = via else { return Ok(()) };
        let is_own = requester.is_some() && self.doc.text("updater_id")? == requester;
        let started =
            self.told("contact.started", &key).text("channel", words::channel(&via)).text("subchannel", &via.to_ascii_lowercase());
        let started = started.maybe("direction", words::direction(&via).or(is_own.then_some("inbound")));
        emit.push(started.maybe("customer_id", requester.as_deref()))
    }

    fn changed(&self, child: Fields<'_>, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let members = child.0.as_object().into_iter().flatten();
        let Some((field, to)) = members.into_iter().find(|(name, _)| !CHILD_OWN.contains(&name.as_str())) else {
            return emit.unmapped("audit.Change", "no field is named", self.at, key);
        };
        let previous = child.text("previous_value");
        let are_choices = child.get("previous_value").is_none_or(is_choice) && is_choice(to);
        match field.as_str() {
            "status" => self.status(child.required("status")?, previous?, key, emit),
            "assignee_id" => {
                let (to, from) = (child.text("assignee_id")?, previous?);
                let side = |id: Option<&String>| id.map_or(Value::Null, |id| json!({"agent_id": id}));
                let told = self.told("case.assigned", key).json("from", side(from.as_ref())).json("to", side(to.as_ref()));
                emit.push(told.maybe("agent_id", to.as_deref()))
            }
            "group_id" => {
                let (to, from) = (child.text("group_id")?, previous?);
                let side = |id: Option<&String>| id.map_or(Value::Null, |id| json!({"group_ref": id}));
                let told = self.told("case.assigned", key).json("from", side(from.as_ref())).json("to", side(to.as_ref()));
                emit.push(told.maybe("queue", to.as_deref()))
            }
            name if VALUELESS.contains(&name) || is_custom(name) && !are_choices => {
                emit.push(self.told("case.updated", key).json("changes", json!([{"field": name}])))
            }
            name => {
                let change = json!({"field": name, "from": child.get("previous_value"), "to": to});
                emit.push(self.told("case.updated", key).json("changes", json!([change])))
            }
        }
    }

    fn status(&self, to: String, from: Option<String>, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let was_over = from.as_deref().is_some_and(words::is_over);
        let told = self.told("case.status_changed", key).maybe("from", from.as_deref()).text("to", &to);
        emit.push(told.maybe("category", words::category(&to)))?;
        match (was_over, words::is_over(&to)) {
            (false, true) => {
                let by = self.doc.text("updater_id")?.filter(|id| id == SYSTEM_USER).map(|_| "system");
                emit.push(self.told("contact.ended", key).maybe("ended_by", by).text("reason", &to))
            }
            (true, false) => emit.push(self.told("contact.state_changed", key).text("to", "reopened").text("reason", "reopened")),
            _ => Ok(()),
        }
    }

    fn comment(&self, child: Fields<'_>, key: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let (id, author) = (child.required("id")?, child.text("author_id")?);
        let is_public = child.flag("public")?.ok_or_else(|| Reject::new("missing_field", "'public' is missing in a comment"))?;
        if !is_public {
            let note = self.told("note.added", key).text("note_id", &id).text("content_ref", &id);
            let agent = if self.is_staff(author.as_deref())? == Some(true) { author } else { None };
            return emit.push(note.maybe("agent_id", agent.as_deref()));
        }
        let content_type = child.get("html_body").map_or("text/plain", |_| "text/html");
        let told = |kind| self.told(kind, key).text("message_id", &id).text("content_ref", &id).text("content_type", content_type);
        match self.is_staff(author.as_deref())? {
            Some(true) => emit.push(told("message.sent").text("author", "agent").maybe("agent_id", author.as_deref())),
            Some(false) => emit.push(told("message.received").text("author", "customer").maybe("customer_id", author.as_deref())),
            None => emit.unmapped("audit.Comment", "the export does not say whether the author is staff", self.at, key),
        }
    }

    fn is_staff(&self, author: Option<&str>) -> Result<Option<bool>, Reject> {
        for user in self.page.list("users") {
            if user.text("id")?.as_deref() == author {
                return Ok(user.text("role")?.map(|role| role != "end-user"));
            }
        }
        Ok(self.first("requester_id")?.filter(|requester| Some(requester.as_str()) == author).map(|_| false))
    }
}
