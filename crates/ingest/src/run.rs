//! The loop of an ingest: find out which file it is, map it on a thread, store what comes, keep the books.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use trunkline_events::Timestamp;
use trunkline_events::identity::CustomerSecret;
use trunkline_events::port::Appender;

use crate::chain::prepare;
use crate::connector::Connector;
use crate::error::IngestError;
use crate::file::{BLOCK_BYTES, Content};
use crate::journal::{FIRST_LINE_BYTES, Place, locate, name_prefix};
use crate::punctuality::Punctuality;
use crate::summary::Summary;
use crate::work::{End, Message, Order, work};

/// How to ingest.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// Source id of the records (CloudEvents keep their own).
    pub source: String,
    /// Name of what is read, for rejected records; the path of the file where it is not given.
    pub origin: Option<String>,
    /// Key for customer addresses.
    pub secret: CustomerSecret,
    /// The moment of ingest.
    pub now: Timestamp,
    /// Read files from their start even if they are known, as after a correction of the mapping; default no.
    pub is_again: bool,
    /// Stop with an error as soon as more records than this are rejected; default never.
    pub halt_above: Option<u64>,
    /// A delivery is cut at this many events (checked after each block); default 250,000.
    pub batch_rows: usize,
    /// A delivery is cut at this many bytes of text (checked after each block); default 64 MiB.
    pub batch_bytes: usize,
    /// Bytes of content read at a time; default 1 MiB.
    pub block_bytes: usize,
    /// A larger record is rejected as `too_large`; default 16 MiB.
    pub max_record_bytes: usize,
}

impl IngestOptions {
    /// The defaults.
    #[must_use]
    pub fn new(source: impl Into<String>, secret: CustomerSecret, now: Timestamp) -> Self {
        Self {
            source: source.into(),
            origin: None,
            secret,
            now,
            is_again: false,
            halt_above: None,
            batch_rows: 250_000,
            batch_bytes: 64 << 20,
            block_bytes: BLOCK_BYTES,
            max_record_bytes: 16 << 20,
        }
    }
}

/// How far an ingest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes on disk (compressed, if the file is) read in all files so far.
    pub bytes_done: u64,
    /// Bytes on disk of all files.
    pub bytes_total: u64,
    /// Records read in this run.
    pub records: u64,
}

/// Makes a connector for each file.
pub type Factory<'a> = dyn Fn() -> Box<dyn Connector> + Sync + 'a;

/// Ingests files one after the other, those of one log in its order. Safe to repeat and to interrupt: every delivery carries the position
/// it reaches. A damaged file does not keep those after it from being read; the first of them is the error at the end.
///
/// # Errors
/// [`IngestError`]; what was stored before stays, and the next run continues there.
pub async fn ingest<A: Appender>(
    files: &[PathBuf],
    factory: &Factory<'_>,
    options: &IngestOptions,
    appender: &mut A,
    on_progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Summary, IngestError> {
    let mut summary = Summary::default();
    let mut progress = Progress { bytes_done: 0, bytes_total: 0, records: 0 };
    // A name mistyped is found before anything is stored.
    for path in files {
        progress.bytes_total += open(path)?.size();
    }
    let options = Arc::new(options.clone());
    let mut damage = None;
    for path in &in_order(files, &*factory())? {
        let size = open(path)?.size();
        let outcome = one_file(path, factory(), &options, appender, &mut summary, &mut |taken, records| {
            on_progress(Progress { bytes_done: progress.bytes_done + taken, bytes_total: progress.bytes_total, records });
        })
        .await;
        match outcome {
            Err(IngestError::Damaged { path, offset, error, .. }) => {
                summary.files += 1;
                if damage.is_none() {
                    damage = Some((path, offset, error));
                } else {
                    summary.notes.push(format!("{path:?} is damaged after {offset} bytes of content: {error}"));
                }
            }
            other => other?,
        }
        progress.bytes_done += size;
        progress.records = summary.receipt.received;
        on_progress(progress);
    }
    match damage {
        Some((path, offset, error)) => Err(IngestError::Damaged { path, offset, error, summary: Box::new(summary) }),
        None => Ok(summary),
    }
}

fn open(path: &Path) -> Result<Content, IngestError> {
    Content::open(path).map_err(|error| IngestError::Read { path: path.display().to_string(), error })
}

/// Ingests one file.
async fn one_file<A: Appender>(
    path: &Path,
    mut connector: Box<dyn Connector>,
    options: &Arc<IngestOptions>,
    appender: &mut A,
    summary: &mut Summary,
    on_progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(), IngestError> {
    let size = open(path)?.size();
    let place = find(path, &mut *connector, options, appender)?;
    let reject_budget = options.halt_above.map(|limit| limit.saturating_sub(summary.receipt.rejected));
    let order = Order { path: path.to_owned(), connector, place, options: Arc::clone(options), reject_budget };
    let (to, mut from) = mpsc::channel(1);
    let thread = std::thread::spawn(move || work(order, &to));
    let received_before = summary.receipt.received;
    let mut end = None;
    while let Some(message) = from.recv().await {
        match message {
            Message::Delivery(delivery, taken) => {
                for rejected in &delivery.rejected {
                    summary.count_reject(&rejected.code);
                }
                summary.punctuality.add(Punctuality::of(&delivery.events));
                let refused = if delivery.again.is_empty() { 0 } else { delivery.rejected.len() as u64 };
                let receipt = appender.append(*delivery).await.map_err(|e| IngestError::Store(Box::new(e)))?;
                summary.rejected_as_before += refused.saturating_sub(receipt.rejected);
                summary.receipt.add(&receipt);
                on_progress(taken, summary.receipt.received);
                check_limit(options, summary)?;
            }
            Message::End(result) => end = Some(result),
        }
    }
    thread.join().map_err(|_| IngestError::Worker)?;
    let mut end = end.ok_or(IngestError::Worker)??;
    if let Some(carry) = end.carry.take() {
        appender.keep(carry).map_err(|e| IngestError::Store(Box::new(e)))?;
    }
    enter_end(path, end, size, received_before, summary);
    Ok(())
}

fn check_limit(options: &IngestOptions, summary: &Summary) -> Result<(), IngestError> {
    match options.halt_above {
        Some(limit) if summary.receipt.rejected > limit => {
            Err(IngestError::Halted { rejected: summary.receipt.rejected, limit, summary: Box::new(summary.clone()) })
        }
        _ => Ok(()),
    }
}

/// Which journal the file is and where to go on in it.
fn find<A: Appender>(path: &Path, connector: &mut dyn Connector, options: &IngestOptions, appender: &A) -> Result<Place, IngestError> {
    let read = |error| IngestError::Read { path: path.display().to_string(), error };
    let head = head(path)?;
    let prefix = name_prefix(connector.name(), &options.source, &head);
    let known = appender.positions_with_prefix(&prefix);
    let mut place = locate(path, &prefix, known, options.is_again).map_err(read)?;
    let begins_at = connector.first_instant(&head);
    prepare(connector, &mut place, begins_at, appender);
    Ok(place)
}

/// The first bytes of a file's content.
fn head(path: &Path) -> Result<Vec<u8>, IngestError> {
    let mut head = Vec::new();
    // Damage in the first bytes is reported when they are read for good.
    let _ = open(path)?.read_some(&mut head, FIRST_LINE_BYTES);
    Ok(head)
}

/// Files of a log in the order of their first instants; those that have none, and all files of other connectors, as they were given.
fn in_order(files: &[PathBuf], connector: &dyn Connector) -> Result<Vec<PathBuf>, IngestError> {
    let mut files = files.to_vec();
    if connector.continues() {
        let mut begins = Vec::with_capacity(files.len());
        for path in files {
            begins.push((connector.first_instant(&head(&path)?), path));
        }
        begins.sort_by_key(|(begins_at, _)| *begins_at);
        files = begins.into_iter().map(|(_, path)| path).collect();
    }
    Ok(files)
}

fn enter_end(path: &Path, end: End, size: u64, received_before: u64, summary: &mut Summary) {
    summary.files += 1;
    if summary.receipt.received == received_before {
        summary.unchanged_files += 1;
    }
    if end.incomplete {
        summary.incomplete_lines += 1;
    }
    if size == 0 {
        summary.notes.push(format!("{:?} is empty", path.display().to_string()));
    }
    for note in end.notes {
        if !summary.notes.contains(&note) {
            summary.notes.push(note);
        }
    }
}
