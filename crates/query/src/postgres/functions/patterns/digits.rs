//! Numbers by a pattern: `999,990.00`, `FM999G999D00`, with `S`, `MI`, `PR`, `L`, `TH` and `%` for a sign that stands for itself.

/// Where the sign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// Before the number, a blank when there is none.
    Before,
    /// `S`, shown always, at the beginning or the end.
    Always(bool),
    /// `MI`: a minus or a blank at the end.
    Minus,
    /// `PR`: angle brackets.
    Brackets,
}

/// A pattern in pieces: what stands for digits and what stands between them.
#[derive(Debug)]
struct Pattern {
    pieces: Vec<char>,
    whole: usize,
    fraction: usize,
    is_trimmed: bool,
    sign: Sign,
    has_ordinal: bool,
}

fn parse(pattern: &str) -> Pattern {
    let mut found = Pattern { pieces: Vec::new(), whole: 0, fraction: 0, is_trimmed: false, sign: Sign::Before, has_ordinal: false };
    let upper = pattern.to_uppercase();
    let (mut rest, mut is_fraction) = (upper.as_str(), false);
    while let Some(c) = rest.chars().next() {
        let two = rest.get(..2).unwrap_or_default();
        rest = &rest[if matches!(two, "FM" | "MI" | "PR" | "TH" | "PL" | "SG") { 2 } else { c.len_utf8() }..];
        match two {
            "FM" => found.is_trimmed = true,
            "MI" => found.sign = Sign::Minus,
            "PR" => found.sign = Sign::Brackets,
            "TH" => found.has_ordinal = true,
            "PL" | "SG" => found.sign = Sign::Always(found.whole + found.fraction > 0),
            _ => match c {
                'S' => found.sign = Sign::Always(found.whole + found.fraction > 0),
                '9' | '0' => {
                    *if is_fraction { &mut found.fraction } else { &mut found.whole } += 1;
                    found.pieces.push(c);
                }
                '.' | 'D' => {
                    is_fraction = true;
                    found.pieces.push('.');
                }
                ',' | 'G' => found.pieces.push(','),
                'L' => found.pieces.push('$'),
                '"' => {}
                other => found.pieces.push(other),
            },
        }
    }
    found
}

/// A number, given in digits, by the pattern. What does not fit is shown as `#`.
pub(super) fn print(number: &str, pattern: &str) -> String {
    let parsed = parse(pattern);
    let is_negative = number.starts_with('-');
    let (whole, fraction) = rounded(number.trim_start_matches('-'), parsed.fraction);
    let is_negative = is_negative && (whole != "0" || fraction.chars().any(|d| d != '0'));
    let is_too_big = whole.len() > parsed.whole && whole != "0";
    let body = body(&parsed, &whole, &fraction, is_too_big);
    let shown = match parsed.sign {
        Sign::Before if body.trim_start().len() == body.len() || parsed.is_trimmed => {
            format!(
                "{}{}",
                if is_negative {
                    "-"
                } else if parsed.is_trimmed {
                    ""
                } else {
                    " "
                },
                body
            )
        }
        // The sign goes right before the first digit.
        Sign::Before => beside(&body, if is_negative { '-' } else { ' ' }),
        Sign::Always(false) => beside(&body, if is_negative { '-' } else { '+' }),
        Sign::Always(true) => format!("{body}{}", if is_negative { '-' } else { '+' }),
        Sign::Minus => format!(
            "{body}{}",
            if is_negative {
                "-"
            } else if parsed.is_trimmed {
                ""
            } else {
                " "
            }
        ),
        Sign::Brackets if is_negative => format!("{}>", beside(&body, '<')),
        Sign::Brackets => format!(" {body}{}", if parsed.is_trimmed { "" } else { " " }),
    };
    let shown = if parsed.is_trimmed { shown.trim().to_owned() } else { shown };
    if parsed.has_ordinal { format!("{shown}{}", ordinal(&whole)) } else { shown }
}

/// Puts a sign before the first thing that is no blank.
fn beside(body: &str, sign: char) -> String {
    let trimmed = body.trim_start();
    let blanks = body.len() - trimmed.len();
    format!("{}{sign}{trimmed}", &body[..blanks])
}

fn body(pattern: &Pattern, whole: &str, fraction: &str, is_too_big: bool) -> String {
    let mut digits: Vec<char> = whole.chars().collect();
    let zero_from = pattern.pieces.iter().filter(|p| matches!(p, '9' | '0' | '.')).take_while(|p| **p != '.').position(|p| *p == '0');
    if whole == "0" && pattern.fraction > 0 && zero_from.is_none() {
        digits.clear();
    }
    let padded: Vec<Option<char>> = (0..pattern.whole)
        .map(|at| {
            let from_right = pattern.whole - at;
            if from_right <= digits.len() { Some(digits[digits.len() - from_right]) } else { zero_from.filter(|z| at >= *z).map(|_| '0') }
        })
        .collect();
    let fraction_places: Vec<char> = pattern.pieces.iter().skip_while(|p| **p != '.').copied().filter(|p| matches!(p, '9' | '0')).collect();
    let last_zero = fraction_places.iter().rposition(|p| *p == '0').map_or(0, |at| at + 1);
    let wanted = if pattern.is_trimmed { fraction.trim_end_matches('0').len().max(last_zero) } else { fraction.len() };
    let (mut out, mut at, mut place, mut is_fraction) = (String::new(), 0, 0, false);
    for piece in &pattern.pieces {
        match piece {
            '9' | '0' if is_fraction => {
                if place < wanted {
                    out.push(if is_too_big { '#' } else { fraction.as_bytes().get(place).map_or('0', |b| char::from(*b)) });
                }
                place += 1;
            }
            '9' | '0' => {
                match padded.get(at).copied().flatten() {
                    _ if is_too_big => out.push('#'),
                    Some(digit) => out.push(digit),
                    None if !pattern.is_trimmed => out.push(' '),
                    None => {}
                }
                at += 1;
            }
            '.' => {
                is_fraction = true;
                out.push('.');
            }
            ',' if out.chars().any(|c| c.is_ascii_digit() || c == '#') => out.push(','),
            ',' if !pattern.is_trimmed => out.push(' '),
            ',' => {}
            other => out.push(*other),
        }
    }
    out
}

/// Whole part and fraction of a number, the fraction with that many digits, halves away from zero.
fn rounded(number: &str, places: usize) -> (String, String) {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.trim_start_matches('0');
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(places)).collect();
    let mut count = whole.len();
    if fraction.as_bytes().get(places).is_some_and(|next| *next >= b'5') {
        let mut at = digits.len();
        loop {
            if at == 0 {
                digits.insert(0, b'1');
                count += 1;
                break;
            }
            at -= 1;
            if digits[at] == b'9' {
                digits[at] = b'0';
            } else {
                digits[at] += 1;
                break;
            }
        }
    }
    let text = |bytes: &[u8]| bytes.iter().map(|b| char::from(*b)).collect::<String>();
    let whole = text(&digits[..count]);
    (if whole.is_empty() { "0".to_owned() } else { whole }, text(&digits[count..]))
}

fn ordinal(whole: &str) -> &'static str {
    let is_teen = whole.len() > 1 && whole.as_bytes()[whole.len() - 2] == b'1';
    match whole.as_bytes().last() {
        Some(b'1') if !is_teen => "st",
        Some(b'2') if !is_teen => "nd",
        Some(b'3') if !is_teen => "rd",
        _ => "th",
    }
}

/// A number out of a text that may have signs of all kinds around it.
pub(super) fn read(text: &str) -> Option<f64> {
    let is_negative = text.contains('-') || (text.contains('<') && text.contains('>'));
    let plain: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    plain.parse::<f64>().ok().map(|value| if is_negative { -value } else { value })
}
