//! A lake: one folder with a Delta table per name, and what belongs to the lake itself under `_trunkline/`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use deltalake_core::kernel::StructField;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::{DeltaTable, DeltaTableBuilder};
use object_store::ObjectStore;
use trunkline_events::identity::CustomerSecret;
use url::Url;

use crate::append::{AppendOptions, LogAppender};
use crate::durable::{self, DurableLocalStore};
use crate::error::StorageError;
use crate::schema;
use crate::table::LakeTable;

/// Folder inside the lake that is not a table.
pub(crate) const OWN_FOLDER: &str = "_trunkline";

/// How the pipelines at work are.
const PIPELINES: &str = "pipelines.json";

/// Bytes of the customer secret.
const SECRET_BYTES: usize = 32;

/// Handle to a lake; cloning is cheap and shares the store.
#[derive(Debug, Clone)]
pub struct Lake {
    location: String,
    root: PathBuf,
    store: Arc<dyn ObjectStore>,
}

impl Lake {
    /// Opens an existing lake: a folder path or `file://` URL.
    ///
    /// # Errors
    /// [`StorageError::NoLake`] when there is none, with what to do about it.
    pub async fn open(location: &str) -> Result<Self, StorageError> {
        let lake = Self::at(location)?;
        if !lake.root.join(schema::EVENTS).join("_delta_log").is_dir() {
            return Err(StorageError::NoLake { location: location.to_owned() });
        }
        lake.create_missing_tables().await?;
        Ok(lake)
    }

    /// Opens a lake, creating the folder and every missing table (empty).
    ///
    /// # Errors
    /// When the location is no local folder, or cannot be written.
    pub async fn open_or_create(location: &str) -> Result<Self, StorageError> {
        let lake = Self::at(location)?;
        durable::create_folders(&lake.root.join(OWN_FOLDER))?;
        lake.create_missing_tables().await?;
        Ok(lake)
    }

    /// The location as given.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The lake's folder on local disk.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The secret that turns customer addresses into keys: `_trunkline/customer.key`, made once from the system's random source,
    /// readable by its owner only. Losing it changes every key that is made from then on.
    ///
    /// # Errors
    /// When the file cannot be made or read, or has another length.
    pub async fn customer_secret(&self) -> Result<CustomerSecret, StorageError> {
        let path = self.own_folder().join("customer.key");
        if !path.exists() {
            let mut secret = [0_u8; SECRET_BYTES];
            getrandom::fill(&mut secret).map_err(|error| StorageError::Background(format!("no random bytes: {error}")))?;
            durable::create_private(&path, &secret)?;
        }
        let secret = std::fs::read(&path).map_err(StorageError::io(&path))?;
        if secret.len() != SECRET_BYTES {
            let reason = format!("{} bytes instead of {SECRET_BYTES}", secret.len());
            return Err(StorageError::Damaged { path: path.display().to_string(), reason });
        }
        Ok(CustomerSecret::new(secret))
    }

    /// Where queues of live pipelines lie: beside the tables, in a folder of the lake's own. Made if it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn queue_folder(&self) -> Result<PathBuf, StorageError> {
        let folder = self.own_folder().join("queues");
        durable::create_folders(&folder)?;
        Ok(folder)
    }

    /// Where the users of this lake are kept: in a folder of the lake's own.
    #[must_use]
    pub fn users_file(&self) -> PathBuf {
        self.own_folder().join("users.json")
    }

    /// Where the saved views of this lake are kept: in a folder of the lake's own.
    #[must_use]
    pub fn views_file(&self) -> PathBuf {
        self.own_folder().join("views.json")
    }

    /// Says how the pipelines at work are, for [`Self::pipelines`]: JSON, replaced whole. Not made durable: it is about now.
    ///
    /// # Errors
    /// Of the file system.
    pub fn tell_pipelines(&self, json: &str) -> Result<(), StorageError> {
        let (path, new) = (self.own_folder().join(PIPELINES), self.own_folder().join(format!("{PIPELINES}.new")));
        std::fs::write(&new, json).map_err(StorageError::io(&new))?;
        std::fs::rename(&new, &path).map_err(StorageError::io(&path))
    }

    /// What the process that collects into this lake said last; `None` when none ever did.
    #[must_use]
    pub fn pipelines(&self) -> Option<String> {
        std::fs::read_to_string(self.own_folder().join(PIPELINES)).ok()
    }

    /// The newest log entry of every table, in the order of [`schema::TABLES`]: what changes when something was committed. Cheap: only
    /// names of files are read.
    #[must_use]
    pub fn newest_entries(&self) -> Vec<Option<String>> {
        let newest = |name: &&str| {
            let entries = std::fs::read_dir(self.root.join(name).join("_delta_log")).ok()?;
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            names.filter(|name| name.ends_with(".json")).max()
        };
        schema::TABLES.iter().map(newest).collect()
    }

    /// A snapshot of a table at its newest version.
    ///
    /// # Errors
    /// When the name is no table of the lake or its log cannot be read.
    pub async fn table(&self, name: &str) -> Result<LakeTable, StorageError> {
        LakeTable::of(name, &self.delta(name).await?)
    }

    /// The one appender to the log; holds the lake's writer lock until dropped.
    ///
    /// # Errors
    /// [`StorageError::Locked`] when another one is open; anything that reading the log can give.
    pub async fn appender(&self, options: AppendOptions) -> Result<LogAppender, StorageError> {
        LogAppender::open(self, options).await
    }

    /// The Delta table, loaded at its newest version.
    pub(crate) async fn delta(&self, name: &str) -> Result<DeltaTable, StorageError> {
        if !schema::TABLES.contains(&name) {
            return Err(StorageError::UnknownTable { table: name.to_owned() });
        }
        let url = self.table_url(name)?;
        let loaded = DeltaTableBuilder::from_url(url.clone())?.with_storage_backend(self.store.clone(), url).load().await;
        loaded.map_err(|cause| StorageError::Table { table: name.to_owned(), cause: Box::new(cause) })
    }

    pub(crate) const fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    pub(crate) fn own_folder(&self) -> PathBuf {
        self.root.join(OWN_FOLDER)
    }

    fn table_url(&self, name: &str) -> Result<Url, StorageError> {
        let path = self.root.join(name);
        Url::from_directory_path(&path)
            .map_err(|()| StorageError::BadLocation { location: self.location.clone(), reason: "not an absolute path".into() })
    }

    fn at(location: &str) -> Result<Self, StorageError> {
        let bad = |reason: String| StorageError::BadLocation { location: location.to_owned(), reason };
        let path = if location.contains("://") {
            let url = Url::parse(location).map_err(|error| bad(error.to_string()))?;
            if url.scheme() != "file" {
                return Err(bad(format!("scheme `{}` is not supported", url.scheme())));
            }
            url.to_file_path().map_err(|()| bad("no local path".into()))?
        } else {
            PathBuf::from(location)
        };
        let root = std::path::absolute(&path).map_err(|error| bad(error.to_string()))?;
        Ok(Self { location: location.to_owned(), root, store: Arc::new(DurableLocalStore::new()) })
    }

    async fn create_missing_tables(&self) -> Result<(), StorageError> {
        for name in schema::TABLES {
            if self.root.join(name).join("_delta_log").join("00000000000000000000.json").exists() || self.has_log(name) {
                continue;
            }
            let Some(arrow) = schema::arrow_schema(name) else { continue };
            let columns = arrow.fields().iter().map(|field| field.as_ref().try_into_kernel()).collect::<Result<Vec<StructField>, _>>()?;
            durable::create_folders(&self.root.join(name).join("_delta_log"))?;
            let url = self.table_url(name)?;
            let log_store = DeltaTableBuilder::from_url(url.clone())?.with_storage_backend(self.store.clone(), url).build_storage()?;
            CreateBuilder::new()
                .with_log_store(log_store)
                .with_table_name(*name)
                .with_columns(columns)
                .with_partition_columns(schema::partition_columns(name).iter().copied())
                .await?;
        }
        Ok(())
    }

    /// A log whose first entries were cleaned away still has later ones.
    fn has_log(&self, name: &str) -> bool {
        std::fs::read_dir(self.root.join(name).join("_delta_log"))
            .is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "json"))))
    }
}
