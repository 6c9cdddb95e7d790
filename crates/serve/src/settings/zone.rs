//! What clients call a zone: a name, hours, or an offset as POSIX writes it.
//!
//! Sources: PostgreSQL documentation, SET, "TIME ZONE", and appendix B.5, "POSIX Time Zone Specifications".

use jiff::tz::TimeZone;

/// Hours west and east of Greenwich that the IANA data base has a zone for.
const WHOLE_HOURS: std::ops::RangeInclusive<i32> = -12..=14;
const SECONDS_PER_HOUR: i32 = 3600;

/// A zone and the name that the engine and jiff know it by; `None` where there is none.
///
/// `DEFAULT` and `LOCAL` are UTC; a number is hours east of Greenwich; `GMT+3` and `+03:00` are hours *west* of it, as in POSIX and so in
/// PostgreSQL. An offset of whole hours becomes `Etc/GMT...`, since the engine knows zones only by name.
pub(super) fn zone(text: &str) -> Option<(String, TimeZone)> {
    let text = text.trim();
    if ["default", "local", "utc", "gmt", "z", "etc/utc"].contains(&text.to_ascii_lowercase().as_str()) {
        return Some(("UTC".into(), TimeZone::UTC));
    }
    let east = hours(text).or_else(|| west(text).map(|seconds| -seconds));
    let name = match TimeZone::get(text) {
        Ok(zone) => return Some((zone.iana_name().unwrap_or(text).to_string(), zone)),
        Err(_) => fixed(east?)?,
    };
    TimeZone::get(&name).ok().map(|zone| (name, zone))
}

/// The zone of an offset: seconds east of Greenwich. In the names of the data base the sign is that of POSIX.
fn fixed(east: i32) -> Option<String> {
    let hours = east / SECONDS_PER_HOUR;
    match hours {
        _ if east % SECONDS_PER_HOUR != 0 || !WHOLE_HOURS.contains(&hours) => None,
        0 => Some("UTC".into()),
        _ => Some(format!("Etc/GMT{:+}", -hours)),
    }
}

/// A plain number of hours, in seconds.
fn hours(text: &str) -> Option<i32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'));
    let hours: f64 = text.parse().ok().filter(|_| is_number)?;
    #[allow(clippy::cast_possible_truncation, reason = "the product is within a day")]
    (hours.abs() < 24.0).then(|| (hours * f64::from(SECONDS_PER_HOUR)).round() as i32)
}

/// `GMT+3`, `<+03>-03`, `-03:30`: an offset after a name that says nothing, in seconds west of Greenwich.
fn west(text: &str) -> Option<i32> {
    let offset = match text.strip_prefix('<') {
        Some(rest) => rest.split_once('>')?.1,
        None => text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()),
    };
    clock(offset)
}

/// `+03:30`, `-3`, in seconds.
pub(crate) fn clock(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        byte if byte.is_ascii_digit() => (1, text),
        _ => return None,
    };
    let mut parts = digits.split(':');
    let mut part = |most: i32| match parts.next() {
        Some(part) if part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok().filter(|part| *part <= most),
        Some(_) => None,
        None => Some(0),
    };
    let (hours, minutes, seconds) = (part(24)?, part(59)?, part(59)?);
    parts.next().is_none().then_some(sign * ((hours * 60 + minutes) * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use super::zone;

    fn check(text: &str, wanted: Option<&str>) {
        assert_eq!(zone(text).map(|(name, _)| name).as_deref(), wanted, "{text}");
    }

    #[test]
    fn a_number_is_hours_to_the_east_and_an_offset_hours_to_the_west() {
        check("2", Some("Etc/GMT-2"));
        check("-5", Some("Etc/GMT+5"));
        check("0", Some("UTC"));
        check("+02:00", Some("Etc/GMT+2"));
        check("GMT+3", Some("Etc/GMT+3"));
        check("GMT-02:00", Some("Etc/GMT-2"));
        check("<+02>-02", Some("Etc/GMT-2"));
        check("UTC+0", Some("UTC"));
        check("EST5EDT", Some("EST5EDT"));
        check("europe/berlin", Some("Europe/Berlin"));
    }

    #[test]
    fn what_has_no_name_is_no_zone() {
        // Half hours have only names of places, whose offsets were others before.
        for text in
            ["5.5", "+05:45", "15", "-13", "99", "1e3", "inf", "nan", "Mars/Olympus", "", "+", "<+02", "GMT+", "+1:2:3:4", "+007:00"]
        {
            check(text, None);
        }
    }
}
