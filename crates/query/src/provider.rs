//! Fact tables for DataFusion: a snapshot of a Delta table planned as a plain Parquet scan.
//!
//! Files are pruned by the statistics of the log, row groups and pages by Parquet's own, filters run while decoding (late
//! materialisation). The Delta library's own scan is not used: it reads in one partition where positions matter, and cannot be
//! sent to other machines. Never writes.

mod prune;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{DFSchema, Result, ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use trunkline_storage::{DataFile, LakeTable};

/// A table of the lake at one version.
#[derive(Debug)]
pub struct FactTable {
    store: ObjectStoreUrl,
    prefix: String,
    schema: SchemaRef,
    /// File columns first, partition columns last: the order of the scan.
    scan_schema: TableSchema,
    files: Vec<DataFile>,
}

impl FactTable {
    /// `store` must be registered in the session; `prefix` is the lake's path in it, without slashes at its ends.
    #[must_use]
    pub fn new(store: ObjectStoreUrl, prefix: &str, table: &LakeTable) -> Self {
        let schema = with_views(&table.schema());
        let is_partition = |field: &FieldRef| table.partition_columns().contains(&field.name().as_str());
        let (partition, file): (Vec<FieldRef>, Vec<FieldRef>) = schema.fields().iter().cloned().partition(is_partition);
        let scan_schema = TableSchema::builder(Arc::new(Schema::new(file))).with_table_partition_cols(partition).build();
        Self { store, prefix: prefix.to_string(), schema, scan_schema, files: table.files().to_vec() }
    }

    fn physical(&self, state: &dyn Session, filters: &[Expr]) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let Some(all) = conjunction(filters.to_vec()) else { return Ok(None) };
        let schema = DFSchema::try_from(Arc::clone(self.scan_schema.table_schema()))?;
        state.create_physical_expr(all, &schema).map(Some)
    }

    fn partitioned(&self, file: &DataFile) -> PartitionedFile {
        let path = if self.prefix.is_empty() { file.path.clone() } else { format!("{}/{}", self.prefix, file.path) };
        let mut part = PartitionedFile::new(path, file.size);
        if !self.scan_schema.table_partition_cols().is_empty() {
            part.partition_values = vec![ScalarValue::Date32(file.event_date)];
        }
        part
    }

    /// Footers are read once per session: data files never change.
    fn reader(&self, state: &dyn Session) -> Result<Arc<CachedParquetFileReaderFactory>> {
        let runtime = state.runtime_env();
        let store = runtime.object_store(&self.store)?;
        Ok(Arc::new(CachedParquetFileReaderFactory::new(store, runtime.cache_manager.get_file_metadata_cache())))
    }

    fn statistics_of(&self, files: &[&DataFile]) -> Statistics {
        let mut statistics = Statistics::new_unknown(self.scan_schema.table_schema());
        if let Some(rows) = files.iter().map(|f| f.rows).sum::<Option<u64>>() {
            statistics.num_rows = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
        }
        statistics
    }
}

/// Text as views: grouping and filtering by text cost half of what they cost on plain strings.
fn with_views(schema: &Schema) -> SchemaRef {
    let view = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new(schema.fields().iter().map(view).collect::<Vec<FieldRef>>()))
}

/// Files in at most `count` groups of about the same bytes: largest first, each to the lightest group.
fn balanced(mut files: Vec<PartitionedFile>, count: usize) -> Vec<FileGroup> {
    files.sort_by_key(|f| std::cmp::Reverse(f.object_meta.size));
    let mut groups: Vec<(u64, Vec<PartitionedFile>)> = vec![(0, Vec::new()); count.clamp(1, files.len().max(1))];
    for file in files {
        if let Some(lightest) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            lightest.0 += file.object_meta.size;
            lightest.1.push(file);
        }
    }
    groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
}

#[async_trait]
impl TableProvider for FactTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let predicate = self.physical(state, filters)?;
        let files = prune::keep(&self.files, predicate.as_ref(), self.scan_schema.table_schema());
        let places: HashMap<&str, usize> =
            self.scan_schema.table_schema().fields().iter().enumerate().map(|(i, f)| (f.name().as_str(), i)).collect();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let indices: Vec<usize> = wanted.iter().filter_map(|i| places.get(self.schema.field(*i).name().as_str()).copied()).collect();
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(Arc::new(self.schema.project(&wanted)?))));
        }
        let statistics = self.statistics_of(&files);
        let parts: Vec<PartitionedFile> = files.iter().map(|f| self.partitioned(f)).collect();
        let groups = balanced(parts, state.config().target_partitions());
        let options = TableParquetOptions { global: state.config_options().execution.parquet.clone(), ..TableParquetOptions::default() };
        // The filter itself stays above the scan, until the physical optimizer moves into it what it can evaluate: given here too, it would
        // be evaluated twice.
        let source = ParquetSource::new(self.scan_schema.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(self.reader(state)?)
            .with_pushdown_filters(true);
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(Some(indices))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
