//! A compiled expression: what a rule computes from a row. Total and pure; what cannot be computed is a [`RowError`].

use std::collections::HashMap;
use std::sync::Arc;

use super::clock::Clock;
use super::value::Value;

/// One node of an expression.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// A fixed value.
    Const(Value<'static>),
    /// A column, by its slot in the mapping's list of columns.
    Col(usize),
    /// A derived value, by its place in the mapping's list.
    Let(usize),
    /// Texts one after the other; no value counts as empty, no value at all gives no value.
    Concat(Vec<Self>),
    /// The first value there is.
    Coalesce(Vec<Self>),
    /// SHA-256 of the text, first 32 hexadecimal digits.
    Hash(Box<Self>),
    /// Time text to an instant.
    Time(Box<TimeNode>),
    /// Text to a number.
    Number {
        /// What is converted.
        of: Box<Self>,
        /// How.
        kind: NumberKind,
        /// Column named in errors.
        label: String,
        /// Decimal mark.
        decimal: char,
        /// Grouping mark.
        thousands: Option<char>,
    },
    /// Any value to text.
    Text(Box<Self>),
    /// `true`, `false`, `1`, `0`, `yes`, `no` to a truth value.
    Truth(Box<Self>, String),
    /// Replacement by table.
    Lookup {
        /// What is looked up.
        of: Box<Self>,
        /// The answers.
        table: Arc<HashMap<String, String>>,
        /// Used when there is no answer; without it the row is refused.
        default: Option<Box<Self>>,
        /// Column named in errors.
        label: String,
    },
    /// A personal value.
    Personal {
        /// What is protected.
        of: Box<Self>,
        /// Kind of address.
        kind: Personal,
        /// Replace by its keyed hash here; otherwise the event writer does it.
        hashed: bool,
    },
    /// Choice.
    If(Box<Self>, Box<Self>, Box<Self>),
    /// A function or operator.
    Call(Function, Vec<Self>),
    /// A JSON object; members without a value are left out, an object without members is no value.
    Object(Vec<(String, Self)>),
    /// A JSON array; items without a value are left out.
    List(Vec<Self>),
}

/// Reading a time.
#[derive(Debug, Clone)]
pub(crate) struct TimeNode {
    /// The text.
    pub(crate) of: Node,
    /// How it is read.
    pub(crate) clock: Clock,
    /// The instant it cannot lie before.
    pub(crate) not_before: Option<Node>,
    /// Milliseconds by which it may lie before that after all (clocks that differ).
    pub(crate) slack_ms: i64,
    /// Column named in errors.
    pub(crate) label: String,
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberKind {
    /// Whole.
    Int,
    /// Any.
    Number,
    /// A length of time; the figure says how many milliseconds one unit is. Never negative. Gives milliseconds.
    Duration(i64),
    /// A length of time written `h:mm:ss` or `mm:ss`. Gives milliseconds.
    ClockDuration,
}

/// Kinds of personal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Personal {
    /// A phone number: blanks, dots, dashes and brackets are dropped and a leading 00 becomes + before hashing.
    Phone,
    /// An e-mail address: lower case before hashing.
    Email,
    /// Anything else, as it is.
    Other,
}

/// Functions and operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Lower,
    Upper,
    Trim,
    Replace,
    Substr,
    Length,
    NullIf,
    Least,
    Greatest,
    Between,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Negate,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    And,
    Or,
    Not,
    IsNull,
    NotNull,
}
