//! Where the engine's own zone tables differ from the bundled ones.
//!
//! DataFusion resolves zones by a database that is older than ours, so `AT TIME ZONE` and `date_trunc` may be an hour off where
//! `local_bucket` is right. This finds the stretches of time in which that is so, for a warning.

use arrow::array::timezone::Tz;
use chrono::{DateTime, Offset, TimeZone as _};
use jiff::Timestamp as Instant;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Offsets change at most this often: looked at in between, no stretch of an hour or more is missed.
const STRIDE: i64 = 3600;

/// A stretch of time in which the two tables give different offsets, `[from, to)`, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disagreement {
    /// First second.
    pub from: i64,
    /// First second after.
    pub to: i64,
    /// Seconds east of UTC by the bundled tables, which are right.
    pub offset: i32,
    /// Seconds east of UTC by the engine's tables; `None` when it does not know the zone at all.
    pub engine_offset: Option<i32>,
}

/// Where the tables disagree about `zone` in `[from, to)`, in seconds since the epoch; stretches under an hour may be missed.
/// `None` for a name that is no zone.
#[must_use]
pub fn zone_disagreements(zone: &str, from: i64, to: i64) -> Option<Vec<Disagreement>> {
    let ours = TimeZoneDatabase::bundled().get(zone).ok()?;
    let theirs: Option<Tz> = zone.parse().ok();
    let at = |second: i64| Some((offset(&ours, second)?, theirs.as_ref().and_then(|tz| engine_offset(tz, second))));
    let mut found: Vec<Disagreement> = Vec::new();
    let mut known: Option<(i64, (i32, Option<i32>))> = None;
    let mut second = from;
    while second < to {
        let pair = at(second)?;
        // Where the pair changed since the last look, find the second it did.
        let since = match known {
            Some((before, old)) if old != pair => first_of(before, second, |s| at(s) == Some(pair)),
            _ => second,
        };
        known = Some((second, pair));
        let next = (second + STRIDE).min(to);
        match found.last_mut() {
            Some(last) if last.to >= since && (last.offset, last.engine_offset) == pair => last.to = next,
            open => {
                if let Some(last) = open.filter(|last| last.to > since) {
                    last.to = since;
                }
                if pair.1 != Some(pair.0) {
                    found.push(Disagreement { from: since, to: next, offset: pair.0, engine_offset: pair.1 });
                }
            }
        }
        second = next;
    }
    Some(found)
}

/// The first second in `(before, at]` for which `holds`, which does not at `before` and does at `at`.
fn first_of(mut before: i64, mut at: i64, holds: impl Fn(i64) -> bool) -> i64 {
    while at - before > 1 {
        let middle = before + (at - before) / 2;
        if holds(middle) { at = middle } else { before = middle }
    }
    at
}

fn offset(zone: &TimeZone, second: i64) -> Option<i32> {
    Some(zone.to_offset(Instant::from_second(second).ok()?).seconds())
}

fn engine_offset(zone: &Tz, second: i64) -> Option<i32> {
    let naive = DateTime::from_timestamp(second, 0)?.naive_utc();
    Some(zone.offset_from_utc_datetime(&naive).fix().local_minus_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::zone_disagreements;

    fn second(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    #[test]
    fn most_zones_agree_and_winnipeg_does_not() {
        let (from, to) = (second("2026-01-01T00:00:00Z"), second("2027-03-01T00:00:00Z"));
        for zone in ["UTC", "Europe/Berlin", "America/New_York", "Asia/Jerusalem"] {
            assert_eq!(zone_disagreements(zone, from, to), Some(vec![]), "{zone}");
        }
        let winnipeg = zone_disagreements("America/Winnipeg", from, to).unwrap();
        assert_eq!(winnipeg.len(), 1, "{winnipeg:?}");
        assert_eq!((winnipeg[0].from, winnipeg[0].to), (second("2026-11-01T07:00:00Z"), to));
        assert_eq!((winnipeg[0].offset, winnipeg[0].engine_offset), (-5 * 3600, Some(-6 * 3600)));
        assert_eq!(zone_disagreements("Mars/Olympus", from, to), None);
    }
}
