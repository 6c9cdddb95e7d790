//! One question about one KPI.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use trunkline_events::time::Timestamp;

use super::error::KpiError;

/// Calendar unit of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Minutes of the local clock.
    Minute,
    /// Hours of the local clock.
    Hour,
    /// Local days (23 to 25 hours).
    Day,
    /// ISO weeks, from Monday.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

/// Length of a period, such as `15m`, `1d` or `1mo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grain {
    /// How many steps; more than one only for minutes and hours, where it divides the day.
    pub count: i64,
    /// Unit.
    pub step: Step,
}

impl Grain {
    /// Reads `15m`, `30m`, `1h`, `1d`, `1w`, `1mo`, `1y` and other minutes and hours that divide a day.
    ///
    /// # Errors
    /// [`KpiError::BadGrain`] otherwise.
    pub fn parse(text: &str) -> Result<Self, KpiError> {
        let bad = || KpiError::BadGrain(text.to_owned());
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (digits, unit) = text.split_at(split);
        let count: i64 = digits.parse().map_err(|_| bad())?;
        let step = match unit {
            "m" => Step::Minute,
            "h" => Step::Hour,
            "d" => Step::Day,
            "w" => Step::Week,
            "mo" => Step::Month,
            "y" => Step::Year,
            _ => return Err(bad()),
        };
        let fits = match step {
            Step::Minute => count > 0 && 1440 % count == 0,
            Step::Hour => count > 0 && 24 % count == 0,
            _ => count == 1,
        };
        if fits { Ok(Self { count, step }) } else { Err(bad()) }
    }
}

impl fmt::Display for Grain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.step {
            Step::Minute => "m",
            Step::Hour => "h",
            Step::Day => "d",
            Step::Week => "w",
            Step::Month => "mo",
            Step::Year => "y",
        };
        write!(f, "{}{unit}", self.count)
    }
}

/// What is asked of a KPI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiRequest {
    /// KPI.
    pub name: String,
    /// Dimensions to group by, in the order of the output columns.
    pub by: Vec<String>,
    /// Periods; `None` = one period, the whole range.
    pub grain: Option<Grain>,
    /// First instant inside.
    pub from: Option<Timestamp>,
    /// First instant outside.
    pub to: Option<Timestamp>,
    /// IANA zone whose local calendar makes the periods.
    pub zone: String,
    /// Time basis; `None` = the KPI's default.
    pub basis: Option<String>,
    /// Parameter values as written.
    pub params: BTreeMap<String, String>,
    /// Up to when the log is known; `None` = the last `recorded_at` of the facts.
    pub watermark: Option<Timestamp>,
}

impl KpiRequest {
    /// The whole range, one period, UTC, defaults.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            by: Vec::new(),
            grain: None,
            from: None,
            to: None,
            zone: "UTC".to_owned(),
            basis: None,
            params: BTreeMap::new(),
            watermark: None,
        }
    }
}

/// The zone of that IANA name in the bundled database, whatever the machine has installed.
///
/// # Errors
/// [`KpiError::BadZone`].
pub fn zone(name: &str) -> Result<TimeZone, KpiError> {
    TimeZoneDatabase::bundled().get(name).map_err(|_| KpiError::BadZone(name.to_owned()))
}

/// An instant written as RFC 3339, or as a local date or date and time of `zone_name` (a gap is skipped forward, the
/// earlier of two equal clock times is meant).
///
/// # Errors
/// [`KpiError::BadInstant`] or [`KpiError::BadZone`].
pub fn parse_instant(text: &str, zone_name: &str) -> Result<Timestamp, KpiError> {
    let text = text.trim();
    if let Some(instant) = Timestamp::parse_rfc3339(text) {
        return Ok(instant);
    }
    let local = text
        .parse::<civil::Date>()
        .map(|d| d.to_datetime(civil::Time::midnight()))
        .or_else(|_| text.parse::<civil::DateTime>())
        .map_err(|_| KpiError::BadInstant(text.to_owned()))?;
    let zoned = zone(zone_name)?.to_zoned_datetime(local).map_err(|_| KpiError::BadInstant(text.to_owned()))?;
    Ok(Timestamp::from_micros(zoned.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn grains_are_steps_of_the_calendar() {
        for good in ["15m", "30m", "1h", "1d", "1w", "1mo", "1y"] {
            assert_eq!(Grain::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "m", "7m", "2d", "0h", "1x", "-1d", "1"] {
            assert!(Grain::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn local_dates_are_read_in_their_zone() {
        let midnight = parse_instant("1999-02-01", "Asia/Jerusalem").unwrap();
        assert_eq!(midnight, Timestamp::parse_rfc3339("1999-01-31T22:00:00Z").unwrap());
        assert_eq!(parse_instant("1999-02-01T00:00:00Z", "Asia/Jerusalem").unwrap().millis_since(midnight), 7_200_000);
        assert!(parse_instant("yesterday", "UTC").is_err());
        assert!(parse_instant("1999-02-01", "Mars/Olympus").is_err());
    }
}
