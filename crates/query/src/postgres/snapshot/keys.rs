//! Which columns tell the rows of a table apart. Ids of contacts and sessions are those of their source.

/// Columns of the primary key, or `None` for a table whose rows may repeat.
pub(super) fn of(schema: &str, table: &str) -> Option<&'static [&'static str]> {
    match schema {
        "public" | "kpi" | "bi" => fact(table),
        "catalog" => match table {
            "tables" | "kpis" | "queries" => Some(&["name"]),
            "columns" => Some(&["table", "position"]),
            _ => None,
        },
        _ => None,
    }
}

fn fact(table: &str) -> Option<&'static [&'static str]> {
    Some(match table {
        "events" => &["source", "event_id"],
        "contacts" => &["source", "contact_id"],
        "queue_stints" => &["source", "contact_id", "stint_no"],
        "agent_legs" => &["source", "contact_id", "leg_no"],
        "holds" => &["source", "contact_id", "leg_no", "hold_no"],
        "responses" => &["source", "contact_id", "turn_no"],
        "self_service" => &["source", "session_id"],
        _ => return None,
    })
}
