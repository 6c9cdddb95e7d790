//! Instants: whole microseconds since the Unix epoch, UTC. Every time in Trunkline is one of these.

use std::fmt;

/// An instant in UTC with microsecond resolution; finer fractions are cut, never rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds since the Unix epoch; saturates at the ends of the range.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From whole seconds since the Unix epoch; saturates at the ends of the range.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds from `earlier` to `self`, negative when `earlier` is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(1_000)
    }

    /// The instant `millis` milliseconds later (earlier when negative); saturates.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis.saturating_mul(1_000)))
    }

    /// Days since 1970-01-01 of the UTC day this instant lies in: the `event_date` partition.
    #[must_use]
    pub const fn utc_day(self) -> i32 {
        self.0.div_euclid(86_400_000_000) as i32
    }

    /// Parses RFC 3339 (an offset or `Z` is required); `None` when the text is not exactly that.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        parse_fast(text.as_bytes()).or_else(|| {
            let stamp: jiff::Timestamp = text.parse().ok()?;
            Some(Self(stamp.as_nanosecond().div_euclid(1_000) as i64))
        })
    }
}

/// The common form `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, without a detour through a general parser.
fn parse_fast(b: &[u8]) -> Option<Timestamp> {
    if b.len() < 20 || b[b.len() - 1] != b'Z' || b[10] != b'T' {
        return None;
    }
    let two = |i: usize| -> Option<i64> {
        let (hi, lo) = (b[i].wrapping_sub(b'0'), b[i + 1].wrapping_sub(b'0'));
        (hi < 10 && lo < 10).then(|| i64::from(hi) * 10 + i64::from(lo))
    };
    if b[4] != b'-' || b[7] != b'-' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    let year = two(0)? * 100 + two(2)?;
    let (month, day, hour, minute, second) = (two(5)?, two(8)?, two(11)?, two(14)?, two(17)?);
    let days_in_month = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    };
    if day == 0 || day > days_in_month || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut fraction = 0_i64;
    if b.len() > 20 {
        if b[19] != b'.' {
            return None;
        }
        let digits = &b[20..b.len() - 1];
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        for place in 0..6 {
            fraction = fraction * 10 + digits.get(place).map_or(0, |d| i64::from(d - b'0'));
        }
    }
    let days = days_from_civil(year, month, day);
    Some(Timestamp((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000_000 + fraction))
}

/// Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant's `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with `Z`; microseconds only when there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "out-of-range({}us)", self.0),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::Timestamp;

    #[test]
    fn fast_and_general_parsers_agree() {
        for text in ["2026-03-02T09:15:04.250Z", "1969-12-31T23:59:59.999999Z", "2000-02-29T00:00:00Z", "2024-12-31T23:59:59.1234567Z"] {
            let stamp: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(Timestamp::parse_rfc3339(text).unwrap().micros(), stamp.as_nanosecond().div_euclid(1000) as i64, "{text}");
        }
        assert_eq!(Timestamp::parse_rfc3339("2026-03-02T10:15:04+01:00"), Timestamp::parse_rfc3339("2026-03-02T09:15:04Z"));
    }

    #[test]
    fn local_times_and_impossible_dates_are_refused() {
        for text in ["2026-01-05T09:30:00", "2026-02-30T00:00:00Z", "2026-01-05 09:30", "", "2026-01-05T24:00:00Z"] {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
    }
}
