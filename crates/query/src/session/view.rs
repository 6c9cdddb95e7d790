//! A view whose columns are known and whose plan is made when it is first asked for: most sessions never do.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, Session, TableProvider};
use datafusion::common::{Result, plan_datafusion_err};
use datafusion::datasource::{TableType, ViewTable};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement;
use futures::FutureExt;

use super::CATALOG;
use crate::bi::{Views, ZONE, relations};
use crate::kpi::fact::WATERMARK;

/// The session as long as it lives: it owns the schema that owns the view, so the view must not own it.
pub(super) struct Home(Box<dyn Fn() -> Option<SessionState> + Send + Sync>);

impl Home {
    pub(super) fn of(context: &SessionContext) -> Self {
        let state = context.state_weak_ref();
        Self(Box::new(move || state.upgrade().map(|state| state.read().clone())))
    }

    pub(super) fn state(&self) -> Option<SessionState> {
        (self.0)()
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Home")
    }
}

/// The schema in which a session has a fact: `kpi` before `public`, whatever its search path says.
pub(super) fn schema_of(catalog: &dyn CatalogProvider, fact: &str) -> Option<&'static str> {
    ["kpi", "public"].into_iter().find(|name| catalog.schema(name).is_some_and(|schema| schema.table_exist(fact)))
}

/// The session's time zone.
pub(super) fn zone(state: &SessionState) -> String {
    state.config().options().execution.time_zone.clone().unwrap_or_else(|| "UTC".to_owned())
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The query as a statement of the session: its zone, the watermark and its own tables in their places. `None` when it does not parse.
pub(super) fn placed(state: &SessionState, sql: &str) -> Option<Statement> {
    let catalog = state.catalog_list().catalog(CATALOG)?;
    let views = state.config().get_extension::<Views>()?;
    let sql = sql.replace(ZONE, &literal(&zone(state))).replace(WATERMARK, &views.watermark);
    let statement = relations::resolved(&sql, |fact| schema_of(catalog.as_ref(), fact))?;
    Some(Statement::Statement(Box::new(statement)))
}

/// The same as text; as it is, when it does not parse, for the engine to report.
pub(crate) fn placed_text(state: &SessionState, sql: &str) -> String {
    placed(state, sql).map_or_else(|| sql.to_owned(), |statement| statement.to_string())
}

/// Plans a query now: all tables are in memory or opened before, so planning never waits.
pub(super) fn plan(state: &SessionState, sql: &str) -> Option<LogicalPlan> {
    state.statement_to_plan(placed(state, sql)?).now_or_never()?.ok()
}

type Make = Box<dyn Fn(&SessionState) -> Option<LogicalPlan> + Send + Sync>;

/// A view over the session's own tables.
pub(super) struct View {
    name: String,
    home: Home,
    schema: SchemaRef,
    definition: String,
    make: Make,
    made: OnceLock<Option<ViewTable>>,
}

impl View {
    /// `sql` may hold the zone's placeholder and names facts without a schema; `make` plans it, or something with the same columns.
    pub(super) fn new(context: &SessionContext, name: &str, schema: SchemaRef, sql: &str, make: Make) -> Arc<Self> {
        let definition = sql.replace(ZONE, "current_setting('TimeZone')");
        Arc::new(Self { name: name.to_owned(), home: Home::of(context), schema, definition, make, made: OnceLock::new() })
    }

    fn view(&self) -> Option<&ViewTable> {
        let made = || Some(ViewTable::new((self.make)(&self.home.state()?)?, None));
        self.made.get_or_init(made).as_ref()
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("name", &self.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for View {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn get_logical_plan(&'_ self) -> Option<Cow<'_, LogicalPlan>> {
        self.view().map(|view| Cow::Borrowed(view.logical_plan()))
    }

    fn get_table_definition(&self) -> Option<&str> {
        Some(&self.definition)
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
        let view =
            self.view().ok_or_else(|| plan_datafusion_err!("{} cannot be planned: tables that it reads are not there", self.name))?;
        view.scan(state, projection, filters, limit).await
    }
}
