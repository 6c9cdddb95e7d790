//! Intervals as PostgreSQL lets them be written: parts by name, and clocks within their text.

use datafusion::sql::sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value, ValueWithSpan};

use super::build::number;

/// What `make_interval` takes, in order.
const PARTS: [&str; 7] = ["years", "months", "weeks", "days", "hours", "mins", "secs"];

/// All parts of an interval that is made of some of them, the others nothing: `make_interval(mins => 5)`.
pub(super) fn parts(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let mut parts: Vec<Expr> = PARTS.iter().map(|_| number(0)).collect();
    for (at, argument) in list.args.iter().enumerate() {
        let (place, given) = match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(given)) => (at, given),
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(given), .. } => {
                (PARTS.iter().position(|part| name.value.eq_ignore_ascii_case(part))?, given)
            }
            FunctionArg::ExprNamed { name: Expr::Identifier(name), arg: FunctionArgExpr::Expr(given), .. } => {
                (PARTS.iter().position(|part| name.value.eq_ignore_ascii_case(part))?, given)
            }
            _ => return None,
        };
        given.clone_into(parts.get_mut(place)?);
    }
    Some(parts)
}

/// Writes clocks within an interval's text out: `1 day 02:30` is `1 day 2 hours 30 minutes`, which the engine reads.
pub(super) fn spell(text: &mut Expr) {
    if let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = text
        && text.contains(':')
    {
        let words: Option<Vec<String>> =
            text.split_whitespace().map(|word| if word.contains(':') { spelt(word) } else { Some(word.to_owned()) }).collect();
        // What is no clock is left, and refused as it is.
        if let Some(words) = words {
            *text = words.join(" ");
        }
    }
}

/// Hours, minutes and seconds of a clock, all with its sign.
fn spelt(clock: &str) -> Option<String> {
    let (sign, digits) = match clock.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", clock.strip_prefix('+').unwrap_or(clock)),
    };
    let mut parts = digits.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_fraction =
        seconds.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && seconds.starts_with(|first: char| first.is_ascii_digit());
    let is_below_sixty = |part: &str| part.parse::<f64>().is_ok_and(|part| part < 60.0);
    let is_clock = is_number(hours) && is_number(minutes) && is_fraction && is_below_sixty(minutes) && parts.next().is_none();
    (is_clock && is_below_sixty(seconds)).then(|| format!("{sign}{hours} hours {sign}{minutes} minutes {sign}{seconds} seconds"))
}
