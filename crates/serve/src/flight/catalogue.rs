//! What there is to ask, as far as the caller may see it: catalogues, schemas, tables, keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow_flight::sql::{CommandGetCatalogs, CommandGetDbSchemas, CommandGetPrimaryKeys, CommandGetTables};
use datafusion::catalog::CatalogProvider;
use datafusion::datasource::TableType;
use tonic::Status;
use trunkline_query::postgres::{of_field, written};

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
    let remarks = if command.include_schema { remarks(session).await? } else { HashMap::new() };
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
            let columns = described(&table.schema(), &schema, &name, &remarks);
            found.append(DATABASE, &schema, &name, kind, &columns).map_err(failed)?;
        }
    }
    found.build().map_err(failed)
}

/// What columns mean, by schema, table and column.
type Remarks = HashMap<[String; 3], String>;

/// What the caller is told of columns.
async fn remarks(session: &Session) -> Result<Remarks, Status> {
    let sql = "SELECT n.nspname, c.relname, a.attname, d.description FROM pg_catalog.pg_description d \
               JOIN pg_catalog.pg_class c ON c.oid = d.objoid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid";
    let mut remarks = Remarks::new();
    for batch in session.engine().collect(sql, &BTreeMap::new()).await.map_err(|error| Refusal::of(error, sql))? {
        let columns = batch.columns().iter().map(|array| cast(array, &DataType::Utf8)).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let text = |column: usize, row: usize| columns[column].as_string::<i32>().value(row).to_owned();
        remarks.extend((0..batch.num_rows()).map(|row| ([0, 1, 2].map(|column| text(column, row)), text(3, row))));
    }
    Ok(remarks)
}

/// Columns of a table with what drivers show of them: their types in PostgreSQL's words and what they mean (FlightSql.proto,
/// "CommandGetTables").
fn described(columns: &Schema, schema: &str, table: &str, remarks: &Remarks) -> Schema {
    let key = |name: &str| format!("ARROW:FLIGHT:SQL:{name}");
    let field = |(told, field): (&FieldRef, &FieldRef)| {
        let kind = of_field(field);
        let modifier = (kind.modifier >= 0).then_some(kind.modifier);
        let place = [("CATALOG_NAME", DATABASE), ("SCHEMA_NAME", schema), ("TABLE_NAME", table), ("IS_READ_ONLY", "1")];
        let mut metadata: HashMap<String, String> = place.map(|(name, value)| (key(name), value.to_owned())).into();
        metadata.insert(key("TYPE_NAME"), written(kind.oid, modifier));
        if let Some(remark) = remarks.get(&[schema, table, field.name()].map(ToOwned::to_owned)) {
            metadata.insert(key("REMARKS"), remark.clone());
        }
        Arc::new(told.as_ref().clone().with_metadata(metadata))
    };
    Schema::new(told(columns).fields().iter().zip(columns.fields()).map(field).collect::<Vec<_>>())
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
