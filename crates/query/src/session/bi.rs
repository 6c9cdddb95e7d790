//! Schema `bi` in a session: the views of [`crate::bi`] over the tables that the session has.

mod periods;

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use futures::FutureExt;
use trunkline_events::Timestamp;

use super::guarded::Guarded;
use super::view::{View, plan, schema_of};
use super::{CATALOG, agent_time};
use crate::bi::{Kind, PeriodKpi, SCHEMA, Views, Wide};
use crate::kpi::Registry;
use crate::kpi::fact::AGENT_TIME;
use crate::rights::Rights;

/// What there is to be in the schema, kept in the session's configuration, where forks find it.
pub(super) fn defined(
    context: &SessionContext,
    catalog: &dyn CatalogProvider,
    registry: &Registry,
    watermark: Option<Timestamp>,
) -> Arc<Views> {
    let base = |fact: &str| Some(catalog.schema(schema_of(catalog, fact)?)?.table(fact).now_or_never()?.ok()??.schema());
    let views = Arc::new(Views::of(registry, watermark, base));
    context.state_ref().write().config_mut().set_extension(Arc::clone(&views));
    views
}

/// Puts all views into the first session over a snapshot, whose tables are all there.
pub(crate) fn register(context: &SessionContext) -> Result<()> {
    let views = context.state_ref().read().config().get_extension::<Views>();
    let (Some(catalog), Some(views)) = (context.catalog(CATALOG), views) else { return Ok(()) };
    let schema = MemorySchemaProvider::new();
    for (name, view) in all(context, catalog.as_ref(), &views) {
        schema.register_table(name, view)?;
    }
    catalog.register_schema(SCHEMA, Arc::new(schema)).map(|_| ())
}

/// Puts what is made of other tables into a client's catalogue that has these as they are granted: agents' clocks and schema `bi`. A view
/// needs a grant of its own and all it is made of, so that whatever restricts those tables lies below it.
pub(super) fn grant(context: &SessionContext, catalog: &MemoryCatalogProvider, rights: &Rights) -> Result<()> {
    let offer = |schema: &str, name: &str, view: Arc<dyn TableProvider>| -> Result<()> {
        let Some(grant) = rights.on(schema, name) else { return Ok(()) };
        let is_whole = grant.rows.is_none() && grant.masked.is_empty();
        let view = if is_whole { view } else { Arc::new(Guarded::new(&context.state(), &format!("{schema}.{name}"), view, grant)?) };
        let own = match catalog.schema(schema) {
            Some(own) => own,
            None => {
                let own: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
                catalog.register_schema(schema, Arc::clone(&own))?;
                own
            }
        };
        own.register_table(name.to_owned(), view).map(|_| ())
    };
    if let Some(view) = agent_time::over(context, catalog) {
        offer("kpi", AGENT_TIME, view)?;
    }
    let views = context.state_ref().read().config().get_extension::<Views>();
    if let Some(views) = views {
        for (name, view) in all(context, catalog, &views) {
            offer(SCHEMA, &name, view)?;
        }
    }
    Ok(())
}

/// Every view whose tables the catalogue has.
fn all(context: &SessionContext, catalog: &dyn CatalogProvider, views: &Arc<Views>) -> Vec<(String, Arc<dyn TableProvider>)> {
    let mut found: Vec<(String, Arc<dyn TableProvider>)> = Vec::new();
    for (at, wide) in views.wide.iter().enumerate() {
        if schema_of(catalog, &wide.fact).is_some() {
            found.push((wide.fact.clone(), wide_view(context, views, at, wide)));
        }
    }
    let has = |kpi: &PeriodKpi| kpi.needs.iter().all(|fact| schema_of(catalog, fact).is_some());
    for (at, periods) in views.periods.iter().enumerate() {
        // Without a KPI there is nothing to have a day.
        if periods.kpis.iter().any(has) {
            found.push((periods.name().to_owned(), Arc::new(periods::Table::new(context, views, at, has))));
        }
    }
    found
}

fn wide_view(context: &SessionContext, views: &Arc<Views>, at: usize, wide: &Wide) -> Arc<dyn TableProvider> {
    let own = Arc::clone(views);
    let make = move |state: &SessionState| own.wide.get(at).and_then(|wide| planned(state, wide));
    View::new(context, &format!("{SCHEMA}.{}", wide.fact), wide.schema(), &wide.sql(&wide.fact), Box::new(make))
}

/// The plan of a view. A column that cannot be planned (a definition of the project is wrong, or reads a table that is not granted) is NULL, so
/// that it does not take the others away.
fn planned(state: &SessionState, wide: &Wide) -> Option<LogicalPlan> {
    if let Some(whole) = plan(state, &wide.sql(&wide.fact)) {
        return Some(whole);
    }
    let mut columns = wide.columns.clone();
    for column in &mut columns {
        let alone = format!("SELECT {} FROM {}", column.sql, wide.fact);
        if matches!(column.kind.arrow(), DataType::Int64 | DataType::Float64) && plan(state, &alone).is_none() {
            let kind = if column.kind == Kind::Whole { "BIGINT" } else { "DOUBLE" };
            column.sql = format!("CAST(NULL AS {kind})");
        }
    }
    let sound = Wide { fact: wide.fact.clone(), columns };
    plan(state, &sound.sql(&wide.fact))
}
