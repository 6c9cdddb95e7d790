//! The system's schemas in the session's catalogue: every relation is there, its rows are made when it is first read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{CatalogProvider, SchemaProvider, Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use super::relation::{self, Relation, Row};
use super::snapshot::{Snapshot, is_system};

/// Makes the rows of a relation.
pub(super) type Rows = Arc<dyn Fn(&'static Relation) -> Vec<Row> + Send + Sync>;

/// A relation of the system.
struct SystemTable {
    relation: &'static Relation,
    rows: Rows,
    made: OnceLock<RecordBatch>,
}

impl SystemTable {
    fn batch(&self) -> Result<RecordBatch> {
        // Settings and other sessions change while this one goes on.
        let is_live = matches!(self.relation.name, "pg_settings" | "pg_stat_activity");
        if let Some(made) = self.made.get() {
            return Ok(made.clone());
        }
        let batch = relation::batch(self.relation, &(self.rows)(self.relation))?;
        Ok(if is_live { batch } else { self.made.get_or_init(|| batch).clone() })
    }
}

impl fmt::Debug for SystemTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemTable").field("name", &self.relation.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for SystemTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.relation.arrow)
    }

    fn table_type(&self) -> TableType {
        if self.relation.is_view { TableType::View } else { TableType::Base }
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = vec![vec![self.batch()?]];
        Ok(MemorySourceConfig::try_new_exec(&rows, self.schema(), projection.cloned())?)
    }
}

/// One of the two schemas.
#[derive(Debug)]
struct SystemSchema {
    tables: BTreeMap<&'static str, Arc<SystemTable>>,
}

impl SystemSchema {
    fn new(name: &str, rows: &Rows) -> Self {
        let table = |relation: &'static Relation| {
            let table = SystemTable { relation, rows: Arc::clone(rows), made: OnceLock::new() };
            (relation.name, Arc::new(table))
        };
        Self { tables: relation::all().iter().filter(|r| r.schema == name).map(table).collect() }
    }
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        self.tables.keys().map(ToString::to_string).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        Ok(self.tables.get(name).map(|table| Arc::clone(table) as Arc<dyn TableProvider>))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }
}

/// A catalogue with the system's schemas over those it had.
#[derive(Debug)]
pub(super) struct Catalogue {
    inner: Arc<dyn CatalogProvider>,
    pg_catalog: Arc<dyn SchemaProvider>,
    information_schema: Arc<dyn SchemaProvider>,
}

impl Catalogue {
    /// `inner` with schemas whose rows `rows` makes.
    pub(super) fn new(inner: Arc<dyn CatalogProvider>, rows: &Rows) -> Self {
        let schema = |name: &str| Arc::new(SystemSchema::new(name, rows)) as Arc<dyn SchemaProvider>;
        Self { inner, pg_catalog: schema("pg_catalog"), information_schema: schema("information_schema") }
    }
}

impl CatalogProvider for Catalogue {
    fn schema_names(&self) -> Vec<String> {
        let mut names = self.inner.schema_names();
        names.retain(|name| !is_system(name));
        names.extend(["information_schema", "pg_catalog"].map(ToOwned::to_owned));
        names
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        match name {
            "pg_catalog" => Some(Arc::clone(&self.pg_catalog)),
            "information_schema" => Some(Arc::clone(&self.information_schema)),
            _ => self.inner.schema(name),
        }
    }
}

/// The rows of a relation as a session with that snapshot sees them.
pub(super) fn rows(snapshot: Arc<Snapshot>, settings: Arc<super::Settings>) -> Rows {
    Arc::new(move |relation| match relation.schema {
        "pg_catalog" => super::pg_catalog::rows(relation, &snapshot, &settings),
        _ => super::information_schema::rows(relation, &snapshot),
    })
}
