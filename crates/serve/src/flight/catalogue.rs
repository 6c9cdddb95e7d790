//! What there is to ask, as far as the caller may see it: catalogues, schemas, tables, keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow_flight::sql::{CommandGetCatalogs, CommandGetDbSchemas, CommandGetPrimaryKeys, CommandGetTables};
use datafusion::catalog::CatalogProvider;
use datafusion::datasource::TableType;
use tonic::Status;

use super::rows::told;
use crate::refusal::Refusal;
use crate::server::DATABASE;
use crate::session::Session;

/// Kinds of tables.
pub(super) const TABLE_TYPES: [&str; 4] = ["SYSTEM TABLE", "SYSTEM VIEW", "TABLE", "VIEW"];

fn catalog(session: &Session) -> Result<Arc<dyn CatalogProvider>, Refusal> {
    session.engine().context().catalog(DATABASE).ok_or_else(|| Refusal::error("3D000", "there is no database"))
}

fn failed(error: impl std::fmt::Display) -> Status {
    Status::internal(error.to_string())
}

/// The one catalogue there is.
pub(super) fn catalogs(command: CommandGetCatalogs) -> Result<RecordBatch, Status> {
    let mut found = command.into_builder();
    found.append(DATABASE);
    found.build().map_err(failed)
}

/// Schemas that fit the filters.
pub(super) fn schemas(command: CommandGetDbSchemas, session: &Session) -> Result<RecordBatch, Status> {
    let mut found = command.into_builder();
    let mut names = catalog(session)?.schema_names();
    names.sort();
    names.iter().for_each(|name| found.append(DATABASE, name));
    found.build().map_err(failed)
}

/// Tables that fit the filters, with their columns where they are asked for.
pub(super) async fn tables(command: CommandGetTables, session: &Session) -> Result<RecordBatch, Status> {
    let mut found = command.into_builder();
    let catalog = catalog(session)?;
    for schema in catalog.schema_names() {
        let Some(provider) = catalog.schema(&schema) else { continue };
        let is_system = matches!(schema.as_str(), "pg_catalog" | "information_schema");
        for name in provider.table_names() {
            let Some(table) = provider.table(&name).await.map_err(failed)? else { continue };
            let kind = match (is_system, table.table_type()) {
                (true, TableType::View) => "SYSTEM VIEW",
                (true, _) => "SYSTEM TABLE",
                (false, TableType::View) => "VIEW",
                (false, _) => "TABLE",
            };
            found.append(DATABASE, &schema, &name, kind, &told(&table.schema())).map_err(failed)?;
        }
    }
    found.build().map_err(failed)
}

/// Kinds of tables.
pub(super) fn table_types() -> Result<RecordBatch, Status> {
    let columns = Arc::new(Schema::new(vec![Field::new("table_type", DataType::Utf8, false)]));
    RecordBatch::try_new(columns, vec![Arc::new(StringArray::from(TABLE_TYPES.to_vec()))]).map_err(failed)
}

/// Columns of GetPrimaryKeys.
pub(super) fn primary_key_columns() -> SchemaRef {
    let text = |name: &str, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    Arc::new(Schema::new(vec![
        text("catalog_name", true),
        text("db_schema_name", true),
        text("table_name", false),
        text("column_name", false),
        text("key_name", true),
        Field::new("key_sequence", DataType::Int32, false),
    ]))
}

/// Columns of GetExportedKeys, GetImportedKeys and GetCrossReference, which have no rows here.
pub(super) fn foreign_key_columns() -> SchemaRef {
    let text = |name: &str, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    Arc::new(Schema::new(vec![
        text("pk_catalog_name", true),
        text("pk_db_schema_name", true),
        text("pk_table_name", false),
        text("pk_column_name", false),
        text("fk_catalog_name", true),
        text("fk_db_schema_name", true),
        text("fk_table_name", false),
        text("fk_column_name", false),
        Field::new("key_sequence", DataType::Int32, false),
        text("fk_key_name", true),
        text("pk_key_name", true),
        Field::new("update_rule", DataType::UInt8, false),
        Field::new("delete_rule", DataType::UInt8, false),
    ]))
}

/// The primary key of a table.
pub(super) async fn primary_keys(command: &CommandGetPrimaryKeys, session: &Session) -> Result<RecordBatch, Status> {
    let text = |value: &str| format!("'{}'", value.replace('\'', "''"));
    let mut wanted = format!("u.table_name = {}", text(&command.table));
    if let Some(schema) = &command.db_schema {
        wanted.push_str(&format!(" AND u.table_schema = {}", text(schema)));
    }
    let sql = format!(
        "SELECT u.table_catalog, u.table_schema, u.table_name, u.column_name, u.constraint_name, u.ordinal_position \
         FROM information_schema.key_column_usage u WHERE {wanted} ORDER BY 2, 3, 6"
    );
    let batches = session.engine().collect(&sql, &BTreeMap::new()).await.map_err(|error| Refusal::of(error, &sql))?;
    let columns = primary_key_columns();
    let parts: Vec<RecordBatch> = batches
        .iter()
        .map(|batch| {
            let fitting = batch.columns().iter().zip(columns.fields()).map(|(array, field)| cast(array, field.data_type()));
            RecordBatch::try_new(Arc::clone(&columns), fitting.collect::<Result<Vec<ArrayRef>, _>>()?)
        })
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    arrow::compute::concat_batches(&columns, &parts).map_err(failed)
}
