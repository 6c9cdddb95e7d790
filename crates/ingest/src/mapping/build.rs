//! From a value as written to a compiled node: names are resolved, options checked, lookup files read. Every error points at the
//! place in the spec.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_saphyr::{Location, Spanned};

use super::clock::{Clock, OnAmbiguous, OnGap, TimeFormat};
use super::columns::ColumnRef;
use super::error::SpecError;
use super::node::{Function, Node, NumberKind, Personal, TimeNode};
use super::spec::{LookupDoc, NodeDoc, Raw, TimeDoc};
use super::sql;
use super::value::Value;

/// Reads a file named in a spec, relative to the spec.
pub(crate) type Loader<'l> = &'l dyn Fn(&str) -> Result<String, String>;

/// State of compiling one spec.
pub(crate) struct Builder<'s> {
    pub(crate) file: &'s str,
    pub(crate) text: &'s str,
    pub(crate) docs: &'s BTreeMap<String, Spanned<Raw>>,
    /// Derived values in the order in which they were needed.
    pub(crate) lets: Vec<(String, Node)>,
    pub(crate) columns: Vec<ColumnRef>,
    /// Columns that are read as times somewhere, so that SQL expressions compare them as times.
    pub(crate) time_columns: HashSet<String>,
    pub(crate) clock: Option<Clock>,
    pub(crate) decimal: char,
    pub(crate) thousands: Option<char>,
    pub(crate) load: Loader<'s>,
    /// Derived values being compiled, to find circles.
    pub(crate) open: Vec<String>,
}

impl Builder<'_> {
    /// An error at a place of the spec.
    pub(crate) fn error(&self, at: Location, message: impl Into<String>) -> SpecError {
        SpecError::at(self.file, self.text, at.line() as usize, at.column() as usize, message)
    }

    /// Compiles a value.
    pub(crate) fn node(&mut self, raw: &Spanned<Raw>) -> Result<Node, SpecError> {
        let at = raw.referenced;
        match &raw.value {
            Raw::Text(text) if text.starts_with('$') => self.derived(&text[1..], at),
            Raw::List(items) => Ok(Node::List(self.nodes(items)?)),
            Raw::Node(doc) => {
                let base = self.primary(doc, at)?;
                self.modified(base, doc, at)
            }
            scalar => Ok(Node::Const(constant(scalar))),
        }
    }

    fn nodes(&mut self, items: &[Spanned<Raw>]) -> Result<Vec<Node>, SpecError> {
        items.iter().map(|item| self.node(item)).collect()
    }

    /// A derived value by name, compiled on first use.
    pub(crate) fn derived(&mut self, name: &str, at: Location) -> Result<Node, SpecError> {
        if let Some(index) = self.lets.iter().position(|(known, _)| known == name) {
            return Ok(Node::Let(index));
        }
        let Some(doc) = self.docs.get(name) else {
            let known = self.docs.keys().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
            return Err(self.error(at, format!("unknown value `${name}`; `let` defines {known}")));
        };
        if self.open.iter().any(|open| open == name) {
            return Err(self.error(at, format!("`${name}` is defined by itself")));
        }
        self.open.push(name.to_owned());
        let node = self.node(doc)?;
        self.open.pop();
        self.lets.push((name.to_owned(), node));
        Ok(Node::Let(self.lets.len() - 1))
    }

    /// A column by name.
    pub(crate) fn column(&mut self, name: &str, at: Location) -> Node {
        if let Some(slot) = self.columns.iter().position(|c| c.name == name) {
            return Node::Col(slot);
        }
        self.columns.push(ColumnRef { name: name.to_owned(), place: (at.line() as usize, at.column() as usize) });
        Node::Col(self.columns.len() - 1)
    }

    fn primary(&mut self, doc: &NodeDoc, at: Location) -> Result<Node, SpecError> {
        let one = primaries(doc);
        if one.len() != 1 {
            let given = if one.is_empty() { "none is given".to_owned() } else { format!("given are {}", one.join(", ")) };
            return Err(
                self.error(at, format!("an operation needs exactly one of `col`, `const`, `concat`, `time`, `expr`, `if`, ...; {given}"))
            );
        }
        if let Some(name) = &doc.col {
            return Ok(self.column(&name.value, name.referenced));
        }
        if let Some(value) = &doc.constant {
            return match &value.value {
                Raw::List(_) | Raw::Node(_) => Err(self.error(value.referenced, "`const` takes a plain value")),
                scalar => Ok(Node::Const(constant(scalar))),
            };
        }
        if let Some(parts) = &doc.concat {
            return Ok(Node::Concat(self.nodes(parts)?));
        }
        if let Some(parts) = &doc.coalesce {
            return Ok(Node::Coalesce(self.nodes(parts)?));
        }
        if let Some(items) = &doc.list {
            return Ok(Node::List(self.nodes(items)?));
        }
        if let Some(members) = &doc.object {
            let members = members.iter().map(|(name, value)| Ok((name.clone(), self.node(value)?))).collect::<Result<_, SpecError>>()?;
            return Ok(Node::Object(members));
        }
        if let Some(source) = &doc.expr {
            return sql::compile(self, &source.value, source.referenced);
        }
        if let Some(of) = &doc.time {
            let of = match &of.value {
                Raw::List(parts) => Node::Concat(self.nodes(parts)?),
                _ => self.node(of)?,
            };
            return self.timed(of, doc, at);
        }
        if let Some(condition) = &doc.condition {
            let then = doc.then.as_ref().ok_or_else(|| self.error(at, "`if` needs `then`"))?;
            let (condition, then) = (self.node(condition)?, self.node(then)?);
            let otherwise = match &doc.otherwise {
                Some(raw) => self.node(raw)?,
                None => Node::Const(Value::Null),
            };
            return Ok(Node::If(Box::new(condition), Box::new(then), Box::new(otherwise)));
        }
        self.operator(doc, at)
    }

    fn operator(&mut self, doc: &NodeDoc, at: Location) -> Result<Node, SpecError> {
        let single = [
            (&doc.lower, Function::Lower),
            (&doc.upper, Function::Upper),
            (&doc.trim, Function::Trim),
            (&doc.is_null, Function::IsNull),
            (&doc.not_null, Function::NotNull),
            (&doc.not, Function::Not),
        ];
        for (argument, function) in single {
            if let Some(raw) = argument {
                return Ok(Node::Call(function, vec![self.node(raw)?]));
            }
        }
        let many = [
            (&doc.replace, Function::Replace, 3, 3),
            (&doc.plus, Function::Add, 2, 2),
            (&doc.minus, Function::Subtract, 2, 2),
            (&doc.between, Function::Between, 2, 2),
            (&doc.earliest, Function::Least, 1, 99),
            (&doc.latest, Function::Greatest, 1, 99),
            (&doc.eq, Function::Eq, 2, 2),
            (&doc.ne, Function::Ne, 2, 2),
            (&doc.lt, Function::Lt, 2, 2),
            (&doc.le, Function::Le, 2, 2),
            (&doc.gt, Function::Gt, 2, 2),
            (&doc.ge, Function::Ge, 2, 2),
            (&doc.all, Function::And, 1, 99),
            (&doc.any, Function::Or, 1, 99),
            (&doc.member, Function::In, 2, 999),
        ];
        for (arguments, function, least, most) in many {
            let Some(items) = arguments else { continue };
            if items.len() < least || items.len() > most {
                return Err(self.error(at, format!("{} values are given, {least} are needed", items.len())));
            }
            // `in: [x, [a, b]]` and `in: [x, a, b]` mean the same.
            if let (Function::In, [needle, Spanned { value: Raw::List(set), .. }]) = (function, items.as_slice()) {
                let mut nodes = vec![self.node(needle)?];
                nodes.extend(self.nodes(set)?);
                return Ok(Node::Call(function, nodes));
            }
            return Ok(Node::Call(function, self.nodes(items)?));
        }
        Err(self.error(at, "an operation is expected"))
    }

    fn modified(&mut self, base: Node, doc: &NodeDoc, at: Location) -> Result<Node, SpecError> {
        let label = self.label(&base);
        let mut node = base;
        if doc.time.is_none() && (doc.format.is_some() || doc.not_before.is_some()) {
            node = self.timed(node, doc, at)?;
        } else if doc.time.is_none() && (doc.zone.is_some() || doc.slack.is_some() || doc.on_ambiguous.is_some() || doc.on_gap.is_some()) {
            return Err(self.error(at, "`zone`, `slack`, `on_ambiguous` and `on_gap` belong to `time`"));
        }
        if let Some(hash) = &doc.hash {
            if hash.value != "sha256" {
                return Err(self.error(hash.referenced, format!("unknown hash `{}`; known is sha256", hash.value)));
            }
            node = Node::Hash(Box::new(node));
        }
        if let Some(kind) = &doc.kind {
            node = self.converted(node, kind, doc.unit.as_ref(), &label)?;
        } else if let Some(unit) = &doc.unit {
            return Err(self.error(unit.referenced, "`unit` belongs to `as: duration`"));
        }
        if let Some(lookup) = &doc.lookup {
            let table = Arc::new(self.table(lookup)?);
            let default = doc.default.as_ref().map(|raw| self.node(raw)).transpose()?.map(Box::new);
            node = Node::Lookup { of: Box::new(node), table, default, label };
        } else if let Some(default) = &doc.default {
            node = Node::Coalesce(vec![node, self.node(default)?]);
        }
        if let Some(pii) = &doc.pii {
            let kind = match pii.value.as_str() {
                "phone" => Personal::Phone,
                "email" => Personal::Email,
                "id" | "name" | "address" | "other" => Personal::Other,
                other => {
                    return Err(self.error(
                        pii.referenced,
                        format!("unknown kind of personal value `{other}`; known are phone, email, id, name, address, other"),
                    ));
                }
            };
            node = Node::Personal { of: Box::new(node), kind, hashed: true };
        }
        Ok(node)
    }

    fn converted(&self, node: Node, kind: &Spanned<String>, unit: Option<&Spanned<String>>, label: &str) -> Result<Node, SpecError> {
        let number = match kind.value.as_str() {
            "text" => return Ok(Node::Text(Box::new(node))),
            "bool" => return Ok(Node::Truth(Box::new(node), label.to_owned())),
            "int" => NumberKind::Int,
            "number" => NumberKind::Number,
            "duration" => match unit.map(|u| u.value.as_str()) {
                Some("ms") => NumberKind::Duration(1),
                Some("s") => NumberKind::Duration(1_000),
                Some("min") => NumberKind::Duration(60_000),
                Some("h") => NumberKind::Duration(3_600_000),
                Some("hms") => NumberKind::ClockDuration,
                _ => return Err(self.error(unit.unwrap_or(kind).referenced, "`as: duration` needs `unit`: ms, s, min, h or hms")),
            },
            other => {
                return Err(self.error(kind.referenced, format!("unknown type `{other}`; known are text, int, number, duration, bool")));
            }
        };
        Ok(Node::Number { of: Box::new(node), kind: number, label: label.to_owned(), decimal: self.decimal, thousands: self.thousands })
    }

    /// Wraps a node that gives text into one that gives an instant, unless there is nothing to read it by.
    pub(crate) fn timed_by_default(&self, of: Node, at: Location) -> Result<Node, SpecError> {
        let Some(clock) = self.clock.clone() else {
            return if self.is_time(&of) {
                Ok(of)
            } else {
                Err(self.error(at, "zone required: there is no `time` section that says how times are read"))
            };
        };
        let label = self.label(&of);
        Ok(Node::Time(Box::new(TimeNode { of, clock, not_before: None, slack_ms: 0, label })))
    }

    fn is_time(&self, node: &Node) -> bool {
        match node {
            Node::Time(_) => true,
            Node::Let(index) => self.lets.get(*index).is_some_and(|(_, inner)| self.is_time(inner)),
            Node::Coalesce(parts) | Node::Call(Function::Least | Function::Greatest, parts) => parts.iter().all(|p| self.is_time(p)),
            Node::Call(Function::Add | Function::Subtract, parts) => parts.first().is_some_and(|p| self.is_time(p)),
            Node::If(_, then, otherwise) => self.is_time(then) || self.is_time(otherwise),
            _ => false,
        }
    }

    fn timed(&mut self, of: Node, doc: &NodeDoc, at: Location) -> Result<Node, SpecError> {
        let own = TimeDoc {
            format: doc.format.clone(),
            zone: doc.zone.clone(),
            on_ambiguous: doc.on_ambiguous.unwrap_or_else(|| self.clock.as_ref().map_or(OnAmbiguous::default(), |c| c.on_ambiguous)),
            on_gap: doc.on_gap.unwrap_or_else(|| self.clock.as_ref().map_or(OnGap::default(), |c| c.on_gap)),
        };
        let clock = self.clock(&own, at)?;
        let not_before = doc.not_before.as_ref().map(|raw| self.node(raw)).transpose()?;
        let slack_ms = match &doc.slack {
            None => 0,
            Some(slack) => short_duration(&slack.value)
                .ok_or_else(|| self.error(slack.referenced, format!("`{}` is not a length of time like 90s, 10m or 2h", slack.value)))?,
        };
        let label = self.label(&of);
        Ok(Node::Time(Box::new(TimeNode { of, clock, not_before, slack_ms, label })))
    }

    /// A clock from options, the spec's own `time` section filling what is missing.
    pub(crate) fn clock(&self, doc: &TimeDoc, at: Location) -> Result<Clock, SpecError> {
        let base = self.clock.as_ref();
        let format = match &doc.format {
            Some(text) => TimeFormat::compile(&text.value).map_err(|e| self.error(text.referenced, e))?,
            None => base.map_or(TimeFormat::Iso, |c| c.format.clone()),
        };
        let zone = match &doc.zone {
            Some(name) => {
                Some(TimeZone::get(&name.value).map_err(|_| self.error(name.referenced, format!("unknown time zone `{}`", name.value)))?)
            }
            None => base.and_then(|c| c.zone.clone()),
        };
        if zone.is_none() && format.needs_zone() {
            return Err(self.error(at, "zone required: the times are local and no `zone` is declared"));
        }
        Ok(Clock { format, zone, on_ambiguous: doc.on_ambiguous, on_gap: doc.on_gap, decimal: self.decimal })
    }

    fn table(&self, lookup: &Spanned<LookupDoc>) -> Result<HashMap<String, String>, SpecError> {
        let name = match &lookup.value {
            LookupDoc::Inline(entries) => return Ok(entries.iter().map(|(k, v)| (k.clone(), v.clone())).collect()),
            LookupDoc::File(name) => name,
        };
        let text = (self.load)(name).map_err(|e| self.error(lookup.referenced, format!("lookup file `{name}`: {e}")))?;
        super::lookup::read(&text).map_err(|e| self.error(lookup.referenced, format!("lookup file `{name}`: {e}")))
    }

    /// The column an error about `node` should name.
    pub(crate) fn label(&self, node: &Node) -> String {
        self.columns_of(node).join("` + `")
    }

    fn columns_of(&self, node: &Node) -> Vec<String> {
        match node {
            Node::Col(slot) => self.columns.get(*slot).map(|c| c.name.clone()).into_iter().collect(),
            Node::Let(index) => self.lets.get(*index).map(|(name, _)| name.clone()).into_iter().collect(),
            Node::Concat(parts) | Node::Coalesce(parts) | Node::Call(_, parts) | Node::List(parts) => {
                parts.iter().flat_map(|p| self.columns_of(p)).collect()
            }
            Node::Hash(of) | Node::Text(of) | Node::Truth(of, _) => self.columns_of(of),
            Node::Time(time) => self.columns_of(&time.of),
            Node::Number { of, .. } | Node::Lookup { of, .. } | Node::Personal { of, .. } => self.columns_of(of),
            _ => Vec::new(),
        }
    }
}

fn constant(raw: &Raw) -> Value<'static> {
    match raw {
        Raw::Bool(b) => Value::Bool(*b),
        Raw::Int(i) => Value::Int(*i),
        Raw::Float(x) => Value::Float(*x),
        Raw::Text(text) => Value::owned(text.clone()),
        Raw::Null | Raw::List(_) | Raw::Node(_) => Value::Null,
    }
}

fn primaries(doc: &NodeDoc) -> Vec<&'static str> {
    macro_rules! given {
        ($($field:ident $name:literal),*) => {{
            let mut names = Vec::new();
            $(if doc.$field.is_some() { names.push($name); })*
            names
        }};
    }
    given!(
        col "col", constant "const", concat "concat", coalesce "coalesce", time "time", expr "expr", object "object", list "list",
        lower "lower", upper "upper", trim "trim", replace "replace", plus "plus", minus "minus", between "between",
        earliest "earliest", latest "latest", condition "if", is_null "is_null", not_null "not_null", eq "eq", ne "ne", lt "lt",
        le "le", gt "gt", ge "ge", member "in", all "all", any "any", not "not"
    )
}

/// Milliseconds of `90s`, `10m`, `2h` or `250ms`.
fn short_duration(text: &str) -> Option<i64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count: i64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    count.checked_mul(unit)
}
