//! The system's schemas in the session's catalogue: every relation is there, its rows are made when it is first read.
//!
//! Sessions with the same tables share the rows, but for those that tell of the session itself: tools connect again for each page, and every page
//! asks for columns and types.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{CatalogProvider, SchemaProvider, Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};
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

/// Relations whose rows are the session's own, and change while it goes on.
const LIVE: [&str; 2] = ["pg_settings", "pg_stat_activity"];

impl SystemTable {
    fn batch(&self) -> Result<RecordBatch> {
        let is_live = LIVE.contains(&self.relation.name);
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

type Tables = BTreeMap<&'static str, Arc<SystemTable>>;

/// Those relations for which `is_wanted`.
fn tables(rows: &Rows, is_wanted: impl Fn(&Relation) -> bool) -> Tables {
    let table = |relation: &'static Relation| {
        let table = SystemTable { relation, rows: Arc::clone(rows), made: OnceLock::new() };
        (relation.name, Arc::new(table))
    };
    relation::all().iter().filter(|relation| is_wanted(relation)).map(table).collect()
}

/// What sessions with the same tables have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pg_catalog: Arc<Tables>,
    information_schema: Arc<Tables>,
}

impl Shared {
    /// Relations whose rows `rows` makes.
    pub(super) fn new(rows: &Rows) -> Self {
        let of = |schema: &str| Arc::new(tables(rows, |relation| relation.schema == schema && !LIVE.contains(&relation.name)));
        Self { pg_catalog: of("pg_catalog"), information_schema: of("information_schema") }
    }
}

/// Whether a plan reads relations of the system and no others.
pub(crate) fn is_of_system(plan: &LogicalPlan) -> bool {
    let (mut of_system, mut others) = (0, 0);
    // Looking cannot fail.
    let _looked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            *(if relation_of(scan).is_some() { &mut of_system } else { &mut others }) += 1;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    of_system > 0 && others == 0
}

/// Whether what is read is a relation of the system whose rows are the same for all who share the tables.
pub(super) fn is_shared_relation(scan: &TableScan) -> bool {
    relation_of(scan).is_some_and(|relation| !LIVE.contains(&relation.name))
}

/// The relation of the system that is read.
fn relation_of(scan: &TableScan) -> Option<&'static Relation> {
    let provider = source_as_provider(&scan.source).ok()?;
    (provider.as_ref() as &dyn Any).downcast_ref::<SystemTable>().map(|table| table.relation)
}

/// One of the two schemas.
#[derive(Debug)]
struct SystemSchema {
    shared: Arc<Tables>,
    /// The session's.
    own: Tables,
}

impl SystemSchema {
    fn get(&self, name: &str) -> Option<&Arc<SystemTable>> {
        self.shared.get(name).or_else(|| self.own.get(name))
    }
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        self.shared.keys().chain(self.own.keys()).map(ToString::to_string).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        Ok(self.get(name).map(|table| Arc::clone(table) as Arc<dyn TableProvider>))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.get(name).is_some()
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
    /// `inner` with the schemas that are shared, and what is the session's own by `rows`.
    pub(super) fn new(inner: Arc<dyn CatalogProvider>, shared: &Shared, rows: &Rows) -> Self {
        let own = tables(rows, |relation| LIVE.contains(&relation.name));
        let pg_catalog = Arc::new(SystemSchema { shared: Arc::clone(&shared.pg_catalog), own });
        let information_schema = Arc::new(SystemSchema { shared: Arc::clone(&shared.information_schema), own: Tables::new() });
        Self { inner, pg_catalog, information_schema }
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
