//! `$name` in a definition becomes a literal: numbers only, so that no text of a user reaches the SQL.

use std::collections::BTreeMap;

use super::error::KpiError;
use super::spec::KpiSpec;

/// The parameters in force: the definition's defaults with the request's values over them.
///
/// # Errors
/// For a parameter the KPI does not declare and for a value that is no finite number of at least 0.
pub fn effective(spec: &KpiSpec, asked: &BTreeMap<String, String>) -> Result<BTreeMap<String, f64>, KpiError> {
    let mut values = spec.parameters.clone();
    for (name, text) in asked {
        if !values.contains_key(name) {
            return Err(KpiError::UnknownParameter {
                kpi: spec.name.clone(),
                parameter: name.clone(),
                known: list(spec.parameters.keys().map(String::as_str)),
            });
        }
        let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0 && *n <= 1e12);
        let Some(number) = number else {
            return Err(KpiError::BadParameter { parameter: name.clone(), value: text.clone() });
        };
        values.insert(name.clone(), number);
    }
    Ok(values)
}

/// `text` with every `$name` replaced; `$watermark` becomes `watermark`, a SQL instant.
///
/// # Errors
/// [`KpiError::Definition`] for a name the definition does not declare.
pub fn substitute(kpi: &str, text: &str, values: &BTreeMap<String, f64>, watermark: &str) -> Result<String, KpiError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = &rest[..end];
        match (name, values.get(name)) {
            ("watermark", _) => out.push_str(watermark),
            (_, Some(number)) => out.push_str(&number.to_string()),
            _ => return Err(KpiError::Definition { kpi: kpi.to_owned(), detail: format!("parameter \"${name}\" is not declared") }),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Names as a person reads them; `none` when there are none.
#[must_use]
pub fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn numbers_are_written_without_a_trailing_zero() {
        let values = BTreeMap::from([("t".to_owned(), 20.0), ("q".to_owned(), 0.5)]);
        assert_eq!(substitute("k", "w <= $t * 1000 and $q<1", &values, "now").unwrap(), "w <= 20 * 1000 and 0.5<1");
        assert_eq!(substitute("k", "$watermark", &values, "now").unwrap(), "now");
        assert!(substitute("k", "$other", &values, "now").is_err());
    }
}
