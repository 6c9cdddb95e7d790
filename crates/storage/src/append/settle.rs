//! Which rejected records are in the table already, and whose place new ones take.
//!
//! Rows of a delivery's own journal can be there only after a crash between the two commits, or when the same stretch is delivered
//! twice: those are kept once. Rows of earlier readings of the same bytes ([`Delivery::again`]) are judged anew: one rejected in the
//! same way stays and the record counts as duplicate, the others leave the table once the events are committed.
//!
//! [`Delivery::again`]: trunkline_events::port::Delivery::again

use std::collections::{BTreeMap, HashMap, HashSet};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use deltalake_core::DeltaTable;
use trunkline_events::port::Rejected;

use super::blocking;
use super::rejects::Rejects;
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::LakeTable;
use crate::{read, schema};

/// Code of an event whose id is known with other content.
pub(super) const ID_CONFLICT: &str = "id_conflict";

/// Identity of a row: journal, offset, code, hash of the bytes.
pub(super) type Identity = (String, i64, String, u64);

/// A record: journal and offset.
pub(super) type Place = (String, i64);

/// Columns that make the identity.
const IDENTITY_COLUMNS: &[&str] = &["code", "journal", "journal_seq", "raw"];

/// A stretch of a journal that a delivery acknowledges.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) journal: String,
    /// Where `events` stood before.
    pub(super) from: i64,
    /// Where it will stand.
    pub(super) to: i64,
}

/// The rejected records of a delivery, compared with the table.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// Rows to write.
    pub(super) new: Vec<Rejected>,
    /// Records all of whose rows an earlier reading left.
    pub(super) repeated: HashSet<Place>,
    /// Rows of the own journal that a crash left and that no longer hold.
    pub(super) torn: HashSet<Identity>,
    /// Rows of earlier readings that no longer hold.
    pub(super) replaced: HashSet<Identity>,
    /// Records left without a row by that; the flag says that the rows were conflicts, so that the record may be stored.
    pub(super) cleared: BTreeMap<Place, bool>,
}

impl Rejects {
    /// Compares the rejected records of a delivery with the table, which is read only when there may be something to find.
    pub(super) async fn settle(
        &self,
        (lake, table): (&Lake, &DeltaTable),
        rejected: Vec<Rejected>,
        stretches: &[Stretch],
        again: &[String],
    ) -> Result<Settled, StorageError> {
        let late = rejected.iter().filter(|record| record.journal_seq < self.position(&record.journal)).map(|record| &record.journal);
        let torn = stretches.iter().filter(|stretch| self.position(&stretch.journal) > stretch.from).map(|stretch| &stretch.journal);
        let journals: HashSet<String> = late.chain(torn).chain(again).cloned().collect();
        if journals.is_empty() {
            return Ok(Settled { new: rejected, ..Settled::default() });
        }
        let known = known(lake, table, journals).await?;
        Ok(compare(rejected, &known, stretches, again))
    }
}

/// The rows of the table that are of these journals.
pub(super) async fn known(lake: &Lake, table: &DeltaTable, journals: HashSet<String>) -> Result<HashSet<Identity>, StorageError> {
    let files = LakeTable::of(schema::REJECTED, table)?.files().to_vec();
    let root = lake.root().to_owned();
    blocking(move || {
        let mut known = HashSet::new();
        for file in files {
            read::for_each_batch(&root.join(&file.path), IDENTITY_COLUMNS, |batch| {
                known.extend(identities(&batch)?.filter(|identity| journals.contains(&identity.0)));
                Ok(())
            })?;
        }
        Ok(known)
    })
    .await
}

fn compare(rejected: Vec<Rejected>, known: &HashSet<Identity>, stretches: &[Stretch], again: &[String]) -> Settled {
    let mut settled = Settled::default();
    let (mut matched, mut own): (HashSet<Identity>, HashSet<Place>) = (HashSet::new(), HashSet::new());
    for record in rejected {
        let identity = identity(&record);
        let place = (identity.0.clone(), identity.1);
        let earlier: Vec<Identity> = again
            .iter()
            .map(|journal| (journal.clone(), identity.1, identity.2.clone(), identity.3))
            .filter(|i| known.contains(i))
            .collect();
        if known.contains(&identity) {
            matched.insert(identity);
            own.insert(place);
        } else if earlier.is_empty() {
            settled.new.push(record);
            own.insert(place);
        } else {
            settled.repeated.insert(place);
        }
        matched.extend(earlier);
    }
    settled.repeated.retain(|place| !own.contains(place));
    let is_judged = |seq: i64| stretches.iter().any(|stretch| (stretch.from..stretch.to).contains(&seq));
    for row in known.iter().filter(|row| !matched.contains(*row)) {
        if again.contains(&row.0) && is_judged(row.1) {
            *settled.cleared.entry((row.0.clone(), row.1)).or_default() |= row.2 == ID_CONFLICT;
            settled.replaced.insert(row.clone());
        } else if stretches.iter().any(|stretch| stretch.journal == row.0 && (stretch.from..stretch.to).contains(&row.1)) {
            settled.torn.insert(row.clone());
        }
    }
    for row in &matched {
        settled.cleared.remove(&(row.0.clone(), row.1));
    }
    settled
}

/// By journal, how many of the cleared records were acknowledged as rejected: those behind the journal's position never were, and
/// one that has events counts as stored.
pub(super) async fn judged_anew(
    (lake, events): (&Lake, &DeltaTable),
    cleared: BTreeMap<Place, bool>,
    acknowledged: &HashMap<String, (i64, i64)>,
) -> Result<BTreeMap<String, i64>, StorageError> {
    let mut cleared = cleared;
    cleared.retain(|(journal, seq), _| acknowledged.get(journal).is_some_and(|&(offset, _)| *seq < offset));
    let doubtful: HashSet<Place> = cleared.iter().filter(|(_, is_conflict)| **is_conflict).map(|(place, _)| place.clone()).collect();
    if !doubtful.is_empty() {
        for place in stored(lake, events, doubtful).await? {
            cleared.remove(&place);
        }
    }
    let mut out = BTreeMap::new();
    for ((journal, _), _) in cleared {
        *out.entry(journal).or_default() += 1;
    }
    Ok(out)
}

/// Those of the places that have events.
async fn stored(lake: &Lake, events: &DeltaTable, places: HashSet<Place>) -> Result<HashSet<Place>, StorageError> {
    let files = LakeTable::of(schema::EVENTS, events)?.files().to_vec();
    let root = lake.root().to_owned();
    blocking(move || {
        let mut found = HashSet::new();
        for file in files {
            read::for_each_batch(&root.join(&file.path), &["journal", "journal_seq"], |batch| {
                let (journals, offsets) = (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<Int64Type>());
                let all = (0..batch.num_rows()).map(|i| (journals.value(i).to_owned(), offsets.value(i)));
                found.extend(all.filter(|place| places.contains(place)));
                Ok(())
            })?;
        }
        Ok(found)
    })
    .await
}

pub(super) fn identity(record: &Rejected) -> Identity {
    (record.journal.clone(), record.journal_seq, record.code.clone(), hash(&record.code, &record.raw))
}

/// The identities of rows that hold at least [`IDENTITY_COLUMNS`].
pub(super) fn identities(batch: &RecordBatch) -> Result<impl Iterator<Item = Identity>, StorageError> {
    let column = |name: &str| {
        let missing = || StorageError::Damaged { path: schema::REJECTED.into(), reason: format!("a file has no column `{name}`") };
        batch.column_by_name(name).ok_or_else(missing)
    };
    let (codes, journals) = (column("code")?.as_string::<i32>(), column("journal")?.as_string::<i32>());
    let (offsets, raws) = (column("journal_seq")?.as_primitive::<Int64Type>(), column("raw")?.as_binary::<i32>());
    Ok((0..batch.num_rows()).map(move |i| {
        let code = codes.value(i);
        (journals.value(i).to_owned(), offsets.value(i), code.to_owned(), hash(code, raws.value(i)))
    }))
}

/// Of a conflicting event, which is written as a CloudEvent of ours, the moment at which it was read does not count.
fn hash(code: &str, raw: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    const MARK: &[u8] = b",\"recordedtime\":\"";
    let mut hasher = DefaultHasher::new();
    let mark = if code == ID_CONFLICT { raw.windows(MARK.len()).position(|window| window == MARK) } else { None };
    match mark {
        Some(at) => {
            let value = &raw[at + MARK.len()..];
            let end = value.iter().position(|b| *b == b'"').unwrap_or(value.len());
            hasher.write(&raw[..at]);
            hasher.write(&value[end..]);
        }
        None => hasher.write(raw),
    }
    hasher.finish()
}
