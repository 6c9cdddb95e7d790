//! What is told of the pipelines at work, for `ops.pipelines`: totals since the start and how each is now.

use std::collections::BTreeMap;

use trunkline_events::Timestamp;
use trunkline_ingest::collect::{Committed, Line, Status};

/// How often it is told at most, in microseconds.
const EVERY_US: i64 = 1_000_000;

#[derive(Debug, Default)]
struct Row {
    source: String,
    connector: String,
    received: u64,
    stored: u64,
    duplicate: u64,
    rejected: u64,
    events: u64,
    late: u64,
    newest: Option<Timestamp>,
    committed_at: Option<Timestamp>,
    commit_ms: Option<u64>,
}

/// The rows of `ops.pipelines`.
#[derive(Debug)]
pub(super) struct Board {
    rows: BTreeMap<String, Row>,
    started_at: Timestamp,
    told_at: Option<Timestamp>,
}

impl Board {
    pub(super) fn new(lines: &[Line], now: Timestamp) -> Self {
        let row = |line: &Line| Row { source: line.source.clone(), connector: line.connector.clone(), ..Row::default() };
        Self { rows: lines.iter().map(|line| (line.name.clone(), row(line))).collect(), started_at: now, told_at: None }
    }

    pub(super) fn committed(&mut self, commit: &Committed, now: Timestamp) {
        let row = self.rows.entry(commit.pipeline.clone()).or_default();
        let receipt = &commit.receipt;
        row.received += receipt.received;
        row.stored += receipt.stored;
        row.duplicate += receipt.duplicate;
        row.rejected += receipt.rejected;
        row.events += receipt.events;
        row.late += commit.punctuality.late;
        row.newest = row.newest.max(commit.punctuality.newest);
        row.committed_at = Some(now);
        row.commit_ms = u64::try_from(commit.took.as_millis()).ok();
    }

    /// The board as JSON, if it is time to tell it again.
    pub(super) fn tell(&mut self, status: &[Status], now: Timestamp, is_last: bool) -> Option<String> {
        if !is_last && self.told_at.is_some_and(|at| now.micros() - at.micros() < EVERY_US) {
            return None;
        }
        self.told_at = Some(now);
        let rows: Vec<serde_json::Value> = status.iter().map(|line| self.row(line, now, is_last)).collect();
        Some(serde_json::Value::from(rows).to_string())
    }

    fn row(&self, status: &Status, now: Timestamp, is_last: bool) -> serde_json::Value {
        let nothing = Row::default();
        let row = self.rows.get(&status.pipeline).unwrap_or(&nothing);
        let at = |instant: Option<Timestamp>| instant.map(Timestamp::micros);
        let state = match (is_last, status.is_broken, &status.trouble) {
            (_, true, _) => "broken",
            (true, ..) => "stopped",
            (false, false, Some(_)) => "waiting",
            (false, false, None) => "reading",
        };
        serde_json::json!({
            "pipeline": status.pipeline, "source": row.source, "connector": row.connector, "state": state, "trouble": status.trouble,
            "waiting": status.waiting, "oldest_waiting_at": at(status.oldest), "newest_event_at": at(row.newest),
            "received": row.received, "stored": row.stored, "duplicate": row.duplicate, "rejected": row.rejected, "events": row.events,
            "late_events": row.late, "last_commit_at": at(row.committed_at), "last_commit_ms": row.commit_ms,
            "started_at": self.started_at.micros(), "as_of": now.micros(),
        })
    }
}
