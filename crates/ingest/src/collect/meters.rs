//! Counters and gauges of collecting, for Prometheus. What each means stands in its help text.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use trunkline_events::Timestamp;

use super::{Committed, Status};

/// A pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    pipeline: String,
}

/// What became of records.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    pipeline: String,
    outcome: &'static str,
}

type Seconds = Gauge<f64, AtomicU64>;
type Timings = Family<Of, Histogram, fn() -> Histogram>;

/// The meters of a collecting process; cloning shares them.
#[derive(Debug, Clone)]
pub struct Meters {
    registry: Arc<Registry>,
    received: Family<Of, Counter>,
    records: Family<Outcome, Counter>,
    events: Family<Of, Counter>,
    late: Family<Of, Counter>,
    gaps: Family<Of, Counter>,
    waiting: Family<Of, Gauge>,
    queue_commits: Family<Of, Gauge>,
    oldest: Family<Of, Seconds>,
    newest: Family<Of, Seconds>,
    reading: Family<Of, Gauge>,
    commits: Timings,
    failures: Counter,
    folds: Histogram,
    files: Family<Table, Gauge>,
}

/// A table of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Table {
    table: String,
}

/// 5 ms to 82 s.
fn timings() -> Histogram {
    Histogram::new(exponential_buckets(0.005, 2.0, 15))
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}

impl Meters {
    /// New meters, all at nought.
    #[must_use]
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// As [`Self::new`], with others beside them.
    #[must_use]
    pub fn with(others: impl FnOnce(&mut Registry)) -> Self {
        let mut registry = Registry::with_prefix("trunkline");
        let mut meters = Self {
            registry: Arc::default(),
            received: Family::default(),
            records: Family::default(),
            events: Family::default(),
            late: Family::default(),
            gaps: Family::default(),
            waiting: Family::default(),
            queue_commits: Family::default(),
            oldest: Family::default(),
            newest: Family::default(),
            reading: Family::default(),
            commits: Timings::new_with_constructor(timings),
            failures: Counter::default(),
            folds: timings(),
            files: Family::default(),
        };
        registry.register("records_received", "Records taken from journals into the log", meters.received.clone());
        registry.register("records", "What became of records: stored, duplicate, rejected", meters.records.clone());
        registry.register("events", "Events written to the log", meters.events.clone());
        registry.register("late_events", "Events received more than an hour after they happened", meters.late.clone());
        registry.register("gaps", "Ranges of messages that were lost before they were read", meters.gaps.clone());
        registry.register("waiting_records", "Records that wait in the queue or at the broker", meters.waiting.clone());
        let about = "Times the queue was written to disk since the start; requests that come together share one";
        registry.register("queue_commits", about, meters.queue_commits.clone());
        registry.register_with_unit(
            "oldest_waiting",
            "How long the oldest waiting record has waited; 0 where none waits",
            Unit::Seconds,
            meters.oldest.clone(),
        );
        registry.register_with_unit(
            "newest_event_timestamp",
            "When the newest event stored since the start happened, since the Unix epoch",
            Unit::Seconds,
            meters.newest.clone(),
        );
        registry.register("pipeline_up", "1 while the pipeline can read, 0 while it cannot", meters.reading.clone());
        registry.register_with_unit("commit", "Time to store what was due", Unit::Seconds, meters.commits.clone());
        registry.register("log_failures", "Times the log could not be written", meters.failures.clone());
        registry.register_with_unit("fold", "Time to bring the facts up to date", Unit::Seconds, meters.folds.clone());
        registry.register("table_files", "Data files of a table", meters.files.clone());
        others(&mut registry);
        meters.registry = Arc::new(registry);
        meters
    }

    /// Enters a commit.
    pub fn committed(&self, commit: &Committed) {
        let of = Of { pipeline: commit.pipeline.clone() };
        let receipt = &commit.receipt;
        self.received.get_or_create(&of).inc_by(receipt.received);
        for (outcome, n) in [("stored", receipt.stored), ("duplicate", receipt.duplicate), ("rejected", receipt.rejected)] {
            self.records.get_or_create(&Outcome { pipeline: commit.pipeline.clone(), outcome }).inc_by(n);
        }
        self.events.get_or_create(&of).inc_by(receipt.events);
        self.late.get_or_create(&of).inc_by(commit.punctuality.late);
        self.gaps.get_or_create(&of).inc_by(commit.gaps.len() as u64);
        if let Some(newest) = commit.punctuality.newest {
            let gauge = self.newest.get_or_create(&of);
            gauge.set(gauge.get().max(seconds(newest)));
        }
        self.commits.get_or_create(&of).observe(commit.took.as_secs_f64());
    }

    /// Enters how a pipeline is at `now`.
    pub fn status(&self, status: &Status, now: Timestamp) {
        let of = Of { pipeline: status.pipeline.clone() };
        self.waiting.get_or_create(&of).set(i64::try_from(status.waiting).unwrap_or(i64::MAX));
        self.queue_commits.get_or_create(&of).set(i64::try_from(status.commits).unwrap_or(i64::MAX));
        let age = status.oldest.map_or(0.0, |oldest| (seconds(now) - seconds(oldest)).max(0.0));
        self.oldest.get_or_create(&of).set(age);
        self.reading.get_or_create(&of).set(i64::from(status.trouble.is_none()));
    }

    /// The log could not be written.
    pub fn failed(&self) {
        self.failures.inc();
    }

    /// The facts followed.
    pub fn folded(&self, took: Duration) {
        self.folds.observe(took.as_secs_f64());
    }

    /// Files of a table.
    pub fn files(&self, table: &str, files: usize) {
        self.files.get_or_create(&Table { table: table.to_owned() }).set(i64::try_from(files).unwrap_or(i64::MAX));
    }

    /// All of them in the OpenMetrics text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing into a string does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut out, &self.registry);
        out
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.micros() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use trunkline_events::Timestamp;
    use trunkline_events::port::Receipt;

    use super::{Committed, Meters, Status};
    use crate::punctuality::Punctuality;

    #[test]
    fn what_was_stored_and_what_waits_is_told() {
        let meters = Meters::new();
        let receipt = Receipt { received: 5, stored: 3, duplicate: 1, rejected: 1, events: 4 };
        let punctuality = Punctuality { late: 2, newest: Some(Timestamp::from_seconds(1_000)) };
        let took = Duration::from_millis(30);
        meters.committed(&Committed { pipeline: "shop".into(), receipt, punctuality, gaps: Vec::new(), notes: Vec::new(), took });
        let oldest = Some(Timestamp::from_seconds(1_990));
        let status = Status { pipeline: "shop".into(), waiting: 7, oldest, commits: 3, trouble: None, is_broken: false };
        meters.status(&status, Timestamp::from_seconds(2_000));
        let text = meters.text();
        for line in [
            "trunkline_records_received_total{pipeline=\"shop\"} 5",
            "trunkline_records_total{pipeline=\"shop\",outcome=\"duplicate\"} 1",
            "trunkline_late_events_total{pipeline=\"shop\"} 2",
            "trunkline_waiting_records{pipeline=\"shop\"} 7",
            "trunkline_queue_commits{pipeline=\"shop\"} 3",
            "trunkline_oldest_waiting_seconds{pipeline=\"shop\"} 10.0",
            "trunkline_newest_event_timestamp_seconds{pipeline=\"shop\"} 1000.0",
            "trunkline_commit_seconds_count{pipeline=\"shop\"} 1",
            "trunkline_pipeline_up{pipeline=\"shop\"} 1",
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
