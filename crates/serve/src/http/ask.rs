//! What a request asks, read from its body: JSON, or the bare statement. Pure.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use datafusion::common::ScalarValue;
use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;
use crate::refusal::Refusal;

/// A question as it was sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// The statement.
    pub(super) sql: String,
    /// Values of `$1`, `$2`, ...
    #[serde(default)]
    params: Vec<Value>,
    /// Zone in which instants are shown.
    pub(super) zone: Option<String>,
}

impl Ask {
    /// Reads a body of this type; a bare statement may have its zone in the URL.
    ///
    /// # Errors
    /// Types that are not known (415), bodies that are not what they say.
    pub(super) fn read(kind: Option<&str>, body: Vec<u8>, query: Option<&str>) -> Result<Self, Problem> {
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or(kind).trim().to_ascii_lowercase());
        let asked = match kind.as_deref() {
            Some("application/json") => serde_json::from_slice(&body)
                .map_err(|error| Refusal::error("22023", format!("the body is no question: {error}")).hint(SHAPE))?,
            None | Some("text/plain" | "application/sql") => {
                let sql = String::from_utf8(body).map_err(|_| Refusal::error("22021", "the statement is not UTF-8"))?;
                Self { sql, params: Vec::new(), zone: None }
            }
            Some(other) => {
                let refusal = Refusal::error("22023", format!("a body of type {other} is not read"));
                let hint = "send content-type application/json, or text/plain for a bare statement";
                return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal.hint(hint)));
            }
        };
        let zone = match asked.zone {
            Some(zone) => Some(zone),
            None => pairs(query)?.remove("zone"),
        };
        Ok(Self { zone, ..asked })
    }

    /// Values of the parameters, by what they look like; they are made what the statement takes later.
    ///
    /// # Errors
    /// Arrays and objects.
    pub(super) fn values(&self) -> Result<Vec<ScalarValue>, Refusal> {
        self.params.iter().enumerate().map(|(at, value)| scalar(at + 1, value)).collect()
    }
}

/// What a body looks like.
const SHAPE: &str = "send {\"sql\": \"SELECT ... $1\", \"params\": [...], \"zone\": \"Europe/Madrid\"}; params and zone may be left out";

fn scalar(number: usize, value: &Value) -> Result<ScalarValue, Refusal> {
    Ok(match value {
        Value::Null => ScalarValue::Null,
        Value::Bool(truth) => ScalarValue::Boolean(Some(*truth)),
        Value::String(text) => ScalarValue::Utf8(Some(text.clone())),
        Value::Number(figure) => match (figure.as_i64(), figure.as_f64()) {
            (Some(whole), _) => ScalarValue::Int64(Some(whole)),
            (None, fraction) => ScalarValue::Float64(fraction),
        },
        Value::Array(_) | Value::Object(_) => {
            return Err(Refusal::error("22023", format!("parameter ${number} is neither text, number, true, false nor null"))
                .hint("give each value a parameter of its own: IN ($1, $2)"));
        }
    })
}

/// Names and values of a URL's query.
///
/// # Errors
/// A name that is given twice.
pub(super) fn pairs(query: Option<&str>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut found = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if found.insert(name.to_string(), value.into_owned()).is_some() {
            return Err(Refusal::error("22023", format!("{name} is given twice")));
        }
    }
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_json_or_bare() {
        let read = |kind, body: &str, query| Ask::read(kind, body.as_bytes().to_vec(), query);
        let json = read(Some("application/json; charset=utf-8"), r#"{"sql":"select $1","params":[1,2.5,"x",true,null]}"#, None).unwrap();
        let values: Vec<String> = json.values().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!((json.sql.as_str(), values.join(" ").as_str()), ("select $1", "1 2.5 x true NULL"));
        let bare = read(None, "select 1", Some("zone=Europe%2FMadrid")).unwrap();
        assert_eq!((bare.sql.as_str(), bare.zone.as_deref()), ("select 1", Some("Europe/Madrid")));
        let status = |kind, body, query| read(kind, body, query).map_err(|problem| problem.status.as_u16()).unwrap_err();
        assert_eq!(status(Some("application/x-www-form-urlencoded"), "select 1", None), 415);
        assert_eq!(status(Some("application/json"), r#"{"sql":"select 1","parms":[]}"#, None), 400);
        assert_eq!(status(Some("text/plain"), "select 1", Some("zone=UTC&zone=UTC")), 400);
        assert!(read(Some("application/json"), r#"{"sql":"","params":[[1]]}"#, None).unwrap().values().is_err());
    }
}
