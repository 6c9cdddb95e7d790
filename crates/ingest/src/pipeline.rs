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

mod http;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::mapping::{SpecError, yaml_message};
use crate::vendor;

pub use http::{Http, RateLimit, Signature};

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
    http: http::HttpDoc,
    #[serde(default)]
    queue: QueueDoc,
    #[serde(default)]
    flush: FlushDoc,
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
        if ["secret", "token"].iter().any(|word| error.line_text.contains(word)) {
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
        let http = http::read(&text, &name, &doc.connector.value, &doc.http)?;
        let queue_bytes = doc.queue.max_bytes.unwrap_or(1 << 30);
        Ok(Self { name, source: doc.source.value, connector: doc.connector.value, http, queue_bytes, flush })
    }
}
