//! The log as the rest of the server has it: something to hand records to.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::metrics::counter::Counter;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::file::Lines;
use super::record::Record;
use super::settings::Settings;
use super::writer::{Line, Losses, Writing};
use crate::refusal::Refusal;
use crate::server::Report;

/// Where records go; by default nowhere.
#[derive(Clone, Default)]
pub struct Audit(Option<Arc<On>>);

/// A log that is kept.
pub(super) struct On {
    pub(super) settings: Settings,
    waiting: mpsc::Sender<Line>,
    losses: Arc<Losses>,
    connections: AtomicU64,
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("is_on", &self.0.is_some()).finish()
    }
}

impl Audit {
    /// Appends to a file. `report` is told when it cannot be written.
    ///
    /// # Errors
    /// A file that cannot be opened or made; no thread.
    pub fn open(path: &Path, settings: Settings, report: Report) -> io::Result<(Self, Writing)> {
        let file = Lines::open(path)?;
        let (send, waiting) = mpsc::channel(settings.waiting);
        let losses = Arc::new(Losses::new(report));
        let writing = Writing::start(file, waiting, Arc::clone(&losses))?;
        Ok((Self(Some(Arc::new(On { settings, waiting: send, losses, connections: AtomicU64::new(0) }))), writing))
    }

    pub(super) fn on(&self) -> Option<&On> {
        self.0.as_deref()
    }

    /// Records that could not be written, counted.
    pub(crate) fn lost(&self) -> Counter {
        self.on().map(|on| on.losses.counter.clone()).unwrap_or_default()
    }
}

impl On {
    /// The number of a new connection.
    pub(super) fn connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Hands over a record, and never waits: one that finds no room is lost.
    pub(super) fn write(&self, record: Record) {
        match self.waiting.try_send(Line { record, written: None }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.losses.add(1, "records come faster than the disk takes them"),
            Err(TrySendError::Closed(_)) => self.losses.add(1, "its thread has ended"),
        }
    }

    /// Hands over a record and waits until it is in the file.
    ///
    /// # Errors
    /// 53100 where the disk is full, 58030 where it cannot be written for another reason.
    pub(super) async fn confirm(&self, record: Record) -> Result<(), Refusal> {
        let (written, is_written) = oneshot::channel();
        let outcome = match self.waiting.send(Line { record, written: Some(written) }).await {
            Ok(()) => is_written.await.unwrap_or(Err(io::ErrorKind::BrokenPipe)),
            Err(_) => Err(io::ErrorKind::BrokenPipe),
        };
        outcome.map_err(|kind| {
            match kind {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Refusal::error("53100", "the audit log cannot be written: no space is left")
                }
                _ => Refusal::error("58030", "the audit log cannot be written"),
            }
            .hint("nothing is answered without a record of it: ask whoever runs the server")
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::super::record::Event;
    use super::*;

    fn record(questions: u64) -> Record {
        Record::now(Event::Logout { seconds: 0.0, questions }, None)
    }

    #[tokio::test]
    async fn all_records_are_written_in_order_before_the_end_through_any_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let (audit, writing) = Audit::open(&path, Settings::default(), Arc::new(|_| {})).unwrap();
        for number in 0..1000 {
            audit.on().unwrap().write(record(number));
            if number % 100 == 50 {
                std::fs::rename(&path, folder.path().join(format!("{number}"))).unwrap();
                // In the middle of it: those before may be written there or here.
                audit.on().unwrap().confirm(record(number)).await.unwrap();
            }
        }
        drop(audit);
        assert!(writing.finish(Duration::from_secs(60)).await);
        let mut files: Vec<String> = (0..10).map(|i| (i * 100 + 50).to_string()).collect();
        files.push("audit.jsonl".into());
        let text: String = files.iter().map(|file| std::fs::read_to_string(folder.path().join(file)).unwrap()).collect();
        let mut numbers: Vec<u64> =
            text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["questions"].as_u64().unwrap()).collect();
        numbers.dedup();
        assert_eq!(numbers, (0..1000).collect::<Vec<_>>());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_cannot_be_written_is_counted_and_said_once() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&said);
        let report: Report = Arc::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()));
        let (audit, _writing) = Audit::open(Path::new("/dev/full"), Settings::default(), report).unwrap();
        let on = audit.on().unwrap();
        on.write(record(1));
        for _ in 0..2 {
            let refusal = on.confirm(record(2)).await.unwrap_err();
            assert_eq!((refusal.code, refusal.hint.is_some()), ("53100", true));
        }
        assert_eq!(audit.lost().get(), 3);
        let said = said.lock().unwrap();
        assert!(said.len() == 1 && said[0].contains("No space left"), "{said:?}");
    }

    #[tokio::test]
    async fn once_the_file_can_be_written_again_it_tells_how_many_records_are_missing() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        let path = logs.join("audit.jsonl");
        let (audit, _writing) = Audit::open(&path, Settings::default(), Arc::new(|_| {})).unwrap();
        let on = audit.on().unwrap();
        std::fs::remove_dir_all(&logs).unwrap();
        assert_eq!(on.confirm(record(1)).await.unwrap_err().code, "58030");
        std::fs::create_dir(&logs).unwrap();
        on.confirm(record(2)).await.unwrap();
        on.confirm(record(3)).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let events: Vec<&str> = text.lines().map(|line| line.split("\"event\":").nth(1).unwrap()).collect();
        assert_eq!(events[0], "\"lost\",\"records\":1}");
        assert_eq!(events.len(), 3);
    }
}
