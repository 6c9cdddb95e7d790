//! `kpi.agent_time` as a view: planned when it is first asked for, since most sessions never do.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, plan_datafusion_err};
use datafusion::datasource::{TableType, ViewTable};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use futures::FutureExt;

use crate::kpi::agent_time::view_sql;

/// The view of [`view_sql`] over the session's own tables.
pub(super) struct AgentTime {
    /// The session as long as it lives: it owns the schema that owns the view, so the view must not own it.
    state: Box<dyn Fn() -> Option<SessionState> + Send + Sync>,
    view: OnceLock<Option<ViewTable>>,
}

impl AgentTime {
    pub(super) fn new(context: &SessionContext) -> Self {
        let state = context.state_weak_ref();
        Self { state: Box::new(move || state.upgrade().map(|state| state.read().clone())), view: OnceLock::new() }
    }

    fn view(&self) -> Option<&ViewTable> {
        let plan = || {
            let (state, sql) = ((self.state)()?, view_sql());
            // All tables are in memory or opened before, so planning never waits.
            let plan = state.create_logical_plan(&sql).now_or_never()?.ok()?;
            Some(ViewTable::new(plan, Some(sql)))
        };
        self.view.get_or_init(plan).as_ref()
    }
}

impl fmt::Debug for AgentTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentTime").finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for AgentTime {
    fn schema(&self) -> SchemaRef {
        self.view().map_or_else(|| Arc::new(Schema::empty()), TableProvider::schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn get_logical_plan(&'_ self) -> Option<Cow<'_, LogicalPlan>> {
        self.view().map(|view| Cow::Borrowed(view.logical_plan()))
    }

    fn get_table_definition(&self) -> Option<&str> {
        self.view().and_then(TableProvider::get_table_definition)
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let view = self.view().ok_or_else(|| plan_datafusion_err!("kpi.agent_time cannot be planned: the session has ended"))?;
        view.scan(state, projection, filters, limit).await
    }
}
