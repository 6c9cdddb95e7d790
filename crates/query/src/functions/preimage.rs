//! Which instants lie on a local day or in a bucket, when these are one stretch and order is kept at both its ends.
//!
//! Where a clock is moved back over midnight (Newfoundland until 2011, at one minute past) the day before comes once more after the new one
//! began. There an instant says less than its day, and nothing is given.

use jiff::tz::TimeZone;

use super::clock::{Buckets, Clock, Step};

/// Longest a clock was ever moved by, and how long after a boundary a change may still reach back over it.
const REACH: i64 = 48 * 3_600_000_000;

/// `[first, after)` in microseconds of the local day that many days after 1970-01-01.
pub(super) fn of_day(zone: TimeZone, day: i32) -> Option<(i64, i64)> {
    let mut clock = Clock::new(zone);
    let (first, after) = (clock.day_start(day)?, clock.day_start(day.checked_add(1)?)?);
    let mut keeps_order = |from: i64, day: i32| match clock.next_change(from).filter(|change| change - from < REACH) {
        Some(change) => clock.local_day(change).is_some_and(|then| then >= day),
        None => true,
    };
    (first <= after && keeps_order(first, day) && keeps_order(after, day + 1)).then_some((first, after))
}

/// `[start, after)` in microseconds of the bucket that begins at `start`; nothing when none does.
pub(super) fn of_bucket(zone: TimeZone, step: Step, start: i64) -> Option<(i64, i64)> {
    let clock = Clock::new(zone.clone());
    let mut buckets = Buckets::new(zone, step);
    let (first, after) = buckets.bounds(start)?;
    let mut keeps_order = |from: i64| match clock.next_change(from).filter(|change| change - from < REACH) {
        Some(change) => buckets.bounds(change).is_some_and(|(begun, _)| begun >= from),
        None => true,
    };
    (first == start && keeps_order(first) && keeps_order(after)).then_some((first, after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn zone(name: &str) -> TimeZone {
        TimeZoneDatabase::bundled().get(name).unwrap()
    }

    fn day(date: &str) -> i32 {
        let epoch = jiff::civil::date(1970, 1, 1);
        date.parse::<jiff::civil::Date>().unwrap().since(epoch).unwrap().get_days()
    }

    /// Every instant near a day is on it exactly when its stretch says so.
    fn check(name: &str, date: &str, is_given: bool) {
        let day = day(date);
        let found = of_day(zone(name), day);
        assert_eq!(found.is_some(), is_given, "{name} {date}");
        let Some((first, after)) = found else { return };
        let mut clock = Clock::new(zone(name));
        for at in (i64::from(day) * 1440 - 2880..i64::from(day) * 1440 + 4320).map(|minute| minute * MINUTE) {
            let on = clock.local_day(at).unwrap();
            assert_eq!((on >= day, on > day), (at >= first, at >= after), "{name} {date} {at}");
        }
    }

    #[test]
    fn a_day_is_a_stretch_or_nothing_is_said() {
        check("Europe/Madrid", "2026-03-29", true);
        check("Europe/Madrid", "2026-10-25", true);
        check("America/Sao_Paulo", "2018-02-17", true);
        check("Pacific/Apia", "2011-12-30", true);
        check("Pacific/Apia", "2011-12-31", true);
        check("America/St_Johns", "2010-11-06", false);
        check("America/St_Johns", "2010-11-07", false);
        check("America/St_Johns", "2010-11-08", true);
    }

    #[test]
    fn a_bucket_is_given_by_its_own_start_only() {
        let hour = |at: i64| of_bucket(zone("Asia/Kathmandu"), Step::Minutes(60), at * MINUTE);
        // In 1970 its clocks were five hours and a half ahead.
        assert_eq!(hour(30), Some((30 * MINUTE, 90 * MINUTE)));
        assert_eq!(hour(0), None);
        let half = |at: i64| of_bucket(zone("Europe/Madrid"), Step::Minutes(30), at * MINUTE);
        assert_eq!(half(30), Some((30 * MINUTE, 60 * MINUTE)));
    }
}
