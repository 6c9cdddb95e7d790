//! Buckets on days whose clock changes.

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

use super::{Buckets, Clock, Step};

fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_microsecond()
}

fn buckets(zone: &str, step: &str) -> Buckets {
    Buckets::new(TimeZoneDatabase::bundled().get(zone).unwrap(), Step::parse(step).unwrap())
}

/// How many buckets of a step lie in a local day, walking from bucket to bucket.
fn in_day(zone: &str, step: &str, from: &str, to: &str) -> usize {
    let (mut at, end, mut count, mut buckets) = (micros(from), micros(to), 0, buckets(zone, step));
    while at < end {
        let (start, next) = buckets.bounds(at).unwrap();
        assert_eq!(start, at, "{zone} {step}: buckets must touch");
        (at, count) = (next, count + 1);
    }
    assert_eq!(at, end, "{zone} {step}: the last bucket must end with the day");
    count
}

#[test]
fn days_of_a_clock_change_have_46_or_50_half_hours() {
    for (zone, from, to, half_hours) in [
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 46),
        ("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 50),
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", 46),
        ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", 50),
        ("Asia/Kolkata", "2026-03-28T18:30:00Z", "2026-03-29T18:30:00Z", 48),
    ] {
        assert_eq!(in_day(zone, "30m", from, to), half_hours, "{zone} {from}");
        assert_eq!(in_day(zone, "15 minutes", from, to), half_hours * 2, "{zone} {from}");
        assert_eq!(in_day(zone, "1 hour", from, to), half_hours / 2, "{zone} {from}");
        assert_eq!(in_day(zone, "4h", from, to), 6, "{zone} {from}");
        assert_eq!(in_day(zone, "1d", from, to), 1, "{zone} {from}");
    }
}

#[test]
fn a_clock_that_moves_by_half_an_hour_cuts_the_hour() {
    // Lord Howe: 2026-04-05 02:00 back to 01:30, so 01:30 to 02:00 happens twice; 2026-10-04 02:00 on to 02:30.
    assert_eq!(in_day("Australia/Lord_Howe", "30m", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"), 49);
    assert_eq!(in_day("Australia/Lord_Howe", "1h", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"), 24);
}

#[test]
fn a_day_begins_where_its_midnight_is_missing() {
    // Cairo skips 00:00 to 01:00 on 2026-04-24.
    assert_eq!(in_day("Africa/Cairo", "1h", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"), 23);
    assert_eq!(buckets("Africa/Cairo", "1d").bounds(micros("2026-04-24T10:00:00Z")).unwrap().0, micros("2026-04-23T22:00:00Z"));
}

#[test]
fn weeks_months_and_years_are_those_of_the_calendar() {
    let at = micros("2026-03-29T12:00:00Z");
    for (step, start, end) in [
        ("1w", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("1 month", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
        ("1y", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"),
    ] {
        assert_eq!(buckets("Europe/Berlin", step).bounds(at), Some((micros(start), micros(end))), "{step}");
    }
}

#[test]
fn what_is_remembered_equals_what_is_asked_afresh_in_any_order() {
    for (zone, step) in [("Europe/Berlin", "30m"), ("Europe/Dublin", "4h"), ("America/Winnipeg", "1d"), ("Africa/Casablanca", "1w")] {
        let mut remembering = buckets(zone, step);
        for n in 0..2_000_i64 {
            // Jumps over fifty years, before and after the epoch.
            let at = (n * 7_919_999_999_983) % 1_577_880_000_000_000 - 300_000_000_000_000;
            let found = remembering.bounds(at).unwrap();
            assert_eq!(Some(found), buckets(zone, step).bounds(at), "{zone} {step} {at}");
            assert!(found.0 <= at && at < found.1, "{zone} {step} {at}");
        }
    }
}

#[test]
fn local_days_agree_with_the_calendar() {
    let zone = TimeZoneDatabase::bundled().get("America/New_York").unwrap();
    let mut clock = Clock::new(zone.clone());
    for hour in 0..24 * 400 {
        let instant = Timestamp::from_second(1_767_225_600 + hour * 3600).unwrap();
        let day = clock.local_day(instant.as_microsecond()).unwrap();
        let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(i64::from(day))).unwrap();
        assert_eq!(date, zone.to_datetime(instant).date());
        let start = clock.day_start(day).unwrap();
        assert_eq!(clock.local_day(start), Some(day));
        assert_eq!(clock.local_day(start - 1), Some(day - 1));
    }
}

#[test]
fn steps_that_are_none() {
    for text in ["", "7m", "2d", "0m", "1x", "m1", "-1h", "25h", "99999999999999999999h"] {
        assert_eq!(Step::parse(text), None, "{text}");
    }
    assert_eq!(
        (Step::parse("day"), Step::parse("24h"), Step::parse("15 mins")),
        (Some(Step::Day), Some(Step::Day), Some(Step::Minutes(15)))
    );
}
