//! Running a compiled mapping over the records of one file.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use trunkline_events::Timestamp;
use trunkline_events::identity::{CustomerSecret, derived_id};

use super::clock::ClockCounts;
use super::columns::{Layout, SeenKeys};
use super::compile::{KeyPart, Mapping, Rule};
use super::delimited::{Marks, fields, record_len, without_line_end};
use super::error::{RowError, SpecError};
use super::eval::Scope;
use super::field::needs_subject;
use super::json::{Members, parse_object};
use super::node::Node;
use super::value::Value;

/// One event made from a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedEvent {
    /// Deterministic id.
    pub id: String,
    /// Type.
    pub kind: String,
    /// When it happened.
    pub time: Timestamp,
    /// What it belongs to.
    pub subject: Option<String>,
    /// Payload, JSON text of an object.
    pub data: String,
}

/// Where a record comes from, for ids.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'o> {
    pub(crate) source: &'o str,
    /// Hash of everything in the file before the record; used when the spec declares no identity.
    pub(crate) before: u64,
    pub(crate) secret: Option<&'o CustomerSecret>,
}

/// A mapping matched with one file.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) mapping: Arc<Mapping>,
    /// `None` until a first record was seen, and always for JSON Lines.
    layout: Option<Layout>,
    pub(crate) counts: ClockCounts,
    seen: SeenKeys,
}

impl Rows {
    /// Matches a mapping with a file of which `head` is the beginning. Returns the rows and the length of the header with the
    /// blank lines before it; `None` when more of the file is needed to see its first record.
    pub(crate) fn open(mapping: &Arc<Mapping>, head: &[u8], last: bool) -> Result<Option<(Self, usize)>, SpecError> {
        let input = &mapping.input;
        if let Some(said) = input.encoding.contradicted_by(head) {
            let message = format!("the file begins with a byte order mark of {said}; write `encoding: {said}`");
            return Err(SpecError::at(&mapping.file, &mapping.text, 0, 0, message));
        }
        let mut rows = Self { mapping: Arc::clone(mapping), layout: None, counts: ClockCounts::default(), seen: SeenKeys::default() };
        let Some(marks) = input.marks else { return Ok(Some((rows, 0))) };
        let mut at = 0;
        loop {
            let Some(len) = record_len(&head[at..], last, input.encoding, input.marks) else {
                return Ok(last.then_some((rows, head.len())));
            };
            let record = &head[at..at + len];
            if rows.is_blank(record) {
                at += len;
                continue;
            }
            let fail =
                |e: RowError| SpecError::at(&mapping.file, &mapping.text, 0, 0, format!("the first line of the file: {}", e.message));
            let text = input.encoding.decode(record).map_err(fail)?;
            let mut names: Vec<String> =
                fields(without_line_end(&text), marks).map_err(fail)?.iter().map(|n| n.trim().to_owned()).collect();
            if input.header {
                while input.trailing_delimiter && names.last().is_some_and(String::is_empty) {
                    names.pop();
                }
            } else if let Some(given) = &input.names {
                names.clone_from(given);
            } else {
                names = (1..=names.len()).map(|i| format!("#{i}")).collect();
            }
            rows.layout = Some(Layout::bind(names, &mapping.columns, &mapping.file, &mapping.text)?);
            return Ok(Some((rows, if input.header { at + len } else { 0 })));
        }
    }

    /// Length of the first record of `bytes`; see [`record_len`].
    pub(crate) fn record_len(&self, bytes: &[u8], last: bool) -> Option<usize> {
        record_len(bytes, last, self.mapping.input.encoding, self.mapping.input.marks)
    }

    /// True for a record of blanks only; such lines are no records.
    pub(crate) fn is_blank(&self, record: &[u8]) -> bool {
        let only = |byte: &u8| matches!(byte, b' ' | b'\r' | b'\n' | b'\t' | 0);
        match self.mapping.input.encoding.width() {
            2 => record.iter().all(|b| only(b) || matches!(b, 0xFE | 0xFF)),
            _ => record.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(record).iter().all(|b| only(b) && *b != 0),
        }
    }

    /// True when the record ends in a line end.
    pub(crate) fn is_ended(&self, record: &[u8]) -> bool {
        let encoding = self.mapping.input.encoding;
        let width = encoding.width();
        record.len() >= width && record.len().is_multiple_of(width) && encoding.unit(record, record.len() - width) == u16::from(b'\n')
    }

    /// True when a quote of the record never closes.
    pub(crate) fn is_unclosed(&self, record: &[u8]) -> bool {
        self.completeness(record).is_err_and(|e| e.code == "unclosed_quote")
    }

    /// True when some line of `bytes` is a complete record by itself.
    pub(crate) fn any_complete_line(&self, bytes: &[u8]) -> bool {
        let encoding = self.mapping.input.encoding;
        let mut at = 0;
        while let Some(len) = record_len(&bytes[at..], true, encoding, None) {
            let line = &bytes[at..at + len];
            if !self.is_blank(line) && self.completeness(line).is_ok() {
                return true;
            }
            at += len;
        }
        false
    }

    /// Whether a record has all its fields, or is a complete JSON object.
    pub(crate) fn completeness(&self, record: &[u8]) -> Result<(), RowError> {
        let text = self.mapping.input.encoding.decode(record)?;
        let line = without_line_end(&text);
        match self.mapping.input.marks {
            Some(marks) => self.delimited_cells(line, marks).map(|_| ()),
            None => parse_object(line).map(|_| ()),
        }
    }

    /// True for a delimited file in which there was nothing, not even a header.
    pub(crate) fn is_empty(&self) -> bool {
        self.mapping.input.marks.is_some() && self.layout.is_none()
    }

    /// Columns or keys that no part of the mapping reads.
    pub(crate) fn unread(&self) -> Vec<String> {
        self.layout.as_ref().map_or_else(|| self.seen.unread(), Layout::unread)
    }

    /// Local times met that happen twice and that do not exist.
    pub(crate) fn odd_times(&self) -> (u64, u64) {
        (self.counts.ambiguous.load(Ordering::Relaxed), self.counts.gap.load(Ordering::Relaxed))
    }

    /// The events of one record. All or nothing: an error in any rule refuses the record.
    pub(crate) fn map(&self, record: &[u8], origin: Origin<'_>) -> Result<Vec<MappedEvent>, RowError> {
        let mapping = &*self.mapping;
        let text = mapping.input.encoding.decode(record)?;
        let line = without_line_end(&text);
        let cells = match mapping.input.marks {
            Some(marks) => self.delimited_cells(line, marks)?,
            None => self.json_cells(line)?,
        };
        let scope = Scope::new(cells, mapping, origin.secret, &self.counts);
        for (source, node) in &mapping.checks {
            if let Value::Bool(false) = scope.eval(node).map_err(|e| self.located(e, node))? {
                // The count of odd local times is about the file, so the times the check did not look at are read as well.
                for rule in &mapping.rules {
                    let _ = scope.instant(&rule.time);
                }
                return Err(RowError::new("check_failed", format!("check `{source}` failed: {}", self.cells_of(node, &scope))));
            }
        }
        let key = match &mapping.event_key {
            Some(parts) => parts.iter().map(|p| key_text(p, &scope)).collect::<Result<Vec<_>, _>>()?,
            None => vec![Some(format!("{:016x}", origin.before)), Some(line.to_owned())],
        };
        let mut events = Vec::with_capacity(mapping.rules.len());
        for rule in &mapping.rules {
            if let Some(when) = &rule.when
                && !scope.holds(when).map_err(|e| self.located(e, when))?
            {
                continue;
            }
            events.push(self.event(rule, &scope, &key, origin)?);
        }
        if events.is_empty() {
            let start: String = line.chars().take(60).collect();
            return Err(RowError::new("no_rule", format!("no rule of the mapping applies to `{start}`")));
        }
        Ok(events)
    }

    fn delimited_cells<'r>(&self, line: &'r str, marks: Marks) -> Result<Vec<Value<'r>>, RowError> {
        let Some(layout) = &self.layout else { return Err(RowError::new("no_header", "the file has no header yet")) };
        let mut row = fields(line, marks)?;
        let wanted = layout.names.len();
        if self.mapping.input.trailing_delimiter && row.len() == wanted + 1 && row.last().is_some_and(|f| f.trim().is_empty()) {
            row.pop();
        }
        if row.len() > wanted {
            let extra: String = row.get(wanted).map(|f| f.chars().take(40).collect()).unwrap_or_default();
            return Err(RowError::new(
                "too_many_fields",
                format!("{} fields where the header has {wanted}; the first too many is `{extra}`", row.len()),
            ));
        }
        if row.len() < wanted && !self.mapping.input.missing_trailing {
            let missing = layout.names.get(row.len()).map(String::as_str).unwrap_or_default();
            let message = format!(
                "column `{missing}`: missing; {} fields where the header has {wanted}: `{}`",
                row.len(),
                line.chars().take(60).collect::<String>()
            );
            return Err(RowError::new("too_few_fields", message));
        }
        let take = |position: &usize| row.get(*position).map_or(Value::Null, |field| self.cell(trimmed(field)));
        Ok(layout.positions.iter().map(take).collect())
    }

    fn json_cells<'r>(&self, line: &'r str) -> Result<Vec<Value<'r>>, RowError> {
        let members = parse_object(line)?;
        let columns = &self.mapping.columns;
        for (key, _) in &members {
            self.seen.note(key, columns.iter().any(|c| reads(&c.name, key)));
        }
        columns.iter().map(|column| self.json_cell(&members, &column.name)).collect()
    }

    fn json_cell<'r>(&self, members: &Members<'r>, path: &str) -> Result<Value<'r>, RowError> {
        if let Some((_, value)) = members.iter().find(|(key, _)| key == path) {
            return Ok(match value {
                Value::Text(text) if self.mapping.input.nulls.contains(text.trim()) => Value::Null,
                other => other.clone(),
            });
        }
        let Some((head, rest)) = path.split_once('.') else { return Ok(Value::Null) };
        match members.iter().find(|(key, _)| key == head) {
            Some((_, Value::Json(inner))) if inner.starts_with('{') => Ok(self.json_cell(&parse_object(inner)?, rest)?.into_owned()),
            _ => Ok(Value::Null),
        }
    }

    fn cell<'r>(&self, text: Cow<'r, str>) -> Value<'r> {
        if self.mapping.input.nulls.contains(text.as_ref()) { Value::Null } else { Value::Text(text) }
    }

    fn event<'a>(&self, rule: &'a Rule, scope: &Scope<'a>, key: &[Option<String>], origin: Origin<'_>) -> Result<MappedEvent, RowError> {
        let missing_time = || RowError::new("bad_time", format!("rule `{}` needs a time and there is none", rule.kind));
        let time = scope.instant(&rule.time).and_then(|t| t.ok_or_else(missing_time)).map_err(|e| self.located(e, &rule.time))?;
        let subject = match &rule.subject {
            Some(node) => scope.eval(node).map_err(|e| self.located(e, node))?.text().map(Cow::into_owned).filter(|text| !text.is_empty()),
            None => None,
        };
        if subject.is_none() && needs_subject(&rule.kind) {
            let error = RowError::new("missing_subject", format!("rule `{}` does not say what the event belongs to", rule.kind));
            return Err(rule.subject.iter().fold(error, |e, node| self.located(e, node)));
        }
        let data = match scope.eval(&rule.data).map_err(|e| self.located(e, &rule.data))? {
            Value::Json(text) => text.into_owned(),
            _ => "{}".to_owned(),
        };
        let mut parts = vec![origin.source];
        parts.extend(key.iter().map(|part| part.as_deref().unwrap_or(rule.kind.as_str())));
        parts.extend([rule.kind.as_str(), rule.ordinal.as_str()]);
        Ok(MappedEvent { id: derived_id(&parts), kind: rule.kind.clone(), time, subject, data })
    }

    /// Puts the columns `node` reads in front of an error that names none.
    fn located(&self, error: RowError, node: &Node) -> RowError {
        if error.names_column() {
            return error;
        }
        let mut slots = Vec::new();
        collect_slots(node, &self.mapping.lets, &mut slots);
        let names: Vec<&str> = slots.iter().filter_map(|slot| self.mapping.columns.get(*slot)).map(|c| c.name.as_str()).collect();
        if names.is_empty() { error } else { error.in_column(&names.join("` + `")) }
    }

    /// Names and texts of the columns an expression reads, for the message of a failed check.
    fn cells_of(&self, node: &Node, scope: &Scope<'_>) -> String {
        let mut slots = Vec::new();
        collect_slots(node, &self.mapping.lets, &mut slots);
        let show = |slot: &usize| {
            let name = self.mapping.columns.get(*slot).map_or("", |c| c.name.as_str());
            let text = scope.cells.get(*slot).map(Value::text_or_empty).unwrap_or_default();
            format!("column `{name}` is `{text}`")
        };
        slots.iter().map(show).collect::<Vec<_>>().join(", ")
    }
}

fn reads(path: &str, key: &str) -> bool {
    path == key || path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
}

fn trimmed<'r>(field: &Cow<'r, str>) -> Cow<'r, str> {
    match field {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches([' ', '\t'])),
        Cow::Owned(text) => Cow::Owned(text.trim_matches([' ', '\t']).to_owned()),
    }
}

/// The text of one part of a key; `None` stands for the type.
fn key_text<'a>(part: &'a KeyPart, scope: &Scope<'a>) -> Result<Option<String>, RowError> {
    match part {
        KeyPart::Type => Ok(None),
        KeyPart::Value(node) => Ok(Some(scope.eval(node)?.text_or_empty().into_owned())),
    }
}

fn collect_slots(node: &Node, lets: &[(String, Node)], slots: &mut Vec<usize>) {
    match node {
        Node::Col(slot) if !slots.contains(slot) => slots.push(*slot),
        Node::Let(index) => {
            if let Some((_, inner)) = lets.get(*index) {
                collect_slots(inner, lets, slots);
            }
        }
        Node::Concat(parts) | Node::Coalesce(parts) | Node::Call(_, parts) | Node::List(parts) => {
            parts.iter().for_each(|part| collect_slots(part, lets, slots));
        }
        Node::Hash(of)
        | Node::Text(of)
        | Node::Truth(of, _)
        | Node::Number { of, .. }
        | Node::Lookup { of, .. }
        | Node::Personal { of, .. } => {
            collect_slots(of, lets, slots);
        }
        Node::Time(time) => collect_slots(&time.of, lets, slots),
        Node::Object(members) => members.iter().for_each(|(_, part)| collect_slots(part, lets, slots)),
        Node::If(a, b, c) => [a, b, c].into_iter().for_each(|part| collect_slots(part, lets, slots)),
        _ => {}
    }
}
