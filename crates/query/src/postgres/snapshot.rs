//! What a session sees: the schemas, tables and columns that were registered when it began, and the system's own.

mod comments;
mod keys;

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::catalog::{CatalogProvider, TableProvider};
use datafusion::common::Result;
use datafusion::common::stats::Precision;
use datafusion::datasource::TableType;
use datafusion::prelude::SessionContext;

use super::Identity;
use super::oids::Oids;
use super::relation;
use super::types::{self, PgType};
use comments::Comments;

pub use comments::COMMENT_KEY;

/// OID of schema `pg_catalog`.
pub(super) const PG_CATALOG: i32 = 11;
/// OID of the role that owns everything.
pub(super) const OWNER: i32 = 10;
/// Name of that role: nobody logs in as it.
pub(super) const OWNER_NAME: &str = "trunkline";
/// OID of schema `public`, in PostgreSQL too.
const PUBLIC: i32 = 2200;
const INFORMATION_SCHEMA: i32 = 13_000;

/// Everything the catalogue tells.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) identity: Identity,
    /// OIDs of the user and of the database.
    pub(super) user: i32,
    pub(super) database: i32,
    pub(super) schemas: Arc<Vec<Schema>>,
    pub(super) tables: Arc<Vec<Table>>,
    /// When the session began, in microseconds.
    pub(super) began_at: i64,
}

/// A schema.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) oid: i32,
    pub(super) name: String,
    pub(super) comment: Option<&'static str>,
}

/// A table or view.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) oid: i32,
    pub(super) schema: i32,
    pub(super) schema_name: String,
    pub(super) name: String,
    pub(super) is_view: bool,
    pub(super) is_system: bool,
    pub(super) columns: Vec<Column>,
    pub(super) comment: Option<String>,
    pub(super) definition: Option<String>,
    pub(super) rows: Option<i64>,
    pub(super) bytes: Option<i64>,
    pub(super) key: Option<Key>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: PgType,
    pub(super) is_required: bool,
    pub(super) comment: Option<String>,
}

/// The primary key of a table: index, constraint and its columns, counted from 1.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) index: i32,
    pub(super) constraint: i32,
    pub(super) name: String,
    pub(super) columns: Vec<i64>,
}

impl Snapshot {
    /// Reads what `catalog` has now.
    pub(super) async fn read(context: &SessionContext, catalog: &dyn CatalogProvider, identity: &Identity) -> Result<Self> {
        let comments = Comments::read(context, catalog).await;
        let mut found = Vec::new();
        let mut names = vec![format!("role {}", identity.user), format!("database {}", identity.database)];
        let mut schema_names = catalog.schema_names();
        schema_names.retain(|name| !is_system(name));
        schema_names.sort();
        for schema in &schema_names {
            names.push(format!("schema {schema}"));
            let Some(provider) = catalog.schema(schema) else { continue };
            let mut tables = provider.table_names();
            tables.sort();
            for name in tables {
                if let Some(table) = provider.table(&name).await? {
                    names.extend(["", "index ", "constraint "].map(|kind| format!("{kind}{schema}.{name}")));
                    found.push((schema.clone(), name, table));
                }
            }
        }
        let oids = Oids::of(names);
        let schema_oid = |name: &str| if name == "public" { PUBLIC } else { oids.get(&format!("schema {name}")) };
        let mut schemas: Vec<Schema> =
            schema_names.iter().map(|n| Schema { oid: schema_oid(n), name: n.clone(), comment: comments::schema(n) }).collect();
        schemas.push(Schema { oid: PG_CATALOG, name: "pg_catalog".into(), comment: Some("system catalog schema") });
        schemas.push(Schema { oid: INFORMATION_SCHEMA, name: "information_schema".into(), comment: None });
        let mut tables: Vec<Table> = found
            .into_iter()
            .map(|(schema, name, provider)| described(schema_oid(&schema), schema, name, provider.as_ref(), &oids, &comments))
            .collect();
        tables.extend(relation::all().iter().map(system));
        Ok(Self {
            user: if identity.user == OWNER_NAME { OWNER } else { oids.get(&format!("role {}", identity.user)) },
            database: oids.get(&format!("database {}", identity.database)),
            identity: identity.clone(),
            schemas: Arc::new(schemas),
            tables: Arc::new(tables),
            began_at: jiff::Timestamp::now().as_microsecond(),
        })
    }

    /// The same for a session that begins now.
    pub(super) fn of_session(&self, identity: &Identity) -> Self {
        Self { identity: identity.clone(), began_at: jiff::Timestamp::now().as_microsecond(), ..self.clone() }
    }

    /// The tables that are not the system's.
    pub(super) fn own_tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter(|t| !t.is_system)
    }

    /// The table or view with that OID.
    pub(super) fn table(&self, oid: i32) -> Option<&Table> {
        self.tables.iter().find(|t| t.oid == oid)
    }

    /// The table of that schema and name.
    pub(super) fn resolve(&self, schema: &str, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == name && t.schema_name == schema)
    }

    /// Names of the roles there are: the owner and whoever asks.
    pub(super) fn roles(&self) -> Vec<(i32, &str)> {
        let mut roles = vec![(OWNER, OWNER_NAME)];
        if self.user != OWNER {
            roles.push((self.user, self.identity.user.as_str()));
        }
        roles
    }
}

impl Table {
    /// Columns of the key as they must be written.
    pub(super) fn key_columns(&self, key: &Key) -> Vec<String> {
        key.columns.iter().filter_map(|at| self.columns.get(usize::try_from(at - 1).ok()?)).map(|c| quoted(&c.name)).collect()
    }

    /// How the key's index would be made.
    pub(super) fn index_definition(&self, key: &Key) -> String {
        let (name, schema, table) = (quoted(&key.name), quoted(&self.schema_name), quoted(&self.name));
        format!("CREATE UNIQUE INDEX {name} ON {schema}.{table} USING btree ({})", self.key_columns(key).join(", "))
    }
}

/// Whether a schema is the system's own.
pub(crate) fn is_system(schema: &str) -> bool {
    matches!(schema, "pg_catalog" | "information_schema")
}

/// An identifier as SQL must write it.
pub(super) fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !super::functions::is_reserved(name);
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn described(oid: i32, schema: String, name: String, provider: &dyn TableProvider, oids: &Oids, comments: &Comments) -> Table {
    let full = format!("{schema}.{name}");
    let arrow = provider.schema();
    let column = |field: &Field| Column {
        name: field.name().clone(),
        kind: types::of_field(field),
        is_required: !field.is_nullable(),
        comment: comments.column(&schema, &name, field),
    };
    let columns: Vec<Column> = arrow.fields().iter().map(|f| column(f)).collect();
    let is_view = provider.table_type() == TableType::View;
    let rows = provider.statistics().and_then(|s| match s.num_rows {
        Precision::Exact(n) | Precision::Inexact(n) => i64::try_from(n).ok(),
        Precision::Absent => None,
    });
    let key = keys::of(&schema, &name).filter(|_| !is_view).and_then(|key| {
        let place = |wanted: &&str| columns.iter().position(|c| c.name == *wanted).and_then(|at| i64::try_from(at + 1).ok());
        // A column that this user may not see takes the key away.
        let places: Option<Vec<i64>> = key.iter().map(place).collect();
        let (index, constraint) = (oids.get(&format!("index {full}")), oids.get(&format!("constraint {full}")));
        Some(Key { index, constraint, name: format!("{name}_pkey"), columns: places? })
    });
    Table {
        oid: oids.get(&full),
        schema: oid,
        comment: arrow.metadata().get(COMMENT_KEY).cloned().or_else(|| comments.table(&schema, &name)),
        rows: rows.or_else(|| comments.rows(&schema, &name)),
        bytes: comments.bytes(&schema, &name),
        definition: provider.get_table_definition().map(ToOwned::to_owned),
        schema_name: schema,
        name,
        is_view,
        is_system: false,
        columns,
        key,
    }
}

fn system(relation: &'static relation::Relation) -> Table {
    let column = |column: &relation::Column| Column {
        name: column.name.to_owned(),
        kind: types::by_name(column.kind).map_or_else(|| types::of_type(&relation::arrow_type(column.kind)), |e| e.kind),
        is_required: column.is_required,
        comment: None,
    };
    Table {
        oid: relation.oid,
        schema: if relation.schema == "pg_catalog" { PG_CATALOG } else { INFORMATION_SCHEMA },
        schema_name: relation.schema.to_owned(),
        name: relation.name.to_owned(),
        is_view: relation.is_view,
        is_system: true,
        columns: relation.columns.iter().map(column).collect(),
        comment: None,
        definition: None,
        rows: None,
        bytes: None,
        key: None,
    }
}
