//! Objects that come under a prefix of an object store: each is fetched once and ingested like a file.
//!
//! Which ones were seen is kept in a file, so that a start does not fetch them all again. The file may be lost: what an object holds decides
//! whether it is new (ADR 0005).

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use trunkline_events::Timestamp;

const SEEN: TableDefinition<'_, &str, &str> = TableDefinition::new("seen");

/// Objects fetched in one look at most; the rest come with the next.
const OBJECTS_AT_ONCE: usize = 1_000;

/// An object to ingest.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Its name in the store.
    pub(super) path: ObjectPath,
    /// What tells one content from another: entity tag or size, and time.
    version: String,
}

/// The objects of a line.
#[derive(Debug)]
pub(super) struct Objects {
    url: String,
    suffix: Option<String>,
    seen_file: PathBuf,
    looked_at: Option<Timestamp>,
}

fn text(cause: impl std::fmt::Display) -> String {
    cause.to_string()
}

impl Objects {
    pub(super) const fn new(url: String, suffix: Option<String>, seen_file: PathBuf) -> Self {
        Self { url, suffix, seen_file, looked_at: None }
    }

    /// When the last look began.
    pub(super) const fn looked_at(&self) -> Option<Timestamp> {
        self.looked_at
    }

    /// Name of an object for people.
    pub(super) fn name(&self, path: &ObjectPath) -> String {
        let root = self.url.split_once("://").map_or(self.url.as_str(), |(scheme, rest)| {
            let end = scheme.len() + 3 + rest.find('/').unwrap_or(rest.len());
            &self.url[..end]
        });
        format!("{root}/{path}")
    }

    /// The store, and the objects in it that were not seen, oldest first. Credentials are taken from the environment, as the tools of each store do.
    ///
    /// # Errors
    /// Of the store, or of the file of those seen.
    pub(super) async fn look(&mut self, now: Timestamp) -> Result<(Arc<dyn ObjectStore>, Vec<Found>), String> {
        self.looked_at = Some(now);
        let url = reqwest::Url::parse(&self.url).map_err(text)?;
        // Names and values that are no text are none of a store's.
        let text_of =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?.to_ascii_lowercase(), value.into_string().ok()?));
        let (store, prefix) = object_store::parse_url_opts(&url, std::env::vars_os().filter_map(text_of)).map_err(text)?;
        let store: Arc<dyn ObjectStore> = Arc::from(store);
        let mut listed: Vec<ObjectMeta> = store.list(Some(&prefix)).try_collect().await.map_err(text)?;
        listed.retain(|meta| meta.size > 0 && self.suffix.as_ref().is_none_or(|suffix| meta.location.as_ref().ends_with(suffix.as_str())));
        listed.sort_by(|a, b| (a.last_modified, &a.location).cmp(&(b.last_modified, &b.location)));
        let version = |meta: &ObjectMeta| {
            format!("{}@{}", meta.e_tag.clone().unwrap_or_else(|| meta.size.to_string()), meta.last_modified.timestamp_micros())
        };
        let found = listed.into_iter().map(|meta| Found { version: version(&meta), path: meta.location });
        let seen_file = self.seen_file.clone();
        let seen = tokio::task::spawn_blocking(move || seen(&seen_file)).await.map_err(text)?.map_err(text)?;
        let is_new = |found: &Found| !seen.contains(&(found.path.to_string(), found.version.clone()));
        Ok((store, found.filter(is_new).take(OBJECTS_AT_ONCE).collect()))
    }

    /// Fetches an object into a file of `folder`, piece by piece.
    ///
    /// # Errors
    /// Of the store or the file system.
    pub(super) async fn fetch(store: &dyn ObjectStore, found: &Found, folder: &Path) -> Result<PathBuf, String> {
        let path = folder.join("object");
        let mut file = std::fs::File::create(&path).map_err(text)?;
        let mut pieces = store.get(&found.path).await.map_err(text)?.into_stream();
        while let Some(piece) = pieces.try_next().await.map_err(text)? {
            file.write_all(&piece).map_err(text)?;
        }
        Ok(path)
    }

    /// Remembers objects that are in the log.
    ///
    /// # Errors
    /// Of the file.
    pub(super) async fn remember(&self, done: Vec<Found>) -> Result<(), String> {
        let seen_file = self.seen_file.clone();
        let write = move || -> Result<(), redb::Error> {
            let database = Database::create(&seen_file)?;
            let transaction = database.begin_write()?;
            {
                let mut table = transaction.open_table(SEEN)?;
                for found in &done {
                    table.insert(found.path.as_ref(), found.version.as_str())?;
                }
            }
            transaction.commit()?;
            Ok(())
        };
        tokio::task::spawn_blocking(write).await.map_err(text)?.map_err(text)
    }
}

fn seen(path: &Path) -> Result<HashSet<(String, String)>, redb::Error> {
    if !path.exists() {
        return Ok(HashSet::new());
    }
    // It must live as long as the transaction: dropped, it is closed to it.
    let database = Database::create(path)?;
    let transaction = database.begin_read()?;
    let table = match transaction.open_table(SEEN) {
        Ok(table) => table,
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(HashSet::new()),
        Err(cause) => return Err(cause.into()),
    };
    table
        .iter()?
        .map(|entry| entry.map(|(path, version)| (path.value().to_owned(), version.value().to_owned())).map_err(Into::into))
        .collect()
}
