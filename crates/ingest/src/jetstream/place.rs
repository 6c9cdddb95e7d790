//! Is this the stream that the log knows, and where does reading go on? Pure: what the server says comes in, what follows comes out.

use trunkline_events::port::Position;

/// Check of a position before which nothing was read, only jumped over.
pub const UNREAD: i64 = 0;

/// What the server says of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When it was made, microseconds since the Unix epoch as text: tells a stream from another one of the same name.
    pub created: String,
    /// Sequence of the first message that is there; the next one's where none is.
    pub first: u64,
    /// Sequence of the last message ever stored; 0 where none was.
    pub last: u64,
    /// The pipeline reads all of its subjects: what is missing was ours.
    pub is_whole: bool,
}

/// A range of messages that will never be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// First sequence.
    pub from: u64,
    /// Last sequence; `None` where nobody knows.
    pub to: Option<u64>,
    /// `expired`, `perhaps_expired` (of the pipeline's subjects or of others), `deleted`, `recreated`, `rolled_back`.
    pub why: &'static str,
}

/// Where reading goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The journal.
    pub journal: String,
    /// Sequence of the next message.
    pub next: u64,
    /// What was lost before it.
    pub lost: Option<Lost>,
}

/// Why reading cannot go on by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The stream ends before what the log has of it.
    #[error(
        "the stream ends at {last}, but {read} was read from it: the broker has lost messages that it had acknowledged; have them published again, then start with --accept-loss"
    )]
    Shorter {
        /// Last sequence of the stream.
        last: u64,
        /// Last sequence that was read.
        read: u64,
    },
    /// Another message is at the sequence that was read last.
    #[error(
        "message {read} is not the one that was read: the broker went back to an earlier state and went on differently; have what it lost published again, then start with --accept-loss"
    )]
    Rewritten {
        /// Last sequence that was read.
        read: u64,
    },
}

/// Beginning of the ids of all journals of one stream for one pipeline.
#[must_use]
pub fn prefix(connector: &str, source: &str, stream: &str) -> String {
    format!("js:{connector}:{source}:{stream}@")
}

/// The number behind a journal's creation time: how often a loss was accepted.
fn epoch(journal: &str) -> u32 {
    journal.rsplit_once('~').and_then(|(_, number)| number.parse().ok()).unwrap_or_default()
}

/// The journal of a stream that reading goes on in, and its position: the one of this creation with the most accepted losses.
fn current<'p>(prefix: &str, seen: &Seen, known: &'p [Position]) -> Option<&'p Position> {
    let own = format!("{prefix}{}", seen.created);
    let of_own = |journal: &str| journal.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('~'));
    known.iter().filter(|position| of_own(&position.journal)).max_by_key(|position| epoch(&position.journal))
}

/// The sequence whose mark [`start`] wants to know: the last one read, if it can still be there.
#[must_use]
pub fn wants_mark(prefix: &str, seen: &Seen, known: &[Position]) -> Option<u64> {
    let position = current(prefix, seen, known).filter(|position| position.check != UNREAD)?;
    let read = u64::try_from(position.offset).ok()?.checked_sub(1)?;
    (read >= seen.first && read <= seen.last && read > 0).then_some(read)
}

/// Where reading goes on. `known` are the committed positions of journals that begin with `prefix`, `mark` that of the message
/// [`wants_mark`] asks for (`None` when it is not there any more), `accepts_loss` what a person decided.
///
/// # Errors
/// [`Refusal`] when acknowledged messages are missing.
pub fn start(prefix: &str, seen: &Seen, known: &[Position], mark: Option<i64>, accepts_loss: bool) -> Result<Start, Refusal> {
    let first = seen.first.max(1);
    let Some(position) = current(prefix, seen, known) else {
        let before = known.iter().max_by_key(|position| position.offset);
        let lost = before.map(|position| Lost { from: u64::try_from(position.offset).unwrap_or_default(), to: None, why: "recreated" });
        return Ok(Start { journal: format!("{prefix}{}", seen.created), next: first, lost });
    };
    let next = u64::try_from(position.offset).unwrap_or_default().max(1);
    let read = next - 1;
    let refusal = if seen.last < read {
        Some(Refusal::Shorter { last: seen.last, read })
    } else if mark.is_some_and(|mark| mark != position.check) {
        Some(Refusal::Rewritten { read })
    } else {
        None
    };
    match refusal {
        Some(refusal) if !accepts_loss => Err(refusal),
        Some(_) => {
            let journal = format!("{prefix}{}~{}", seen.created, epoch(&position.journal) + 1);
            Ok(Start { journal, next: first, lost: Some(Lost { from: 0, to: None, why: "rolled_back" }) })
        }
        None => {
            let lost = (first > next).then(|| Lost {
                from: next,
                to: Some(first - 1),
                why: if seen.is_whole { "expired" } else { "perhaps_expired" },
            });
            Ok(Start { journal: position.journal.clone(), next: next.max(first), lost })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use trunkline_events::port::Position;

    use super::{Lost, Refusal, Seen, start, wants_mark};

    const PREFIX: &str = "js:cloudevents:s:EVENTS@";

    fn seen(first: u64, last: u64) -> Seen {
        Seen { created: "1767607200000000".into(), first, last, is_whole: true }
    }

    fn at(journal: &str, offset: i64) -> Position {
        Position { journal: format!("{PREFIX}{journal}"), offset, check: 77 }
    }

    #[test]
    fn a_stream_never_read_begins_at_its_first_message() {
        let found = start(PREFIX, &seen(5, 9), &[], None, false).unwrap();
        assert_eq!((found.journal.as_str(), found.next, found.lost), ("js:cloudevents:s:EVENTS@1767607200000000", 5, None));
        assert_eq!(start(PREFIX, &seen(0, 0), &[], None, false).unwrap().next, 1, "an empty stream begins with 1");
    }

    #[test]
    fn reading_goes_on_behind_the_last_message_when_it_is_still_the_same() {
        let known = [at("1767607200000000", 8)];
        assert_eq!(wants_mark(PREFIX, &seen(1, 9), &known), Some(7));
        let found = start(PREFIX, &seen(1, 9), &known, Some(77), false).unwrap();
        assert_eq!((found.next, found.lost), (8, None));
        // It has expired meanwhile, with nothing unread: nothing to compare, nothing lost.
        assert_eq!(wants_mark(PREFIX, &seen(8, 9), &known), None);
        assert_eq!(start(PREFIX, &seen(8, 9), &known, None, false).unwrap().lost, None);
    }

    #[test]
    fn what_expired_unread_is_told() {
        let known = [at("1767607200000000", 8)];
        let found = start(PREFIX, &seen(12, 20), &known, None, false).unwrap();
        assert_eq!((found.next, found.lost), (12, Some(Lost { from: 8, to: Some(11), why: "expired" })));
        // Where only some subjects are read nobody can tell whose messages they were.
        let part = Seen { is_whole: false, ..seen(12, 20) };
        assert_eq!(start(PREFIX, &part, &known, None, false).unwrap().lost.unwrap().why, "perhaps_expired");
    }

    #[test]
    fn a_broker_that_lost_messages_is_not_read_until_somebody_accepts_it() {
        let known = [at("1767607200000000", 8)];
        assert_eq!(start(PREFIX, &seen(1, 5), &known, None, false), Err(Refusal::Shorter { last: 5, read: 7 }));
        assert_eq!(start(PREFIX, &seen(1, 9), &known, Some(78), false), Err(Refusal::Rewritten { read: 7 }));
        let found = start(PREFIX, &seen(1, 5), &known, None, true).unwrap();
        assert_eq!((found.journal.ends_with("0~1"), found.next), (true, 1));
        // Afterwards the new journal is the one that counts.
        let known = [at("1767607200000000", 8), at("1767607200000000~1", 3)];
        assert_eq!(start(PREFIX, &seen(1, 5), &known, Some(77), false).unwrap().next, 3);
        let again = start(PREFIX, &seen(1, 1), &known, None, true).unwrap();
        assert!(again.journal.ends_with("~2"), "{again:?}");
    }

    #[test]
    fn a_stream_made_again_is_another_one_and_what_it_held_is_on_record() {
        let known = [at("1764547200000000", 8)];
        let found = start(PREFIX, &seen(1, 2), &known, None, false).unwrap();
        assert!(found.journal.ends_with("@1767607200000000"));
        assert_eq!((found.next, found.lost), (1, Some(Lost { from: 8, to: None, why: "recreated" })));
    }
}
