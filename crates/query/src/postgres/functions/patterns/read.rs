//! Text to dates and times by a pattern.

use datafusion::common::{Result, exec_err};
use jiff::ToSpan;
use jiff::civil::{self, DateTime};

use super::print::{DAYS, MONTHS};
use super::template::{Piece, parse};

/// What a text says.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) at: DateTime,
    /// Seconds east of UTC, when the pattern asks for them.
    pub(super) offset: Option<i32>,
}

/// The fields as far as they were read.
#[derive(Debug, Default)]
struct Fields {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    is_afternoon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    seconds_of_day: Option<i64>,
    offset_hours: Option<i64>,
    offset_minutes: i64,
}

/// Reads a text.
pub(super) fn read(text: &str, pattern: &str) -> Result<Local> {
    let mut fields = Fields::default();
    let mut rest = text.trim_start();
    for piece in parse(pattern) {
        match piece {
            Piece::Text(skipped) => rest = skip(rest, &skipped),
            Piece::Field(field, _) => match fields.take(field.word, rest) {
                Some(after) => rest = after,
                // A text that ends early leaves the rest at its beginning.
                None if rest.trim().is_empty() => break,
                None => return exec_err!("invalid value \"{rest}\" for \"{}\"", field.word),
            },
        }
    }
    match fields.local() {
        Some(local) => Ok(local),
        None => exec_err!("date/time field value out of range: \"{text}\""),
    }
}

/// Letters must be there; any sign stands for any other.
fn skip<'t>(mut rest: &'t str, skipped: &str) -> &'t str {
    for wanted in skipped.chars() {
        match rest.chars().next() {
            Some(found) if found == wanted || !(found.is_alphanumeric() || wanted.is_alphanumeric()) => rest = &rest[found.len_utf8()..],
            _ => {}
        }
    }
    rest
}

fn digits(text: &str, most: usize) -> Option<(i64, usize, &str)> {
    let text = text.trim_start();
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((text[..count].parse().ok()?, count, &text[count..]))
}

/// The place of the name that the text begins with; whole names before short ones.
fn name<'t>(names: &[&str], text: &'t str) -> Option<(i64, &'t str)> {
    let text = text.trim_start();
    let begins = |name: &str| text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    let found = |length: fn(&str) -> usize| names.iter().position(|n| begins(&n[..length(n)])).map(|at| (at, length(names[at])));
    let (at, length) = found(str::len).or_else(|| found(|_| 3))?;
    Some((i64::try_from(at + 1).ok()?, &text[length..]))
}

impl Fields {
    /// Takes one field from the text; gives what is left.
    fn take<'t>(&mut self, word: &str, text: &'t str) -> Option<&'t str> {
        let plain = |most: usize| digits(text, most).map(|(value, _, rest)| (value, rest));
        let two_digits = |value: i64| if value < 70 { value + 2000 } else { value + 1900 };
        let (value, rest) = match word {
            "YYYY" | "IYYY" => plain(if text.trim_start().len() > 4 { 4 } else { 6 })?,
            "YYY" | "DDD" | "IDDD" => plain(3)?,
            "SSSS" | "SSSSS" => plain(5)?,
            "MONTH" | "MON" => name(&MONTHS, text)?,
            "DAY" | "DY" => name(&DAYS, text)?,
            "AM" | "PM" => (i64::from(text.trim_start().get(..2)?.eq_ignore_ascii_case("PM")), &text.trim_start()[2..]),
            "A.M." | "P.M." => (i64::from(text.trim_start().get(..4)?.eq_ignore_ascii_case("P.M.")), &text.trim_start()[4..]),
            "TZH" | "OF" => signed_hours(text)?,
            "MS" | "US" | "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => {
                let (value, count, rest) = digits(text, if word == "MS" { 3 } else { 6 })?;
                (value * 10_i64.pow(6 - u32::try_from(count).ok()?), rest)
            }
            _ => plain(2)?,
        };
        match word {
            "YYYY" | "IYYY" => self.year = Some(value),
            "YYY" => self.year = Some(value + 2000),
            "YY" | "IY" | "Y" => self.year = Some(two_digits(value)),
            "MM" | "MONTH" | "MON" => self.month = Some(value),
            "DD" => self.day = Some(value),
            "DDD" => self.day_of_year = Some(value),
            "HH24" | "HH" | "HH12" => self.hour = Some(value),
            "AM" | "PM" | "A.M." | "P.M." => self.is_afternoon = Some(value == 1),
            "MI" => self.minute = value,
            "SS" => self.second = value,
            "SSSS" | "SSSSS" => self.seconds_of_day = Some(value),
            "TZH" | "OF" => self.offset_hours = Some(value),
            "TZM" => self.offset_minutes = value,
            _ if word.starts_with("FF") || matches!(word, "MS" | "US") => self.micros = value,
            _ => {}
        }
        Some(rest)
    }

    fn local(&self) -> Option<Local> {
        let year = i16::try_from(self.year.unwrap_or(1)).ok()?;
        let mut date = civil::Date::new(year, small(self.month.unwrap_or(1))?, small(self.day.unwrap_or(1))?).ok()?;
        if let Some(day) = self.day_of_year {
            date = civil::Date::new(year, 1, 1).ok()?.checked_add((day - 1).days()).ok()?;
        }
        let hour = match (self.hour.unwrap_or_default(), self.is_afternoon) {
            (12, Some(false)) => 0,
            (hour, Some(true)) if hour < 12 => hour + 12,
            (hour, _) => hour,
        };
        let nanos = i32::try_from(self.micros * 1_000).ok()?;
        let mut at = date.to_datetime(civil::Time::new(small(hour)?, small(self.minute)?, small(self.second)?, nanos).ok()?);
        if let Some(seconds) = self.seconds_of_day {
            at = date.to_datetime(civil::Time::midnight()).checked_add(seconds.seconds()).ok()?;
        }
        let offset = |hours: i64| i32::try_from(hours * 3600 + hours.signum() * self.offset_minutes * 60).ok();
        Some(Local { at, offset: self.offset_hours.and_then(offset) })
    }
}

fn small(value: i64) -> Option<i8> {
    i8::try_from(value).ok()
}

fn signed_hours(text: &str) -> Option<(i64, &str)> {
    let text = text.trim_start();
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, _, rest) = digits(unsigned, 2)?;
    Some((sign * hours, rest))
}
