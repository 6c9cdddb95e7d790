//! Schemas, tables, their columns and what is said of them.

use super::super::relation::Row;
use super::super::snapshot::{Column, OWNER, OWNER_NAME, Snapshot, Table};
use super::super::types;

/// OIDs of the catalogues that comments belong to.
const PG_CLASS: i32 = 1259;
const PG_NAMESPACE: i32 = 2615;
/// OID of the access method of tables, and of that of indexes.
const HEAP: i32 = 2;
const BTREE: i32 = 403;

/// `pg_namespace`.
pub(super) fn namespaces(snapshot: &Snapshot) -> Vec<Row> {
    let rows = snapshot.schemas.iter();
    rows.map(|s| vec![("oid", s.oid.into()), ("nspname", (&s.name).into()), ("nspowner", OWNER.into())]).collect()
}

/// `pg_class`: tables, views, and the indexes of primary keys.
pub(super) fn classes(snapshot: &Snapshot) -> Vec<Row> {
    snapshot.tables.iter().flat_map(|table| std::iter::once(class(table, snapshot)).chain(index_class(table))).collect()
}

/// What is the same for all that is in `pg_class`.
fn common(oid: i32, name: &String, table: &Table, attributes: usize) -> Row {
    vec![
        ("oid", oid.into()),
        ("relname", name.into()),
        ("relnamespace", table.schema.into()),
        ("relowner", OWNER.into()),
        ("relpersistence", "p".into()),
        ("relispopulated", true.into()),
        ("relnatts", i64::try_from(attributes).unwrap_or_default().into()),
    ]
}

fn class(table: &Table, snapshot: &Snapshot) -> Row {
    let mut row = common(table.oid, &table.name, table, table.columns.len());
    let estimate = table.rows.unwrap_or(-1);
    row.extend([
        ("relkind", if table.is_view { "v" } else { "r" }.into()),
        ("relam", if table.is_view { 0 } else { HEAP }.into()),
        ("relreplident", if table.is_view { "n" } else { "d" }.into()),
        ("reltuples", if table.is_view { 0 } else { estimate }.into()),
        ("relhasindex", table.key.is_some().into()),
        ("relhasrules", table.is_view.into()),
        ("relacl", acl(table, snapshot).into()),
    ]);
    row
}

/// Who may do what: the owner all, who asks may read, as PostgreSQL writes it.
fn acl(table: &Table, snapshot: &Snapshot) -> Option<Vec<String>> {
    let user = &snapshot.identity.user;
    (!table.is_system).then(|| vec![format!("{OWNER_NAME}=arwdDxt/{OWNER_NAME}"), format!("{user}=r/{OWNER_NAME}")])
}

fn index_class(table: &Table) -> Option<Row> {
    let key = table.key.as_ref()?;
    let mut row = common(key.index, &key.name, table, key.columns.len());
    row.extend([
        ("relkind", "i".into()),
        ("relam", BTREE.into()),
        ("relreplident", "n".into()),
        ("reltuples", table.rows.unwrap_or_default().into()),
    ]);
    Some(row)
}

/// `pg_attribute`: columns of tables, views and indexes.
pub(super) fn attributes(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    for table in snapshot.tables.iter() {
        rows.extend(table.columns.iter().zip(1..).map(|(column, number)| attribute(table.oid, column, number, column.is_required)));
        if let Some(key) = &table.key {
            let columns = key.columns.iter().filter_map(|at| table.columns.get(usize::try_from(at - 1).ok()?));
            rows.extend(columns.zip(1..).map(|(column, number)| attribute(key.index, column, number, false)));
        }
    }
    rows
}

fn attribute(relation: i32, column: &Column, number: i64, is_required: bool) -> Row {
    let mut row: Row = vec![
        ("attrelid", relation.into()),
        ("attname", (&column.name).into()),
        ("atttypid", column.kind.oid.into()),
        ("attnum", number.into()),
        ("attlen", column.kind.length.into()),
        ("atttypmod", column.kind.modifier.into()),
        ("attnotnull", is_required.into()),
        ("attstattarget", (-1).into()),
        ("attcacheoff", (-1).into()),
        ("attislocal", true.into()),
    ];
    if let Some(entry) = types::by_oid(column.kind.oid) {
        row.extend([
            ("attbyval", entry.is_by_value.into()),
            ("attalign", entry.align.into()),
            ("attstorage", entry.storage.into()),
            ("attcollation", entry.collation.into()),
            ("attndims", i32::from(entry.element != 0 && column.kind.length == -1).into()),
        ]);
    }
    row
}

/// `pg_description`: comments of tables, columns and schemas.
pub(super) fn descriptions(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |object: i32, class: i32, column: i64, text: &str| {
        rows.push(vec![
            ("objoid", object.into()),
            ("classoid", class.into()),
            ("objsubid", column.into()),
            ("description", text.to_owned().into()),
        ]);
    };
    for table in snapshot.tables.iter() {
        if let Some(text) = &table.comment {
            add(table.oid, PG_CLASS, 0, text);
        }
        for (column, number) in table.columns.iter().zip(1..) {
            if let Some(text) = &column.comment {
                add(table.oid, PG_CLASS, number, text);
            }
        }
    }
    for schema in snapshot.schemas.iter() {
        if let Some(text) = schema.comment {
            add(schema.oid, PG_NAMESPACE, 0, text);
        }
    }
    rows
}
