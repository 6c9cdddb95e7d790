//! A table of which only some rows, or not all columns, may be seen.
//!
//! The condition is evaluated innermost, in a node that lets no other condition pass below it: a client's expression never meets a row that
//! he may not see, so that not even its errors tell of one. A masked column is NULL from here on.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_datafusion_err};
use datafusion::datasource::TableType;
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

use crate::rights::Grant;

/// A table behind its grant.
#[derive(Debug)]
pub(super) struct Guarded {
    inner: Arc<dyn TableProvider>,
    /// That of the table, but that a masked column may be NULL: what is said to be never NULL the optimiser does not look at.
    schema: SchemaRef,
    rows: Option<Expr>,
    masked: Vec<String>,
}

impl Guarded {
    /// `name` is for errors.
    pub(super) fn new(state: &SessionState, name: &str, inner: Arc<dyn TableProvider>, grant: &Grant) -> Result<Self> {
        let schema = DFSchema::try_from(inner.schema())?;
        let wrong = |e: datafusion::common::DataFusionError| plan_datafusion_err!("the row filter of {name}: {}", e.strip_backtrace());
        let rows = grant.rows.as_ref().map(|rows| state.create_logical_expr(rows, &schema).map_err(wrong)).transpose()?;
        if let Some(missing) = grant.masked.iter().find(|column| inner.schema().column_with_name(column).is_none()) {
            return Err(plan_datafusion_err!("{name} has no column \"{missing}\" to mask"));
        }
        let shown = |field: &FieldRef| match grant.masked.contains(field.name()) {
            true => Arc::new(field.as_ref().clone().with_nullable(true)),
            false => Arc::clone(field),
        };
        let schema = Arc::new(Schema::new(inner.schema().fields().iter().map(shown).collect::<Vec<_>>()));
        Ok(Self { inner, schema, rows, masked: grant.masked.clone() })
    }

    fn is_masked(&self, column: &str) -> bool {
        self.masked.iter().any(|masked| masked == column)
    }
}

#[async_trait]
impl TableProvider for Guarded {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        self.inner.table_type()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Unsupported; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.inner.schema();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
        let mut read = wanted.clone();
        for column in self.rows.iter().flat_map(Expr::column_refs) {
            let (at, _) = schema.column_with_name(column.name()).ok_or_else(|| plan_datafusion_err!("no column {column}"))?;
            if !read.contains(&at) {
                read.push(at);
            }
        }
        let filters: Vec<Expr> = self.rows.iter().cloned().collect();
        let mut plan = self.inner.scan(state, Some(&read), &filters, None).await?;
        if let Some(rows) = &self.rows {
            let given = DFSchema::try_from(plan.schema())?;
            plan = Arc::new(FilterExec::try_new(state.create_physical_expr(rows.clone(), &given)?, plan)?);
        }
        let given = plan.schema();
        let shown = |at: usize| -> Result<(Arc<dyn PhysicalExpr>, String)> {
            let field = given.field(at);
            let expression: Arc<dyn PhysicalExpr> = match self.is_masked(field.name()) {
                true => Arc::new(Literal::new(ScalarValue::try_from(field.data_type())?)),
                false => Arc::new(Column::new(field.name(), at)),
            };
            Ok((expression, field.name().clone()))
        };
        let columns = (0..wanted.len()).map(shown).collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(Wall(Arc::new(ProjectionExec::try_new(columns, plan)?))))
    }
}

/// Rows as they come; no condition of what is above goes below it. What a plan does not say of itself the optimiser does not do, so that it is enough
/// to say nothing.
#[derive(Debug)]
struct Wall(Arc<dyn ExecutionPlan>);

impl DisplayAs for Wall {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantedRows")
    }
}

impl ExecutionPlan for Wall {
    fn name(&self) -> &'static str {
        "GrantedRows"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.0.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.0]
    }

    fn apply_expressions(&self, _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(children.pop().map_or(Arc::clone(&self) as Arc<dyn ExecutionPlan>, |child| Arc::new(Self(child))))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.0.execute(partition, context)
    }
}
