//! What a session may set, and what it is told when it asks. Pure.
//!
//! Only names in [`KNOWN`] exist; the engine's own settings cannot be reached. Names and defaults are PostgreSQL's.

pub(crate) mod zone;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;

use self::zone::zone;
use crate::refusal::Refusal;

/// Version that clients are told; they choose by it what they send.
pub const SERVER_VERSION: &str = "16.6";

/// Name, default, and what may be done with it.
const KNOWN: &[(&str, &str, Change)] = &[
    ("application_name", "", Change::Any),
    ("bytea_output", "hex", Change::Only(&["hex"])),
    ("client_encoding", "UTF8", Change::Only(&["utf8", "utf-8", "unicode", "sql_ascii"])),
    ("client_min_messages", "notice", Change::Any),
    ("datestyle", "ISO, MDY", Change::DateStyle),
    ("default_transaction_isolation", "repeatable read", Change::Any),
    ("default_transaction_read_only", "on", Change::Only(&["on", "true", "1", "yes"])),
    ("escape_string_warning", "on", Change::Any),
    ("extra_float_digits", "1", Change::Any),
    ("geqo", "on", Change::Any),
    ("idle_in_transaction_session_timeout", "0", Change::Any),
    ("idle_session_timeout", "0", Change::Any),
    ("in_hot_standby", "off", Change::Never),
    ("integer_datetimes", "on", Change::Never),
    ("intervalstyle", "postgres", Change::OneOf(&["postgres", "iso_8601"])),
    ("jit", "off", Change::Any),
    ("lc_collate", "C", Change::Never),
    ("lc_ctype", "C", Change::Never),
    ("lc_messages", "C", Change::Any),
    ("lc_monetary", "C", Change::Any),
    ("lc_numeric", "C", Change::Any),
    ("lc_time", "C", Change::Any),
    ("lock_timeout", "0", Change::Any),
    ("max_identifier_length", "63", Change::Never),
    ("max_index_keys", "32", Change::Never),
    ("row_security", "on", Change::Any),
    ("search_path", "\"$user\", public", Change::Any),
    ("server_encoding", "UTF8", Change::Never),
    ("server_version", SERVER_VERSION, Change::Never),
    ("server_version_num", "160006", Change::Never),
    ("session_authorization", "", Change::Never),
    ("is_superuser", "off", Change::Never),
    ("ssl", "on", Change::Never),
    ("standard_conforming_strings", "on", Change::Only(&["on", "true", "1", "yes"])),
    ("statement_timeout", "0", Change::Milliseconds),
    ("synchronize_seqscans", "on", Change::Any),
    ("timezone", "UTC", Change::Zone),
    ("transaction_deferrable", "off", Change::Any),
    ("transaction_isolation", "repeatable read", Change::Any),
    ("transaction_read_only", "on", Change::Only(&["on", "true", "1", "yes"])),
    ("xmloption", "content", Change::Any),
];

/// Names of settings that a client is told of, at the beginning and when they change.
pub(crate) const REPORTED: &[(&str, &str)] = &[
    ("server_version", "server_version"),
    ("server_encoding", "server_encoding"),
    ("client_encoding", "client_encoding"),
    ("application_name", "application_name"),
    ("default_transaction_read_only", "default_transaction_read_only"),
    ("in_hot_standby", "in_hot_standby"),
    ("is_superuser", "is_superuser"),
    ("session_authorization", "session_authorization"),
    ("datestyle", "DateStyle"),
    ("intervalstyle", "IntervalStyle"),
    ("timezone", "TimeZone"),
    ("integer_datetimes", "integer_datetimes"),
    ("standard_conforming_strings", "standard_conforming_strings"),
];

/// What a setting may become.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// Any text; nothing depends on it.
    Any,
    /// One of these, in any case; it is what it is already.
    Only(&'static [&'static str]),
    /// One of these, in any case.
    OneOf(&'static [&'static str]),
    /// ISO with any order of day and month.
    DateStyle,
    /// A duration: a number of milliseconds or one with a unit.
    Milliseconds,
    /// A zone.
    Zone,
    /// Nothing.
    Never,
}

/// The settings of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
    /// What a session begins with and RESET goes back to, where it is not the default.
    initial: BTreeMap<&'static str, String>,
}

impl Settings {
    /// Those of a new session of `user`.
    #[must_use]
    pub fn of(user: &str) -> Self {
        let initial = BTreeMap::from([("session_authorization", user.to_string())]);
        Self { values: initial.clone(), initial }
    }

    /// What the client begins its session with: unlike SET, it is what RESET goes back to.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn begin_with(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        self.set(name, Some(value))?;
        self.initial.clone_from(&self.values);
        Ok(())
    }

    /// SET: `None` goes back to what the session began with.
    ///
    /// # Errors
    /// A name that does not exist, a value it may not have.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), Refusal> {
        let (name, _, change) = find(name)?;
        let Some(value) = value else {
            match self.initial.get(name) {
                Some(initial) => self.values.insert(name, initial.clone()),
                None => self.values.remove(name),
            };
            return Ok(());
        };
        let invalid = || Refusal::error("22023", format!("invalid value for parameter \"{name}\": \"{value}\""));
        let value = value.trim_matches('\'');
        let value = match change {
            Change::Any => value.to_string(),
            Change::OneOf(these) if these.contains(&value.to_ascii_lowercase().as_str()) => value.to_ascii_lowercase(),
            Change::Only(these) if these.contains(&value.to_ascii_lowercase().as_str()) => return Ok(()),
            Change::Only(these) | Change::OneOf(these) => return Err(invalid().hint(format!("available here: {}", these.join(", ")))),
            Change::DateStyle if value.to_ascii_lowercase().split(',').all(|part| ["iso", "mdy", "dmy", "ymd"].contains(&part.trim())) => {
                let order = value.rsplit(',').next().map(|part| part.trim().to_ascii_uppercase()).filter(|part| part != "ISO");
                format!("ISO, {}", order.as_deref().unwrap_or("MDY"))
            }
            Change::DateStyle => return Err(invalid().hint("dates are written as ISO 8601 only")),
            Change::Milliseconds => milliseconds(value).ok_or_else(invalid)?.to_string(),
            Change::Zone => {
                zone(value).ok_or_else(|| invalid().hint("give a name of the IANA data base, such as Europe/Berlin, or whole hours"))?.0
            }
            Change::Never => return Err(Refusal::error("55P02", format!("parameter \"{name}\" cannot be changed"))),
        };
        self.values.insert(name, value);
        Ok(())
    }

    /// RESET ALL.
    pub fn reset(&mut self) {
        self.values.clone_from(&self.initial);
    }

    /// SHOW.
    ///
    /// # Errors
    /// A name that does not exist.
    pub fn get(&self, name: &str) -> Result<&str, Refusal> {
        let (name, default, _) = find(name)?;
        Ok(self.values.get(name).map_or(default, String::as_str))
    }

    /// Names and values of all.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        KNOWN.iter().map(|(name, default, _)| (*name, self.values.get(name).map_or(*default, String::as_str)))
    }

    /// Name of the zone, as the engine and jiff know it.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        self.get("timezone").unwrap_or("UTC")
    }

    /// Whether intervals are written as ISO 8601 has them.
    #[must_use]
    pub fn has_iso_intervals(&self) -> bool {
        self.get("intervalstyle").is_ok_and(|style| style == "iso_8601")
    }

    /// The zone.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        zone(self.zone_name()).map_or(TimeZone::UTC, |(_, zone)| zone)
    }

    /// How long a statement may take: what the client set, and `most` at most.
    #[must_use]
    pub fn statement_time(&self, most: Duration) -> Duration {
        self.statement_timeout().map_or(most, |own| own.min(most))
    }

    /// How long a statement may take; `None` without a limit of the client's own.
    #[must_use]
    pub fn statement_timeout(&self) -> Option<Duration> {
        self.get("statement_timeout").ok().and_then(milliseconds).filter(|millis| *millis > 0).map(Duration::from_millis)
    }
}

fn find(name: &str) -> Result<(&'static str, &'static str, Change), Refusal> {
    let name = name.to_ascii_lowercase();
    let name = if name == "time zone" { "timezone" } else { &name };
    KNOWN
        .iter()
        .find(|(known, ..)| *known == name)
        .copied()
        .ok_or_else(|| Refusal::error("42704", format!("unrecognized configuration parameter \"{name}\"")))
}

/// `1500`, `1500ms`, `90s`, `5min`, `1h`.
fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor).filter(|millis| i32::try_from(*millis).is_ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: Result<&str, &str>) {
        let mut settings = Settings::of("anna");
        let set = settings.set(name, Some(value));
        let shown = set.as_ref().map(|()| settings.get(name).unwrap()).map_err(|refusal| refusal.code);
        assert_eq!(shown, expected, "{name} = {value}");
    }

    #[test]
    fn what_may_be_set_is_what_is_known() {
        check("TimeZone", "europe/berlin", Ok("Europe/Berlin"));
        check("timezone", "Mars/Olympus", Err("22023"));
        check("statement_timeout", "5min", Ok("300000"));
        check("statement_timeout", "-1", Err("22023"));
        check("DateStyle", "ISO, DMY", Ok("ISO, DMY"));
        check("DateStyle", "German", Err("22023"));
        check("client_encoding", "UTF8", Ok("UTF8"));
        check("client_encoding", "LATIN1", Err("22023"));
        check("standard_conforming_strings", "off", Err("22023"));
        check("server_version", "9", Err("55P02"));
        check("IntervalStyle", "ISO_8601", Ok("iso_8601"));
        check("IntervalStyle", "postgres_verbose", Err("22023"));
        check("datafusion.runtime.memory_limit", "100G", Err("42704"));
        check("default_transaction_read_only", "off", Err("22023"));
    }

    #[test]
    fn reset_goes_back_to_what_the_session_began_with() {
        let mut settings = Settings::of("anna");
        settings.begin_with("timezone", "Asia/Tokyo").unwrap();
        settings.set("timezone", Some("UTC")).unwrap();
        settings.set("timezone", None).unwrap();
        assert_eq!(settings.zone_name(), "Asia/Tokyo");
        settings.set("statement_timeout", Some("1s")).unwrap();
        settings.reset();
        assert_eq!(settings.statement_timeout(), None);
        assert_eq!(settings.get("session_authorization").unwrap(), "anna");
    }
}
