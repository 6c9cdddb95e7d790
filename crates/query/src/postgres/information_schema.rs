//! Schema `information_schema` as the SQL standard has it and PostgreSQL fills it: its type names, not the engine's.

mod columns;
mod keys;
mod privileges;
mod tables;

use super::relation::{Relation, Row};
use super::snapshot::Snapshot;

/// The rows of one relation.
pub(super) fn rows(relation: &'static Relation, snapshot: &Snapshot) -> Vec<Row> {
    match relation.name {
        "information_schema_catalog_name" => vec![vec![("catalog_name", (&snapshot.identity.database).into())]],
        "schemata" => tables::schemata(snapshot),
        "tables" => tables::tables(snapshot),
        "views" => tables::views(snapshot),
        "character_sets" => tables::character_sets(snapshot),
        "columns" => columns::columns(snapshot),
        "table_constraints" => keys::constraints(snapshot),
        "key_column_usage" => keys::columns(snapshot),
        "constraint_column_usage" => keys::used_columns(snapshot),
        "constraint_table_usage" => keys::used_tables(snapshot),
        "table_privileges" | "role_table_grants" => privileges::tables(snapshot),
        "column_privileges" | "role_column_grants" => privileges::columns(snapshot),
        "enabled_roles" => vec![vec![("role_name", (&snapshot.identity.user).into())]],
        _ => Vec::new(),
    }
}
