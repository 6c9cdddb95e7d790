//! The order in which events are folded, whatever the order of their arrival (fold rule 1).

use std::cmp::Ordering;

use super::event::Event;
use super::scan::Member;
use crate::row::EventRow;

/// Rows without duplicates: one per source and event id. Of rows that share both but differ (which storage does not let happen) the
/// same one stays in any order of arrival.
pub(super) fn distinct<'a>(rows: &'a [EventRow<'a>], kept: &mut Vec<&'a EventRow<'a>>) {
    kept.extend(rows);
    kept.sort_unstable_by(|a, b| {
        let id = (a.event_id, a.source).cmp(&(b.event_id, b.source));
        id.then_with(|| (a.recorded_at, a.occurred_at, a.kind, a.data).cmp(&(b.recorded_at, b.occurred_at, b.kind, b.data)))
            .then_with(|| columns(a).cmp(&columns(b)))
    });
    kept.dedup_by(|b, a| a.event_id == b.event_id && a.source == b.source);
}

/// The columns that the fold looks at.
fn columns<'a>(row: &EventRow<'a>) -> [Option<&'a str>; 6] {
    [row.contact_id, row.channel, row.direction, row.queue, row.agent_id, row.customer_key]
}

/// Sorts by time, then by the source's own sequence where events have one, then by causal rank, then by id.
pub(super) fn sort(events: &mut [Event<'_>], members: &[Member]) {
    events.sort_unstable_by(|a, b| a.at.cmp(&b.at).then_with(|| by_rank(a, b)));
    let mut start = 0;
    while start < events.len() {
        let at = events[start].at;
        let end = start + events[start..].iter().take_while(|e| e.at == at).count();
        if end - start > 1 {
            within_instant(&mut events[start..end], members);
        }
        start = end;
    }
}

fn by_rank(a: &Event<'_>, b: &Event<'_>) -> Ordering {
    a.kind.rank().cmp(&b.kind.rank()).then_with(|| (a.row.event_id, a.row.source).cmp(&(b.row.event_id, b.row.source)))
}

/// Events of one instant, sorted by rank. Those with a sequence are put in its order; those without are merged in by rank, so that the
/// result is one order for all of them (comparing pair by pair would not be transitive).
fn within_instant(events: &mut [Event<'_>], members: &[Member]) {
    let mut ordered = Vec::new();
    for event in events.iter() {
        if let Some(sequence) = event.sequence(members) {
            ordered.push((sequence, *event));
        }
    }
    if ordered.len() < 2 {
        return;
    }
    ordered.sort_by(|(a, x), (b, y)| by_sequence(a, b).then_with(|| by_rank(x, y)));
    if ordered.len() == events.len() {
        for (slot, (_, event)) in events.iter_mut().zip(ordered) {
            *slot = event;
        }
        return;
    }
    let plain: Vec<Event<'_>> = events.iter().filter(|e| e.sequence(members).is_none()).copied().collect();
    let (mut plain, mut ordered) = (plain.into_iter().peekable(), ordered.into_iter().map(|(_, e)| e).peekable());
    for slot in events.iter_mut() {
        let takes_plain = match (plain.peek(), ordered.peek()) {
            (Some(p), Some(o)) => by_rank(p, o) == Ordering::Less,
            (next, _) => next.is_some(),
        };
        let next = if takes_plain { plain.next() } else { ordered.next() };
        *slot = next.unwrap_or(*slot);
    }
}

/// Digits compare as numbers and come before anything else, which compares as text.
fn by_sequence(a: &str, b: &str) -> Ordering {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match (digits(a), digits(b)) {
        (true, true) => {
            let (x, y) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            (x.len(), x).cmp(&(y.len(), y))
        }
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use super::by_sequence;

    #[test]
    fn digits_are_numbers_and_text_is_text() {
        for (a, b, order) in [
            ("9", "10", Less),
            ("010", "10", Equal),
            ("0010-2", "0010-10", Greater),
            ("5", "a", Less),
            ("123456789012345678901234567890", "9", Greater),
        ] {
            assert_eq!(by_sequence(a, b), order, "{a} {b}");
        }
    }
}
