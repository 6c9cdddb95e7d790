//! Pipelines: what is received live, from where, and how it gets into the log. One YAML file each, `pipelines/<name>.yaml`.
//!
//! ```yaml
//! version: 1
//! name: zendesk-acme
//! source: zendesk://acme
//! connector: zendesk
//! http:
//!   path: /in/zendesk-acme              # this is the default
//!   signature: {scheme: zendesk, secrets: ["${ZENDESK_SECRET}", "${ZENDESK_SECRET_OLD}"]}
//! ```
//!
//! Unknown keys and values are errors with their place. Secrets are names of environment variables, never text.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::http::signature::Scheme;
use crate::mapping::{SpecError, yaml_message};
use crate::vendor;

/// The version of this language.
const VERSION: u32 = 1;

/// A pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its name: letters, digits, `-` and `_`. Names its queue.
    pub name: String,
    /// Source of its events (CloudEvents keep their own).
    pub source: String,
    /// How records are read.
    pub connector: String,
    /// How it is received.
    pub http: Http,
    /// Bytes that may wait in its queue; default 1 GiB.
    pub queue_bytes: u64,
    /// When what waits goes into the log.
    pub flush: Flush,
}

/// Receiving by HTTP.
#[derive(Debug, Clone)]
pub struct Http {
    /// Path of its URL; default `/in/<name>`.
    pub path: String,
    /// The URL as the sender knows it, where it differs and is signed.
    pub public_url: Option<String>,
    /// How requests are signed; `None` only where the pipeline says `scheme: none`.
    pub signature: Option<Signature>,
    /// Bytes of a body at most; default 1 MiB.
    pub body_bytes: usize,
}

/// How requests prove where they come from.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The scheme.
    pub scheme: Scheme,
    /// Names of environment variables that hold the secrets.
    pub secrets: Vec<String>,
    /// How far the signed time may be from now, in seconds; default 300.
    pub tolerance_s: i64,
}

/// When records leave the queue: as soon as one of these is reached.
#[derive(Debug, Clone)]
pub struct Flush {
    /// Age of the oldest record; default 10 s.
    pub age: Duration,
    /// Records; default 250,000.
    pub rows: usize,
    /// Bytes of records; default 64 MiB.
    pub bytes: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Doc {
    version: Spanned<u32>,
    name: Spanned<String>,
    source: Spanned<String>,
    connector: Spanned<String>,
    http: HttpDoc,
    #[serde(default)]
    queue: QueueDoc,
    #[serde(default)]
    flush: FlushDoc,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpDoc {
    path: Option<Spanned<String>>,
    public_url: Option<String>,
    signature: SignatureDoc,
    body_bytes: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureDoc {
    scheme: Spanned<String>,
    #[serde(default)]
    secrets: Vec<Spanned<String>>,
    tolerance_s: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueDoc {
    max_bytes: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlushDoc {
    age_s: Option<u64>,
    rows: Option<usize>,
    bytes: Option<usize>,
}

/// The text of a pipeline, for errors with their place.
struct Text<'a> {
    file: &'a str,
    yaml: &'a str,
}

impl Text<'_> {
    fn wrong<T>(&self, at: &Spanned<T>, message: impl fmt::Display) -> SpecError {
        let place = at.referenced;
        self.at((place.line() as usize, place.column() as usize), message.to_string())
    }

    /// A line with secrets is not shown: someone may have written one there.
    fn at(&self, (line, column): (usize, usize), message: String) -> SpecError {
        let mut error = SpecError::at(self.file, self.yaml, line, column, message);
        if error.line_text.contains("secret") {
            error.line_text = " ".repeat(column.saturating_sub(1)) + "…";
        }
        error
    }
}

impl Pipeline {
    /// Reads a pipeline. Secrets are not looked up.
    ///
    /// # Errors
    /// The first thing that is wrong, with line, column and caret.
    pub fn parse(yaml: &str, file: &str) -> Result<Self, SpecError> {
        let text = Text { file, yaml };
        let doc: Doc = serde_saphyr::from_str(yaml).map_err(|cause| {
            let place = cause.location().map_or((0, 0), |at| (at.line() as usize, at.column() as usize));
            text.at(place, yaml_message(&cause))
        })?;
        if doc.version.value != VERSION {
            return Err(text.wrong(&doc.version, format!("version {} of pipelines is not known; write {VERSION}", doc.version.value)));
        }
        let name = doc.name.value.clone();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(text.wrong(&doc.name, format!("name {name:?} must be letters, digits, - and _")));
        }
        if doc.source.value.trim().is_empty() {
            return Err(text.wrong(&doc.source, "source is empty; write for example zendesk://acme"));
        }
        let known = vendor::NAMES.contains(&doc.connector.value.as_str()) || doc.connector.value == "cloudevents";
        if !known {
            let names = vendor::NAMES.iter().chain(&["cloudevents"]).copied().collect::<Vec<_>>().join(", ");
            return Err(
                text.wrong(&doc.connector, format!("connector {:?} cannot receive by HTTP; these can: {names}", doc.connector.value))
            );
        }
        let flush = Flush {
            age: Duration::from_secs(doc.flush.age_s.unwrap_or(10)),
            rows: doc.flush.rows.unwrap_or(250_000).max(1),
            bytes: doc.flush.bytes.unwrap_or(64 << 20).max(1),
        };
        let http = Http {
            path: path(&text, &name, doc.http.path.as_ref())?,
            public_url: doc.http.public_url.clone(),
            signature: signature(&text, &doc.http.signature)?,
            body_bytes: doc.http.body_bytes.unwrap_or(1 << 20),
        };
        let queue_bytes = doc.queue.max_bytes.unwrap_or(1 << 30);
        Ok(Self { name, source: doc.source.value, connector: doc.connector.value, http, queue_bytes, flush })
    }
}

fn path(text: &Text<'_>, name: &str, given: Option<&Spanned<String>>) -> Result<String, SpecError> {
    let Some(given) = given else { return Ok(format!("/in/{name}")) };
    let is_fine = given.value.len() > 1 && given.value.starts_with('/') && !given.value.contains(['?', '#', ' ']);
    if is_fine {
        Ok(given.value.clone())
    } else {
        Err(text.wrong(given, format!("path {:?} must begin with / and hold no query", given.value)))
    }
}

fn signature(text: &Text<'_>, doc: &SignatureDoc) -> Result<Option<Signature>, SpecError> {
    if doc.scheme.value == "none" {
        return match doc.secrets.first() {
            Some(secret) => Err(text.wrong(secret, "scheme none needs no secret")),
            None => Ok(None),
        };
    }
    let Some(scheme) = Scheme::named(&doc.scheme.value) else {
        let names = Scheme::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        return Err(text.wrong(&doc.scheme, format!("scheme {:?} is not known; there are {names}, and none", doc.scheme.value)));
    };
    if doc.secrets.is_empty() {
        return Err(text.wrong(&doc.scheme, "no secrets: nothing would be believed; write secrets: [\"${NAME}\"]"));
    }
    let variable = |secret: &Spanned<String>| {
        let name = secret.value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let name = name.filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        name.map(str::to_owned)
            .ok_or_else(|| text.wrong(secret, "a secret is written as ${NAME} and lies in the environment, never in a file"))
    };
    let secrets = doc.secrets.iter().map(variable).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Signature { scheme, secrets, tolerance_s: doc.tolerance_s.unwrap_or(300).max(0) }))
}
