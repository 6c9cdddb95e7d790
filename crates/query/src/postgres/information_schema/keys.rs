//! Primary keys. Foreign keys and checks there are none.

use super::super::relation::Row;
use super::super::snapshot::{Key, Snapshot, Table};

fn keys(snapshot: &Snapshot) -> impl Iterator<Item = (&Table, &Key)> {
    snapshot.tables.iter().filter_map(|table| Some((table, table.key.as_ref()?)))
}

fn table_of(table: &Table, snapshot: &Snapshot) -> Row {
    vec![
        ("table_catalog", (&snapshot.identity.database).into()),
        ("table_schema", (&table.schema_name).into()),
        ("table_name", (&table.name).into()),
    ]
}

fn constraint_of(table: &Table, key: &Key, snapshot: &Snapshot) -> Row {
    let mut row = table_of(table, snapshot);
    row.extend([
        ("constraint_catalog", (&snapshot.identity.database).into()),
        ("constraint_schema", (&table.schema_name).into()),
        ("constraint_name", (&key.name).into()),
    ]);
    row
}

/// `table_constraints`.
pub(super) fn constraints(snapshot: &Snapshot) -> Vec<Row> {
    let row = |(table, key)| {
        let mut row = constraint_of(table, key, snapshot);
        row.extend([
            ("constraint_type", "PRIMARY KEY".into()),
            ("is_deferrable", "NO".into()),
            ("initially_deferred", "NO".into()),
            ("enforced", "YES".into()),
        ]);
        row
    };
    keys(snapshot).map(row).collect()
}

/// `key_column_usage`.
pub(super) fn columns(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = used_columns(snapshot);
    let positions = keys(snapshot).flat_map(|(_, key)| 1..=key.columns.len());
    for (row, position) in rows.iter_mut().zip(positions) {
        row.push(("ordinal_position", i64::try_from(position).unwrap_or_default().into()));
    }
    rows
}

/// `constraint_column_usage`.
pub(super) fn used_columns(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    for (table, key) in keys(snapshot) {
        for column in key.columns.iter().filter_map(|at| table.columns.get(usize::try_from(at - 1).ok()?)) {
            let mut row = constraint_of(table, key, snapshot);
            row.push(("column_name", (&column.name).into()));
            rows.push(row);
        }
    }
    rows
}

/// `constraint_table_usage`.
pub(super) fn used_tables(snapshot: &Snapshot) -> Vec<Row> {
    keys(snapshot).map(|(table, key)| constraint_of(table, key, snapshot)).collect()
}
