//! A table at one version: its schema and its data files with their statistics.

mod stats;

use arrow::datatypes::SchemaRef;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::{Add, Remove};

pub(crate) use stats::format_day;
pub use stats::{ColumnRange, StatValue};

use crate::error::StorageError;
use crate::schema;

/// A snapshot of one table. It does not move when others commit.
#[derive(Debug, Clone)]
pub struct LakeTable {
    name: String,
    version: u64,
    schema: SchemaRef,
    files: Vec<DataFile>,
}

/// One Parquet file of a table. The partition column is not inside the file; its value is in `event_date`.
#[derive(Debug, Clone, PartialEq)]
pub struct DataFile {
    /// Object-store key relative to the lake's root, for example `events/event_date=2026-03-02/….parquet`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Rows, where the log says.
    pub rows: Option<u64>,
    /// Partition value, days since 1970-01-01; `None` in unpartitioned tables.
    pub event_date: Option<i32>,
    /// Minimum, maximum and NULLs per column, where the log says.
    pub ranges: std::collections::HashMap<String, ColumnRange>,
    pub(crate) add: Add,
}

impl LakeTable {
    /// Table name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Delta version of the snapshot.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// All columns in order, the partition column included; text is `Utf8`.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Partition columns.
    #[must_use]
    pub fn partition_columns(&self) -> &'static [&'static str] {
        schema::partition_columns(&self.name)
    }

    /// Data files, by path.
    #[must_use]
    pub fn files(&self) -> &[DataFile] {
        &self.files
    }

    /// Rows of all files, where the log says so for each.
    #[must_use]
    pub fn rows(&self) -> Option<u64> {
        self.files.iter().map(|file| file.rows).sum()
    }

    pub(crate) fn of(name: &str, table: &DeltaTable) -> Result<Self, StorageError> {
        let schema = schema::arrow_schema(name).ok_or_else(|| StorageError::UnknownTable { table: name.to_owned() })?;
        let state = table.snapshot()?;
        let mut files: Vec<DataFile> = state
            .log_data()
            .iter()
            .map(|view| {
                let add = Add {
                    path: view.path().into_owned(),
                    partition_values: view.partition_values_map(),
                    size: view.size(),
                    modification_time: view.modification_time(),
                    data_change: true,
                    stats: view.stats(),
                    ..Add::default()
                };
                DataFile::of(name, &schema, add)
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { name: name.to_owned(), version: state.version(), schema, files })
    }
}

impl DataFile {
    pub(crate) fn of(table: &str, schema: &SchemaRef, add: Add) -> Self {
        let stats = stats::parse(add.stats.as_deref(), schema);
        let event_date = add.partition_values.get(schema::EVENT_DATE).and_then(|value| stats::parse_day(value.as_deref()?));
        Self {
            path: format!("{table}/{}", add.path),
            size: u64::try_from(add.size).unwrap_or_default(),
            rows: stats.rows,
            event_date,
            ranges: stats.ranges,
            add,
        }
    }

    /// The action that takes this file out of the table.
    pub(crate) fn remove(&self, at_millis: i64) -> Remove {
        Remove {
            path: self.add.path.clone(),
            data_change: true,
            deletion_timestamp: Some(at_millis),
            extended_file_metadata: Some(true),
            partition_values: Some(self.add.partition_values.clone()),
            size: Some(self.add.size),
            ..Remove::default()
        }
    }
}
