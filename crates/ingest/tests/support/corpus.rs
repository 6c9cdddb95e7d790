//! A few documents of every connector, in `tests/corpus`: shapes are the senders', people and things are made up.
//!
//! A file holds one document a line, as a file that is ingested would; e-mail is a mailbox, a queue log a log, a table has its header.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "each test binary uses a part")]

use std::path::Path;
use std::sync::Arc;

use trunkline_ingest::mapping::{Mapping, MappingConnector};
use trunkline_ingest::vendor::{self, Documents};
use trunkline_ingest::{Asterisk, CloudEvents, Connector, Email};

/// How the documents of a file follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One a line; JSON, or forms.
    Documents,
    /// Lines of which each depends on those before.
    Log,
    /// A header, then rows.
    Table,
    /// Messages of a mailbox.
    Mailbox,
}

/// The documents of one connector.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// Name of the connector, or of the mapping specification.
    pub name: String,
    pub form: Form,
    /// Source of the events.
    pub source: &'static str,
    /// The header of a table; else empty.
    pub head: String,
    /// Documents without the line feed between them; those of a mailbox with theirs.
    pub documents: Vec<String>,
    mapping: Option<Arc<Mapping>>,
}

/// Specifications of the examples that have documents here.
pub const MAPPINGS: &[&str] = &["calls_semicolon", "chat_jsonl", "freshdesk"];

/// The documents of a vendor, of `cloudevents`, `asterisk`, `email`, or of an example of a mapping.
pub fn corpus(name: &str) -> Corpus {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let found = ["jsonl", "log", "csv", "mbox"].map(|ending| folder.join(format!("{name}.{ending}")));
    let path = found.iter().find(|path| path.exists()).unwrap_or_else(|| panic!("no documents of {name} in {folder:?}"));
    let text = std::fs::read_to_string(path).unwrap();
    let form = match path.extension().and_then(|ending| ending.to_str()) {
        Some("log") => Form::Log,
        Some("csv") => Form::Table,
        Some("mbox") => Form::Mailbox,
        _ => Form::Documents,
    };
    let mapping = MAPPINGS.contains(&name).then(|| {
        let spec = format!("{}/../../pipelines/examples/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        Arc::new(Mapping::parse(&std::fs::read_to_string(&spec).unwrap(), &spec).unwrap())
    });
    let mut documents: Vec<String> = match form {
        Form::Mailbox => text.split_inclusive("\n\n").fold(Vec::new(), |mut all: Vec<String>, part| {
            match all.last_mut() {
                Some(last) if !part.starts_with("From ") => last.push_str(part),
                _ => all.push(part.to_owned()),
            }
            all
        }),
        _ => text.lines().map(str::to_owned).collect(),
    };
    let head = if form == Form::Table { documents.remove(0) } else { String::new() };
    let source = if name == "email" { "email://example.com,support@example.com" } else { "test://account" };
    Corpus { name: name.to_owned(), form, source, head, documents, mapping }
}

impl Corpus {
    /// A connector for one file.
    pub fn connector(&self) -> Box<dyn Connector> {
        match (self.name.as_str(), &self.mapping) {
            (_, Some(mapping)) => Box::new(MappingConnector::new(Arc::clone(mapping))),
            ("cloudevents", None) => Box::new(CloudEvents::new()),
            ("asterisk", None) => Box::new(Asterisk::new()),
            ("email", None) => Box::new(Email::new()),
            (name, None) => Box::new(Documents::new(vendor::named(name).unwrap())),
        }
    }

    /// A file of such documents.
    pub fn file(&self, documents: &[String]) -> String {
        match self.form {
            Form::Mailbox => documents.concat(),
            Form::Table => format!("{}\n{}\n", self.head, documents.join("\n")),
            Form::Documents | Form::Log => documents.join("\n") + "\n",
        }
    }
}
