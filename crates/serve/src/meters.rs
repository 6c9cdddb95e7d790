//! Counters and gauges of serving, for Prometheus. What each means stands in its help text; none of them tells who asked or what.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// How a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// PostgreSQL's protocol.
    Postgres,
    /// Arrow Flight SQL.
    Flight,
    /// HTTP.
    Http,
}

impl EncodeLabelValue for Protocol {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        let name = match self {
            Self::Postgres => "postgresql",
            Self::Flight => "flight",
            Self::Http => "http",
        };
        name.encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    protocol: Protocol,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    protocol: Protocol,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

type Timings = Family<Of, Histogram, fn() -> Histogram>;

/// The meters of a server.
#[derive(Debug)]
pub(crate) struct Meters {
    registry: Registry,
    questions: Family<Ended, Counter>,
    seconds: Timings,
    rows: Family<Of, Counter>,
    connections: Family<Of, Gauge>,
    logins: Family<Outcome, Counter>,
    memory: Gauge,
    memory_limit: Gauge,
    ready: Gauge,
    newest: Gauge<f64, AtomicU64>,
}

/// What is looked up when somebody asks for the meters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance {
    /// Bytes that running questions hold, and may hold.
    pub(crate) memory: (usize, Option<usize>),
    /// Whether the newest state of the lake is served.
    pub(crate) is_ready: bool,
    /// The last event served, in seconds since the epoch.
    pub(crate) newest_event_s: Option<f64>,
}

/// 1 ms to 524 s.
fn timings() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 20))
}

impl Meters {
    /// All at zero; `unwritten` is counted by the audit log.
    pub(crate) fn new(unwritten: &Counter) -> Self {
        let mut registry = Registry::with_prefix("trunkline_serve");
        let mut meters = Self {
            registry: Registry::default(),
            questions: Family::default(),
            seconds: Timings::new_with_constructor(timings),
            rows: Family::default(),
            connections: Family::default(),
            logins: Family::default(),
            memory: Gauge::default(),
            memory_limit: Gauge::default(),
            ready: Gauge::default(),
            newest: Gauge::default(),
        };
        let about =
            "What became of questions: answered, failed, refused (before they began), stopped (cancelled, out of time, client gone)";
        registry.register("questions", about, meters.questions.clone());
        let about = "From the start of a question until its last row was taken, waiting for its turn included";
        registry.register_with_unit("question", about, Unit::Seconds, meters.seconds.clone());
        registry.register("rows", "Rows handed over to clients", meters.rows.clone());
        registry.register("connections", "Connections that are open", meters.connections.clone());
        registry.register("logins", "Logins by what became of them: good, failed, throttled", meters.logins.clone());
        registry.register_with_unit("memory", "Memory that running questions hold", Unit::Bytes, meters.memory.clone());
        let about = "Memory that running questions may hold before they spill to disk";
        registry.register_with_unit("memory_limit", about, Unit::Bytes, meters.memory_limit.clone());
        registry.register("ready", "1 while the newest state of the lake is served, as /readyz says", meters.ready.clone());
        let about = "When the newest event that is served happened, since the Unix epoch; 0 without events";
        registry.register_with_unit("newest_event_timestamp", about, Unit::Seconds, meters.newest.clone());
        registry.register("audit_lost", "Records of the audit log that could not be written", unwritten.clone());
        meters.registry = registry;
        meters
    }

    /// A question begins to be answered.
    pub(crate) fn begin(self: &Arc<Self>, protocol: Protocol) -> Asked {
        Asked { meters: Arc::clone(self), protocol, since: Instant::now(), outcome: "stopped" }
    }

    /// A question was refused before it began.
    pub(crate) fn refused(&self, protocol: Protocol) {
        self.questions.get_or_create(&Ended { protocol, outcome: "refused" }).inc();
    }

    /// What became of a login: `good`, `failed`, `throttled`.
    pub(crate) fn login(&self, outcome: &'static str) {
        self.logins.get_or_create(&Outcome { outcome }).inc();
    }

    /// A connection is open until what this gives is dropped.
    pub(crate) fn connected(self: &Arc<Self>, protocol: Protocol) -> Connected {
        self.connections.get_or_create(&Of { protocol }).inc();
        Connected { meters: Arc::clone(self), protocol }
    }

    /// All of them in the OpenMetrics text format.
    pub(crate) fn text(&self, glance: Glance) -> String {
        let whole = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let _ = self.memory.set(whole(glance.memory.0));
        let _ = self.memory_limit.set(glance.memory.1.map_or(0, whole));
        let _ = self.ready.set(i64::from(glance.is_ready));
        let _ = self.newest.set(glance.newest_event_s.unwrap_or(0.0));
        let mut out = String::new();
        // Writing into a string does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut out, &self.registry);
        out
    }
}

/// A question that is counted when it is dropped: as stopped, unless it was said otherwise.
#[derive(Debug)]
pub(crate) struct Asked {
    meters: Arc<Meters>,
    protocol: Protocol,
    since: Instant,
    outcome: &'static str,
}

impl Asked {
    /// Rows were handed over.
    pub(crate) fn rows(&self, rows: usize) {
        self.meters.rows.get_or_create(&Of { protocol: self.protocol }).inc_by(rows as u64);
    }

    /// It came to its end, or failed.
    pub(crate) const fn ended(&mut self, is_good: bool) {
        self.outcome = if is_good { "answered" } else { "failed" };
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let Self { meters, protocol, since, outcome } = self;
        meters.questions.get_or_create(&Ended { protocol: *protocol, outcome }).inc();
        meters.seconds.get_or_create(&Of { protocol: *protocol }).observe(since.elapsed().as_secs_f64());
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connected {
    meters: Arc<Meters>,
    protocol: Protocol,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.meters.connections.get_or_create(&Of { protocol: self.protocol }).dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_nobody_ended_was_stopped() {
        let meters = Arc::new(Meters::new(&Counter::default()));
        let mut asked = meters.begin(Protocol::Http);
        asked.rows(7);
        asked.ended(true);
        drop(asked);
        drop(meters.begin(Protocol::Postgres));
        meters.refused(Protocol::Http);
        let open = meters.connected(Protocol::Flight);
        drop(meters.connected(Protocol::Flight));
        let text = meters.text(Glance { memory: (5, Some(10)), is_ready: true, newest_event_s: None });
        for line in [
            "trunkline_serve_questions_total{protocol=\"http\",outcome=\"answered\"} 1",
            "trunkline_serve_questions_total{protocol=\"http\",outcome=\"refused\"} 1",
            "trunkline_serve_questions_total{protocol=\"postgresql\",outcome=\"stopped\"} 1",
            "trunkline_serve_rows_total{protocol=\"http\"} 7",
            "trunkline_serve_connections{protocol=\"flight\"} 1",
            "trunkline_serve_memory_limit_bytes 10",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        drop(open);
    }
}
