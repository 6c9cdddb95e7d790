//! Rejected records judged once more: what maps now becomes events, and leaves the table of rejected records once those are durable.
//!
//! The order is that of another reading of the same bytes (`append`): conflicts in; events; then the old rows out. Positions do not move: the
//! records were received long ago. A crash leaves both the events and the rows, which the balance counts once, and a repeat mends.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use trunkline_events::port::{Appender, Receipt, Rejected, Replay};

use super::classify::{self, Outcome};
use super::settle::{self, Place};
use super::{LogAppender, blocking, rejects};
use crate::error::StorageError;
use crate::lake::Lake;
use crate::read;
use crate::table::DataFile;

/// Which rejected records are asked for; `None` asks for all.
#[derive(Debug, Clone, Default)]
pub struct RejectedFilter {
    /// Connector that refused them.
    pub connector: Option<String>,
    /// Source they came from.
    pub source: Option<String>,
    /// Code they were refused with.
    pub code: Option<String>,
}

impl RejectedFilter {
    fn takes(&self, record: &Rejected) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        is(&self.connector, &record.connector) && is(&self.source, &record.source) && is(&self.code, &record.code)
    }
}

impl Lake {
    /// The rejected records of row group `group` of a file of `rejected_records`; `None` behind the last one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn rejected_in(&self, file: &DataFile, group: usize, filter: &RejectedFilter) -> Result<Option<Vec<Rejected>>, StorageError> {
        let (path, filter) = (self.root().join(&file.path), filter.clone());
        blocking(move || {
            let mut out = Vec::new();
            let is_there = read::row_group(&path, group, |batch| {
                out.extend(records(&batch)?.filter(|record| filter.takes(record)));
                Ok(())
            })?;
            Ok(is_there.then_some(out))
        })
        .await
    }
}

fn records(batch: &RecordBatch) -> Result<impl Iterator<Item = Rejected>, StorageError> {
    let missing =
        |name: &str| StorageError::Damaged { path: crate::schema::REJECTED.into(), reason: format!("a file has no column `{name}`") };
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(name));
    let text = |name: &str| column(name).map(|column| column.as_string::<i32>());
    let (source, connector, code, message) = (text("source")?, text("connector")?, text("code")?, text("message")?);
    let (origin, journal, raw) = (text("origin")?, text("journal")?, column("raw")?.as_binary::<i32>());
    let (line, seq) = (column("line")?.as_primitive::<Int64Type>(), column("journal_seq")?.as_primitive::<Int64Type>());
    let at = column("recorded_at")?.as_primitive::<TimestampMicrosecondType>();
    Ok((0..batch.num_rows()).map(move |i| Rejected {
        source: source.value(i).to_owned(),
        connector: connector.value(i).to_owned(),
        code: code.value(i).to_owned(),
        message: message.value(i).to_owned(),
        origin: origin.value(i).to_owned(),
        line: line.is_valid(i).then(|| line.value(i)),
        journal: journal.value(i).to_owned(),
        journal_seq: seq.value(i),
        recorded_at: at.value(i),
        raw: raw.value(i).to_vec(),
    }))
}

impl LogAppender {
    /// True for a record that lies before its journal's position: only such a one may be replayed. One behind it was written by a delivery that
    /// broke off, and comes again by itself.
    #[must_use]
    pub fn is_acknowledged(&self, record: &Rejected) -> bool {
        self.position(&record.journal).is_some_and(|position| record.journal_seq < position.offset)
    }

    /// Stores what rejected records give now, at their old places, and takes their rows out. The receipt counts records: stored, duplicate,
    /// and rejected where every event is known with other content (that then stands in the row's place).
    ///
    /// # Errors
    /// [`StorageError::Unbalanced`] when sizes and events disagree or a record is not acknowledged; writing errors, after which the same
    /// replay may be repeated.
    pub async fn replay(&mut self, replay: Replay) -> Result<Receipt, StorageError> {
        let Replay { events, record_sizes, records } = replay;
        let received = records.len() as u64;
        let total: u64 = record_sizes.iter().map(|&size| u64::from(size)).sum();
        if total != events.len() as u64 || record_sizes.len() != records.len() || !records.iter().all(|record| self.is_acknowledged(record))
        {
            let detail = format!("{} sizes of {total} events, but {} events; or not acknowledged", record_sizes.len(), events.len());
            return Err(StorageError::Unbalanced { received, detail });
        }
        let events = Arc::new(events);
        let classes = self.classify(&events).await?;
        let outcomes = classify::outcomes(&record_sizes, &classes.verdicts, |_| false);
        let receipt = classify::receipt(received, &classes.verdicts, outcomes.iter().copied());

        let journals = records.iter().map(|record| record.journal.clone()).collect();
        let known = settle::known(&self.lake, &self.rejected, journals).await?;
        let replaced: HashSet<_> = records.iter().map(settle::identity).collect();
        let mut conflicts = rejects::conflicts(&events, &classes.verdicts);
        conflicts.retain(|record| !known.contains(&settle::identity(record)));
        let occupied: HashSet<Place> = known.difference(&replaced).map(|row| (row.0.clone(), row.1)).collect();
        let is_free = |place: &Place, outcome: Outcome| outcome != Outcome::Rejected && !occupied.contains(place);
        let places = records.iter().map(|record| (record.journal.clone(), record.journal_seq)).zip(outcomes);
        // A record that has events counts as stored, whoever stored them: so each is looked up.
        let cleared: BTreeMap<Place, bool> =
            places.filter(|(place, outcome)| is_free(place, *outcome)).map(|(place, _)| (place, true)).collect();

        self.store_rejected(conflicts, HashSet::new(), &[]).await?;
        let (files, fresh) = self.encode(events, classes).await?;
        self.store_events(files, fresh, &[], Vec::new(), &receipt).await?;
        self.replace_rejected(replaced, cleared).await?;
        Ok(receipt)
    }
}
