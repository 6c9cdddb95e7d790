//! Whom a batch of events concerns, and whom the moved watermark makes final.

use std::collections::HashSet;

use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use trunkline_events::Timestamp;
use trunkline_storage::{DataFile, Lake};

use crate::error::FactsError;
use crate::keep::{FactTable, RIPENING};
use crate::owner::{self, Owner, Owners};
use crate::sidecar::{Sidecar, Sidecars};
use crate::subject::{Hashes, Touched};
use crate::watermark::Watermarks;

/// Whom the new files concern, and who ends more than the grace before the watermarks by now. Blocking.
pub(crate) fn touched_by(
    lake: &Lake,
    log: &Sidecars,
    (files, new): (&[DataFile], &[DataFile]),
    tables: &[FactTable],
    grace_ms: i64,
) -> Result<Touched, FactsError> {
    // What of the news was rewritten since is in no file of the log, but its sidecar is needed. This pass also makes those that are missing.
    let current: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let marks = log.watermarks(files.iter().chain(new.iter().filter(|file| !current.contains(file.path.as_str()))))?;
    let mut touched = Touched::default();
    for file in new {
        let Some(sidecar) = log.get(file)? else { continue };
        touched.contacts.extend(&sidecar.contacts);
        touched.agents.extend(&sidecar.agents);
        touched.sources.extend(sidecar.sources);
    }
    for table in tables.iter().filter(|table| RIPENING.contains(&table.name())) {
        for file in table.files() {
            if table.sidecar(file)?.is_none_or(|sidecar| is_ripe(&sidecar, &marks, grace_ms)) {
                ripe(lake, file, &marks, grace_ms, &mut touched)?;
            }
        }
    }
    Ok(touched)
}

fn is_due(marks: &Watermarks, source: &str, ended_at: i64, grace_ms: i64) -> bool {
    let due = Timestamp::from_micros(ended_at).plus_millis(grace_ms).micros();
    marks.get(source).is_some_and(|mark| *mark >= due)
}

fn is_ripe(sidecar: &Sidecar, marks: &Watermarks, grace_ms: i64) -> bool {
    sidecar.open.iter().any(|(source, ended_at)| is_due(marks, source, *ended_at, grace_ms))
}

/// Adds the subjects of ended rows that were not final and whose grace has passed by now.
fn ripe(lake: &Lake, file: &DataFile, marks: &Watermarks, grace_ms: i64, touched: &mut Touched) -> Result<(), FactsError> {
    let hashes = Hashes::new();
    lake.read_file(file, owner::COLUMNS, |batch| {
        let owners = Owners::of(&batch);
        let ended = batch.column_by_name("ended_at").map(|ends| ends.as_primitive::<TimestampMicrosecondType>());
        let finals = batch.column_by_name("is_final").and_then(|finals| finals.as_boolean_opt());
        let (Some(ended), Some(finals)) = (ended, finals) else { return Ok(()) };
        for i in (0..batch.num_rows()).filter(|&i| !finals.value(i) && ended.is_valid(i) && owners.ends_itself(i)) {
            if !is_due(marks, owners.source(i), ended.value(i), grace_ms) {
                continue;
            }
            match owners.of_row(&hashes, i) {
                Owner::Contact(hash) => drop(touched.contacts.insert(hash)),
                Owner::Agent(hash) => drop(touched.agents.insert(hash)),
                Owner::Nobody => {}
            }
        }
        Ok(())
    })?;
    Ok(())
}
