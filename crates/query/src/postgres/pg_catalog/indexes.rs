//! Primary keys: as indexes and as constraints. There are no others, and no foreign keys.

use super::super::relation::{Row, Value};
use super::super::snapshot::{Key, Snapshot, Table};

/// Operator classes of the keys' types do not matter to anybody; this is that of `text`.
const TEXT_OPS: i64 = 3126;

fn keys(snapshot: &Snapshot) -> impl Iterator<Item = (&Table, &Key)> {
    snapshot.tables.iter().filter_map(|table| Some((table, table.key.as_ref()?)))
}

fn repeated(value: i64, key: &Key) -> Value {
    vec![value; key.columns.len()].into()
}

/// `pg_index`.
pub(super) fn indexes(snapshot: &Snapshot) -> Vec<Row> {
    let row = |(table, key): (&Table, &Key)| -> Row {
        let count = i64::try_from(key.columns.len()).unwrap_or_default();
        vec![
            ("indexrelid", key.index.into()),
            ("indrelid", table.oid.into()),
            ("indnatts", count.into()),
            ("indnkeyatts", count.into()),
            ("indisunique", true.into()),
            ("indisprimary", true.into()),
            ("indimmediate", true.into()),
            ("indisvalid", true.into()),
            ("indisready", true.into()),
            ("indislive", true.into()),
            ("indkey", key.columns.clone().into()),
            ("indcollation", repeated(0, key)),
            ("indclass", repeated(TEXT_OPS, key)),
            ("indoption", repeated(0, key)),
        ]
    };
    keys(snapshot).map(row).collect()
}

/// `pg_constraint`.
pub(super) fn constraints(snapshot: &Snapshot) -> Vec<Row> {
    let row = |(table, key): (&Table, &Key)| -> Row {
        vec![
            ("oid", key.constraint.into()),
            ("conname", (&key.name).into()),
            ("connamespace", table.schema.into()),
            ("contype", "p".into()),
            ("convalidated", true.into()),
            ("conrelid", table.oid.into()),
            ("conindid", key.index.into()),
            ("confupdtype", " ".into()),
            ("confdeltype", " ".into()),
            ("confmatchtype", " ".into()),
            ("conislocal", true.into()),
            ("connoinherit", true.into()),
            ("conkey", key.columns.clone().into()),
        ]
    };
    keys(snapshot).map(row).collect()
}

/// `pg_indexes`.
pub(super) fn listed(snapshot: &Snapshot) -> Vec<Row> {
    let row = |(table, key): (&Table, &Key)| -> Row {
        vec![
            ("schemaname", (&table.schema_name).into()),
            ("tablename", (&table.name).into()),
            ("indexname", (&key.name).into()),
            ("indexdef", table.index_definition(key).into()),
        ]
    };
    keys(snapshot).map(row).collect()
}
