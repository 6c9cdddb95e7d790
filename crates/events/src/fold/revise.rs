//! Corrections and restatements: of several versions of one fact the latest counts (fold rule 10).

use compact_str::CompactString;
use hashbrown::{HashMap, HashSet};

use super::event::Event;
use super::kind::Kind;
use super::payload::Text;
use super::scan::Member;
use crate::time::Timestamp;

/// Applies `record.corrected` events and drops events restated under a higher `revision`.
pub(super) fn apply(events: &mut Vec<Event<'_>>, members: &mut Vec<Member>) {
    if events.iter().any(|e| e.kind == Kind::RecordCorrected) {
        correct(events, members);
    }
    if events.iter().any(|e| revision(e, members) > 0) {
        keep_latest(events, members);
    }
}

/// What a correction puts in place of the record it names.
struct Correction<'a> {
    target: Text<'a>,
    id: &'a str,
    recorded_at: Timestamp,
    /// `None`: the record is void.
    replacement: Option<(Option<Kind>, Option<Timestamp>, Option<&'a str>)>,
}

fn correct<'a>(events: &mut Vec<Event<'a>>, members: &mut Vec<Member>) {
    let mut corrections: Vec<Correction<'a>> = events.iter().filter_map(|e| correction(e, members)).collect();
    corrections.sort_by(|a, b| (a.recorded_at, a.id).cmp(&(b.recorded_at, b.id)));
    let withdrawn: HashSet<CompactString> = corrections.iter().filter(|c| c.replacement.is_none()).map(|c| c.target.owned()).collect();
    let counting = corrections.iter().filter(|c| !withdrawn.contains(c.id));
    // Later ones take the place of earlier ones.
    let latest: HashMap<CompactString, &Correction<'a>> = counting.map(|c| (c.target.owned(), c)).collect();
    events.retain_mut(|event| match latest.get(event.row.event_id).map(|c| &c.replacement) {
        None => true,
        Some(Some((kind, at, data))) => {
            event.rewrite(*kind, *at, *data, members);
            true
        }
        Some(None) => event.kind == Kind::RecordCorrected,
    });
}

fn correction<'a>(event: &Event<'a>, members: &[Member]) -> Option<Correction<'a>> {
    if event.kind != Kind::RecordCorrected {
        return None;
    }
    let payload = event.payload(members);
    let replacement = if payload.flag("void") {
        None
    } else {
        payload.nested("replacement", |new| {
            let kind = new.text("type").map(|name| Kind::of(name.word()));
            let at = new.text("occurred_at").or_else(|| new.text("time")).and_then(|t| Timestamp::parse_rfc3339(t.word()));
            let is_void = new.flag("void") || new.members.is_empty();
            (!is_void).then(|| (kind, at, new.raw("data").filter(|raw| raw.starts_with('{'))))
        })
    };
    Some(Correction { target: payload.text("target_id")?, id: event.row.event_id, recorded_at: event.row.recorded_at, replacement })
}

/// The revision an event has: a member of the payload or, from CloudEvents, an extension.
fn revision(event: &Event<'_>, members: &[Member]) -> i64 {
    let payload = event.payload(members);
    payload.number("revision").or_else(|| payload.nested("_ext", |ext| ext.number("revision"))).unwrap_or(0)
}

/// What tells a restated event: the source's own key for it, else the id of the part it is about.
fn key<'a>(event: &Event<'a>, members: &[Member]) -> Option<Text<'a>> {
    let payload = event.payload(members);
    let own = payload.text("source_event_key").or_else(|| payload.nested("_ext", |ext| ext.text("sourceeventkey")));
    let part = match event.kind {
        Kind::QueueEntered | Kind::QueueExited => "visit_id",
        Kind::OfferMade | Kind::OfferEnded => "offer_id",
        Kind::Connected | Kind::Disconnected | Kind::WrapUpStarted | Kind::WrapUpEnded => "participant_id",
        Kind::TransferUpdated => "transfer_id",
        Kind::MessageReceived | Kind::MessageSent => "message_id",
        Kind::SessionStarted | Kind::SessionEnded => "session_id",
        // One per contact: the contact itself is the key.
        Kind::ContactStarted | Kind::ContactEnded => return own.or(Some(Text::Plain(""))),
        _ => return own,
    };
    own.or_else(|| payload.text(part))
}

fn keep_latest(events: &mut Vec<Event<'_>>, members: &[Member]) {
    let named = |event: &Event<'_>| key(event, members).map(|key| (event.kind, key.owned()));
    let mut latest: HashMap<(Kind, CompactString), i64> = HashMap::new();
    for event in events.iter() {
        if let Some(name) = named(event) {
            let newest = latest.entry(name).or_insert(0);
            *newest = (*newest).max(revision(event, members));
        }
    }
    events.retain(|event| {
        let newest = named(event).and_then(|name| latest.get(&name).copied());
        newest.is_none_or(|newest| revision(event, members) >= newest)
    });
}
