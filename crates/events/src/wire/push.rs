//! From a draft to a row: the one way by which events enter a batch.

use super::payload::Payload;
use super::{Draft, WireContext, WireError};
use crate::batch::EventBatch;
use crate::row::EventRow;
use crate::upcast;
use crate::vocabulary::{self, Subject};

/// Validates a draft, replaces addresses, lifts columns and pushes one row.
///
/// # Errors
/// `bad_envelope` without id or source, `bad_payload` and `bad_json` for payloads that do not fit their type.
pub fn push_draft(draft: &Draft<'_>, context: &WireContext<'_>, out: &mut EventBatch) -> Result<(), WireError> {
    push(draft, None, None, context, out)
}

/// As [`push_draft`], with the envelope's `sequence` and other extensions (a JSON object) to be kept in the payload.
pub(super) fn push(
    draft: &Draft<'_>,
    seq: Option<&str>,
    extensions: Option<&str>,
    context: &WireContext<'_>,
    out: &mut EventBatch,
) -> Result<(), WireError> {
    if draft.id.is_empty() || draft.source.is_empty() {
        return Err(WireError::new("bad_envelope", "id and source must not be empty"));
    }
    let spec = vocabulary::find(draft.kind);
    if !draft.data.trim_start().starts_with('{') {
        return push_scalar(draft, spec.is_some(), context, out);
    }
    let current = upcast::upcast(draft.kind, draft.schema_version, draft.data);
    let checked = if matches!(current, std::borrow::Cow::Borrowed(_)) { None } else { Some(Payload::read(&current, spec)?) };
    let payload = Payload::read(draft.data, if checked.is_some() { None } else { spec })?;
    let lifted = checked.as_ref().unwrap_or(&payload);
    let subject_kind = spec.map(|s| s.subject);
    let of = |kind: Subject| if subject_kind == Some(kind) { draft.subject } else { None };
    let customer_key = payload.customer_key(context.secret);
    let data = payload.stored(draft.data, context.secret, seq, extensions);
    out.push(&EventRow {
        event_id: draft.id,
        source: context.source_override.unwrap_or(draft.source),
        kind: draft.kind,
        occurred_at: draft.occurred_at,
        recorded_at: draft.recorded_at.unwrap_or(context.now),
        subject: draft.subject,
        contact_id: lifted.text("contact_id").or_else(|| of(Subject::Contact)),
        channel: lifted.text("channel"),
        direction: lifted.text("direction"),
        queue: lifted.text("queue"),
        agent_id: lifted.text("agent_id").or_else(|| of(Subject::Agent)),
        customer_key: customer_key.as_deref(),
        case_id: lifted.text("case_id").or_else(|| of(Subject::Case)),
        connector: context.connector,
        schema_version: draft.schema_version,
        journal: context.journal,
        journal_seq: context.journal_seq,
        data: &data,
    });
    Ok(())
}

/// A payload that is no object: kept as it is for foreign types, refused for ours.
fn push_scalar(draft: &Draft<'_>, is_known: bool, context: &WireContext<'_>, out: &mut EventBatch) -> Result<(), WireError> {
    if is_known {
        return Err(WireError::new("bad_payload", format!("data of {} must be an object, not {}", draft.kind, draft.data)));
    }
    out.push(&EventRow {
        event_id: draft.id,
        source: context.source_override.unwrap_or(draft.source),
        kind: draft.kind,
        occurred_at: draft.occurred_at,
        recorded_at: draft.recorded_at.unwrap_or(context.now),
        subject: draft.subject,
        contact_id: None,
        channel: None,
        direction: None,
        queue: None,
        agent_id: None,
        customer_key: None,
        case_id: None,
        connector: context.connector,
        schema_version: draft.schema_version,
        journal: context.journal,
        journal_seq: context.journal_seq,
        data: draft.data,
    });
    Ok(())
}
