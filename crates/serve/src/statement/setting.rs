//! SET, RESET and SHOW.

use datafusion::sql::sqlparser::ast::{ContextModifier, Expr, Ident, Reset, ResetStatement, Set, UnaryOperator, Value};

use super::{Kind, Lasts};
use crate::refusal::Refusal;

/// SET in all its forms.
pub(super) fn set(set: Set) -> Result<Kind, Refusal> {
    match set {
        Set::SingleAssignment { scope, variable, values, .. } => {
            let value = match values.as_slice() {
                [one] if is_default(one) => None,
                many => Some(many.iter().map(text).collect::<Vec<_>>().join(", ")),
            };
            Ok(Kind::Set(vec![(variable.to_string().replace('"', "").to_lowercase(), value)], lasts(scope)))
        }
        Set::SetTimeZone { local, value } => {
            let value = Some(value).filter(|value| !is_default(value)).map(|value| hours(&value).unwrap_or_else(|| text(&value)));
            Ok(Kind::Set(vec![("timezone".into(), value)], if local { Lasts::Transaction } else { Lasts::Session }))
        }
        Set::SetNames { charset_name, .. } => Ok(Kind::Set(vec![("client_encoding".into(), Some(charset_name.value))], Lasts::Session)),
        Set::SetNamesDefault {} => Ok(Kind::Set(vec![("client_encoding".into(), None)], Lasts::Session)),
        // Questions read one state and change nothing at any level; READ WRITE is set by habit, and what would write is refused when it comes.
        Set::SetTransaction { .. } => Ok(Kind::Set(Vec::new(), Lasts::Transaction)),
        Set::SetRole { role_name: None, .. } => Ok(Kind::Set(Vec::new(), Lasts::Session)),
        Set::SetRole { .. } | Set::SetSessionAuthorization(_) => {
            Err(Refusal::error("42501", "permission denied to set role").hint("log in as the user whose rights you need"))
        }
        other => Err(Refusal::unsupported(&format!("{other}"))),
    }
}

fn lasts(scope: Option<ContextModifier>) -> Lasts {
    if matches!(scope, Some(ContextModifier::Local)) { Lasts::Transaction } else { Lasts::Session }
}

fn is_default(value: &Expr) -> bool {
    matches!(value, Expr::Identifier(name) if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("default"))
}

/// A value as text: words and strings without their quotes.
fn text(value: &Expr) -> String {
    match value {
        Expr::Identifier(name) => name.value.clone(),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => format!("-{}", text(expr)),
        Expr::Interval(interval) => text(&interval.value),
        other => other.to_string(),
    }
}

/// A zone that is given as an interval east of Greenwich, as a number of hours: a text of the same letters would be one west of it.
fn hours(value: &Expr) -> Option<String> {
    let Expr::Interval(interval) = value else { return None };
    crate::settings::zone::clock(&text(&interval.value)).map(|seconds| (f64::from(seconds) / 3600.0).to_string())
}

/// RESET.
pub(super) fn reset(reset: &ResetStatement) -> Kind {
    match &reset.reset {
        Reset::ALL => Kind::Reset(None),
        Reset::ConfigurationParameter(name) => Kind::Reset(Some(name.to_string())),
    }
}

/// SHOW of a setting.
pub(super) fn show(variable: &[Ident]) -> Kind {
    let name = variable.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".");
    Kind::Show(name.to_lowercase())
}
