//! The order in which events are folded, and corrections of events by later ones (fold rules 1 and 10).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use sonic_rs::JsonValueTrait;

use crate::row::EventRow;
use crate::time::Timestamp;

/// Events without duplicates, corrections applied, in causal order.
pub(super) fn ordered<'a>(events: &[EventRow<'a>]) -> Vec<EventRow<'a>> {
    let mut rows = events.to_vec();
    // The whole row decides, so that of two rows with one id the same one is kept in any order of arrival.
    rows.sort_by(|a, b| {
        let key = |r: &EventRow<'a>| (r.source, r.event_id, r.recorded_at, r.occurred_at, r.kind, r.data);
        key(a).cmp(&key(b))
    });
    rows.dedup_by(|b, a| (a.source, a.event_id) == (b.source, b.event_id));
    correct(&mut rows);
    rows.sort_by_key(|r| (r.occurred_at, rank(r.kind), r.event_id));
    let mut start = 0;
    while start < rows.len() {
        let same = rows[start..].iter().take_while(|r| r.occurred_at == rows[start].occurred_at).count();
        by_sequence(&mut rows[start..start + same]);
        start += same;
    }
    rows
}

/// Events of one instant: by the source's own sequence where every one of them has one, else as they are.
fn by_sequence(rows: &mut [EventRow<'_>]) {
    if rows.len() < 2 || !rows.iter().all(|r| sequence(r).is_some()) {
        return;
    }
    rows.sort_by(|a, b| match (sequence(a), sequence(b)) {
        (Some(x), Some(y)) => compare_sequences(x, y),
        _ => Ordering::Equal,
    });
}

/// Digits compare as numbers, anything else as text.
fn compare_sequences(a: &str, b: &str) -> Ordering {
    let number = |text: &str| -> Option<u128> { text.parse().ok() };
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.cmp(&y),
        (None, None) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

fn sequence<'a>(row: &EventRow<'a>) -> Option<&'a str> {
    if !row.data.contains("\"_seq\"") {
        return None;
    }
    let value = sonic_rs::get(row.data, ["_seq"]).ok()?;
    let raw = slice_of(row.data, value.as_raw_str())?;
    Some(raw.trim_matches('"'))
}

/// The same text as a part of `whole`, with its lifetime.
fn slice_of<'a>(whole: &'a str, part: &str) -> Option<&'a str> {
    let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    whole.get(start..start + part.len())
}

/// What comes first among events of one instant (canonical vocabulary, section 6.3).
fn rank(kind: &str) -> u8 {
    match kind {
        "contact.started" => 0,
        "contact.updated" | "entity.linked" => 1,
        "selfservice.started" | "selfservice.step_completed" => 2,
        "selfservice.ended" => 3,
        "routing.decided" => 4,
        "queue.entered" => 5,
        "offer.made" => 6,
        "offer.ended" => 7,
        "queue.exited" => 8,
        "participant.connected" => 9,
        "hold.started" | "message.received" => 10,
        "hold.ended" | "message.sent" => 11,
        "transfer.updated" => 12,
        "participant.disconnected" => 13,
        "wrapup.started" => 14,
        "wrapup.ended" => 15,
        "disposition.set" => 16,
        "contact.ended" => 17,
        _ => 12,
    }
}

/// Replaces or removes events that a later `record.corrected` names; of several corrections the last recorded counts.
fn correct(rows: &mut Vec<EventRow<'_>>) {
    if !rows.iter().any(|r| r.kind == "record.corrected") {
        return;
    }
    let mut latest: BTreeMap<String, usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, r)| r.kind == "record.corrected") {
        let Some(target) = sonic_rs::get(row.data, ["target_id"]).ok().and_then(|v| v.as_str().map(str::to_string)) else { continue };
        let newer =
            latest.get(&target).is_none_or(|known| (rows[*known].recorded_at, rows[*known].event_id) < (row.recorded_at, row.event_id));
        if newer {
            latest.insert(target, at);
        }
    }
    let corrections: Vec<(String, EventRow<'_>)> = latest.into_iter().map(|(target, at)| (target, rows[at])).collect();
    rows.retain_mut(|row| match corrections.iter().find(|(target, _)| target == row.event_id) {
        Some((_, correction)) => replace(row, correction),
        None => true,
    });
}

/// Puts the replacement in the row's place; false when the record is void.
fn replace<'a>(row: &mut EventRow<'a>, correction: &EventRow<'a>) -> bool {
    let part = |name: &str| {
        let value = sonic_rs::get(correction.data, ["replacement", name]).ok()?;
        slice_of(correction.data, value.as_raw_str())
    };
    let (Some(kind), Some(data)) = (part("type"), part("data")) else { return false };
    row.kind = kind.trim_matches('"');
    row.data = data;
    if let Some(at) = part("occurred_at").and_then(|t| Timestamp::parse_rfc3339(t.trim_matches('"'))) {
        row.occurred_at = at;
    }
    true
}
