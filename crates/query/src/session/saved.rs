//! Saved views in a session: listed with the columns they had when they were made, planned for one statement at a time over the reader's own tables.
//!
//! Nothing that is planned is kept: functions of a session are that session's, and what a view reads may have changed.

mod listed;
mod overlay;
mod plan;

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::Statement;

use super::guarded::Guarded;
use crate::error::QueryError;
use crate::kpi::{KpiError, Registry};
use crate::rights::{Grant, Rights};
use crate::views::{Reads, View, ViewError, ViewLimits, ViewName, Views, is_house};
use listed::Listed;
use overlay::Overlay;

pub(crate) use plan::columns;

/// Why a statement that reads views has no plan.
#[derive(Debug)]
pub(crate) enum Unplanned {
    /// The engine says so.
    Engine(DataFusionError),
    /// A KPI does not fit.
    Kpi(Box<KpiError>),
    /// Views lie in each other too deeply.
    Limit(ViewError),
    /// A clause would be left out.
    Unheeded(Box<QueryError>),
    /// The text is no question.
    Text(String),
    /// A view has none.
    View(ViewName, Box<Self>),
}

/// The saved views that a session may read.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    views: Views,
    rights: Rights,
    limits: ViewLimits,
}

impl Saved {
    /// Those of `views` that the rights grant. What a schema of ours holds is none.
    pub(crate) fn of(views: &Views, rights: &Rights) -> Self {
        Self { views: views.granted(rights), rights: rights.clone(), limits: ViewLimits::default() }
    }

    /// Schemas that are there for the session: those in which it may make views, and those of which it may read one.
    pub(super) fn schemas(&self) -> BTreeSet<&str> {
        let read = self.views.iter().map(|(name, _)| name.schema.as_str());
        self.rights.view_schemas().iter().map(String::as_str).chain(read).filter(|schema| !is_house(schema)).collect()
    }

    /// Lists them in a catalogue. A view whose row filter or mask does not fit its columns any more is left out: its maker must not be able to keep others out.
    pub(crate) fn list_in(&self, state: &SessionState, catalog: &dyn CatalogProvider) -> Result<()> {
        for schema in self.schemas() {
            let listed = MemorySchemaProvider::new();
            for (name, view) in self.views.iter().filter(|(name, _)| name.schema == schema) {
                let table = Arc::new(Listed::of(name, view));
                if let Ok(table) = self.guarded(state, name, table) {
                    listed.register_table(name.name.clone(), table)?;
                }
            }
            catalog.register_schema(schema, Arc::new(listed))?;
        }
        Ok(())
    }

    /// The state with the views that a statement reads planned in it; nothing where it reads none.
    pub(crate) async fn laid_over(
        &self,
        state: impl FnOnce() -> SessionState,
        statement: &Statement,
        registry: &Registry,
    ) -> Result<Option<SessionState>, Unplanned> {
        if self.views.is_empty() {
            return Ok(None);
        }
        let state = state();
        let reads = Reads::of(statement, &state.config().options().catalog.default_schema);
        let order = self.views.order(&reads, &self.limits).map_err(Unplanned::Limit)?;
        if order.is_empty() {
            return Ok(None);
        }
        let (state, overlay) = Overlay::over(state);
        for name in order {
            let Some(view) = self.views.get(&name) else { continue };
            let planned = plan::table(&state, view, registry).await;
            let table = planned.map_err(|error| Unplanned::View(name.clone(), Box::new(error)))?;
            // What its grant does not fit any more is not there, and what the grant says is not for the reader.
            let Ok(table) = self.guarded(&state, &name, table) else { continue };
            overlay.put(name, table);
        }
        Ok(Some(state))
    }

    /// Whether a grant fits a view: its condition and its masks are about columns that there are.
    pub(crate) fn fits(state: &SessionState, name: &ViewName, view: &View, grant: &Grant) -> Result<()> {
        Guarded::new(state, &name.to_string(), Arc::new(Listed::of(name, view)), grant).map(|_| ())
    }

    /// The plan of a question that is to be a view.
    pub(crate) async fn plan_new(
        &self,
        state: SessionState,
        question: &Statement,
        path: &str,
        registry: &Registry,
    ) -> Result<LogicalPlan, Unplanned> {
        let mut state = state;
        path.clone_into(&mut state.config_mut().options_mut().catalog.default_schema);
        let laid = self.laid_over(|| state.clone(), question, registry).await?;
        plan::question(laid.as_ref().unwrap_or(&state), question, path, registry).await
    }

    /// A view as far as it is granted.
    fn guarded(&self, state: &SessionState, name: &ViewName, view: Arc<dyn TableProvider>) -> Result<Arc<dyn TableProvider>> {
        match self.rights.on(&name.schema, &name.name) {
            Some(grant) if grant.rows.is_some() || !grant.masked.is_empty() => {
                Ok(Arc::new(Guarded::new(state, &name.to_string(), view, grant)?))
            }
            _ => Ok(view),
        }
    }
}
