//! The session of one client: a copy of another with settings and a catalogue of its own.

use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::common::Result;
use datafusion::config::Dialect;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionContext;

use super::CATALOG;
use super::guarded::Guarded;
use super::saved::Saved;
use crate::bi;
use crate::engine::Client;
use crate::kpi::fact::AGENT_TIME;
use crate::rights::Rights;

/// The tables that the client's rights grant and his saved views, with limits of memory and work shared with `base`.
pub(crate) async fn fork(base: &SessionContext, client: &Client<'_>, saved: &Saved) -> Result<SessionContext> {
    let state = base.state();
    let mut config = state.config().clone();
    config.options_mut().execution.time_zone = Some(client.zone.to_string());
    config.options_mut().sql_parser.dialect = Dialect::PostgreSQL;
    let shared = base.catalog(CATALOG);
    let is_ours = |schema: &str| shared.as_ref().is_some_and(|catalog| catalog.schema(schema).is_some());
    let is_there = |schema: &&String| is_ours(schema) || saved.schemas().contains(schema.as_str());
    if let Some(first) = client.schemas.iter().find(is_there) {
        config.options_mut().catalog.default_schema.clone_from(first);
    }
    // Files, and what a row filter says, are in the physical plan.
    config.options_mut().explain.logical_plan_only = true;
    let catalogs = Arc::new(MemoryCatalogProviderList::new());
    let state = SessionStateBuilder::new_from_existing(state).with_config(config).with_catalog_list(catalogs).build();
    let context = SessionContext::new_with_state(state);
    crate::functions::cap(&context);
    let catalog = MemoryCatalogProvider::new();
    if let Some(shared) = &shared {
        for name in shared.schema_names() {
            if name == bi::SCHEMA {
                continue;
            }
            let Some(schema) = shared.schema(&name) else { continue };
            let own = MemorySchemaProvider::new();
            for table in schema.table_names() {
                let Some(provider) = schema.table(&table).await?.filter(|_| table != AGENT_TIME) else { continue };
                if let Some(provider) = granted(&context, client.rights, (&name, &table), provider)? {
                    own.register_table(table, provider)?;
                }
            }
            if !own.table_names().is_empty() {
                catalog.register_schema(&name, Arc::new(own))?;
            }
        }
    }
    super::bi::grant(&context, &catalog, client.rights)?;
    saved.list_in(&context.state(), &catalog)?;
    context.register_catalog(CATALOG, Arc::new(catalog));
    Ok(context)
}

/// A table as far as it is granted. What is made of other tables comes later, when these are there as they are granted.
fn granted(
    context: &SessionContext,
    rights: &Rights,
    (schema, table): (&str, &str),
    provider: Arc<dyn TableProvider>,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let Some(grant) = rights.on(schema, table) else { return Ok(None) };
    if grant.rows.is_none() && grant.masked.is_empty() {
        return Ok(Some(provider));
    }
    Ok(Some(Arc::new(Guarded::new(&context.state(), &format!("{schema}.{table}"), provider, grant)?)))
}
