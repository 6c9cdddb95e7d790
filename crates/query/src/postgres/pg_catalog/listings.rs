//! Views over the catalogue that tools list from: tables, views, statistics, time zones.

use jiff::tz::TimeZoneDatabase;

use super::super::relation::{Row, Value};
use super::super::snapshot::{OWNER_NAME, Snapshot, Table};

/// `pg_tables`.
pub(super) fn tables(snapshot: &Snapshot) -> Vec<Row> {
    let row = |table: &Table| -> Row {
        vec![
            ("schemaname", (&table.schema_name).into()),
            ("tablename", (&table.name).into()),
            ("tableowner", OWNER_NAME.into()),
            ("hasindexes", table.key.is_some().into()),
            ("hasrules", false.into()),
            ("hastriggers", false.into()),
            ("rowsecurity", false.into()),
        ]
    };
    snapshot.tables.iter().filter(|t| !t.is_view).map(row).collect()
}

/// `pg_views`.
pub(super) fn views(snapshot: &Snapshot) -> Vec<Row> {
    let row = |table: &Table| -> Row {
        vec![
            ("schemaname", (&table.schema_name).into()),
            ("viewname", (&table.name).into()),
            ("viewowner", OWNER_NAME.into()),
            ("definition", table.definition.clone().into()),
        ]
    };
    snapshot.tables.iter().filter(|t| t.is_view).map(row).collect()
}

/// `pg_stat_user_tables`, and with the system's tables `pg_stat_all_tables`.
pub(super) fn statistics(snapshot: &Snapshot, has_system: bool) -> Vec<Row> {
    let zero = ["seq_scan", "seq_tup_read", "n_tup_ins", "n_tup_upd", "n_tup_del", "n_dead_tup", "vacuum_count", "analyze_count"];
    let row = |table: &Table| -> Row {
        let mut row: Row = vec![
            ("relid", table.oid.into()),
            ("schemaname", (&table.schema_name).into()),
            ("relname", (&table.name).into()),
            ("n_live_tup", table.rows.unwrap_or_default().into()),
        ];
        row.extend(zero.map(|name| (name, Value::Number(0))));
        row
    };
    snapshot.tables.iter().filter(|t| !t.is_view && (has_system || !t.is_system)).map(row).collect()
}

/// `pg_timezone_names`, as of now.
pub(super) fn zones() -> Vec<Row> {
    let (database, now) = (TimeZoneDatabase::bundled(), jiff::Timestamp::now());
    let row = |name: String| -> Option<Row> {
        let zone = database.get(&name).ok()?;
        let at = zone.to_offset_info(now);
        let seconds = at.offset().seconds();
        let sign = if seconds < 0 { "-" } else { "" };
        let clock = format!("{sign}{:02}:{:02}:{:02}", seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
        let (abbreviation, is_summer) = (at.abbreviation().to_owned(), at.dst().is_dst());
        Some(vec![("name", name.into()), ("abbrev", abbreviation.into()), ("utc_offset", clock.into()), ("is_dst", is_summer.into())])
    };
    database.available().filter_map(|name| row(name.to_string())).collect()
}
