//! The books: what every journal gave, counted in the commits that store it (ADR 0006).
//!
//! Two counters of records per journal, `rcv/<journal>` and `dup/<journal>`, move with the position in the commit of `events`. The
//! table of rejected records has a `dup/<journal>` of its own: records that were rejected in one reading of their bytes and judged
//! anew in another. How many are stored and rejected is never counted here: the tables say it.

use std::collections::HashMap;

use trunkline_events::EventBatch;
use trunkline_events::port::Delivery;

use super::POSITION;
use super::classify::Outcome;
use crate::commit::Step;
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::LakeTable;
use crate::{log, schema};

/// Prefix of the transaction that holds how many records a journal gave.
const RECEIVED: &str = "rcv/";
/// Prefix of the transaction that holds how many of them brought nothing new.
const DUPLICATE: &str = "dup/";

/// What is kept of one journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalBooks {
    /// Journal id.
    pub journal: String,
    /// Everything before this offset is durable.
    pub position: i64,
    /// Records read; `None` for a journal that was begun before books were kept.
    pub received: Option<i64>,
    /// Records that brought nothing new.
    pub duplicate: Option<i64>,
}

/// Records of one stretch of one journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    received: i64,
    duplicate: i64,
}

/// The counters of the journals whose whole life is counted.
#[derive(Debug, Default)]
pub(super) struct Books {
    counted: HashMap<String, Tally>,
}

impl Books {
    /// From the transactions of `events`.
    pub(super) fn new(transactions: &HashMap<String, i64>) -> Self {
        let of = |(app, &received): (&String, &i64)| {
            let journal = app.strip_prefix(RECEIVED)?;
            let duplicate = transactions.get(&format!("{DUPLICATE}{journal}")).copied().unwrap_or_default();
            Some((journal.to_owned(), Tally { received, duplicate }))
        };
        Self { counted: transactions.iter().filter_map(of).collect() }
    }

    /// True for a journal whose records are counted.
    pub(super) fn counts(&self, journal: &str) -> bool {
        self.counted.contains_key(journal)
    }

    /// How the counters of a journal move. One that was begun before books were kept stays uncounted: a part is no whole.
    pub(super) fn steps(&self, journal: &str, is_new: bool, tally: Tally) -> Vec<Step> {
        let before = self.counted.get(journal).copied();
        if before.is_none() && !is_new {
            return Vec::new();
        }
        let known = before.unwrap_or_default();
        let step = |prefix: &str, before: Option<i64>, after: i64| Step { app: format!("{prefix}{journal}"), before, after };
        vec![
            step(RECEIVED, before.map(|b| b.received), known.received + tally.received),
            step(DUPLICATE, before.map(|b| b.duplicate), known.duplicate + tally.duplicate),
        ]
    }

    /// Takes in steps that were committed.
    pub(super) fn moved(&mut self, steps: &[Step]) {
        for step in steps {
            if let Some(journal) = step.app.strip_prefix(RECEIVED) {
                self.counted.entry(journal.to_owned()).or_default().received = step.after;
            } else if let Some(journal) = step.app.strip_prefix(DUPLICATE) {
                self.counted.entry(journal.to_owned()).or_default().duplicate = step.after;
            }
        }
    }
}

/// How the counter in the table of rejected records moves.
pub(super) fn judged_anew(transactions: &HashMap<String, i64>, journal: &str, records: i64) -> Step {
    let app = format!("{DUPLICATE}{journal}");
    let before = transactions.get(&app).copied();
    Step { after: before.unwrap_or_default() + records, app, before }
}

/// Records by journal. With one journal all are its; else a record is of the journal its first event names.
pub(super) fn tallies<'a>(
    (delivery, events): (&'a Delivery, &'a EventBatch),
    mapped: &[Outcome],
    refused: impl Iterator<Item = (&'a str, Outcome)>,
) -> HashMap<String, Tally> {
    let mut out: HashMap<String, Tally> = HashMap::new();
    let mut enter = |journal: &str, outcomes: &mut dyn Iterator<Item = Outcome>| {
        let tally = out.entry(journal.to_owned()).or_default();
        for outcome in outcomes {
            tally.received += 1;
            tally.duplicate += i64::from(outcome == Outcome::Duplicate);
        }
    };
    if let [only] = delivery.positions.as_slice() {
        enter(&only.journal, &mut mapped.iter().copied().chain(refused.map(|(_, outcome)| outcome)));
        return out;
    }
    let first = delivery.positions.first().map(|position| position.journal.as_str());
    let journal_of = |row: usize| events.journal.bytes_at(row).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let mut at = 0;
    for (&size, &outcome) in delivery.record_sizes.iter().zip(mapped) {
        let own = if size > 0 { journal_of(at) } else { None };
        if let Some(journal) = own.or(first) {
            enter(journal, &mut std::iter::once(outcome));
        }
        at += size as usize;
    }
    for (journal, outcome) in refused {
        enter(journal, &mut std::iter::once(outcome));
    }
    out
}

impl Lake {
    /// The books of every journal as of two snapshots. The one of `events` is to be taken first: rejected records that are not
    /// acknowledged yet lie behind their journal's position, and those judged anew are counted with their removal.
    ///
    /// # Errors
    /// When a log cannot be read.
    pub async fn books(&self, events: &LakeTable, rejected: &LakeTable) -> Result<Vec<JournalBooks>, StorageError> {
        let kept = log::positions_at(&self.delta(schema::EVENTS).await?, events.version()).await?;
        let anew = log::positions_at(&self.delta(schema::REJECTED).await?, rejected.version()).await?;
        let mut out: Vec<JournalBooks> = kept
            .iter()
            .filter_map(|(app, &position)| {
                let journal = app.strip_prefix(POSITION)?.to_owned();
                let received = kept.get(&format!("{RECEIVED}{journal}")).copied();
                let of = |side: &HashMap<String, i64>| side.get(&format!("{DUPLICATE}{journal}")).copied().unwrap_or_default();
                let duplicate = received.map(|_| of(&kept) + of(&anew));
                Some(JournalBooks { journal, position, received, duplicate })
            })
            .collect();
        out.sort_by(|a, b| a.journal.cmp(&b.journal));
        Ok(out)
    }
}
