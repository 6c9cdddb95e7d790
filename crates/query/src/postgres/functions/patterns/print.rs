//! Dates and times by a pattern.

use datafusion::common::Result;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::template::{Field, Piece};

pub(super) const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/// What a clock shows at an instant.
#[derive(Debug)]
pub(super) struct Moment {
    local: DateTime,
    /// Seconds east of UTC.
    offset: i32,
    abbreviation: String,
}

impl Moment {
    /// What the clocks of a zone show.
    pub(super) fn new(at: Timestamp, zone: &TimeZone) -> Self {
        let info = zone.to_offset_info(at);
        Self { local: zone.to_datetime(at), offset: info.offset().seconds(), abbreviation: info.abbreviation().to_owned() }
    }
}

/// What is shown, by the pattern.
///
/// # Errors
/// A field that cannot be shown.
pub(super) fn print(pieces: &[Piece], shown: impl Fn(&Field) -> Result<String>) -> Result<String> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Field(field, ordinal) => {
                let shown = shown(field)?;
                out.push_str(&shown);
                if let Some(is_upper) = ordinal {
                    out.push_str(&suffix(&shown, *is_upper));
                }
            }
        }
    }
    Ok(out)
}

/// A field of what a clock shows.
pub(super) fn field(field: &Field, moment: &Moment) -> String {
    let Field { word, written, is_trimmed } = field;
    let (word, is_trimmed) = (*word, *is_trimmed);
    let at = &moment.local;
    let number = |value: i64, width: usize| if is_trimmed { value.to_string() } else { format!("{value:0width$}") };
    let hour12 = |hour: i8| i64::from(if hour % 12 == 0 { 12 } else { hour % 12 });
    let (year, iso) = (i64::from(at.year()), at.date().iso_week_date());
    let iso_year = i64::from(iso.year());
    let day_of_year = i64::from(at.day_of_year());
    match word {
        "HH24" => number(at.hour().into(), 2),
        "HH12" | "HH" => number(hour12(at.hour()), 2),
        "MI" => number(at.minute().into(), 2),
        "SS" => number(at.second().into(), 2),
        "MS" => number(i64::from(at.subsec_nanosecond() / 1_000_000), 3),
        "US" => number(i64::from(at.subsec_nanosecond() / 1_000), 6),
        "SSSS" | "SSSSS" => number(i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second()), 1),
        "YYYY" => number(year, 4),
        "Y,YYY" => format!("{},{:03}", year / 1000, year % 1000),
        "YYY" => number(year % 1000, 3),
        "YY" => number(year % 100, 2),
        "Y" => number(year % 10, 1),
        "IYYY" => number(iso_year, 4),
        "IYY" => number(iso_year % 1000, 3),
        "IY" => number(iso_year % 100, 2),
        "I" => number(iso_year % 10, 1),
        "MM" => number(at.month().into(), 2),
        "DDD" => number(day_of_year, 3),
        "IDDD" => number((i64::from(iso.week()) - 1) * 7 + i64::from(at.weekday().to_monday_one_offset()), 3),
        "DD" => number(at.day().into(), 2),
        "D" => number(at.weekday().to_sunday_one_offset().into(), 1),
        "ID" => number(at.weekday().to_monday_one_offset().into(), 1),
        "WW" => number((day_of_year - 1) / 7 + 1, 2),
        "W" => number((i64::from(at.day()) - 1) / 7 + 1, 1),
        "IW" => number(iso.week().into(), 2),
        "CC" => number((year + 99) / 100, 2),
        "Q" => number((i64::from(at.month()) - 1) / 3 + 1, 1),
        "J" => (i64::from(days_since_1970(at)) + 2_440_588).to_string(),
        _ => words(word, written, is_trimmed, moment),
    }
}

fn days_since_1970(at: &DateTime) -> i32 {
    jiff::civil::date(1970, 1, 1).until(at.date()).map(|span| span.get_days()).unwrap_or_default()
}

fn words(word: &str, written: &str, is_trimmed: bool, moment: &Moment) -> String {
    let at = &moment.local;
    let name = |names: &[&str], place: i8, width: usize| {
        let name = usize::try_from(place).ok().and_then(|place| names.get(place).copied()).unwrap_or_default();
        let cased = cased(&name[..name.len().min(width)], written);
        if is_trimmed || width == 3 { cased } else { format!("{cased:width$}") }
    };
    let seconds = moment.offset;
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    match word {
        "MONTH" => name(&MONTHS, at.month() - 1, 9),
        "MON" => name(&MONTHS, at.month() - 1, 3),
        "DAY" => name(&DAYS, at.weekday().to_sunday_zero_offset(), 9),
        "DY" => name(&DAYS, at.weekday().to_sunday_zero_offset(), 3),
        "RM" => {
            let roman = ROMAN.get(usize::try_from(at.month() - 1).unwrap_or_default()).copied().unwrap_or_default();
            let cased = if written.starts_with('r') { roman.to_lowercase() } else { roman.to_owned() };
            if is_trimmed { cased } else { format!("{cased:4}") }
        }
        "AM" | "PM" | "A.M." | "P.M." => half(at.hour() < 12, written),
        "AD" | "BC" => cased_all("AD", written),
        "A.D." | "B.C." => cased_all("A.D.", written),
        "TZ" => cased_all(&moment.abbreviation, written),
        "TZH" => format!("{sign}{hours:02}"),
        "TZM" => format!("{minutes:02}"),
        "OF" if minutes == 0 => format!("{sign}{hours:02}"),
        "OF" => format!("{sign}{hours:02}:{minutes:02}"),
        fraction => {
            let width: usize = fraction.trim_start_matches("FF").parse().unwrap_or(6);
            format!("{:06}", at.subsec_nanosecond() / 1_000)[..width.min(6)].to_owned()
        }
    }
}

/// A name in the case in which its field was written: `MONTH`, `Month`, `month`.
fn cased(name: &str, written: &str) -> String {
    let mut letters = written.chars();
    match (letters.next().is_some_and(char::is_uppercase), letters.next().is_some_and(char::is_uppercase)) {
        (true, true) => name.to_uppercase(),
        (true, false) => name.to_owned(),
        _ => name.to_lowercase(),
    }
}

/// Half of a day, as it was asked for: `AM`, `p.m.`.
pub(super) fn half(is_morning: bool, written: &str) -> String {
    let name = if is_morning { "A.M." } else { "P.M." };
    cased_all(&if written.contains('.') { name.to_owned() } else { name.replace('.', "") }, written)
}

fn cased_all(name: &str, written: &str) -> String {
    if written.starts_with(char::is_lowercase) { name.to_lowercase() } else { name.to_uppercase() }
}

/// `1` gets `st`.
fn suffix(shown: &str, is_upper: bool) -> String {
    let digits = shown.as_bytes();
    let is_teen = digits.len() > 1 && digits[digits.len() - 2] == b'1';
    let suffix = match digits.last() {
        Some(b'1') if !is_teen => "st",
        Some(b'2') if !is_teen => "nd",
        Some(b'3') if !is_teen => "rd",
        _ => "th",
    };
    if is_upper { suffix.to_uppercase() } else { suffix.to_owned() }
}
