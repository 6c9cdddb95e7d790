//! Tables whose rows are made anew at each scan: by a function, or by a question to other tables.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::{MemTable, TableType};
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use futures::future::BoxFuture;

pub(super) fn schema_of(columns: &[(&str, DataType, bool)]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|(name, kind, null)| Field::new(*name, kind.clone(), *null)).collect::<Vec<_>>()))
}

/// Where rows come from.
enum Rows {
    /// A function.
    Made(Box<dyn Fn() -> BoxFuture<'static, Result<RecordBatch>> + Send + Sync>),
    /// A question to other tables.
    Asked(&'static str),
}

/// A table whose rows are made anew at each scan.
pub(super) struct Live {
    schema: SchemaRef,
    rows: Rows,
}

impl Live {
    pub(super) fn made(schema: SchemaRef, rows: impl Fn() -> BoxFuture<'static, Result<RecordBatch>> + Send + Sync + 'static) -> Self {
        Self { schema, rows: Rows::Made(Box::new(rows)) }
    }

    pub(super) const fn asked(schema: SchemaRef, sql: &'static str) -> Self {
        Self { schema, rows: Rows::Asked(sql) }
    }

    /// The plan of a question, with the columns that are wanted.
    async fn ask(&self, state: &dyn Session, sql: &str, projection: Option<&Vec<usize>>) -> Result<Arc<dyn ExecutionPlan>> {
        let state = state
            .as_any()
            .downcast_ref::<SessionState>()
            .ok_or_else(|| DataFusionError::NotImplemented("tables of ops outside a session of this process".to_owned()))?;
        let plan = state.create_physical_plan(&state.create_logical_plan(sql).await?).await?;
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let columns = wanted.iter().map(|&at| {
            let name = self.schema.field(at).name();
            let column: Arc<dyn datafusion::physical_expr::PhysicalExpr> = Arc::new(Column::new(name, at));
            (column, name.clone())
        });
        Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), plan)?))
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for Live {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match &self.rows {
            Rows::Asked(sql) => self.ask(state, sql, projection).await,
            Rows::Made(rows) => {
                let rows = MemTable::try_new(Arc::clone(&self.schema), vec![vec![rows().await?]])?;
                rows.scan(state, projection, filters, limit).await
            }
        }
    }
}
