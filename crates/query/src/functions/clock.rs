//! The local clock of a zone: offsets, and the buckets of a step, remembered while a column is worked through.
//!
//! Most rows of a column share a handful of offsets, so the spans between two clock changes are looked up once and the rest is
//! arithmetic. Everything here is in microseconds since the epoch.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Instant, civil};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1440 * MINUTE;

/// Length of a bucket on the local clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Minutes that divide a day.
    Minutes(i64),
    /// Local day.
    Day,
    /// ISO week, from Monday.
    Week,
    /// Month.
    Month,
    /// Quarter of a year.
    Quarter,
    /// Year.
    Year,
}

impl Step {
    /// Reads `15m`, `30 minutes`, `1h`, `1 day`, `1w`, `1 month`, `1 quarter`, `1y`; `None` for what is no step.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let split = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
        let count: i64 = if split == 0 { 1 } else { trimmed[..split].parse().ok()? };
        let unit = trimmed[split..].trim().to_ascii_lowercase();
        let minutes = match unit.strip_suffix('s').unwrap_or(&unit) {
            "m" | "min" | "minute" => count,
            "h" | "hour" => count.checked_mul(60)?,
            "d" | "day" if count == 1 => return Some(Self::Day),
            "w" | "week" if count == 1 => return Some(Self::Week),
            "mo" | "month" if count == 1 => return Some(Self::Month),
            "q" | "quarter" if count == 1 => return Some(Self::Quarter),
            "y" | "year" if count == 1 => return Some(Self::Year),
            _ => return None,
        };
        match minutes {
            1440 => Some(Self::Day),
            1..1440 if 1440 % minutes == 0 => Some(Self::Minutes(minutes)),
            _ => None,
        }
    }
}

/// A stretch of time with one offset from UTC, `[start, end)`.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    start: i64,
    end: i64,
    offset: i64,
}

/// The clock of one zone.
#[derive(Debug)]
pub struct Clock {
    zone: TimeZone,
    stretches: Vec<Stretch>,
    latest: usize,
}

impl Clock {
    /// The clock of `zone`.
    #[must_use]
    pub const fn new(zone: TimeZone) -> Self {
        Self { zone, stretches: Vec::new(), latest: 0 }
    }

    fn stretch(&mut self, micros: i64) -> Option<Stretch> {
        let holds = |s: &Stretch| s.start <= micros && micros < s.end;
        if let Some(found) = self.stretches.get(self.latest).filter(|s| holds(s)) {
            return Some(*found);
        }
        if let Some(at) = self.stretches.iter().position(holds) {
            self.latest = at;
            return Some(self.stretches[at]);
        }
        let found = self.look_up(micros)?;
        self.latest = self.stretches.len();
        self.stretches.push(found);
        Some(found)
    }

    /// Changes of name or of the summer-time flag alone do not move the clock and end no stretch.
    fn look_up(&self, micros: i64) -> Option<Stretch> {
        let instant = Instant::from_microsecond(micros).ok()?;
        let offset = self.zone.to_offset(instant);
        // `preceding` looks strictly before: a change at this very instant counts too.
        let just_after = instant.checked_add(Span::new().microseconds(1)).ok()?;
        let mut start = i64::MIN;
        for change in self.zone.preceding(just_after) {
            let before = change.timestamp().checked_sub(Span::new().microseconds(1)).ok()?;
            if self.zone.to_offset(before) != offset {
                start = change.timestamp().as_microsecond();
                break;
            }
        }
        let end = self.zone.following(instant).find(|change| change.offset() != offset);
        let end = end.map_or(i64::MAX, |change| change.timestamp().as_microsecond());
        Some(Stretch { start, end, offset: i64::from(offset.seconds()) * 1_000_000 })
    }

    /// Days since 1970-01-01 of the local date; `None` outside the calendar's years.
    pub fn local_day(&mut self, micros: i64) -> Option<i32> {
        i32::try_from(self.local_micros(micros)?.div_euclid(DAY)).ok()
    }

    /// What the clock shows, as microseconds since it showed 1970-01-01; `None` outside the calendar's years.
    pub fn local_micros(&mut self, micros: i64) -> Option<i64> {
        micros.checked_add(self.stretch(micros)?.offset)
    }

    /// First instant from `micros` on at which the clock is moved; `None` when it never is.
    #[must_use]
    pub fn next_change(&self, micros: i64) -> Option<i64> {
        let before = Instant::from_microsecond(micros).ok()?.checked_sub(Span::new().microseconds(1)).ok()?;
        self.zone.following(before).next().map(|change| change.timestamp().as_microsecond())
    }

    /// What the clock shows, in microseconds since it showed the beginning of 1970; `None` outside the calendar's years.
    pub fn local(&mut self, micros: i64) -> Option<i64> {
        micros.checked_add(self.stretch(micros)?.offset)
    }

    /// The instant at which the clock shows that, as PostgreSQL has it: what it skips is read as if it had not, what it shows twice is meant
    /// the second time.
    #[must_use]
    pub fn instant(&self, local: i64) -> Option<i64> {
        let shown = TimeZone::UTC.to_datetime(Instant::from_microsecond(local).ok()?);
        self.zone.to_ambiguous_timestamp(shown).later().ok().map(|at| at.as_microsecond())
    }

    /// First instant of the local date that many days after 1970-01-01. A midnight that does not exist is skipped forward, one
    /// that happens twice is meant the first time.
    #[must_use]
    pub fn day_start(&self, day: i32) -> Option<i64> {
        self.first_instant(civil::date(1970, 1, 1).checked_add(Span::new().try_days(day).ok()?).ok()?.into())
    }

    fn first_instant(&self, local: civil::DateTime) -> Option<i64> {
        self.zone.to_timestamp(local).ok().map(|t| t.as_microsecond())
    }
}

/// The buckets of one step on the clock of one zone.
#[derive(Debug)]
pub struct Buckets {
    clock: Clock,
    step: Step,
    /// Start and end of buckets that are not plain arithmetic.
    known: BTreeMap<i64, i64>,
    latest: (i64, i64),
}

impl Buckets {
    /// Buckets of `step` in `zone`.
    #[must_use]
    pub const fn new(zone: TimeZone, step: Step) -> Self {
        Self { clock: Clock::new(zone), step, known: BTreeMap::new(), latest: (0, 0) }
    }

    /// `[start, end)` of the bucket that holds an instant; `None` outside the calendar's years.
    ///
    /// Up to an hour a bucket never reaches over a clock change, so that an hour that happens twice has its own buckets twice;
    /// longer ones run from mark to mark of the clock and are shorter or longer on such a day.
    pub fn bounds(&mut self, micros: i64) -> Option<(i64, i64)> {
        if self.latest.0 <= micros && micros < self.latest.1 {
            return Some(self.latest);
        }
        self.latest = match self.step {
            Step::Minutes(minutes) if minutes <= 60 => {
                let stretch = self.clock.stretch(micros)?;
                let width = minutes * MINUTE;
                let start = micros - micros.checked_add(stretch.offset)?.rem_euclid(width);
                (start.max(stretch.start), (start + width).min(stretch.end))
            }
            _ => self.remembered(micros)?,
        };
        Some(self.latest)
    }

    fn remembered(&mut self, micros: i64) -> Option<(i64, i64)> {
        if let Some((start, end)) = self.known.range(..=micros).next_back()
            && micros < *end
        {
            return Some((*start, *end));
        }
        let (start, end) = self.by_calendar(micros)?;
        self.known.insert(start, end);
        Some((start, end))
    }

    fn by_calendar(&self, micros: i64) -> Option<(i64, i64)> {
        let local = self.clock.zone.to_datetime(Instant::from_microsecond(micros).ok()?);
        let date = local.date();
        let (first, length): (civil::DateTime, Span) = match self.step {
            Step::Minutes(minutes) => {
                let passed = i64::from(local.hour()) * 60 + i64::from(local.minute());
                let mark = passed - passed % minutes;
                (date.to_datetime(civil::Time::midnight()).checked_add(Span::new().minutes(mark)).ok()?, Span::new().minutes(minutes))
            }
            Step::Day => (date.into(), Span::new().days(1)),
            Step::Week => {
                let monday = date.checked_sub(Span::new().days(i64::from(date.weekday().to_monday_zero_offset()))).ok()?;
                (monday.into(), Span::new().weeks(1))
            }
            Step::Month => (date.first_of_month().into(), Span::new().months(1)),
            Step::Quarter => {
                let first = civil::Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1).ok()?;
                (first.into(), Span::new().months(3))
            }
            Step::Year => (date.first_of_year().into(), Span::new().years(1)),
        };
        let next = first.checked_add(length).ok()?;
        Some((self.clock.first_instant(first)?, self.clock.first_instant(next)?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
