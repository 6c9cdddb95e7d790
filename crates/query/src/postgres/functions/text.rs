//! Names and literals as SQL writes them.

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};

use super::super::snapshot::quoted;
use super::call::{Function, give, give_any, text};
use super::list_of;

/// The functions of this file.
pub(super) fn functions() -> Vec<Function> {
    let shown = |value: &ScalarValue| text(value).map_or_else(|| value.to_string(), ToOwned::to_owned);
    let parts = |arguments: &[ScalarValue]| {
        let written = arguments.first().and_then(text).unwrap_or_default();
        let Some(parts) = identifiers(written) else { return exec_err!("string is not a valid identifier: \"{written}\"") };
        let values: Vec<ScalarValue> = parts.into_iter().map(ScalarValue::from).collect();
        Ok(ScalarValue::List(ScalarValue::new_list_nullable(&values, &DataType::Utf8)))
    };
    vec![
        Function::new("quote_ident", 1..=1, DataType::Utf8, move |a| give_any(a.first().map(|v| quoted(&shown(v))))),
        Function::new("quote_literal", 1..=1, DataType::Utf8, move |a| give_any(a.first().map(|v| literal(&shown(v))))),
        Function::new("quote_nullable", 1..=1, DataType::Utf8, move |a| {
            give(a.first().filter(|v| !v.is_null()).map_or_else(|| "NULL".to_owned(), |v| literal(&shown(v))))
        })
        .with_nulls(),
        Function::new("parse_ident", 1..=2, list_of(DataType::Utf8), parts),
        Function::new("json_build_object", 0..=32, DataType::Utf8, json_object).with_nulls(),
        Function::new("format", 1..=9, DataType::Utf8, move |a| filled(a, shown)).with_nulls(),
    ]
}

/// `json_build_object`: names and values in turn, as JSON text.
fn json_object(arguments: &[ScalarValue]) -> Result<ScalarValue> {
    let mut pairs = Vec::new();
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return exec_err!("argument list must have even number of elements") };
        if name.is_null() {
            return exec_err!("argument {} must not be null", 2 * pairs.len() + 1);
        }
        let value = match value {
            value if value.is_null() => "null".to_owned(),
            ScalarValue::Boolean(_) => value.to_string(),
            value if value.data_type().is_numeric() => value.to_string(),
            value => json(&text(value).map_or_else(|| value.to_string(), ToOwned::to_owned)),
        };
        pairs.push(format!("{} : {value}", json(&text(name).map_or_else(|| name.to_string(), ToOwned::to_owned))));
    }
    give(format!("{{{}}}", pairs.join(", ")))
}

/// A text as JSON writes it.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `format`: `%s` is a text, `%I` a name, `%L` a literal.
fn filled(arguments: &[ScalarValue], shown: impl Fn(&ScalarValue) -> String) -> Result<ScalarValue> {
    let Some(pattern) = arguments.first().and_then(text) else { return give_any(None) };
    let mut values = arguments.iter().skip(1);
    let (mut out, mut chars) = (String::new(), pattern.chars());
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let kind = chars.next();
        if kind == Some('%') {
            out.push('%');
            continue;
        }
        let Some(value) = values.next() else { return exec_err!("too few arguments for format()") };
        match kind {
            Some('s') if value.is_null() => {}
            Some('s') => out.push_str(&shown(value)),
            Some('I') if !value.is_null() => out.push_str(&quoted(&shown(value))),
            Some('L') if value.is_null() => out.push_str("NULL"),
            Some('L') => out.push_str(&literal(&shown(value))),
            _ => return exec_err!("unrecognized format() type specifier in \"{pattern}\""),
        }
    }
    give(out)
}

fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if text.contains('\\') { format!(" E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// The parts of a written name: `Public."My Table"` is `public` and `My Table`.
pub(super) fn identifiers(written: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = written.trim();
    loop {
        let after = if let Some(inner) = rest.strip_prefix('"') {
            let (name, after) = quoted_part(inner)?;
            parts.push(name);
            after
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let name = rest[..end].trim();
            if name.is_empty() || name.contains(['"', ' ', '(']) {
                return None;
            }
            parts.push(name.to_lowercase());
            &rest[end..]
        };
        match after.trim_start().strip_prefix('.') {
            Some(next) => rest = next.trim_start(),
            None => return after.trim().is_empty().then_some(parts),
        }
    }
}

fn quoted_part(inner: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            name.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == '"') {
            name.push('"');
            chars.next();
        } else {
            return Some((name, &inner[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::identifiers;

    #[test]
    fn names_are_read_as_they_are_written() {
        let parts = |text: &str| identifiers(text).map(|p| p.join("|"));
        assert_eq!(parts("Public.Contacts").as_deref(), Some("public|contacts"));
        assert_eq!(parts(r#"kpi."My ""T"".x""#).as_deref(), Some(r#"kpi|My "T".x"#));
        assert_eq!(parts("a b"), None);
        assert_eq!(parts(""), None);
    }
}
