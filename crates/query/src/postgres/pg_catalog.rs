//! Schema `pg_catalog`: which rows each of its relations has.
//!
//! What is not named here is there with its columns and empty: triggers, foreign keys, publications and whatever else there is none of.

mod access;
mod activity;
mod classes;
mod indexes;
mod listings;

use super::Settings;
use super::relation::{Relation, Row, static_rows};
use super::snapshot::{PG_CATALOG, Snapshot};
use super::types::TYPES;

/// The rows of one relation.
pub(super) fn rows(relation: &'static Relation, snapshot: &Snapshot, settings: &Settings) -> Vec<Row> {
    match relation.name {
        "pg_namespace" => classes::namespaces(snapshot),
        "pg_class" => classes::classes(snapshot),
        "pg_attribute" => classes::attributes(snapshot),
        "pg_description" => classes::descriptions(snapshot),
        "pg_index" => indexes::indexes(snapshot),
        "pg_constraint" => indexes::constraints(snapshot),
        "pg_indexes" => indexes::listed(snapshot),
        "pg_database" => access::databases(snapshot),
        "pg_shdescription" => access::database_comments(snapshot),
        "pg_roles" | "pg_authid" => access::roles(snapshot),
        "pg_user" => access::users(snapshot),
        "pg_tablespace" => access::tablespaces(),
        "pg_tables" => listings::tables(snapshot),
        "pg_views" => listings::views(snapshot),
        "pg_stat_user_tables" => listings::statistics(snapshot, false),
        "pg_stat_all_tables" => listings::statistics(snapshot, true),
        "pg_timezone_names" => listings::zones(),
        "pg_settings" => activity::settings(settings),
        "pg_stat_activity" => activity::sessions(snapshot, settings),
        "pg_type" => in_catalog("typnamespace", "typowner", "typisdefined", relation, TYPES),
        "pg_proc" => in_catalog("pronamespace", "proowner", "proisstrict", relation, include_str!("data/pg_proc.tsv")),
        "pg_collation" => in_catalog("collnamespace", "collowner", "", relation, include_str!("data/pg_collation.tsv")),
        "pg_am" => static_rows(relation, include_str!("data/pg_am.tsv")),
        "pg_language" => static_rows(relation, include_str!("data/pg_language.tsv")),
        "pg_range" => static_rows(relation, include_str!("data/pg_range.tsv")),
        _ => Vec::new(),
    }
}

/// Rows that are the same for everybody and belong to `pg_catalog`; `flag` names a column that is true in all.
fn in_catalog(
    namespace: &'static str,
    owner: &'static str,
    flag: &'static str,
    relation: &'static Relation,
    text: &'static str,
) -> Vec<Row> {
    let mut rows = static_rows(relation, text);
    for row in &mut rows {
        row.extend([(namespace, PG_CATALOG.into()), (owner, super::snapshot::OWNER.into()), (flag, true.into())]);
        if relation.name == "pg_type" {
            row.push(("typtypmod", (-1).into()));
        }
    }
    rows
}
