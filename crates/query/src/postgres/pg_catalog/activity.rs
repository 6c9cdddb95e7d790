//! The session itself: its settings, and the sessions of its user, the only ones it sees.

use super::super::Settings;
use super::super::relation::{Row, Value};
use super::super::snapshot::Snapshot;

/// `pg_settings`.
pub(super) fn settings(settings: &Settings) -> Vec<Row> {
    let row = |(name, value, about): (&'static str, String, &'static str)| -> Row {
        vec![
            ("name", name.into()),
            ("setting", value.into()),
            ("short_desc", about.into()),
            ("category", "Trunkline".into()),
            ("context", "user".into()),
            ("vartype", "string".into()),
            ("source", "session".into()),
            ("pending_restart", false.into()),
        ]
    };
    settings.all().into_iter().map(row).collect()
}

/// `pg_stat_activity`.
pub(super) fn sessions(snapshot: &Snapshot, settings: &Settings) -> Vec<Row> {
    let own = snapshot.identity.backend_pid;
    let others = snapshot.identity.sessions.as_ref().map(|sessions| sessions.pids()).unwrap_or_default();
    let row = |pid: i32| -> Row {
        let mut row: Row = vec![
            ("datid", snapshot.database.into()),
            ("datname", (&snapshot.identity.database).into()),
            ("pid", pid.into()),
            ("usesysid", snapshot.user.into()),
            ("usename", (&snapshot.identity.user).into()),
            ("backend_type", "client backend".into()),
        ];
        if pid == own {
            row.extend([
                ("application_name", settings.get("application_name").unwrap_or_default().into()),
                ("backend_start", Value::Instant(snapshot.began_at)),
                ("state", "active".into()),
            ]);
        }
        row
    };
    std::iter::once(own).chain(others.into_iter().filter(|pid| *pid != own)).map(row).collect()
}
