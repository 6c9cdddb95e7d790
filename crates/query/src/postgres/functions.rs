//! Functions of PostgreSQL that its clients call: who and where one is, what the catalogue says, privileges, PostgreSQL's patterns.

mod arrays;
mod call;
mod definitions;
mod keywords;
mod patterns;
mod privileges;
mod procedures;
mod quantified;
mod references;
mod session;
mod shown;
mod similar;
mod span;
mod spans;
mod subqueries;
mod text;
mod visibility;
mod zones;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;

use super::settings::Settings;
use super::snapshot::{Snapshot, Table};

pub(super) use call::Function;
pub(super) use keywords::is_reserved;
pub use procedures::name as procedure;
pub(super) use shown::Shown;
pub use span::{interval, iso_interval};
pub(super) use zones::Zoned;

/// What functions know of the session.
#[derive(Debug, Clone)]
struct Session {
    snapshot: Arc<Snapshot>,
    settings: Arc<Settings>,
}

impl Session {
    /// The schemas of `search_path` that there are.
    fn path(&self) -> Vec<String> {
        let path = self.settings.get("search_path").unwrap_or_default();
        let names = path.split(',').map(|name| name.trim().trim_matches(['"', '\'']).to_owned());
        names.filter(|name| self.snapshot.schemas.iter().any(|s| &s.name == name)).collect()
    }

    fn is_visible(&self, table: &Table) -> bool {
        let path = self.path();
        // A table of the same name in an earlier schema hides this one.
        let first = path.iter().find_map(|schema| self.snapshot.resolve(schema, &table.name));
        table.schema_name == "pg_catalog" || first.is_some_and(|found| found.oid == table.oid)
    }

    /// The name of a table as it must be written in this session.
    fn shown(&self, table: &Table) -> String {
        let name = super::snapshot::quoted(&table.name);
        if self.is_visible(table) { name } else { format!("{}.{name}", super::snapshot::quoted(&table.schema_name)) }
    }

    /// The table that a written name means.
    fn table(&self, written: &str) -> Option<&Table> {
        let parts = text::identifiers(written)?;
        match parts.as_slice() {
            [name] => {
                let path = std::iter::once("pg_catalog".to_owned()).chain(self.path());
                path.into_iter().find_map(|schema| self.snapshot.resolve(&schema, name))
            }
            [schema, name] | [_, schema, name] => self.snapshot.resolve(schema, name),
            _ => None,
        }
    }
}

/// Registers all of them in the session, over those of the engine with the same name.
pub(super) fn register(context: &SessionContext, snapshot: &Arc<Snapshot>, settings: &Arc<Settings>) -> Result<()> {
    let session = Session { snapshot: Arc::clone(snapshot), settings: Arc::clone(settings) };
    let mut functions = session::functions(&session);
    functions.extend(definitions::functions(&session));
    functions.extend(visibility::functions(&session));
    functions.extend(privileges::functions(&session));
    functions.extend(references::functions(&session));
    functions.extend(procedures::functions());
    for function in functions {
        context.register_udf(ScalarUDF::from(function));
    }
    register_plain(context, settings);
    context.register_udtf("pg_get_keywords", Arc::new(keywords::Keywords));
    Ok(())
}

/// Registers those that know of a session only its zone: what values are, and how they are written.
pub(super) fn register_plain(context: &SessionContext, settings: &Arc<Settings>) {
    let mut functions = arrays::functions();
    functions.extend(similar::functions());
    functions.extend(text::functions());
    functions.extend(patterns::functions(settings));
    functions.extend(spans::functions(settings));
    for function in functions {
        context.register_udf(ScalarUDF::from(function));
    }
    context.register_udf(ScalarUDF::from(Shown::new()));
    context.register_udf(ScalarUDF::from(Zoned::new()));
    context.register_udf(ScalarUDF::from(subqueries::Gathered::new()));
    context.register_udf(ScalarUDF::from(subqueries::Sorted::new()));
    context.register_udf(ScalarUDF::from(subqueries::OnlyRow::new()));
    for function in quantified::Quantified::all() {
        context.register_udf(ScalarUDF::from(function));
    }
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}
