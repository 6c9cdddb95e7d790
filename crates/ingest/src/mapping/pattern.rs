//! Reading a wall-clock time by a pattern (`%d.%m.%Y %H:%M:%S`). Strict on purpose: `%Y` wants four digits, 24:00 and second 60
//! are refused, nothing may follow; unpadded day, month and hour are accepted.

use jiff::civil::DateTime;

/// What one piece of a pattern reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Literal(char),
    Blank,
    Year4,
    Year2,
    Month,
    MonthName,
    Day,
    Hour24,
    Hour12,
    Minute,
    Second,
    Fraction,
    Meridiem,
    Offset,
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

/// A wall-clock time as written, with the offset where the text has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// Date and time of day, cut to microseconds.
    pub(crate) civil: DateTime,
    /// Seconds east of UTC, if written.
    pub(crate) offset: Option<i32>,
}

#[derive(Default)]
struct Fields {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    micros: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Pattern {
    /// Compiles a pattern; the error names the directive that is unknown.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c == ' ' {
                pieces.push(Piece::Blank);
                continue;
            }
            if c != '%' {
                pieces.push(Piece::Literal(c));
                continue;
            }
            let mut directive = chars.next();
            if matches!(directive, Some('-')) {
                directive = chars.next();
            }
            match directive {
                Some(letter) => pieces.extend_from_slice(pieces_of(letter).ok_or_else(|| format!("unknown time directive `%{letter}`"))?),
                None => return Err("the pattern ends in `%`".to_owned()),
            }
        }
        let dated = pieces.iter().any(|p| matches!(p, Piece::Year4 | Piece::Year2));
        if !dated || !pieces.contains(&Piece::Day) {
            return Err(format!("the time pattern `{text}` has no full date; put date and time together with `time: [...]`"));
        }
        Ok(Self(pieces))
    }

    /// True when the text carries its offset.
    pub(crate) fn has_offset(&self) -> bool {
        self.0.contains(&Piece::Offset)
    }

    /// Reads the whole of `text`, or nothing.
    pub(crate) fn read(&self, text: &str) -> Option<Written> {
        let mut fields = Fields { month: 1, day: 1, ..Fields::default() };
        let mut rest = text;
        for (i, piece) in self.0.iter().enumerate() {
            rest = piece.read(rest, &mut fields, self.0.get(i + 1))?;
        }
        if !rest.is_empty() {
            return None;
        }
        fields.finish()
    }
}

impl Piece {
    fn read<'t>(self, text: &'t str, to: &mut Fields, next: Option<&Self>) -> Option<&'t str> {
        let small = |max: usize, low: i32, high: i32| -> Option<(i8, &'t str)> {
            // A directive directly followed by another one is fixed-width, as in `%Y%m%d`.
            let fixed =
                matches!(next, Some(p) if !matches!(p, Self::Literal(_) | Self::Blank | Self::Meridiem | Self::Offset | Self::Fraction));
            let (value, rest) = number(text, if fixed { max } else { 1 }, max)?;
            (low..=high).contains(&value).then_some((value as i8, rest))
        };
        match self {
            Self::Literal(c) => text.strip_prefix(c),
            Self::Blank => {
                let rest = text.trim_start_matches(' ');
                (rest.len() < text.len()).then_some(rest)
            }
            Self::Year4 => number(text, 4, 4).map(|(v, rest)| {
                to.year = v as i16;
                rest
            }),
            Self::Year2 => number(text, 2, 2).map(|(v, rest)| {
                to.year = if v >= 69 { 1900 + v as i16 } else { 2000 + v as i16 };
                rest
            }),
            Self::Month => small(2, 1, 12).map(|(v, rest)| keep(&mut to.month, v, rest)),
            Self::Day => small(2, 1, 31).map(|(v, rest)| keep(&mut to.day, v, rest)),
            Self::Hour24 => small(2, 0, 23).map(|(v, rest)| keep(&mut to.hour, v, rest)),
            Self::Hour12 => small(2, 1, 12).map(|(v, rest)| keep(&mut to.hour, v, rest)),
            Self::Minute => small(2, 0, 59).map(|(v, rest)| keep(&mut to.minute, v, rest)),
            Self::Second => small(2, 0, 59).map(|(v, rest)| keep(&mut to.second, v, rest)),
            Self::Fraction => fraction(text).map(|(micros, rest)| keep(&mut to.micros, micros, rest)),
            Self::MonthName => month_name(text).map(|(v, rest)| keep(&mut to.month, v, rest)),
            Self::Meridiem => {
                let head = text.get(..2)?;
                let afternoon = if head.eq_ignore_ascii_case("pm") {
                    true
                } else if head.eq_ignore_ascii_case("am") {
                    false
                } else {
                    return None;
                };
                to.afternoon = Some(afternoon);
                Some(&text[2..])
            }
            Self::Offset => offset(text).map(|(seconds, rest)| {
                to.offset = Some(seconds);
                rest
            }),
        }
    }
}

/// What a directive letter stands for.
fn pieces_of(letter: char) -> Option<&'static [Piece]> {
    Some(match letter {
        'Y' => &[Piece::Year4],
        'y' => &[Piece::Year2],
        'm' => &[Piece::Month],
        'b' | 'B' | 'h' => &[Piece::MonthName],
        'd' | 'e' => &[Piece::Day],
        'H' | 'k' => &[Piece::Hour24],
        'I' | 'l' => &[Piece::Hour12],
        'M' => &[Piece::Minute],
        'S' => &[Piece::Second],
        'f' => &[Piece::Fraction],
        'p' | 'P' => &[Piece::Meridiem],
        'z' => &[Piece::Offset],
        '%' => &[Piece::Literal('%')],
        'F' => &[Piece::Year4, Piece::Literal('-'), Piece::Month, Piece::Literal('-'), Piece::Day],
        'T' => &[Piece::Hour24, Piece::Literal(':'), Piece::Minute, Piece::Literal(':'), Piece::Second],
        'R' => &[Piece::Hour24, Piece::Literal(':'), Piece::Minute],
        _ => return None,
    })
}

fn keep<'t, T>(slot: &mut T, value: T, rest: &'t str) -> &'t str {
    *slot = value;
    rest
}

impl Fields {
    fn finish(self) -> Option<Written> {
        let hour = match self.afternoon {
            None => self.hour,
            Some(_) if self.hour < 1 || self.hour > 12 => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        let civil = DateTime::new(self.year, self.month, self.day, hour, self.minute, self.second, self.micros * 1_000).ok()?;
        Some(Written { civil, offset: self.offset })
    }
}

fn number(text: &str, min: usize, max: usize) -> Option<(i32, &str)> {
    let len = text.bytes().take(max).take_while(u8::is_ascii_digit).count();
    if len < min {
        return None;
    }
    Some((text[..len].parse().ok()?, &text[len..]))
}

/// Digits of a fraction of a second, cut to microseconds.
fn fraction(text: &str) -> Option<(i32, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    if len == 0 {
        return None;
    }
    let micros = (0..6).fold(0, |sum, i| sum * 10 + if i < len { i32::from(text.as_bytes()[i] - b'0') } else { 0 });
    Some((micros, &text[len..]))
}

fn month_name(text: &str) -> Option<(i8, &str)> {
    const NAMES: [&str; 12] =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    let len = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = text[..len].to_ascii_lowercase();
    let at = NAMES.iter().position(|name| *name == word || (word.len() == 3 && name.starts_with(&word)))?;
    Some((at as i8 + 1, &text[len..]))
}

/// `Z`, `+02`, `+0200` or `+02:00`.
fn offset(text: &str) -> Option<(i32, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let sign = if text.starts_with('+') {
        1
    } else if text.starts_with('-') {
        -1
    } else {
        return None;
    };
    let (hours, rest) = number(&text[1..], 2, 2)?;
    let minutes_text = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = match number(minutes_text, 2, 2) {
        Some(read) => read,
        None if rest.starts_with(':') => return None,
        None => (0, rest),
    };
    (hours <= 23 && minutes <= 59).then_some((sign * (hours * 3_600 + minutes * 60), rest))
}

/// ISO 8601 / RFC 3339, extended or basic, blank or `T` between date and time, fraction after point or comma, offset optional.
pub(crate) fn read_iso(text: &str) -> Option<Written> {
    let mut to = Fields::default();
    let (year, mut rest) = number(text, 4, 4)?;
    to.year = year as i16;
    let extended = rest.starts_with('-');
    let part = |rest: &mut &str, mark: char, first: bool, high: i32| -> Option<i8> {
        if extended && !first {
            *rest = rest.strip_prefix(mark)?;
        }
        let (value, after) = number(rest, 2, 2)?;
        *rest = after;
        (value <= high).then_some(value as i8)
    };
    to.month = part(&mut rest, '-', false, 12)?;
    to.day = part(&mut rest, '-', false, 31)?;
    rest = rest.strip_prefix(['T', 't', ' '])?;
    to.hour = part(&mut rest, ':', true, 23)?;
    to.minute = part(&mut rest, ':', false, 59)?;
    let seconds_follow = if extended { rest.starts_with(':') } else { rest.starts_with(|c: char| c.is_ascii_digit()) };
    if seconds_follow {
        to.second = part(&mut rest, ':', false, 59)?;
        if let Some(digits) = rest.strip_prefix(['.', ',']) {
            (to.micros, rest) = fraction(digits)?;
        }
    }
    if !rest.is_empty() {
        let (seconds, after) = offset(rest)?;
        to.offset = Some(seconds);
        rest = after;
    }
    if rest.is_empty() { to.finish() } else { None }
}
