//! Changes of a ticket's fields, of its service levels, and of the date a task is due.

use serde_json::{Map, Value, json};

use super::envelope::Envelope;
use crate::connector::Reject;
use crate::vendor::Emit;

/// Event, field, and whether its values may be kept: those of people and those typed freely may not.
const FIELDS: [(&str, &str, bool); 16] = [
    ("brand_changed", "brand_id", true),
    ("custom_status_changed", "custom_status", true),
    ("description_changed", "description", false),
    ("email_ccs_changed", "email_ccs", false),
    ("external_id_changed", "external_id", false),
    ("followers_changed", "followers", false),
    ("form_changed", "form_id", true),
    ("organization_changed", "organization_id", true),
    ("priority_changed", "priority", true),
    ("problem_link_changed", "problem_id", true),
    ("requester_changed", "requester_id", false),
    ("schedule_changed", "schedule", true),
    ("subject_changed", "subject", false),
    ("submitter_changed", "submitter_id", false),
    ("type_changed", "type", true),
    ("ola_policy_changed", "ola_policy", true),
];

/// Types of custom fields in which people type what they like.
const FREE_TEXT: [&str; 6] = ["text", "textarea", "text_area", "regexp", "regex", "partialcreditcard"];

/// Maps a change of a field; false when it is none.
pub(super) fn map(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    match event.verb() {
        "tags_changed" => tags(event, emit)?,
        "custom_field_changed" => custom_field(event, emit)?,
        "task_due_at_changed" => due(event, emit)?,
        "sla_policy_changed" => policy(event, emit)?,
        "next_sla_breach_changed" => next_breach(event, emit)?,
        verb => {
            let Some((_, field, keeps)) = FIELDS.iter().find(|(name, ..)| *name == verb) else { return Ok(false) };
            let (to, from) = event.change()?;
            let change = if *keeps { changed(field, from, to) } else { json!({"field": field}) };
            updated(event, change, emit)?;
        }
    }
    Ok(true)
}

fn updated(event: &Envelope<'_>, change: Value, emit: &mut Emit<'_>) -> Result<(), Reject> {
    emit.push(event.of_ticket("case.updated")?.json("changes", Value::Array(vec![change])))
}

fn changed(field: &str, from: Option<&Value>, to: Option<&Value>) -> Value {
    let mut change = Map::new();
    change.insert("field".to_owned(), field.into());
    for (name, value) in [("from", from), ("to", to)] {
        if let Some(value) = value {
            change.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(change)
}

/// Either both lists, or what was added and removed.
fn tags(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let list = |places: [&str; 3]| places.into_iter().find_map(|place| event.doc.get(place).filter(|value| value.is_array()));
    let (added, removed) = (
        list(["event.tags_added", "event.added", "event.added.tags"]),
        list(["event.tags_removed", "event.removed", "event.removed.tags"]),
    );
    if added.is_some() || removed.is_some() {
        let mut change = Map::new();
        change.insert("field".to_owned(), "tags".into());
        change.extend(added.map(|tags| ("added".to_owned(), tags.clone())));
        change.extend(removed.map(|tags| ("removed".to_owned(), tags.clone())));
        return updated(event, Value::Object(change), emit);
    }
    let (to, from) = event.change()?;
    updated(event, changed("tags", from, to), emit)
}

fn custom_field(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let first = |name: &str| {
        let of = |outer: &str| event.doc.text(&format!("event.{outer}.{name}")).transpose();
        of("field").or_else(|| of("custom_field")).transpose()
    };
    let id = first("id")?.or(event.doc.text("event.field_id")?);
    let name = id.map_or_else(|| "custom_field".to_owned(), |id| format!("custom_field:{id}"));
    let kind = first("type")?.or(first("field_type")?).map(|kind| kind.to_ascii_lowercase());
    let (to, from) = event.change()?;
    let keeps = match kind {
        Some(kind) => !FREE_TEXT.contains(&kind.as_str()),
        None => [from, to].into_iter().flatten().all(is_choice),
    };
    updated(event, if keeps { changed(&name, from, to) } else { json!({"field": name}) }, emit)
}

/// True for the value of a field of unknown type that nobody typed freely: a tick, a small number, or the tag of a choice in a list.
pub(super) fn is_choice(value: &Value) -> bool {
    let is_tag = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        digits < 7 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b':' | b'.'))
    };
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => is_tag(&number.to_string()),
        Value::String(text) => is_tag(text),
        Value::Array(list) => list.iter().all(is_choice),
        Value::Object(_) => false,
    }
}

/// A task that is due is a promise to follow it up.
fn due(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    event.change()?;
    let id = format!("{}:due", event.ticket()?);
    let (to, from) = (event.doc.instant("event.current")?, event.doc.instant("event.previous")?);
    let told = |kind| Ok::<_, Reject>(event.about_ticket(kind, &id)?.text("commitment_id", &id));
    let due_at = to.map(|at| at.to_string());
    match (from, to) {
        (None, Some(_)) => {
            let made = told("commitment.made")?.text("kind", "follow_up").text("promised_by", "agent").text("detected_by", "form");
            emit.push(made.maybe("due_at", due_at.as_deref()))
        }
        (Some(_), Some(_)) => emit.push(told("commitment.changed")?.text("change", "rescheduled").maybe("due_at", due_at.as_deref())),
        _ => emit.push(told("commitment.changed")?.text("change", "cancelled")),
    }
}

fn policy(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (to, from) = event.change()?;
    let change = if to.is_some() { "applied" } else { "removed" };
    let told = event.of_ticket("sla.changed")?.text("metric", "policy").text("change", change);
    emit.push(told.json("policy", to.or(from).cloned().unwrap_or(Value::Null)))
}

/// The instant itself, or an object with it and its metric.
fn next_breach(event: &Envelope<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (to, _) = event.change()?;
    let due_at = match to {
        Some(Value::Object(_)) => event.doc.instant("event.current.breach_at")?,
        _ => event.doc.instant("event.current")?,
    };
    let metric = event.doc.text("event.current.metric")?;
    let told = event.of_ticket("sla.changed")?.text("metric", metric.as_deref().unwrap_or("next_breach"));
    let told = told.text("change", if to.is_some() { "applied" } else { "removed" });
    emit.push(told.maybe("due_at", due_at.map(|at| at.to_string()).as_deref()))
}
