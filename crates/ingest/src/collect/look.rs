//! A look at what lies somewhere: new parts of files and new objects are ingested.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use trunkline_events::Timestamp;
use trunkline_events::port::{Appender, Receipt};

use super::error::CollectError;
use super::objects::Objects;
use super::{At, Collector, Committed, Line, waiting};
use crate::error::IngestError;
use crate::punctuality::Punctuality;
use crate::run::{IngestOptions, ingest};

impl<A: Appender> Collector<A> {
    /// Ingests what is new, if a look is due.
    pub(super) async fn look(&mut self, at: usize, now: Timestamp, is_last: bool) -> Result<Option<Committed>, CollectError> {
        let (line, place) = &mut self.lines[at];
        let looked_at = match place {
            At::Files(files) => files.looked_at(),
            At::Objects(objects) => objects.looked_at(),
            _ => return Ok(None),
        };
        if !is_last && looked_at.is_some_and(|looked_at| !waiting::is_older(now, looked_at, &line.flush)) {
            return Ok(None);
        }
        let mut options = IngestOptions::new(line.source.clone(), self.secret.clone(), now);
        (options.batch_rows, options.batch_bytes) = (line.flush.rows, line.flush.bytes);
        let mut done = Committed {
            pipeline: line.name.clone(),
            receipt: Receipt::default(),
            punctuality: Punctuality::default(),
            gaps: Vec::new(),
            notes: Vec::new(),
            took: Duration::ZERO,
        };
        let began = Instant::now();
        match place {
            At::Files(files) => {
                let mut found = files.clone();
                let looking = move || {
                    let look = found.look(now);
                    (found, look)
                };
                let (found, look) = tokio::task::spawn_blocking(looking).await.map_err(|cause| CollectError::Worker(cause.to_string()))?;
                *files = found;
                done.notes.clone_from(&look.notes);
                let again = read_all(line, &look.changed, &options, &mut self.appender, &mut done).await?;
                files.ingested(look, &again);
            }
            At::Objects(objects) => fetch_all(line, objects, &mut options, &mut self.appender, &mut done).await?,
            _ => {}
        }
        done.took = began.elapsed();
        Ok((done.receipt.received > 0 || !done.notes.is_empty()).then_some(done))
    }
}

/// Ingests files; gives those that must be looked at again. A file that cannot be read does not keep the others from it.
async fn read_all<A: Appender>(
    line: &Line,
    files: &[PathBuf],
    options: &IngestOptions,
    appender: &mut A,
    done: &mut Committed,
) -> Result<Vec<PathBuf>, CollectError> {
    let (make, mut left, mut again) = (Arc::clone(&line.make), files.to_vec(), Vec::new());
    while !left.is_empty() {
        match ingest(&left, &|| make(), options, appender, &mut |_| {}).await {
            Ok(summary) => {
                done.receipt.add(&summary.receipt);
                done.punctuality.add(summary.punctuality);
                break;
            }
            // Still being packed, perhaps: all of them are looked at again, which costs time and stores nothing twice.
            Err(IngestError::Damaged { path, offset, error, summary }) => {
                done.receipt.add(&summary.receipt);
                done.punctuality.add(summary.punctuality);
                done.notes.push(format!("{path} cannot be read after {offset} bytes of its content, and is tried again: {error}"));
                return Ok(files.to_vec());
            }
            Err(IngestError::Read { path, error }) => {
                left.retain(|other| other.display().to_string() != path);
                again.push(PathBuf::from(&path));
                done.notes.push(format!("{path} cannot be read, and is tried again: {error}"));
            }
            Err(IngestError::Misfit { path, misfit }) => {
                left.retain(|other| other.display().to_string() != path);
                done.notes.push(format!("{path} is left out until it changes: {misfit}"));
            }
            Err(IngestError::Store(cause)) => return Err(CollectError::Store(cause)),
            Err(cause) => return Err(CollectError::File { pipeline: line.name.clone(), cause: Box::new(cause) }),
        }
    }
    Ok(again)
}

/// Fetches and ingests objects that were not seen yet. A store that does not answer is a remark: the next look asks again.
async fn fetch_all<A: Appender>(
    line: &Line,
    objects: &mut Objects,
    options: &mut IngestOptions,
    appender: &mut A,
    done: &mut Committed,
) -> Result<(), CollectError> {
    let (store, found) = match objects.look(options.now).await {
        Ok(found) => found,
        Err(reason) => {
            done.notes.push(reason);
            return Ok(());
        }
    };
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(cause) => {
            done.notes.push(format!("no temporary folder: {cause}"));
            return Ok(());
        }
    };
    let mut ingested = Vec::with_capacity(found.len());
    for object in found {
        let name = objects.name(&object.path);
        match Objects::fetch(&*store, &object, folder.path()).await {
            Ok(path) => {
                options.origin = Some(name);
                let notes = done.notes.len();
                let again = read_all(line, std::slice::from_ref(&path), options, appender, done).await?;
                for note in &mut done.notes[notes..] {
                    *note = note.replace(&path.display().to_string(), options.origin.as_deref().unwrap_or_default());
                }
                if again.is_empty() {
                    ingested.push(object);
                }
            }
            Err(reason) => done.notes.push(format!("{name}: {reason}")),
        }
    }
    if let Err(reason) = objects.remember(ingested).await {
        done.notes.push(format!("which objects were seen cannot be written down, they will be read again: {reason}"));
    }
    Ok(())
}
