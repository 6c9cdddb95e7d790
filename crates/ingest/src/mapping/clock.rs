//! From time text to an instant: formats, zones and what happens at a clock change. Local times without a zone are never
//! silently UTC: a spec without one does not compile.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use trunkline_events::Timestamp;

use super::error::RowError;
use super::pattern::{Pattern, Written, read_iso};
use super::value::{Number, Value, parse_number};

/// How time text is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TimeFormat {
    /// By a pattern.
    Pattern(Pattern),
    /// ISO 8601.
    Iso,
    /// Seconds since the Unix epoch, fractions allowed.
    EpochSeconds,
    /// Milliseconds since the Unix epoch.
    EpochMillis,
    /// Spreadsheet serial, 1900 system (with its 29 February 1900 that never was).
    Excel1900,
    /// Spreadsheet serial, 1904 system.
    Excel1904,
}

impl TimeFormat {
    /// Reads the name of a format or a pattern.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        Ok(match text {
            "iso8601" | "rfc3339" => Self::Iso,
            "epoch_s" => Self::EpochSeconds,
            "epoch_ms" => Self::EpochMillis,
            "excel_1900" => Self::Excel1900,
            "excel_1904" => Self::Excel1904,
            pattern if pattern.contains('%') => Self::Pattern(Pattern::compile(pattern)?),
            other => {
                return Err(format!(
                    "unknown time format `{other}`; known are iso8601, epoch_s, epoch_ms, excel_1900, excel_1904 and patterns like `%Y-%m-%d %H:%M:%S`"
                ));
            }
        })
    }

    /// True when every text is a local time, so that a zone must be declared. ISO 8601 text may carry an offset: there the row decides.
    pub(crate) fn needs_zone(&self) -> bool {
        match self {
            Self::Pattern(pattern) => !pattern.has_offset(),
            Self::Excel1900 | Self::Excel1904 => true,
            Self::Iso | Self::EpochSeconds | Self::EpochMillis => false,
        }
    }
}

/// What to do with a local time that happens twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnAmbiguous {
    /// The first of the two.
    #[default]
    Earliest,
    /// The second of the two.
    Latest,
    /// Refuse the record.
    Reject,
}

/// What to do with a local time that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnGap {
    /// Move it forward by the width of the gap.
    #[default]
    ShiftForward,
    /// Refuse the record.
    Reject,
}

/// What is odd about a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// It happens twice.
    Ambiguous,
    /// It does not exist.
    Gap,
}

/// How many odd local times were met; the summary of a run shows them.
#[derive(Debug, Default)]
pub(crate) struct ClockCounts {
    /// Local times that happen twice.
    pub(crate) ambiguous: AtomicU64,
    /// Local times that do not exist.
    pub(crate) gap: AtomicU64,
}

impl ClockCounts {
    /// Counts one.
    pub(crate) fn add(&self, odd: Odd) {
        let counter = match odd {
            Odd::Ambiguous => &self.ambiguous,
            Odd::Gap => &self.gap,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// A complete way of reading times.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    /// Format of the text.
    pub(crate) format: TimeFormat,
    /// Zone of local times; `None` only when the format cannot be local or every row must carry an offset.
    pub(crate) zone: Option<TimeZone>,
    /// Policy for times that happen twice.
    pub(crate) on_ambiguous: OnAmbiguous,
    /// Policy for times that do not exist.
    pub(crate) on_gap: OnGap,
    /// Decimal mark of serial and epoch numbers.
    pub(crate) decimal: char,
}

impl Clock {
    /// Reads `value` as an instant. With `not_before`, a reading earlier than that is taken again as the later of two possible
    /// readings, then as the same time of the next day: this is how calls that cross midnight are read when the file has one
    /// date for all times. `odd` says afterwards whether the local time was odd.
    pub(crate) fn read(&self, value: &Value<'_>, not_before: Option<Timestamp>, odd: &mut Option<Odd>) -> Result<Timestamp, RowError> {
        if let Value::Time(t) = value {
            return Ok(*t);
        }
        let text = value.text_or_empty();
        let text = text.trim();
        let bad = || RowError::new("bad_time", format!("`{text}` is not a time"));
        let written = match &self.format {
            TimeFormat::Pattern(pattern) => pattern.read(text).ok_or_else(bad)?,
            TimeFormat::Iso => read_iso(text).ok_or_else(bad)?,
            TimeFormat::EpochSeconds => return self.epoch(text, 1_000_000).ok_or_else(bad),
            TimeFormat::EpochMillis => return self.epoch(text, 1_000).ok_or_else(bad),
            TimeFormat::Excel1900 => Written { civil: self.serial(text, false).ok_or_else(bad)?, offset: None },
            TimeFormat::Excel1904 => Written { civil: self.serial(text, true).ok_or_else(bad)?, offset: None },
        };
        let first = self.resolve(written, self.on_ambiguous, odd, text)?;
        let Some(bound) = not_before.filter(|bound| first < *bound) else { return Ok(first) };
        let second = self.resolve(written, OnAmbiguous::Latest, odd, text)?;
        if second >= bound {
            return Ok(second);
        }
        let next = written.civil.tomorrow().map_err(|_| bad())?;
        *odd = None;
        self.resolve(Written { civil: next, ..written }, self.on_ambiguous, odd, text)
    }

    fn resolve(&self, at: Written, policy: OnAmbiguous, odd: &mut Option<Odd>, text: &str) -> Result<Timestamp, RowError> {
        let bad = || RowError::new("bad_time", format!("`{text}` is out of range"));
        if let Some(seconds) = at.offset {
            let offset = Offset::from_seconds(seconds).map_err(|_| bad())?;
            return instant(at.civil, offset).ok_or_else(bad);
        }
        let Some(zone) = &self.zone else {
            return Err(RowError::new("bad_time", format!("`{text}` has no offset: zone required, the spec declares none")));
        };
        let offset = match zone.to_ambiguous_timestamp(at.civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, after } => {
                *odd = Some(Odd::Ambiguous);
                match policy {
                    OnAmbiguous::Earliest => before,
                    OnAmbiguous::Latest => after,
                    OnAmbiguous::Reject => {
                        return Err(RowError::new("ambiguous_time", format!("`{text}` happens twice at the clock change")));
                    }
                }
            }
            AmbiguousOffset::Gap { before, .. } => {
                *odd = Some(Odd::Gap);
                if self.on_gap == OnGap::Reject {
                    return Err(RowError::new("missing_time", format!("`{text}` does not exist at the clock change")));
                }
                before
            }
        };
        instant(at.civil, offset).ok_or_else(bad)
    }

    fn epoch(&self, text: &str, micros_per_unit: i64) -> Option<Timestamp> {
        match parse_number(text, self.decimal, None).ok()? {
            Number::Int(units) => units.checked_mul(micros_per_unit).map(Timestamp::from_micros),
            Number::Float(units) => Some(Timestamp::from_micros((units * micros_per_unit as f64).floor() as i64)),
        }
        .filter(|t| jiff::Timestamp::from_microsecond(t.micros()).is_ok())
    }

    /// A spreadsheet serial as a local time, rounded to the millisecond.
    fn serial(&self, text: &str, from_1904: bool) -> Option<DateTime> {
        let serial = parse_number(text, self.decimal, None).ok()?.float();
        let millis = (serial * 86_400_000.0).round() as i64;
        let day = millis.div_euclid(86_400_000);
        if !(0..=2_958_465).contains(&day) {
            return None;
        }
        let base = match (from_1904, day) {
            (true, _) => Date::new(1904, 1, 1).ok()?,
            // Serial 60 is 29 February 1900, a day that never was; serials before it are one day off.
            (false, 60) => return None,
            (false, ..60) => Date::new(1899, 12, 31).ok()?,
            (false, _) => Date::new(1899, 12, 30).ok()?,
        };
        let date = base.checked_add(jiff::Span::new().days(day)).ok()?;
        date.to_datetime(jiff::civil::Time::midnight()).checked_add(jiff::Span::new().milliseconds(millis.rem_euclid(86_400_000))).ok()
    }
}

fn instant(civil: DateTime, offset: Offset) -> Option<Timestamp> {
    let stamp = offset.to_timestamp(civil).ok()?;
    Some(Timestamp::from_micros(stamp.as_nanosecond().div_euclid(1_000) as i64))
}
