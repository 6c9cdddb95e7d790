//! The database and the roles: the owner, and whoever asks. Nobody learns here who else there is.

use super::super::relation::Row;
use super::super::snapshot::{OWNER, Snapshot};

/// Code of UTF-8.
const UTF8: i32 = 6;
const DEFAULT_SPACE: i32 = 1663;

/// `pg_database`.
pub(super) fn databases(snapshot: &Snapshot) -> Vec<Row> {
    vec![vec![
        ("oid", snapshot.database.into()),
        ("datname", (&snapshot.identity.database).into()),
        ("datdba", OWNER.into()),
        ("encoding", UTF8.into()),
        ("datlocprovider", "c".into()),
        ("datallowconn", true.into()),
        ("datconnlimit", (-1).into()),
        ("dattablespace", DEFAULT_SPACE.into()),
        ("datcollate", "C.UTF-8".into()),
        ("datctype", "C.UTF-8".into()),
    ]]
}

/// `pg_shdescription`.
pub(super) fn database_comments(snapshot: &Snapshot) -> Vec<Row> {
    let text = "Contact-centre facts and KPIs; read only.";
    vec![vec![("objoid", snapshot.database.into()), ("classoid", 1262.into()), ("description", text.into())]]
}

/// `pg_roles` and `pg_authid`; passwords are never shown.
pub(super) fn roles(snapshot: &Snapshot) -> Vec<Row> {
    let row = |(oid, name): (i32, &str)| -> Row {
        vec![
            ("oid", oid.into()),
            ("rolname", name.to_owned().into()),
            ("rolsuper", false.into()),
            ("rolinherit", true.into()),
            ("rolcreaterole", false.into()),
            ("rolcreatedb", false.into()),
            ("rolreplication", false.into()),
            ("rolbypassrls", false.into()),
            ("rolcanlogin", (oid == snapshot.user).into()),
            ("rolconnlimit", (-1).into()),
            ("rolpassword", Some("********").filter(|_| oid == snapshot.user).into()),
        ]
    };
    snapshot.roles().into_iter().map(row).collect()
}

/// `pg_user`: who can log in.
pub(super) fn users(snapshot: &Snapshot) -> Vec<Row> {
    let mut row: Row =
        vec![("usename", (&snapshot.identity.user).into()), ("usesysid", snapshot.user.into()), ("passwd", "********".into())];
    row.extend(["usecreatedb", "usesuper", "userepl", "usebypassrls"].map(|flag| (flag, false.into())));
    vec![row]
}

/// `pg_tablespace`.
pub(super) fn tablespaces() -> Vec<Row> {
    let row = |(oid, name): (i32, &'static str)| -> Row { vec![("oid", oid.into()), ("spcname", name.into()), ("spcowner", OWNER.into())] };
    [(DEFAULT_SPACE, "pg_default"), (1664, "pg_global")].into_iter().map(row).collect()
}
