//! From a draft to a row: the one way by which events enter a batch.

use std::borrow::Cow;

use super::payload::{BARE, EXTENSIONS, Payload, SEQUENCE};
use super::personal::Keying;
use super::text::push_member;
use super::{Draft, WireContext, WireError};
use crate::batch::EventBatch;
use crate::row::EventRow;
use crate::upcast;
use crate::vocabulary::{CURRENT_VERSION, EventType, PayloadError, Subject, object};

/// What the envelope says besides the draft.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Envelope<'a> {
    /// `sequence`, as JSON.
    pub(super) sequence: Option<&'a str>,
    /// Other extensions, as a JSON object.
    pub(super) extensions: Option<&'a str>,
    /// We wrote the event: its addresses are keys already.
    pub(super) is_keyed: bool,
}

/// Validates a draft, replaces addresses, lifts columns and pushes one row.
///
/// # Errors
/// `bad_envelope` without id, source or type; `bad_payload`, `bad_json` and `duplicate_key` for payloads that do not fit their
/// type. Nothing is pushed then.
pub fn push_draft(draft: &Draft<'_>, context: &WireContext<'_>, out: &mut EventBatch) -> Result<(), WireError> {
    object::precheck(draft.data).map_err(PayloadError::from)?;
    push(draft, Envelope::default(), context, out)
}

/// As [`push_draft`], for data that has passed [`object::precheck`].
pub(super) fn push(draft: &Draft<'_>, envelope: Envelope<'_>, context: &WireContext<'_>, out: &mut EventBatch) -> Result<(), WireError> {
    for (name, text) in [("id", draft.id), ("source", draft.source), ("type", draft.kind)] {
        if text.is_empty() {
            return Err(WireError::new("bad_envelope", format!("{name} is empty")));
        }
    }
    let data = draft.data.trim_ascii();
    let kind = EventType::from_name(draft.kind);
    if !data.starts_with('{') {
        if let Some(kind) = kind {
            return Err(PayloadError::NotObject { kind: kind.name(), found: object::excerpt(data).to_string() }.into());
        }
        serde_json::from_str::<serde::de::IgnoredAny>(data).map_err(|cause| WireError::new("bad_json", format!("data: {cause}")))?;
        let keying = Keying { secret: context.secret, is_keyed: envelope.is_keyed };
        let scrubbed = if data.starts_with('[') { keying.nested(data)? } else { None };
        let data = beside_envelope(scrubbed.as_deref().unwrap_or(data), envelope, &keying)?;
        out.push(&row(draft, &data, context));
        return Ok(());
    }
    // Old payloads are stored as they are, but checked and lifted in their current form; of newer ones nothing is known.
    let current = upcast::upcast(draft.kind, draft.schema_version, data);
    let lifted = match &current {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(Payload::read(text, kind, true)?),
    };
    let payload = Payload::read(data, kind, lifted.is_none() && draft.schema_version <= CURRENT_VERSION)?;
    let keying = Keying { secret: context.secret, is_keyed: envelope.is_keyed || payload.has_key() };
    let keyed = payload.keyed(&keying)?;
    let extensions = extensions(envelope, &keying)?;
    let stored = payload.stored(data, &keyed, envelope.sequence, extensions.as_deref())?;
    let lifted = lifted.as_ref().unwrap_or(&payload);
    let subject = draft.subject.filter(|text| !text.trim_ascii().is_empty());
    let of = |wanted: Subject| if belongs_to(kind, lifted) == Some(wanted) { subject } else { None };
    let linked = if kind == Some(EventType::EntityLinked) { linked_contact(lifted) } else { None };
    out.push(&EventRow {
        subject,
        contact_id: lifted.text("contact_id").or(linked.as_deref()).or_else(|| of(Subject::Contact)),
        channel: lifted.text("channel"),
        direction: lifted.text("direction"),
        queue: lifted.text("queue"),
        agent_id: lifted.text("agent_id").or_else(|| of(Subject::Agent)),
        customer_key: keyed.customer_key.as_deref(),
        case_id: lifted.text("case_id").or_else(|| of(Subject::Case)),
        ..row(draft, &stored, context)
    });
    Ok(())
}

/// The extensions to store, their addresses replaced.
fn extensions<'a>(envelope: Envelope<'a>, keying: &Keying<'_>) -> Result<Option<Cow<'a, str>>, PayloadError> {
    let Some(given) = envelope.extensions else { return Ok(None) };
    Ok(Some(keying.nested(given)?.map_or(Cow::Borrowed(given), Cow::Owned)))
}

/// A payload that is no object, with what the envelope says besides: an object has room for both, `{"data":…,"_seq":…,"_ext":{…}}`.
fn beside_envelope<'a>(data: &'a str, envelope: Envelope<'_>, keying: &Keying<'_>) -> Result<Cow<'a, str>, PayloadError> {
    let extensions = extensions(envelope, keying)?;
    if envelope.sequence.is_none() && extensions.is_none() {
        return Ok(Cow::Borrowed(data));
    }
    let mut out = String::from("{");
    push_member(&mut out, BARE, data);
    if let Some(sequence) = envelope.sequence {
        push_member(&mut out, SEQUENCE, sequence);
    }
    if let Some(extensions) = extensions {
        push_member(&mut out, EXTENSIONS, &extensions);
    }
    out.push('}');
    Ok(Cow::Owned(out))
}

/// What the subject names. A correction belongs to what the event it puts in place belongs to.
fn belongs_to(kind: Option<EventType>, payload: &Payload<'_>) -> Option<Subject> {
    match kind? {
        EventType::RecordCorrected => EventType::from_name(&payload.inner_text("replacement", "type")?).map(EventType::subject),
        kind => Some(kind.subject()),
    }
}

/// The contact that a link starts from.
fn linked_contact(payload: &Payload<'_>) -> Option<String> {
    payload.inner_text("from", "kind").filter(|kind| kind == "contact")?;
    payload.inner_text("from", "id")
}

/// The row of a draft before anything is lifted from its payload.
fn row<'r>(draft: &Draft<'r>, data: &'r str, context: &WireContext<'r>) -> EventRow<'r> {
    EventRow {
        event_id: draft.id,
        source: context.source_override.unwrap_or(draft.source),
        kind: draft.kind,
        occurred_at: draft.occurred_at,
        recorded_at: draft.recorded_at.unwrap_or(context.now),
        subject: draft.subject.filter(|text| !text.trim_ascii().is_empty()),
        connector: context.connector,
        schema_version: draft.schema_version,
        journal: context.journal,
        journal_seq: context.journal_seq,
        data,
        ..EventRow::default()
    }
}
