//! Schemas, tables, views and the one character set.

use super::super::relation::Row;
use super::super::snapshot::{OWNER_NAME, Schema, Snapshot, Table};

/// `schemata`.
pub(super) fn schemata(snapshot: &Snapshot) -> Vec<Row> {
    let row = |schema: &Schema| -> Row {
        vec![
            ("catalog_name", (&snapshot.identity.database).into()),
            ("schema_name", (&schema.name).into()),
            ("schema_owner", OWNER_NAME.into()),
        ]
    };
    snapshot.schemas.iter().map(row).collect()
}

/// `tables`: views too.
pub(super) fn tables(snapshot: &Snapshot) -> Vec<Row> {
    let row = |table: &Table| -> Row {
        vec![
            ("table_catalog", (&snapshot.identity.database).into()),
            ("table_schema", (&table.schema_name).into()),
            ("table_name", (&table.name).into()),
            ("table_type", if table.is_view { "VIEW" } else { "BASE TABLE" }.into()),
            ("is_insertable_into", "NO".into()),
            ("is_typed", "NO".into()),
        ]
    };
    snapshot.tables.iter().map(row).collect()
}

/// `views`.
pub(super) fn views(snapshot: &Snapshot) -> Vec<Row> {
    let row = |table: &Table| -> Row {
        vec![
            ("table_catalog", (&snapshot.identity.database).into()),
            ("table_schema", (&table.schema_name).into()),
            ("table_name", (&table.name).into()),
            ("view_definition", table.definition.clone().into()),
            ("check_option", "NONE".into()),
            ("is_updatable", "NO".into()),
            ("is_insertable_into", "NO".into()),
            ("is_trigger_updatable", "NO".into()),
            ("is_trigger_deletable", "NO".into()),
            ("is_trigger_insertable_into", "NO".into()),
        ]
    };
    snapshot.tables.iter().filter(|t| t.is_view).map(row).collect()
}

/// `character_sets`: Power BI asks which it is.
pub(super) fn character_sets(snapshot: &Snapshot) -> Vec<Row> {
    vec![vec![
        ("character_set_name", "UTF8".into()),
        ("character_repertoire", "UCS".into()),
        ("form_of_use", "UTF8".into()),
        ("default_collate_catalog", (&snapshot.identity.database).into()),
        ("default_collate_schema", "pg_catalog".into()),
        ("default_collate_name", "C.UTF-8".into()),
    ]]
}
