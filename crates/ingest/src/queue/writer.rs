//! The one thread that writes: senders that come at the same time share one commit, so that many small requests need few fsyncs.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use trunkline_events::Timestamp;

use super::QueueOptions;
use super::error::QueueError;
use super::store::{Lot, Store};

/// Senders that may wait for the thread.
const WAITING_MAX: usize = 1024;
/// Lots that share a commit at most.
const LOTS_MAX: usize = 1024;

type Answer = Result<Range<u64>, QueueError>;

struct Put {
    records: Vec<Vec<u8>>,
    received_at: Timestamp,
    answer: oneshot::Sender<Answer>,
}

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    to: Option<SyncSender<Put>>,
    thread: Option<std::thread::JoinHandle<()>>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn start(store: Arc<Store>, options: QueueOptions) -> Result<Self, QueueError> {
        let (to, from) = sync_channel(WAITING_MAX);
        let commits = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&commits);
        let thread = std::thread::Builder::new().name("queue".to_owned()).spawn(move || write(&store, &options, &from, &counted));
        let thread = thread.map_err(|_| QueueError::Closed)?;
        Ok(Self { to: Some(to), thread: Some(thread), commits })
    }

    pub(super) async fn put(&self, records: Vec<Vec<u8>>, received_at: Timestamp) -> Answer {
        let (answer, wait) = oneshot::channel();
        let mut put = Put { records, received_at, answer };
        loop {
            let to = self.to.as_ref().ok_or(QueueError::Closed)?;
            match to.try_send(put) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) => {
                    put = back;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err(TrySendError::Disconnected(_)) => return Err(QueueError::Closed),
            }
        }
        wait.await.map_err(|_| QueueError::Closed)?
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    /// What was sent is still written.
    fn drop(&mut self) {
        drop(self.to.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write(store: &Store, options: &QueueOptions, from: &Receiver<Put>, commits: &AtomicU64) {
    while let Ok(first) = from.recv() {
        let puts = gather(first, from, options.commit_wait);
        let lots: Vec<Lot<'_>> = puts.iter().map(|put| (put.records.as_slice(), put.received_at)).collect();
        fail::fail_point!("queue::received", |_| std::process::abort());
        let answers = match store.append(&lots, options.max_bytes) {
            Ok(answers) => answers,
            Err(cause) => puts.iter().map(|_| Err(cause.clone())).collect(),
        };
        fail::fail_point!("queue::durable", |_| std::process::abort());
        commits.fetch_add(1, Ordering::Relaxed);
        for (put, answer) in puts.into_iter().zip(answers) {
            // Who no longer waits gets no answer; the records stay and their sender will send them again.
            let _ = put.answer.send(answer);
        }
    }
}

/// Those that come within `wait` of the first, as long as they come close upon each other: once nobody comes for an eighth of it, nobody is
/// waited for.
fn gather(first: Put, from: &Receiver<Put>, wait: Duration) -> Vec<Put> {
    let until = Instant::now() + wait;
    let mut puts = vec![first];
    while puts.len() < LOTS_MAX {
        match from.recv_timeout(until.saturating_duration_since(Instant::now()).min(wait / 8)) {
            Ok(put) => puts.push(put),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    puts
}
