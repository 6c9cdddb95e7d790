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
//! Exactly one of `http` (webhooks), `nats` (a JetStream stream), `files` (tails and folders) and `objects` (a prefix of an object store) says how records
//! come. `tests` say what a record gives; `trunkline check` runs them. Unknown keys and values are errors with their place. Secrets are names of
//! environment variables, never text.

mod files;
mod http;
mod nats;
#[cfg(test)]
mod tests;
pub mod trial;

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::mapping::{SpecError, yaml_message};
use crate::vendor;

pub use files::{Files, Objects};
pub use http::{Http, RateLimit, Signature};
pub use nats::{Nats, Variable};
pub use trial::Trial;

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
    /// The mapping specification of connector `mapping`: a file, from the folder of the pipeline.
    pub mapping: Option<String>,
    /// How records come.
    pub inflow: Inflow,
    /// Bytes that may wait in its queue; default 1 GiB.
    pub queue_bytes: u64,
    /// When what waits goes into the log.
    pub flush: Flush,
    /// What records shall give.
    pub tests: Vec<Trial>,
}

/// How records come.
#[derive(Debug, Clone)]
pub enum Inflow {
    /// They are posted to a URL.
    Http(Http),
    /// They are read from a stream.
    Nats(Box<Nats>),
    /// They are in files that grow or come.
    Files(Files),
    /// They are in objects that come.
    Objects(Objects),
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

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "Pipeline",
    description = "What is collected live, from where, and how it gets into the log. One of http, nats, files, objects."
)]
struct Doc {
    /// Version of this language: 1.
    #[schemars(with = "u32")]
    version: Spanned<u32>,
    /// Letters, digits, - and _; names the queue and the URL /in/<name>.
    #[schemars(with = "String", regex(pattern = "^[A-Za-z0-9_-]+$"))]
    name: Spanned<String>,
    /// Source of the events, for example zendesk://acme. CloudEvents keep their own.
    #[schemars(with = "String")]
    source: Spanned<String>,
    /// How records are read: a vendor of docs/connectors, cloudevents, asterisk, email, mapping.
    #[schemars(with = "String")]
    connector: Spanned<String>,
    /// The specification of connector mapping: a file beside the pipeline.
    #[schemars(with = "Option<String>")]
    mapping: Option<Spanned<String>>,
    /// Webhooks.
    #[schemars(with = "Option<http::HttpDoc>")]
    http: Option<Spanned<http::HttpDoc>>,
    /// A JetStream stream.
    #[schemars(with = "Option<nats::NatsDoc>")]
    nats: Option<Spanned<nats::NatsDoc>>,
    /// Files that grow or come.
    #[schemars(with = "Option<files::FilesDoc>")]
    files: Option<Spanned<files::FilesDoc>>,
    /// Objects that come under a prefix of an object store.
    #[schemars(with = "Option<files::ObjectsDoc>")]
    objects: Option<Spanned<files::ObjectsDoc>>,
    /// What records shall give; trunkline check runs them.
    #[serde(default)]
    tests: Vec<trial::TrialDoc>,
    /// The queue of what is received by HTTP.
    #[serde(default)]
    queue: QueueDoc,
    /// When what waits goes into the log: as soon as one of these is reached.
    #[serde(default)]
    flush: FlushDoc,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct QueueDoc {
    /// Bytes that may wait; beyond it senders get 503. Default 1 GiB.
    max_bytes: Option<u64>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FlushDoc {
    /// Age of the oldest record in seconds, and how often files are looked at. Default 10.
    age_s: Option<u64>,
    /// Records. Default 250000.
    rows: Option<usize>,
    /// Bytes of records. Default 64 MiB.
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
        if ["secret", "token", "password", "seed"].iter().any(|word| error.line_text.contains(word)) {
            error.line_text = " ".repeat(column.saturating_sub(1)) + "…";
        }
        error
    }
}

impl Pipeline {
    /// The JSON Schema of this language, for editors.
    #[must_use]
    pub fn json_schema() -> String {
        let schema = schemars::schema_for!(Doc);
        serde_json::to_string_pretty(&schema).unwrap_or_default()
    }

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
        let flush = Flush {
            age: Duration::from_secs(doc.flush.age_s.unwrap_or(10)),
            rows: doc.flush.rows.unwrap_or(250_000).max(1),
            bytes: doc.flush.bytes.unwrap_or(64 << 20).max(1),
        };
        let queue_bytes = doc.queue.max_bytes.unwrap_or(1 << 30);
        let inflow = inflow(&text, &name, &doc)?;
        let mapping = connector(&text, &doc, &inflow)?;
        let tests = doc.tests.iter().map(|test| test.read(&text)).collect::<Result<_, _>>()?;
        Ok(Self { name, source: doc.source.value, connector: doc.connector.value, mapping, inflow, queue_bytes, flush, tests })
    }
}

/// The one way in which records come.
fn inflow(text: &Text<'_>, name: &str, doc: &Doc) -> Result<Inflow, SpecError> {
    let several = |at: &Spanned<String>| Err(text.wrong(at, "write one of http, nats, files and objects: it says how records come"));
    match (&doc.http, &doc.nats, &doc.files, &doc.objects) {
        (Some(http), None, None, None) => Ok(Inflow::Http(http::read(text, name, &doc.connector.value, &http.value)?)),
        (None, Some(nats), None, None) => Ok(Inflow::Nats(Box::new(nats.value.read(text)?))),
        (None, None, Some(files), None) => Ok(Inflow::Files(files.value.read(text)?)),
        (None, None, None, Some(objects)) => Ok(Inflow::Objects(objects.value.read(text)?)),
        _ => several(&doc.name),
    }
}

/// Checks that the connector can read what comes in that way; gives the mapping specification.
fn connector(text: &Text<'_>, doc: &Doc, inflow: &Inflow) -> Result<Option<String>, SpecError> {
    let name = doc.connector.value.as_str();
    let is_live = matches!(inflow, Inflow::Http(_) | Inflow::Nats(_));
    let known = vendor::NAMES.contains(&name) || ["cloudevents", "mapping", "asterisk", "email"].contains(&name);
    if !known {
        let names = vendor::NAMES.iter().chain(&["asterisk", "cloudevents", "email", "mapping"]).copied().collect::<Vec<_>>().join(", ");
        return Err(text.wrong(&doc.connector, format!("connector {name:?} is not known; there are {names}")));
    }
    if name == "asterisk" && is_live {
        return Err(text.wrong(&doc.connector, "lines of a queue_log mean something in their order only: let files name the log"));
    }
    match (&doc.mapping, name) {
        (None, "mapping") => Err(text.wrong(&doc.connector, "connector mapping needs mapping: and the file of a specification")),
        (Some(given), other) if other != "mapping" => Err(text.wrong(given, "mapping: goes with connector mapping only")),
        (given, _) => Ok(given.as_ref().map(|given| given.value.clone())),
    }
}

/// The name of an environment variable, written as `${NAME}`.
fn variable(text: &Text<'_>, given: &Spanned<String>) -> Result<String, SpecError> {
    let name = given.value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let name = name.filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    name.map(str::to_owned).ok_or_else(|| text.wrong(given, "a secret is written as ${NAME} and lies in the environment, never in a file"))
}
