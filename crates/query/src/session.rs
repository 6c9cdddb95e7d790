//! The only place where a DataFusion session is built: limits, tables, functions.

mod agent_time;
pub(crate) mod bi;
mod described;
mod eased;
mod fork;
mod guarded;
mod joined;
mod minutes;
mod numbers;
mod quotient;
mod reworded;
pub(crate) mod saved;
mod signed;
mod united;
mod view;
mod zoned;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::Result;
use datafusion::datasource::MemTable;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use object_store::local::LocalFileSystem;
use trunkline_events::Timestamp;
use trunkline_storage::{LakeTable, schema};

pub(crate) use eased::ease;
pub(crate) use fork::fork;
pub(crate) use view::placed_text as placed;
pub use zoned::instant;

use crate::functions;
use crate::kpi::Registry;
use crate::kpi::fact::AGENT_TIME;
use crate::provider::FactTable;

/// Name of the catalogue all tables are in.
pub(crate) const CATALOG: &str = "trunkline";

/// What a client wrote as PostgreSQL means it, where the engine means something else: clocks, quotients of sums, fractions, division by zero, types that meet.
///
/// # Errors
/// A plan that does not fit together.
pub(crate) fn meant(plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
    zoned::local(numbers::counted(quotient::fractions(united::united(signed::counts(plan)?)?)?, state)?, state)
}

/// Limits of a session.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes all running queries may hold together before they spill to disk; default 4 GiB.
    pub memory_bytes: usize,
    /// Bytes that all running queries may have on disk together when they spill; default 32 GiB.
    pub spill_bytes: u64,
    /// Partitions a query is planned for; default one per core.
    pub partitions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { memory_bytes: 4 << 30, spill_bytes: 32 << 30, partitions: cores }
    }
}

/// Where the rows of the tables come from.
pub(crate) enum Tables {
    /// Snapshots of the lake's tables; the lake lies at this folder.
    Lake(std::path::PathBuf, Vec<LakeTable>),
    /// Rows in memory; tables that are missing are empty.
    Memory(HashMap<String, Vec<RecordBatch>>),
}

/// Builds a session over the tables. Schema `public` holds them by name, `kpi` holds the fact tables
/// for `MEASURE` and the view of agents' clocks.
pub(crate) fn build(
    tables: &Tables,
    extra: Vec<(&'static str, RecordBatch)>,
    registry: &Registry,
    limits: &Limits,
    zone: &str,
    watermark: Option<Timestamp>,
) -> Result<SessionContext> {
    let mut config = SessionConfig::new()
        .with_target_partitions(limits.partitions)
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, "public");
    config.options_mut().execution.parquet.pushdown_filters = true;
    config.options_mut().execution.parquet.reorder_filters = true;
    config.options_mut().execution.time_zone = Some(zone.to_string());
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory_bytes)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_max_temp_directory_size(limits.spill_bytes))
        .build_arc()?;
    let state = SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features();
    let state = state.with_physical_optimizer_rules(eased::rules()).build();
    let mut context = SessionContext::new_with_state(state);
    let catalog = MemoryCatalogProvider::new();
    let (public, kpi) = (Arc::new(MemorySchemaProvider::new()), Arc::new(MemorySchemaProvider::new()));
    for name in schema::TABLES {
        let table = provider(name, tables, &context)?;
        public.register_table((*name).to_string(), Arc::clone(&table))?;
        if !matches!(*name, "events" | "rejected_records" | "anomalies") {
            kpi.register_table((*name).to_string(), table)?;
        }
    }
    catalog.register_schema("public", public)?;
    catalog.register_schema("kpi", Arc::clone(&kpi) as _)?;
    if let Some(view) = agent_time::over(&context, &catalog) {
        kpi.register_table(AGENT_TIME.to_string(), view)?;
    }
    let views = bi::defined(&context, &catalog, registry, watermark);
    let described = Arc::new(MemorySchemaProvider::new());
    let own = [("tables", described::tables(tables, &views)?), ("columns", described::columns(&views)?)];
    for (name, batch) in extra.into_iter().chain(own) {
        described.register_table(name.to_string(), Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))?;
    }
    catalog.register_schema("catalog", described)?;
    context.register_catalog(CATALOG, Arc::new(catalog));
    functions::register(&mut context)?;
    functions::register_tables(&context);
    crate::postgres::register_plain(&context, zone);
    Ok(context)
}

fn provider(name: &str, tables: &Tables, context: &SessionContext) -> Result<Arc<dyn TableProvider>> {
    match tables {
        Tables::Lake(root, snapshots) => {
            if let Some(table) = snapshots.iter().find(|t| t.name() == name) {
                return Ok(Arc::new(FactTable::new(store(root, context)?, "", table)));
            }
        }
        Tables::Memory(rows) => {
            if let Some(batches) = rows.get(name)
                && let Some(first) = batches.first()
            {
                return Ok(Arc::new(MemTable::try_new(first.schema(), vec![batches.clone()])?));
            }
        }
    }
    let empty = schema::arrow_schema(name).unwrap_or_else(|| Arc::new(arrow::datatypes::Schema::empty()));
    Ok(Arc::new(MemTable::try_new(empty, vec![vec![]])?))
}

/// A store that begins at the lake's folder: no path of a query can lead out of it.
fn store(root: &Path, context: &SessionContext) -> Result<ObjectStoreUrl> {
    let url = ObjectStoreUrl::parse("lake://here")?;
    if context.runtime_env().object_store(&url).is_err() {
        context.runtime_env().register_object_store(url.as_ref(), Arc::new(LocalFileSystem::new_with_prefix(root)?));
    }
    Ok(url)
}
