//! Commits whose writes fail, whose answers get lost, and whose table another writer moved.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use deltalake_core::kernel::Add;
use deltalake_core::{DeltaTable, DeltaTableBuilder};
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};
use url::Url;

use super::{MAX_ATTEMPTS, Plan, Step, commit_pausing};
use crate::durable::DurableLocalStore;
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::LakeTable;
use crate::{log, schema};

/// What happens to the next write of a log entry.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Nothing is written.
    Refused,
    /// It is written, but the writer hears that it failed.
    AnswerLost,
}

/// A store whose writes of log entries fail in a given order, then work.
#[derive(Debug)]
struct Faulty {
    inner: DurableLocalStore,
    faults: Mutex<VecDeque<Fault>>,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Faulty({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let is_entry = location.as_ref().contains("_delta_log") && location.extension() == Some("json");
        let fault = if is_entry { self.faults.lock().unwrap().pop_front() } else { None };
        if !matches!(fault, Some(Fault::Refused)) {
            let done = self.inner.put_opts(location, payload, opts).await?;
            if fault.is_none() {
                return Ok(done);
            }
        }
        Err(object_store::Error::Generic { store: "Faulty", source: "the line is dead".into() })
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

const TABLE: &str = schema::REJECTED;
const APP: &str = "pos/file/a";

struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Lake::open_or_create(folder.path().to_str().unwrap()).await.unwrap();
        Self { folder }
    }

    /// The table, seen through a store with these faults to come.
    async fn table(&self, faults: impl IntoIterator<Item = Fault>) -> DeltaTable {
        let url = Url::from_directory_path(self.folder.path().join(TABLE)).unwrap();
        let store = Faulty { inner: DurableLocalStore::new(), faults: Mutex::new(faults.into_iter().collect()) };
        DeltaTableBuilder::from_url(url.clone()).unwrap().with_storage_backend(Arc::new(store), url).load().await.unwrap()
    }

    /// Files and positions as a newcomer sees them.
    async fn seen(&self) -> (Vec<String>, Vec<(String, i64)>, u64) {
        let table = self.table([]).await;
        let mut files: Vec<String> = LakeTable::of(TABLE, &table).unwrap().files().iter().map(|file| file.path.clone()).collect();
        let mut positions: Vec<(String, i64)> = log::positions(&table).await.unwrap().into_iter().collect();
        files.sort();
        positions.sort();
        (files, positions, table.snapshot().unwrap().version())
    }
}

fn plan(file: &str, app: &str, before: Option<i64>, after: i64) -> Plan {
    let add = Add { path: file.to_owned(), size: 1, data_change: true, ..Add::default() };
    Plan { adds: vec![add], steps: vec![Step { app: app.to_owned(), before, after }], ..Plan::default() }
}

fn one(file: &str) -> Vec<String> {
    vec![format!("{TABLE}/{file}")]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_write_is_tried_again_and_lands_once() {
    let site = Site::new().await;
    let mut table = site.table([Fault::Refused, Fault::Refused]).await;
    assert_eq!(commit_pausing(TABLE, &mut table, &plan("a.parquet", APP, None, 10), Duration::ZERO).await.unwrap(), 1);
    assert_eq!(site.seen().await, (one("a.parquet"), vec![(APP.to_owned(), 10)], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_recognised_and_not_repeated() {
    let site = Site::new().await;
    let mut table = site.table([Fault::Refused, Fault::AnswerLost]).await;
    assert_eq!(commit_pausing(TABLE, &mut table, &plan("a.parquet", APP, None, 10), Duration::ZERO).await.unwrap(), 1);
    assert_eq!(site.seen().await, (one("a.parquet"), vec![(APP.to_owned(), 10)], 1));
    // The writer goes on from there.
    assert_eq!(commit_pausing(TABLE, &mut table, &plan("b.parquet", APP, Some(10), 20), Duration::ZERO).await.unwrap(), 2);
    assert_eq!(site.seen().await.1, [(APP.to_owned(), 20)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_whose_position_another_one_moved_is_fenced_off() {
    for faults in [vec![], vec![Fault::Refused]] {
        let site = Site::new().await;
        let (mut late, mut other) = (site.table(faults).await, site.table([]).await);
        commit_pausing(TABLE, &mut other, &plan("theirs.parquet", APP, None, 10), Duration::ZERO).await.unwrap();
        match commit_pausing(TABLE, &mut late, &plan("ours.parquet", APP, None, 10), Duration::ZERO).await {
            Err(StorageError::Fenced { table, detail }) => assert!(table == TABLE && detail.contains(APP), "{detail}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(site.seen().await, (one("theirs.parquet"), vec![(APP.to_owned(), 10)], 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_writer_of_another_journal_is_no_reason_to_stop() {
    let site = Site::new().await;
    let (mut ours, mut other) = (site.table([Fault::AnswerLost]).await, site.table([]).await);
    commit_pausing(TABLE, &mut other, &plan("theirs.parquet", "pos/file/b", None, 5), Duration::ZERO).await.unwrap();
    assert_eq!(commit_pausing(TABLE, &mut ours, &plan("ours.parquet", APP, None, 10), Duration::ZERO).await.unwrap(), 2);
    let (files, positions, version) = site.seen().await;
    assert_eq!((files.len(), positions.len(), version), (2, 2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_stays_dead_ends_in_an_error_and_changes_nothing() {
    let site = Site::new().await;
    let mut table = site.table(std::iter::repeat_n(Fault::Refused, MAX_ATTEMPTS as usize)).await;
    match commit_pausing(TABLE, &mut table, &plan("a.parquet", APP, None, 10), Duration::ZERO).await {
        Err(StorageError::CommitFailed { attempts: MAX_ATTEMPTS, reason, .. }) => assert!(reason.contains("the line is dead"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(site.seen().await, (vec![], vec![], 0));
    // A later try of the same works.
    assert_eq!(commit_pausing(TABLE, &mut table, &plan("a.parquet", APP, None, 10), Duration::ZERO).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_rewrite_the_same_file_the_second_writes_nothing() {
    let site = Site::new().await;
    let mut first = site.table([]).await;
    commit_pausing(TABLE, &mut first, &plan("small.parquet", APP, None, 10), Duration::ZERO).await.unwrap();
    let mut second = site.table([]).await;
    let removes = vec![LakeTable::of(TABLE, &first).unwrap().files()[0].remove(1)];
    let rewrite = |file: &str| Plan { removes: removes.clone(), is_rewrite: true, ..plan(file, APP, Some(10), 10) };
    commit_pausing(TABLE, &mut first, &rewrite("one.parquet"), Duration::ZERO).await.unwrap();
    match commit_pausing(TABLE, &mut second, &rewrite("two.parquet"), Duration::ZERO).await {
        Err(StorageError::Fenced { detail, .. }) => assert!(detail.contains("small.parquet"), "{detail}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(site.seen().await, (one("one.parquet"), vec![(APP.to_owned(), 10)], 2));
}
