//! Periods laid over a range, cut at UTC midnights so that rows find theirs by an equality join on the UTC day.

use jiff::tz::TimeZone;
use trunkline_events::time::Timestamp;

use super::error::KpiError;
use super::request::Grain;
use crate::functions::{Buckets, Step};

/// Most slices laid out in one query: two years of quarter hours.
pub const MAX_SLICES: usize = 71_000;

/// The part of a period that lies in one UTC day and inside the range. All in microseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Days since the epoch of the UTC day.
    pub day: i64,
    /// First instant.
    pub start: i64,
    /// First instant after.
    pub end: i64,
    /// Start of the whole period, which may lie before the range.
    pub period: i64,
}

/// Cuts `[from, to)` into the local periods of `zone`.
///
/// # Errors
/// [`KpiError::TooManyPeriods`] beyond [`MAX_SLICES`]; [`KpiError::BadInstant`] outside the calendar's years.
pub fn slices(grain: Grain, zone: &TimeZone, from: Timestamp, to: Timestamp) -> Result<Vec<Slice>, KpiError> {
    const DAY: i64 = 86_400_000_000;
    let bad = || KpiError::BadInstant(format!("{} µs", from.micros()));
    let step = Step::parse(&grain.to_string()).ok_or_else(|| KpiError::BadGrain(grain.to_string()))?;
    let mut buckets = Buckets::new(zone.clone(), step);
    let mut out = Vec::new();
    let mut cut = from.micros();
    while cut < to.micros() {
        let (period, end) = buckets.bounds(cut).filter(|(_, end)| *end > cut).ok_or_else(bad)?;
        let stop = end.min(to.micros());
        while cut < stop {
            let day = cut.div_euclid(DAY);
            let slice_end = stop.min((day + 1) * DAY);
            out.push(Slice { day, start: cut, end: slice_end, period });
            cut = slice_end;
        }
        if out.len() > MAX_SLICES {
            return Err(KpiError::TooManyPeriods(out.len(), MAX_SLICES));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::request::{parse_instant, zone};
    use super::*;

    fn cut(grain: &str, zone_name: &str, from: &str, to: &str) -> Vec<Slice> {
        let at = |text| parse_instant(text, zone_name).unwrap();
        slices(Grain::parse(grain).unwrap(), &zone(zone_name).unwrap(), at(from), at(to)).unwrap()
    }

    #[test]
    fn a_day_of_a_clock_change_has_46_or_50_half_hours() {
        assert_eq!(cut("30m", "Europe/Madrid", "2026-03-29", "2026-03-30").len(), 46);
        assert_eq!(cut("30m", "Europe/Madrid", "2026-10-25", "2026-10-26").len(), 50);
    }

    #[test]
    fn slices_cover_the_range_once_and_never_cross_a_utc_midnight() {
        for grain in ["1h", "1d", "1w", "1mo", "1y"] {
            let cuts = cut(grain, "America/New_York", "2026-02-10T05:20", "2026-04-03");
            assert!(cuts.windows(2).all(|w| w[0].end == w[1].start), "{grain}");
            assert!(cuts.iter().all(|s| s.start < s.end && (s.end - 1).div_euclid(86_400_000_000) == s.day), "{grain}");
            assert!(cuts[0].period <= cuts[0].start);
        }
    }
}
