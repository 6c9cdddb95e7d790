//! Computing expressions over one row. Derived values are computed when first asked for, once per row, so that one that a rule
//! does not use cannot refuse the row.

use std::cell::RefCell;

use trunkline_events::Timestamp;
use trunkline_events::identity::{CustomerSecret, derived_id};

use super::clock::ClockCounts;
use super::compile::Mapping;
use super::error::RowError;
use super::function::call;
use super::node::{Node, NumberKind, Personal, TimeNode};
use super::value::{Number, Value, parse_number, write_json_text};

/// A derived value once it was asked for.
type Computed<'a> = Option<Result<Value<'a>, RowError>>;

/// One row and what was computed from it so far.
pub(crate) struct Scope<'a> {
    /// The columns the mapping reads, by slot.
    pub(crate) cells: Vec<Value<'a>>,
    lets: &'a [(String, Node)],
    computed: RefCell<Vec<Computed<'a>>>,
    /// `None` in a dry run, which masks personal values.
    secret: Option<&'a CustomerSecret>,
    counts: &'a ClockCounts,
    /// Decimal mark of numbers in text.
    pub(crate) decimal: char,
    /// Columns whose odd time was counted for this row.
    noted: RefCell<Vec<&'a str>>,
}

impl<'a> Scope<'a> {
    /// A fresh row.
    pub(crate) fn new(cells: Vec<Value<'a>>, mapping: &'a Mapping, secret: Option<&'a CustomerSecret>, counts: &'a ClockCounts) -> Self {
        let (lets, decimal) = (mapping.lets.as_slice(), mapping.input.decimal);
        Self { cells, lets, computed: RefCell::new(vec![None; lets.len()]), secret, counts, decimal, noted: RefCell::default() }
    }

    /// The value of `node`.
    pub(crate) fn eval(&self, node: &'a Node) -> Result<Value<'a>, RowError> {
        match node {
            Node::Const(Value::Text(text)) => Ok(Value::Text(text.as_ref().into())),
            Node::Const(value) => Ok(value.clone()),
            Node::Col(slot) => Ok(self.cells.get(*slot).cloned().unwrap_or(Value::Null)),
            Node::Let(index) => self.derived(*index),
            Node::Concat(parts) => self.concat(parts),
            Node::Coalesce(parts) => {
                for part in parts {
                    let value = self.eval(part)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Ok(Value::Null)
            }
            Node::Hash(of) => Ok(self.eval(of)?.text().map_or(Value::Null, |text| Value::owned(derived_id(&[&text])))),
            Node::Time(time) => self.time(time),
            Node::Number { of, kind, label, decimal, thousands } => {
                let value = self.eval(of)?;
                number(&value, *kind, *decimal, *thousands).map_err(|e| e.in_column(label))
            }
            Node::Text(of) => Ok(match self.eval(of)? {
                Value::Digits(t) => Value::Text(t),
                text @ Value::Text(_) => text,
                other => other.text().map_or(Value::Null, |t| Value::owned(t.into_owned())),
            }),
            Node::Truth(of, label) => truth(&self.eval(of)?).map_err(|e| e.in_column(label)),
            Node::Lookup { of, table, default, label } => {
                let value = self.eval(of)?;
                let Some(key) = value.text() else { return Ok(Value::Null) };
                match (table.get(key.as_ref()), default) {
                    (Some(answer), _) => Ok(Value::Text(answer.as_str().into())),
                    (None, Some(default)) => self.eval(default),
                    (None, None) => Err(RowError::new("lookup_miss", format!("no entry for `{key}` in the lookup")).in_column(label)),
                }
            }
            Node::Personal { of, kind, hashed } => self.personal(of, *kind, *hashed),
            Node::If(condition, then, otherwise) => {
                if self.holds(condition)? {
                    self.eval(then)
                } else {
                    self.eval(otherwise)
                }
            }
            Node::Call(function, arguments) => call(self, *function, arguments),
            Node::Object(members) => self.object(members),
            Node::List(items) => self.list(items),
        }
    }

    /// True when the condition is true; no value is not true.
    pub(crate) fn holds(&self, condition: &'a Node) -> Result<bool, RowError> {
        match self.eval(condition)? {
            Value::Bool(b) => Ok(b),
            Value::Null => Ok(false),
            other => Err(RowError::new("bad_value", format!("`{}` is not a truth value", other.text_or_empty()))),
        }
    }

    /// The value of `node` as an instant; no value is `None`.
    pub(crate) fn instant(&self, node: &'a Node) -> Result<Option<Timestamp>, RowError> {
        match self.eval(node)? {
            Value::Null => Ok(None),
            Value::Time(t) => Ok(Some(t)),
            other => Err(RowError::new("bad_time", format!("`{}` is not a time", other.text_or_empty()))),
        }
    }

    fn derived(&self, index: usize) -> Result<Value<'a>, RowError> {
        if let Some(Some(done)) = self.computed.borrow().get(index) {
            return done.clone();
        }
        let Some((_, node)) = self.lets.get(index) else { return Ok(Value::Null) };
        let value = self.eval(node);
        if let Some(slot) = self.computed.borrow_mut().get_mut(index) {
            *slot = Some(value.clone());
        }
        value
    }

    fn concat(&self, parts: &'a [Node]) -> Result<Value<'a>, RowError> {
        let mut text = String::new();
        let mut any = false;
        let mut variable = false;
        for part in parts {
            let value = self.eval(part)?;
            let fixed = matches!(part, Node::Const(_));
            variable |= !fixed;
            any |= !fixed && !value.is_null();
            text.push_str(&value.text_or_empty());
        }
        Ok(if any || !variable { Value::owned(text) } else { Value::Null })
    }

    fn time(&self, time: &'a TimeNode) -> Result<Value<'a>, RowError> {
        let value = self.eval(&time.of)?;
        if value.is_null() {
            return Ok(Value::Null);
        }
        let bound = match &time.not_before {
            Some(node) => self.instant(node)?.map(|t| t.plus_millis(-time.slack_ms)),
            None => None,
        };
        let mut odd = None;
        let instant = time.clock.read(&value, bound, &mut odd);
        if let Some(odd) = odd {
            // Several rules read the same column: it is still one odd time.
            let mut noted = self.noted.borrow_mut();
            if !noted.contains(&time.label.as_str()) {
                noted.push(&time.label);
                self.counts.add(odd);
            }
        }
        instant.map(Value::Time).map_err(|e| e.in_column(&time.label))
    }

    fn personal(&self, of: &'a Node, kind: Personal, hashed: bool) -> Result<Value<'a>, RowError> {
        let value = self.eval(of)?;
        let Some(text) = value.text() else { return Ok(Value::Null) };
        let Some(secret) = self.secret else { return Ok(Value::Text("(personal)".into())) };
        let address = normal_address(&text, kind);
        Ok(if hashed { secret.customer_key(&address).map_or(Value::Null, Value::owned) } else { Value::owned(address) })
    }

    fn object(&self, members: &'a [(String, Node)]) -> Result<Value<'a>, RowError> {
        let mut out = String::from("{");
        for (name, node) in members {
            let value = self.eval(node)?;
            if value.is_null() {
                continue;
            }
            if out.len() > 1 {
                out.push(',');
            }
            write_json_text(name, &mut out);
            out.push(':');
            value.write_json(&mut out);
        }
        out.push('}');
        Ok(if out.len() > 2 { Value::Json(out.into()) } else { Value::Null })
    }

    fn list(&self, items: &'a [Node]) -> Result<Value<'a>, RowError> {
        let mut out = String::from("[");
        for item in items {
            let value = self.eval(item)?;
            if value.is_null() {
                continue;
            }
            if out.len() > 1 {
                out.push(',');
            }
            value.write_json(&mut out);
        }
        out.push(']');
        Ok(Value::Json(out.into()))
    }
}

/// An address in the form that is hashed, so that one customer gets one key however the number was typed.
fn normal_address(text: &str, kind: Personal) -> String {
    let text = text.trim();
    match kind {
        Personal::Phone => {
            let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')' | '/')).collect();
            digits.strip_prefix("00").map_or(digits.clone(), |rest| format!("+{rest}"))
        }
        Personal::Email => text.to_lowercase(),
        Personal::Other => text.to_owned(),
    }
}

fn number<'a>(value: &Value<'a>, kind: NumberKind, decimal: char, thousands: Option<char>) -> Result<Value<'a>, RowError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    if let (NumberKind::ClockDuration, Some(text)) = (kind, value.text()) {
        return clock_duration(&text)
            .map(Value::Int)
            .ok_or_else(|| RowError::new("bad_number", format!("`{text}` is not a duration h:mm:ss")));
    }
    let parsed = match value {
        Value::Text(text) => parse_number(text, decimal, thousands)?,
        other => other.number(decimal)?,
    };
    match kind {
        NumberKind::Number | NumberKind::ClockDuration => Ok(parsed.value()),
        NumberKind::Int => match parsed {
            Number::Int(i) => Ok(Value::Int(i)),
            Number::Float(_) => Err(RowError::new("bad_number", format!("`{}` is not a whole number", value.text_or_empty()))),
        },
        NumberKind::Duration(unit) => {
            if parsed.float() < 0.0 {
                return Err(RowError::new("bad_number", format!("`{}` is a negative duration", value.text_or_empty())));
            }
            let millis = match parsed {
                Number::Int(i) => i.checked_mul(unit),
                Number::Float(x) => Some((x * unit as f64).round() as i64),
            };
            millis.map(Value::Int).ok_or_else(|| RowError::new("bad_number", format!("`{}` is too long", value.text_or_empty())))
        }
    }
}

/// Milliseconds of `h:mm:ss` or `mm:ss`.
fn clock_duration(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut seconds = 0_i64;
    for (i, part) in parts.iter().enumerate() {
        if part.is_empty() || part.len() > 6 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let value: i64 = part.parse().ok()?;
        if i > 0 && value > 59 {
            return None;
        }
        seconds = seconds * 60 + value;
    }
    Some(seconds * 1_000)
}

fn truth<'a>(value: &Value<'a>) -> Result<Value<'a>, RowError> {
    let Some(text) = value.text() else { return Ok(Value::Null) };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "y" | "t" => Ok(Value::Bool(true)),
        "false" | "0" | "no" | "n" | "f" => Ok(Value::Bool(false)),
        _ => Err(RowError::new("bad_value", format!("`{text}` is not a truth value"))),
    }
}
