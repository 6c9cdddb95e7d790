//! What whoever asks may do: read everything they see.

use super::super::relation::Row;
use super::super::snapshot::{OWNER_NAME, Snapshot, Table};

fn grant(table: &Table, snapshot: &Snapshot) -> Row {
    vec![
        ("grantor", OWNER_NAME.into()),
        ("grantee", (&snapshot.identity.user).into()),
        ("table_catalog", (&snapshot.identity.database).into()),
        ("table_schema", (&table.schema_name).into()),
        ("table_name", (&table.name).into()),
        ("privilege_type", "SELECT".into()),
        ("is_grantable", "NO".into()),
    ]
}

/// `table_privileges` and `role_table_grants`.
pub(super) fn tables(snapshot: &Snapshot) -> Vec<Row> {
    let row = |table: &Table| {
        let mut row = grant(table, snapshot);
        row.push(("with_hierarchy", "YES".into()));
        row
    };
    snapshot.tables.iter().map(row).collect()
}

/// `column_privileges` and `role_column_grants`.
pub(super) fn columns(snapshot: &Snapshot) -> Vec<Row> {
    let of_table = |table: &Table| {
        let grant = grant(table, snapshot);
        table.columns.iter().map(|c| grant.iter().cloned().chain([("column_name", (&c.name).into())]).collect()).collect::<Vec<Row>>()
    };
    snapshot.own_tables().flat_map(of_table).collect()
}
