//! `kpi.agent_time` as a view over the session's own legs and states.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{CatalogProvider, TableProvider};
use datafusion::prelude::SessionContext;
use futures::FutureExt;

use super::view::{View, plan, schema_of};
use crate::kpi::agent_time::{view_columns, view_sql};
use crate::kpi::fact::AGENT_TIME;

/// The tables it is made of.
const MADE_OF: [&str; 2] = ["agent_legs", "agent_states"];

/// The view over what `catalog` has; nothing where a table that it is made of is not there, since half of the clock would be wrong.
pub(super) fn over(context: &SessionContext, catalog: &dyn CatalogProvider) -> Option<Arc<dyn TableProvider>> {
    let tables = MADE_OF.map(|name| catalog.schema(schema_of(catalog, name)?)?.table(name).now_or_never()?.ok().flatten());
    let [Some(legs), Some(_)] = tables else { return None };
    let sql = view_sql();
    let planned = sql.clone();
    let make = move |state: &_| plan(state, &planned);
    Some(View::new(context, &format!("kpi.{AGENT_TIME}"), schema(&legs.schema()), &sql, Box::new(make)))
}

fn schema(legs: &SchemaRef) -> SchemaRef {
    // Text is plain in memory and views in a lake.
    let text = legs.field_with_name("agent_id").map_or(DataType::Utf8, |field| field.data_type().clone());
    let field = |(name, kind)| Field::new(name, if name == "agent_id" { text.clone() } else { kind }, true);
    Arc::new(Schema::new(view_columns().into_iter().map(field).collect::<Vec<_>>()))
}
