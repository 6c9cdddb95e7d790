//! A store in memory with exact deduplication, and files to ingest.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used, reason = "each test binary uses a part")]

pub mod corpus;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use trunkline_events::Timestamp;
use trunkline_events::identity::{CustomerSecret, content_hash, event_key};
use trunkline_events::port::{Appender, Carry, Delivery, JournalEnd, Position, Receipt, Rejected};
use trunkline_ingest::run::Factory;
use trunkline_ingest::{IngestError, IngestOptions, Summary, ingest};

/// One stored event, without what only says how it reached us.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    pub id: String,
    pub kind: String,
    pub at: i64,
    pub contact: Option<String>,
    pub queue: Option<String>,
    pub agent: Option<String>,
    pub customer: Option<String>,
    pub data: String,
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
pub struct DiskFull;

#[derive(Debug, Default)]
pub struct Memory {
    pub events: Vec<Stored>,
    pub rejected: Vec<Rejected>,
    pub positions: BTreeMap<String, Position>,
    pub keys: HashMap<u128, u64>,
    pub carries: BTreeMap<(String, i64), Carry>,
    /// Appends that still work.
    pub appends_left: Option<usize>,
    pub appends: usize,
}

impl Appender for Memory {
    type Error = DiskFull;

    async fn append(&mut self, delivery: Delivery) -> Result<Receipt, DiskFull> {
        if let Some(left) = &mut self.appends_left {
            *left = left.checked_sub(1).ok_or(DiskFull)?;
        }
        self.appends += 1;
        for carry in delivery.carries {
            self.carries.insert((carry.journal.clone(), carry.offset), carry);
        }
        let mut receipt = Receipt { received: delivery.received, rejected: delivery.rejected.len() as u64, ..Receipt::default() };
        let mut next = 0;
        for size in delivery.record_sizes {
            let (mut new, mut conflict) = (0, false);
            for i in next..next + size as usize {
                let row = delivery.events.row(i);
                match self.keys.insert(event_key(row.source, row.event_id), content_hash(&row)) {
                    Some(known) if known == content_hash(&row) => {}
                    Some(_) => conflict = true,
                    None => {
                        new += 1;
                        let own = |text: Option<&str>| text.map(str::to_owned);
                        self.events.push(Stored {
                            id: row.event_id.to_owned(),
                            kind: row.kind.to_owned(),
                            at: row.occurred_at.micros() / 1_000_000,
                            contact: own(row.contact_id),
                            queue: own(row.queue),
                            agent: own(row.agent_id),
                            customer: own(row.customer_key),
                            data: row.data.to_owned(),
                        });
                    }
                }
            }
            next += size as usize;
            receipt.events += new;
            *(if new > 0 {
                &mut receipt.stored
            } else if conflict {
                &mut receipt.rejected
            } else {
                &mut receipt.duplicate
            }) += 1;
        }
        assert_eq!(next, delivery.events.len(), "every event belongs to a record");
        self.rejected.extend(delivery.rejected);
        for position in delivery.positions {
            self.positions.insert(position.journal.clone(), position);
        }
        Ok(receipt)
    }

    fn position(&self, journal: &str) -> Option<Position> {
        self.positions.get(journal).cloned()
    }

    fn positions_with_prefix(&self, prefix: &str) -> Vec<Position> {
        self.positions.values().filter(|p| p.journal.starts_with(prefix)).cloned().collect()
    }

    fn keep(&mut self, carry: Carry) -> Result<(), DiskFull> {
        self.carries.insert((carry.journal.clone(), carry.offset), carry);
        Ok(())
    }

    fn carried(&self, journal: &str, offset: i64) -> Option<Vec<u8>> {
        self.carries.get(&(journal.to_owned(), offset)).map(|carry| carry.state.clone())
    }

    fn ends(&self, prefix: &str) -> Vec<JournalEnd> {
        let at_end = self.carries.values().filter(|c| self.positions.get(&c.journal).is_some_and(|p| p.offset == c.offset));
        let of = |c: &Carry| JournalEnd { journal: c.journal.clone(), offset: c.offset, ends_at: c.ends_at, length: c.length };
        at_end.filter(|c| c.journal.starts_with(prefix)).map(of).collect()
    }
}

impl Memory {
    /// All rows, in an order that does not depend on arrival.
    pub fn rows(&self) -> Vec<Stored> {
        let mut rows = self.events.clone();
        rows.sort();
        rows
    }

    /// Types of the events of a contact, in order of arrival.
    pub fn kinds(&self, contact: &str) -> Vec<&str> {
        self.events.iter().filter(|e| e.contact.as_deref() == Some(contact)).map(|e| &*e.kind).collect()
    }
}

/// Makes connectors.
pub type Make = Factory<'static>;

pub fn options() -> IngestOptions {
    IngestOptions::new("pbx1", CustomerSecret::new("secret"), Timestamp::from_seconds(1_790_000_000))
}

pub fn run(store: &mut Memory, files: &[PathBuf], factory: &Factory<'_>, options: &IngestOptions) -> Result<Summary, IngestError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(ingest(files, factory, options, store, &mut |_| {}))
}

pub fn file(dir: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, content).unwrap();
    path
}
