//! The thread that writes, in the order in which things happened, and what is done about what cannot be written.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tokio::sync::{mpsc, oneshot};

use super::file::Lines;
use super::record::{Event, Record};
use crate::server::Report;

/// Records written at once.
const AT_ONCE: usize = 256;

/// A record on its way, and who waits until it is written.
pub(super) struct Line {
    pub(super) record: Record,
    pub(super) written: Option<oneshot::Sender<Result<(), io::ErrorKind>>>,
}

/// Records that are not in the file.
pub(super) struct Losses {
    /// All of them, for the meters.
    pub(super) counter: Counter,
    /// Those that the file does not tell of yet.
    untold: AtomicU64,
    is_reported: AtomicBool,
    report: Report,
}

impl Losses {
    pub(super) fn new(report: Report) -> Self {
        Self { counter: Counter::default(), untold: AtomicU64::new(0), is_reported: AtomicBool::new(false), report }
    }

    /// Some more. It is said once, until the file can be written again.
    pub(super) fn add(&self, records: u64, why: &str) {
        self.counter.inc_by(records);
        self.untold.fetch_add(records, Ordering::Relaxed);
        if !self.is_reported.swap(true, Ordering::Relaxed) {
            (self.report)(&format!("the audit log cannot be written: {why}"));
        }
    }

    /// The file tells of so many.
    fn told(&self, records: u64) {
        self.untold.fetch_sub(records, Ordering::Relaxed);
        if self.is_reported.swap(false, Ordering::Relaxed) {
            (self.report)(&format!("the audit log is written again; {records} records are missing"));
        }
    }
}

/// The thread at work.
#[derive(Debug)]
pub struct Writing {
    is_done: oneshot::Receiver<()>,
}

impl Writing {
    /// Begins. It ends when nobody is left who could send a record.
    pub(super) fn start(file: Lines, waiting: mpsc::Receiver<Line>, losses: Arc<Losses>) -> io::Result<Self> {
        let (done, is_done) = oneshot::channel();
        std::thread::Builder::new().name("audit".into()).spawn(move || {
            work(file, waiting, &losses);
            // Nobody may wait for it.
            let _ = done.send(());
        })?;
        Ok(Self { is_done })
    }

    /// Waits until all is written, which it is when the server and its connections are gone; whether it was in time.
    pub async fn finish(self, time: Duration) -> bool {
        tokio::time::timeout(time, self.is_done).await.is_ok()
    }
}

fn work(mut file: Lines, mut waiting: mpsc::Receiver<Line>, losses: &Losses) {
    let (mut batch, mut text) = (Vec::new(), Vec::new());
    while waiting.blocking_recv_many(&mut batch, AT_ONCE) > 0 {
        text.clear();
        let lost = losses.untold.load(Ordering::Relaxed);
        if lost > 0 {
            Record::now(Event::Lost { records: lost }, None).write(&mut text);
        }
        batch.iter().for_each(|line| line.record.write(&mut text));
        let outcome = file.append(&text);
        match &outcome {
            Ok(()) if lost > 0 => losses.told(lost),
            Ok(()) => {}
            Err(error) => losses.add(batch.len() as u64, &error.to_string()),
        }
        let outcome = outcome.map_err(|error| error.kind());
        for written in batch.drain(..).filter_map(|line| line.written) {
            // Whose question was cancelled does not wait any more.
            let _ = written.send(outcome);
        }
    }
    file.sync();
}
