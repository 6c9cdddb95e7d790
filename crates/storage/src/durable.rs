//! Local files that survive a power cut: every write is synced before it becomes visible, and so is the folder entry after.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, RenameOptions, Result,
};

use crate::error::StorageError;

/// `LocalFileSystem` of the `object_store` crate (rooted at `/`) with durable writes: temporary file, `sync_all`, link or rename,
/// sync of the parent folder.
#[derive(Debug, Clone)]
pub struct DurableLocalStore {
    inner: Arc<LocalFileSystem>,
}

impl DurableLocalStore {
    /// A store whose paths are absolute file paths.
    #[must_use]
    pub fn new() -> Self {
        Self { inner: Arc::new(LocalFileSystem::new()) }
    }
}

impl Default for DurableLocalStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for DurableLocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Durable({})", self.inner)
    }
}

fn generic(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> object_store::Error {
    object_store::Error::Generic { store: "Durable", source: source.into() }
}

#[async_trait]
impl ObjectStore for DurableLocalStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let create = match opts.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => return self.inner.put_opts(location, payload, opts).await,
        };
        let path = self.inner.path_to_filesystem(location)?;
        let key = location.to_string();
        tokio::task::spawn_blocking(move || {
            let chunks: Vec<&[u8]> = payload.iter().map(AsRef::as_ref).collect();
            write_durably(&path, &chunks, create).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => object_store::Error::AlreadyExists { path: key, source: error.into() },
                _ => generic(error),
            })
        })
        .await
        .map_err(generic)??;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let path = self.inner.path_to_filesystem(location)?;
        let inner = self.inner.put_multipart_opts(location, opts).await?;
        Ok(Box::new(DurableUpload { inner, path }))
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

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await?;
        self.sync(to).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await?;
        self.sync(to).await
    }
}

impl DurableLocalStore {
    async fn sync(&self, location: &Path) -> Result<()> {
        let path = self.inner.path_to_filesystem(location)?;
        tokio::task::spawn_blocking(move || sync_file(&path)).await.map_err(generic)?.map_err(generic)
    }
}

/// A multipart upload whose file is synced before `complete` returns.
#[derive(Debug)]
struct DurableUpload {
    inner: Box<dyn MultipartUpload>,
    path: PathBuf,
}

#[async_trait]
impl MultipartUpload for DurableUpload {
    fn put_part(&mut self, data: PutPayload) -> object_store::UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.inner.complete().await?;
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || sync_file(&path)).await.map_err(generic)?.map_err(generic)?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}

/// Writes a file so that after return it is there whole, and before return it is not there at all.
/// With `create` an existing file is an error of kind `AlreadyExists`.
pub(crate) fn write_durably(path: &FilePath, chunks: &[&[u8]], create: bool) -> std::io::Result<()> {
    let parent = path.parent().ok_or_else(|| std::io::Error::new(ErrorKind::InvalidInput, "path without a folder"))?;
    if !parent.is_dir() {
        make_folders(parent)?;
    }
    // `#` keeps object_store's listing from showing the file, should a crash leave it behind.
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let staging = parent.join(format!("{name}#{}", uuid::Uuid::new_v4().as_u128() % 1_000_000_007));
    let written = write_and_sync(&staging, chunks).and_then(|()| {
        fail::fail_point!("storage::written", |_| std::process::abort());
        if create {
            std::fs::hard_link(&staging, path)?;
            std::fs::remove_file(&staging)
        } else {
            std::fs::rename(&staging, path)
        }
    });
    if let Err(error) = written {
        // The staged file is of no use to anybody; the first error is the one to report.
        let _ = std::fs::remove_file(&staging);
        return Err(error);
    }
    sync_folder(parent)
}

/// True for the name of a file that a writer which died left behind: its own name with a number after `#`.
pub(crate) fn is_staged(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn write_and_sync(path: &FilePath, chunks: &[&[u8]]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    for chunk in chunks {
        file.write_all(chunk)?;
    }
    file.sync_all()
}

fn sync_file(path: &FilePath) -> std::io::Result<()> {
    File::open(path)?.sync_all()?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes a folder entry durable. Only Unix lets a folder be opened and synced.
pub(crate) fn sync_folder(folder: &FilePath) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn make_folders(folder: &FilePath) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let Some(parent) = folder.parent() else { return Ok(()) };
    make_folders(parent)?;
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(parent),
    }
}

/// Creates a folder and its missing parents, durably.
pub(crate) fn create_folders(folder: &FilePath) -> std::result::Result<(), StorageError> {
    make_folders(folder).map_err(StorageError::io(folder))
}

/// Creates a file only its owner may read; one that exists already is left as it is.
pub(crate) fn create_private(path: &FilePath, content: &[u8]) -> std::result::Result<(), StorageError> {
    let fail = |source| StorageError::Io { path: path.to_owned(), source };
    let staging = path.with_extension(format!("new{}", uuid::Uuid::new_v4().simple()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&staging).map_err(fail)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(fail)?;
    let linked = std::fs::hard_link(&staging, path);
    let _ = std::fs::remove_file(&staging);
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(fail(error)),
        _ => path.parent().map_or(Ok(()), sync_folder).map_err(fail),
    }
}
