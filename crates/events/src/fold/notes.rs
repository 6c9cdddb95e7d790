//! What the fold had to repair or could not believe.

use compact_str::CompactString;

use std::borrow::Cow;

use crate::fact::{Anomaly, Provenance};
use crate::time::Timestamp;

/// Codes of anomalies, as they stand in the table.
pub(super) mod code {
    /// No `contact.started`: the earliest event stands in for it.
    pub(in super::super) const NO_START: &str = "no_start";
    /// Something began and was never ended by its own event.
    pub(in super::super) const UNMATCHED_START: &str = "unmatched_start";
    /// Something ended that was never begun.
    pub(in super::super) const UNMATCHED_END: &str = "unmatched_end";
    /// Something ended that had ended.
    pub(in super::super) const SECOND_END: &str = "second_end";
    /// Something began that had begun.
    pub(in super::super) const SECOND_START: &str = "second_start";
    /// The end lies before the beginning.
    pub(in super::super) const END_BEFORE_START: &str = "end_before_start";
    /// The source's wait and its times do not agree.
    pub(in super::super) const WAIT_MISMATCH: &str = "wait_mismatch";
}

/// One repair.
#[derive(Debug)]
struct Note {
    code: &'static str,
    detail: Cow<'static, str>,
    at: Timestamp,
}

/// The repairs of one fold.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    pub(super) fn add(&mut self, code: &'static str, detail: impl Into<Cow<'static, str>>, at: Timestamp) {
        self.0.push(Note { code, detail: detail.into(), at });
    }

    /// Rows of the table, in the order of time.
    pub(super) fn rows(mut self, contact: Option<&str>, agent: Option<&str>, provenance: &Provenance) -> Vec<Anomaly> {
        self.0.sort_by(|a, b| (a.at, a.code, &a.detail).cmp(&(b.at, b.code, &b.detail)));
        let row = |note: Note| Anomaly {
            provenance: provenance.clone(),
            contact_id: contact.map(CompactString::from),
            agent_id: agent.map(CompactString::from),
            code: note.code.into(),
            detail: note.detail.into(),
            occurred_at: note.at,
        };
        self.0.into_iter().map(row).collect()
    }
}
