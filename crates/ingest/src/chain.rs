//! One log in several files: what a file leaves to the one that follows it.
//!
//! A rotated log is one log. The call that began in `queue_log.1` ends in `queue_log`, and the ids and the order of its events must be
//! those they would have in the two files joined. A connector that says so ([`Connector::continues`]) is therefore told of every record
//! where it lies in its *chain*, the log as if it had never been cut, and hands on its state from file to file.
//!
//! - **What is handed on** is a [`Carry`]: hash and length of the chain so far, and the connector's own state (open calls, agents). It is
//!   a pure function of the bytes before it, and named by journal and position.
//! - **Where it is kept.** With every delivery goes the carry at the position the delivery reaches. The store makes it durable before the
//!   commit and forgets the one before only after it: whichever position a crash leaves, its carry is there. Rows never depend on
//!   anything else, so a delivery stays exactly-once.
//! - **Whose successor a file is.** A new file continues the file of the same connector and source that ended last, if that was not after
//!   it begins; [`OVERLAP_S`] forgives lines written in another order than their seconds. Files that overlap are not one log
//!   after the other and begin afresh, so logs of several exchanges need a source each. Files of one run are read in the order of
//!   their first instants.
//! - **The carry at a file's beginning** is kept for good: another reading of the file gives the same ids.
//! - **When it is missing** (made by an older version, deleted), a known file is mapped again from its beginning for the state, unstored,
//!   and the carry is made anew; a new file begins afresh. A file that was read before the one it continues began afresh, and stays so.

mod hash;

use serde::{Deserialize, Serialize};
use trunkline_events::Timestamp;
use trunkline_events::port::{Appender, Carry, JournalEnd};

use crate::connector::Connector;
use crate::journal::Place;
use hash::Xxh3State;

/// Form of what is handed on; another one is as if it were missing.
const VERSION: u32 = 1;

/// Compression of what is handed on.
const ZSTD_LEVEL: i32 = 1;

/// A file may begin this many seconds before the last line of the one it continues.
const OVERLAP_S: i64 = 2;

/// The log so far, files before this one included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chain {
    hash: Xxh3State,
    /// Bytes.
    pub(crate) offset: i64,
}

impl Chain {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.offset += bytes.len() as i64;
    }

    pub(crate) fn digest(&self) -> u64 {
        self.hash.digest()
    }
}

/// What stands in [`Carry::state`], compressed.
#[derive(Serialize, Deserialize)]
struct Handed {
    version: u32,
    chain: Chain,
    /// The connector's, as JSON text.
    state: String,
}

/// The carry of a connector at a position; `None` when it has seen nothing to hand on.
pub(crate) fn carry(connector: &dyn Connector, chain: &Chain, journal: &str, offset: i64) -> Option<Carry> {
    let ends_at = connector.reached()?.micros();
    let handed = Handed { version: VERSION, chain: chain.clone(), state: connector.save()? };
    let json = serde_json::to_vec(&handed).ok()?;
    let state = zstd::bulk::compress(&json, ZSTD_LEVEL).ok()?;
    Some(Carry { journal: journal.to_owned(), offset, ends_at, length: chain.offset, state })
}

/// Puts a connector into the state that was handed on; `None`, and nothing changed, when it cannot be read.
fn take(connector: &mut dyn Connector, state: &[u8]) -> Option<Chain> {
    let json = zstd::stream::decode_all(state).ok()?;
    let handed: Handed = serde_json::from_slice(&json).ok()?;
    (handed.version == VERSION && connector.restore(&handed.state)).then_some(handed.chain)
}

/// Finds out where in its chain a file begins, or goes on, and brings the connector there.
pub(crate) fn prepare<A: Appender>(connector: &mut dyn Connector, place: &mut Place, begins_at: Option<Timestamp>, appender: &A) {
    if !connector.continues() {
        return;
    }
    if place.at.offset > 0
        && let Some(chain) = appender.carried(&place.journal, place.at.offset).and_then(|state| take(connector, &state))
    {
        place.at.chain = Some(chain);
        place.is_restored = true;
        return;
    }
    // A file read before begins where it began then; a new one where its predecessor ended.
    let (owner, offset) = if place.at.offset > 0 {
        (Some(place.journal.clone()), 0)
    } else if let Some(earlier) = place.again.first() {
        (Some(earlier.clone()), 0)
    } else {
        let found = begins_at.and_then(|begins_at| predecessor(&place.journal, begins_at, appender));
        found.map_or((None, 0), |(journal, offset)| (Some(journal), offset))
    };
    let state = owner.and_then(|journal| appender.carried(&journal, offset));
    let chain = state.and_then(|state| take(connector, &state));
    if let Some(chain) = &chain
        && place.at.offset == 0
    {
        place.begin = carry(connector, chain, &place.journal, 0);
    }
    place.chain = Some(chain.unwrap_or_default());
}

/// The journal that ended last among those of the same connector and source that ended before `begins_at`.
fn predecessor<A: Appender>(journal: &str, begins_at: Timestamp, appender: &A) -> Option<(String, i64)> {
    let (log, _) = journal.rsplit_once(':')?;
    let latest = begins_at.plus_millis(OVERLAP_S * 1_000).micros();
    let is_of_log = |end: &JournalEnd| end.journal.rsplit_once(':').is_some_and(|(other, _)| other == log);
    let ends = appender.ends(&format!("{log}:")).into_iter().filter(|end| is_of_log(end) && end.ends_at <= latest);
    // Of files that end in the same second the one with more before it is the last.
    let last = ends.max_by(|a, b| (a.ends_at, a.length, &a.journal).cmp(&(b.ends_at, b.length, &b.journal)))?;
    Some((last.journal, last.offset))
}
