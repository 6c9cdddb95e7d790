//! What stands in a line of the log. Names of fields are for good: files are kept for years, and read by programs. Pure.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// One line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Record {
    /// When it happened, or came to its end.
    #[serde(serialize_with = "in_utc")]
    pub(super) time: Timestamp,
    #[serde(flatten)]
    pub(super) event: Event,
    /// Missing where it is about the log itself.
    #[serde(flatten)]
    pub(super) who: Option<Who>,
}

/// Whose it is, and where he came from.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Who {
    /// NULL where nobody is known, as in a login that was refused.
    pub(super) user: Option<String>,
    pub(super) protocol: &'static str,
    /// Address and port.
    pub(super) peer: String,
    pub(super) tls: bool,
    /// Number of the connection since the server began, over all protocols.
    pub(super) connection: u64,
    /// Number of the session as PostgreSQL's clients know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pid: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) application_name: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
    Login {
        outcome: &'static str,
        /// `password`, `token` or `scram`.
        how: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sqlstate: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Logout {
        #[serde(serialize_with = "to_micros")]
        seconds: f64,
        questions: u64,
    },
    /// In strict mode, before anything of a question is done.
    Asked(Statement),
    Question {
        #[serde(flatten)]
        statement: Statement,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sqlstate: Option<&'static str>,
        rows: u64,
        bytes: u64,
        /// Planning, and waiting for a place.
        #[serde(serialize_with = "to_micros")]
        wait_seconds: f64,
        #[serde(serialize_with = "to_micros")]
        seconds: f64,
    },
    Refused {
        #[serde(flatten)]
        statement: Statement,
        sqlstate: &'static str,
        /// NULL where it could tell a secret or a value.
        message: Option<String>,
    },
    /// Names of schemas, tables, keys or queries are about to be told, by another way than a question.
    Browsed { call: &'static str },
    /// A view was made, changed or dropped; where that was in a transaction, it may have been undone.
    Changed(Statement),
    /// Records before this one could not be written.
    Lost { records: u64 },
}

/// What was asked.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Statement {
    /// As the client wrote it, up to the limit.
    pub(super) statement: String,
    /// Bytes of all of it.
    pub(super) statement_bytes: usize,
    /// Name of a query of the library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) query: Option<String>,
    /// What its plan reads, as `schema.table`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tables: Option<Vec<String>>,
}

impl Record {
    /// Of now.
    pub(super) fn now(event: Event, who: Option<Who>) -> Self {
        Self { time: Timestamp::now(), event, who }
    }

    /// Appends its line.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let from = out.len();
        // Text, numbers and truths can always be written.
        if serde_json::to_writer(&mut *out, self).is_err() {
            out.truncate(from);
            return;
        }
        out.push(b'\n');
    }
}

fn in_utc<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.6}"))
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn to_micros<S: Serializer>(seconds: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((seconds * 1e6).round() / 1e6)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn line(event: Event, who: Option<Who>) -> String {
        let mut out = Vec::new();
        Record { time: "2026-11-29T14:00:00.1234567Z".parse().unwrap(), event, who }.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn anna() -> Option<Who> {
        Some(Who {
            user: Some("an\"na\n".into()),
            protocol: "postgres",
            peer: "127.0.0.1:4711".into(),
            tls: true,
            connection: 7,
            pid: Some(3),
            application_name: Some("psql".into()),
        })
    }

    #[test]
    fn names_of_fields_and_their_order_are_for_good() {
        let who = r#""user":"an\"na\n","protocol":"postgres","peer":"127.0.0.1:4711","tls":true,"connection":7,"pid":3,"application_name":"psql"}"#;
        let check = |event, own: &str| assert_eq!(line(event, anna()), format!("{{\"time\":\"2026-11-29T14:00:00.123456Z\",{own},{who}\n"));
        check(
            Event::Login { outcome: "refused", how: "scram", sqlstate: Some("28P01"), reason: Some("wrong password".into()) },
            r#""event":"login","outcome":"refused","how":"scram","sqlstate":"28P01","reason":"wrong password""#,
        );
        check(Event::Logout { seconds: 1.000_000_4, questions: 2 }, r#""event":"logout","seconds":1.0,"questions":2"#);
        let tables = Some(vec!["public.contacts".into()]);
        let statement = Statement { statement: "SELECT\n'x'".into(), statement_bytes: 10, query: Some("daily".into()), tables };
        let asked = r#""statement":"SELECT\n'x'","statement_bytes":10,"query":"daily","tables":["public.contacts"]"#;
        check(Event::Asked(statement.clone()), &format!("\"event\":\"asked\",{asked}"));
        check(Event::Browsed { call: "get_tables" }, r#""event":"browsed","call":"get_tables""#);
        check(Event::Changed(statement.clone()), &format!("\"event\":\"changed\",{asked}"));
        check(
            Event::Question {
                statement: statement.clone(),
                outcome: "cancelled",
                sqlstate: Some("57014"),
                rows: 5,
                bytes: 60,
                wait_seconds: 0.001_5,
                seconds: 2.5,
            },
            &format!(
                "\"event\":\"question\",{asked},{}",
                r#""outcome":"cancelled","sqlstate":"57014","rows":5,"bytes":60,"wait_seconds":0.0015,"seconds":2.5"#
            ),
        );
        check(
            Event::Refused { statement, sqlstate: "25006", message: None },
            &format!("\"event\":\"refused\",{asked},\"sqlstate\":\"25006\",\"message\":null"),
        );
    }

    #[test]
    fn what_is_not_known_is_not_there() {
        assert_eq!(line(Event::Lost { records: 3 }, None), "{\"time\":\"2026-11-29T14:00:00.123456Z\",\"event\":\"lost\",\"records\":3}\n");
        let who = anna().map(|who| Who { user: None, pid: None, application_name: None, ..who });
        let login = line(Event::Login { outcome: "accepted", how: "token", sqlstate: None, reason: None }, who);
        assert!(login.ends_with(
            "\"how\":\"token\",\"user\":null,\"protocol\":\"postgres\",\"peer\":\"127.0.0.1:4711\",\"tls\":true,\"connection\":7}\n"
        ));
    }
}
