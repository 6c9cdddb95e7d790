//! A whole spec, compiled: parsed YAML to a [`Mapping`] that can be run over any number of files.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_saphyr::Spanned;

use super::build::{Builder, Loader};
use super::clock::{Clock, OnAmbiguous, OnGap};
use super::columns::ColumnRef;
use super::delimited::Marks;
use super::encoding::Encoding;
use super::error::SpecError;
use super::field::{FieldTree, event_type, field_name, is_text_field, personal_field, subject_field};
use super::node::{Node, Personal};
use super::spec::{EmitDoc, FormatDoc, InputDoc, NodeDoc, Raw, SpecDoc};
use super::sql;

/// A compiled mapping spec. Pure data; shared between files and threads.
#[derive(Debug)]
pub struct Mapping {
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) source: Option<String>,
    pub(crate) input: Input,
    pub(crate) columns: Vec<ColumnRef>,
    pub(crate) lets: Vec<(String, Node)>,
    /// `None`: events are identified by the record and everything before it in the file.
    pub(crate) event_key: Option<Vec<KeyPart>>,
    pub(crate) clock: Option<Clock>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) checks: Vec<(String, Node)>,
}

/// How records are found and cut.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) encoding: Encoding,
    /// `None` for JSON Lines.
    pub(crate) marks: Option<Marks>,
    pub(crate) header: bool,
    /// Column names of a file without a header.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) nulls: HashSet<String>,
    pub(crate) trailing_delimiter: bool,
    pub(crate) missing_trailing: bool,
    /// Decimal mark of numbers in text.
    pub(crate) decimal: char,
}

/// One part of an event's key.
#[derive(Debug)]
pub(crate) enum KeyPart {
    /// The type of the event, written `@type`.
    Type,
    /// A value of the row.
    Value(Node),
}

/// One rule: when it applies, which event it makes.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) kind: String,
    /// Which of the rules for this type it is, so that two events of one type from one row have two ids.
    pub(crate) ordinal: String,
    pub(crate) when: Option<Node>,
    pub(crate) time: Node,
    pub(crate) subject: Option<Node>,
    pub(crate) data: Node,
}

impl Mapping {
    /// Parses a spec. Lookup files are read from the folder of `file_name`.
    ///
    /// # Errors
    /// A [`SpecError`] with file, line, column and a caret for bad YAML, unknown keys, names, zones, formats and types.
    pub fn parse(yaml: &str, file_name: &str) -> Result<Self, SpecError> {
        let folder = std::path::Path::new(file_name).parent().map(std::path::Path::to_path_buf).unwrap_or_default();
        Self::parse_with(yaml, file_name, &|name| std::fs::read_to_string(folder.join(name)).map_err(|e| e.to_string()))
    }

    /// Parses a spec; `load` reads the lookup files it names.
    ///
    /// # Errors
    /// As [`Mapping::parse`].
    pub fn parse_with(yaml: &str, file_name: &str, load: Loader<'_>) -> Result<Self, SpecError> {
        let doc: SpecDoc = serde_saphyr::from_str(yaml).map_err(|e| {
            let place = e.location().map_or((0, 0), |at| (at.line() as usize, at.column() as usize));
            SpecError::at(file_name, yaml, place.0, place.1, yaml_message(&e))
        })?;
        compile(&doc, yaml, file_name, load)
    }

    /// True when the spec says what names an event, so that a record need not have a place in a file.
    #[must_use]
    pub fn names_events(&self) -> bool {
        self.event_key.is_some()
    }

    /// The event source the spec names, if any; the command line may name another.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The declared policy for local times that happen twice, as written in specs.
    pub(crate) fn on_ambiguous(&self) -> &'static str {
        match self.clock.as_ref().map(|c| c.on_ambiguous).unwrap_or_default() {
            OnAmbiguous::Earliest => "earliest",
            OnAmbiguous::Latest => "latest",
            OnAmbiguous::Reject => "reject",
        }
    }

    /// The declared policy for local times that do not exist, as written in specs.
    pub(crate) fn on_gap(&self) -> &'static str {
        match self.clock.as_ref().map(|c| c.on_gap).unwrap_or_default() {
            OnGap::ShiftForward => "shift_forward",
            OnGap::Reject => "reject",
        }
    }
}

/// The message of a YAML error without its own snippet and position, which [`SpecError`] shows in one way for all errors.
/// What a YAML error says, without its place.
pub(crate) fn yaml_message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let first = text.lines().next().unwrap_or_default();
    let text = first.strip_prefix("error: ").unwrap_or(first);
    text.split(" at line ").next().unwrap_or(text).to_owned()
}

fn compile(doc: &SpecDoc, yaml: &str, file: &str, load: Loader<'_>) -> Result<Mapping, SpecError> {
    let mut builder = Builder {
        file,
        text: yaml,
        docs: &doc.lets,
        lets: Vec::new(),
        columns: Vec::new(),
        time_columns: time_columns(doc),
        clock: None,
        decimal: '.',
        thousands: None,
        load,
        open: Vec::new(),
    };
    if doc.mapping.value != 1 {
        return Err(
            builder.error(doc.mapping.referenced, format!("unknown version `{}` of the mapping language; known is 1", doc.mapping.value))
        );
    }
    let input = input(&doc.input, &mut builder)?;
    if let Some(time) = &doc.time {
        builder.clock = Some(builder.clock(&time.value, time.referenced)?);
    }
    for (name, raw) in &doc.lets {
        builder.derived(name, raw.referenced)?;
    }
    let mut rules = Vec::with_capacity(doc.emit.len());
    let mut seen: HashMap<String, usize> = HashMap::new();
    for emit in &doc.emit {
        let kind = event_type(&emit.kind.value);
        let ordinal = seen.entry(kind.clone()).or_insert(0);
        rules.push(rule(emit, kind, ordinal.to_string(), doc, &mut builder)?);
        *ordinal += 1;
    }
    if rules.is_empty() {
        return Err(SpecError::at(file, yaml, 0, 0, "`emit` is empty: the spec makes no events"));
    }
    let mut checks = Vec::with_capacity(doc.checks.len());
    for check in &doc.checks {
        checks.push((check.assert.value.clone(), sql::compile(&mut builder, &check.assert.value, check.assert.referenced)?));
    }
    let event_key = doc.identity.as_ref().map(|identity| event_key(&identity.event_key, &mut builder)).transpose()?;
    let Builder { columns, lets, clock, .. } = builder;
    Ok(Mapping {
        file: file.to_owned(),
        text: yaml.to_owned(),
        source: doc.source.clone(),
        input,
        columns,
        lets,
        event_key,
        clock,
        rules,
        checks,
    })
}

/// Parts of a key: `@type`, a derived value (with or without `$`), or a column.
fn event_key(parts: &[Spanned<String>], builder: &mut Builder<'_>) -> Result<Vec<KeyPart>, SpecError> {
    parts
        .iter()
        .map(|part| {
            let name = part.value.as_str();
            if name == "@type" {
                return Ok(KeyPart::Type);
            }
            let plain = name.strip_prefix('$').unwrap_or(name);
            if name.starts_with('$') || builder.docs.contains_key(plain) {
                return builder.derived(plain, part.referenced).map(KeyPart::Value);
            }
            Ok(KeyPart::Value(builder.column(name, part.referenced)))
        })
        .collect()
}

fn input(doc: &InputDoc, builder: &mut Builder<'_>) -> Result<Input, SpecError> {
    let byte = |mark: &Option<Spanned<String>>, builder: &Builder<'_>| -> Result<Option<u8>, SpecError> {
        let Some(mark) = mark else { return Ok(None) };
        match mark.value.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(Some(*byte)),
            _ => Err(builder.error(mark.referenced, format!("`{}` is not one ASCII character", mark.value))),
        }
    };
    let encoding = match &doc.encoding {
        Some(name) => Encoding::named(&name.value).map_err(|e| builder.error(name.referenced, e))?,
        None => Encoding::Utf8,
    };
    let quote = match &doc.quote {
        Some(mark) if mark.value.is_empty() => None,
        mark => byte(mark, builder)?.or(Some(b'"')),
    };
    let delimiter = byte(&doc.delimiter, builder)?;
    let marks = match doc.format {
        FormatDoc::Csv => Some(Marks { delimiter: delimiter.unwrap_or(b','), quote }),
        FormatDoc::Tsv => Some(Marks { delimiter: delimiter.unwrap_or(b'\t'), quote }),
        FormatDoc::Jsonl => None,
    };
    if let Some(decimal) = byte(&doc.decimal, builder)? {
        builder.decimal = char::from(decimal);
    }
    builder.thousands = byte(&doc.thousands, builder)?.map(char::from);
    if builder.thousands == Some(builder.decimal) {
        let at = doc.thousands.as_ref().or(doc.decimal.as_ref()).map_or_else(|| serde_saphyr::Location::UNKNOWN, |m| m.referenced);
        return Err(builder.error(at, "the decimal mark and the grouping mark are the same"));
    }
    Ok(Input {
        encoding,
        marks,
        header: marks.is_some() && doc.header.unwrap_or(doc.columns.is_none()),
        names: doc.columns.clone(),
        nulls: doc.null_values.iter().map(|text| text.trim().to_owned()).chain([String::new()]).collect(),
        trailing_delimiter: doc.allow_trailing_delimiter,
        missing_trailing: doc.allow_missing_trailing,
        decimal: builder.decimal,
    })
}

fn rule(emit: &EmitDoc, kind: String, ordinal: String, doc: &SpecDoc, builder: &mut Builder<'_>) -> Result<Rule, SpecError> {
    let when = emit.when.as_ref().map(|raw| builder.node(raw)).transpose()?;
    let time = builder.node(&emit.time)?;
    let time = builder.timed_by_default(time, emit.time.referenced)?;
    let mut fields: BTreeMap<&str, &Spanned<Raw>> = BTreeMap::new();
    let defaults = doc.defaults.as_ref().filter(|_| !emit.without_defaults);
    for (name, raw) in defaults.iter().flat_map(|d| &d.set).chain(&emit.set) {
        fields.insert(name, raw);
    }
    let direction = fields.get("direction").map(|raw| match &raw.value {
        Raw::Text(word) if !word.starts_with('$') => Some(word.as_str()),
        _ => None,
    });
    let mut tree = FieldTree::default();
    let mut subject = match emit.subject.as_ref().or_else(|| defaults.and_then(|d| d.subject.as_ref())) {
        Some(raw) => Some(builder.node(raw)?),
        None => None,
    };
    for (name, raw) in fields {
        let path = field_name(name);
        let mut node = builder.node(raw)?;
        if let Some(hashed) = personal_field(&path, direction) {
            node = match node {
                Node::Personal { of, kind, .. } => Node::Personal { of, kind, hashed },
                other if hashed => other,
                other => Node::Personal { of: Box::new(other), kind: Personal::Other, hashed },
            };
        } else if is_text_field(&path) {
            node = Node::Text(Box::new(node));
        }
        if subject.is_none() && path == subject_field(&kind) {
            subject = Some(node.clone());
        }
        tree.insert(&path, node).map_err(|message| builder.error(raw.referenced, message))?;
    }
    Ok(Rule { kind, ordinal, when, time, subject: subject.map(|node| Node::Text(Box::new(node))), data: tree.into_node() })
}

/// Columns read as times in the usual way by the rules and derived values, found before expressions are compiled.
fn time_columns(doc: &SpecDoc) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut note = |raw: &Raw| {
        if let Raw::Node(node) = raw
            && let NodeDoc { col: Some(name), format: None, .. } = &**node
        {
            found.insert(name.value.clone());
        }
    };
    for emit in &doc.emit {
        note(&emit.time.value);
    }
    for raw in doc.lets.values() {
        if let Raw::Node(node) = &raw.value
            && let Some(time) = &node.time
        {
            note(&time.value);
        }
    }
    found
}
