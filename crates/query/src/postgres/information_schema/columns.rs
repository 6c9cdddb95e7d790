//! Columns with the types of PostgreSQL.

use super::super::relation::{Row, Value};
use super::super::snapshot::{Column, Snapshot, Table};
use super::super::types::{PgType, data_type};

/// `columns`.
pub(super) fn columns(snapshot: &Snapshot) -> Vec<Row> {
    let database = &snapshot.identity.database;
    let of_table = |table| column_rows(table, database);
    snapshot.tables.iter().flat_map(of_table).collect()
}

fn column_rows(table: &Table, database: &String) -> Vec<Row> {
    let row = |(column, position): (&Column, i64)| -> Row {
        let mut row: Row = vec![
            ("table_catalog", database.into()),
            ("table_schema", (&table.schema_name).into()),
            ("table_name", (&table.name).into()),
            ("column_name", (&column.name).into()),
            ("ordinal_position", position.into()),
            ("is_nullable", yes(!column.is_required)),
            ("data_type", data_type(column.kind).into()),
            ("udt_catalog", database.into()),
            ("udt_schema", "pg_catalog".into()),
            ("udt_name", column.kind.name.into()),
            ("dtd_identifier", position.to_string().into()),
            ("is_self_referencing", "NO".into()),
            ("is_identity", "NO".into()),
            ("identity_cycle", "NO".into()),
            ("is_generated", "NEVER".into()),
            ("is_updatable", "NO".into()),
        ];
        row.extend(sizes(column.kind));
        row
    };
    table.columns.iter().zip(1..).map(row).collect()
}

fn yes(is_so: bool) -> Value {
    if is_so { "YES" } else { "NO" }.into()
}

/// Digits of numbers, fractions of seconds and lengths of text, as far as the type has them.
fn sizes(kind: PgType) -> Row {
    let binary = |bits: i64| -> Row { vec![("numeric_precision", bits.into()), ("numeric_precision_radix", 2.into())] };
    let whole = |bits: i64| -> Row { binary(bits).into_iter().chain([("numeric_scale", 0.into())]).collect() };
    match kind.name {
        "int2" => whole(16),
        "int4" => whole(32),
        "int8" => whole(64),
        "float4" => binary(24),
        "float8" => binary(53),
        "numeric" if kind.modifier >= 4 => vec![
            ("numeric_precision", ((kind.modifier - 4) >> 16).into()),
            ("numeric_precision_radix", 10.into()),
            ("numeric_scale", ((kind.modifier - 4) & 0x7ff).into()),
        ],
        "numeric" => vec![("numeric_precision_radix", 10.into())],
        "date" => vec![("datetime_precision", 0.into())],
        "time" | "timetz" | "timestamp" | "timestamptz" | "interval" => {
            vec![("datetime_precision", if kind.modifier >= 0 { kind.modifier } else { 6 }.into())]
        }
        "text" | "varchar" => vec![("character_octet_length", (1 << 30).into())],
        _ => Vec::new(),
    }
}
