//! Whom a batch of events concerns, and whom the moved watermark makes final.

use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use trunkline_events::Timestamp;
use trunkline_storage::{DataFile, Lake};

use crate::columns::{KEYS, Keys};
use crate::error::FactsError;
use crate::gather::Watermarks;
use crate::keep::{FactTable, RIPENING};
use crate::sidecar::{Sidecar, Sidecars};
use crate::subject::{Hashes, Touched};

/// Whom the new files concern, and who ends more than the grace before the watermarks by now. Blocking.
pub(crate) fn touched_by(
    lake: &Lake,
    log: &Sidecars,
    new: &[DataFile],
    tables: &[FactTable],
    grace_ms: i64,
) -> Result<Touched, FactsError> {
    let hashes = Hashes::new();
    let mut touched = Touched::default();
    for file in new {
        lake.read_compact(file, KEYS, None, |batch| {
            let mut keys = Keys::of(&batch, &hashes)?;
            for i in 0..keys.len() {
                let subject = keys.subject(i);
                touched.add(subject, keys.source(i));
            }
            Ok(())
        })?;
    }
    let marks = log.watermarks();
    for table in tables.iter().filter(|table| RIPENING.contains(&table.name)) {
        for file in &table.files {
            let known = table.sidecars.as_ref().and_then(|sidecars| sidecars.get(file));
            if known.is_none_or(|sidecar| is_ripe(sidecar, &marks, grace_ms)) {
                ripe(lake, table.name, file, &marks, grace_ms, &mut touched)?;
            }
        }
    }
    touched.watermarks = Some(marks);
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
fn ripe(lake: &Lake, table: &str, file: &DataFile, marks: &Watermarks, grace_ms: i64, touched: &mut Touched) -> Result<(), FactsError> {
    let hashes = Hashes::new();
    let id = if table == "agent_states" { "agent_id" } else { "contact_id" };
    lake.read_file(file, &[id, "ended_at", "source", "is_final"], |batch| {
        let (ids, ended) = (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<TimestampMicrosecondType>());
        let (sources, finals) = (batch.column(2).as_string::<i32>(), batch.column(3).as_boolean());
        for i in (0..batch.num_rows()).filter(|&i| !finals.value(i) && ended.is_valid(i) && ids.is_valid(i)) {
            let (source, id) = (sources.value(i), ids.value(i));
            if !is_due(marks, source, ended.value(i), grace_ms) {
                continue;
            }
            if table == "agent_states" {
                touched.agents.insert(hashes.agent(source, id));
            } else {
                touched.contacts.insert(hashes.contact(source, id));
            }
        }
        Ok(())
    })?;
    Ok(())
}
