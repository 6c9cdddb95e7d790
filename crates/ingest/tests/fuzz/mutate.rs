//! What happens to a document: members replaced by what no sender means to send, tokens torn out of texts, bytes damaged.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::support::corpus::{Corpus, Form};

/// Texts that take the place of a token, and values that take the place of a member: these are JSON as written, also where it is none.
const VALUES: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "-9223372036854775808",
    "9223372036854775807",
    "18446744073709551616",
    "99999999999999",
    "253402300800",
    "-62167219201000",
    "1e308",
    "-1e308",
    "1e999",
    "NaN",
    "-Infinity",
    "\"\"",
    "\" \"",
    "\"NaN\"",
    "\"-1\"",
    "\"1e400\"",
    "\"9999-12-31T23:59:59.999999999Z\"",
    "\"0000-01-01T00:00:00Z\"",
    "\"-000001-01-01T00:00:00Z\"",
    "\"10000-01-01T00:00:00Z\"",
    "\"2026-02-30T24:00:60+99:99\"",
    "\"99999999999999999999999999\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"{\\\"a\\\":[\"",
    "\"a\\nb|c;d,e&f=g:h\"",
    "\"É😀\u{202e}ﷺ\"",
    "{}",
    "[]",
    "[null]",
    "[[],{},1,\"x\"]",
    "{\"id\":1,\"id\":\"2\"}",
    "{\"\":{\"\":\"\"}}",
];

/// Levels of nesting, far beyond what a stack or a sender can mean.
const LEVELS: usize = 10_000;

/// Bytes that are put between others.
const INSERTS: &[&[u8]] = &[
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\0",
    b"\xef\xbb\xbf",
    b"\n",
    b"\r\n",
    b"\r",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"|",
    b";",
    b"%",
    b"%ff",
    b"&",
    b"=",
    b":",
    b"From ",
    b"\nFrom x\n",
    b"\n\n",
    b"\t",
    b"=?utf-8?B?/w==?=",
    b"99999999999999999999",
    b"-",
];

/// One thing that happens. Positions are taken modulo what there is.
#[derive(Debug, Clone)]
pub enum Change {
    /// The member at a position gets another value.
    Member(usize, usize),
    /// The member at a position is nested this deep.
    Nest(usize, bool),
    /// A member is gone.
    Drop(usize),
    /// An object has a member twice, the second time with another value.
    Twice(usize, usize),
    /// A stretch between two separators becomes another text.
    Token(usize, usize),
    /// A bit is another.
    Flip(usize, u8),
    /// What follows is gone.
    Cut(usize),
    /// A stretch is gone.
    Remove(usize, usize),
    /// A stretch is there twice.
    Double(usize, usize),
    /// Something stands in between.
    Insert(usize, usize),
}

/// Documents, and what happens to them and to their file.
#[derive(Debug, Clone)]
pub struct Case {
    /// Documents by position, with their changes.
    pub documents: Vec<(usize, Vec<Change>)>,
    /// Changes of the whole file.
    pub file: Vec<Change>,
    /// How documents follow each other: lines, an array, one after the other.
    pub layout: u8,
    /// Bytes that are read at a time.
    pub block: usize,
}

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    prop_oneof![
        6 => (at(), at()).prop_map(|(at, value)| Change::Member(at, value)),
        1 => (at(), any::<bool>()).prop_map(|(at, is_list)| Change::Nest(at, is_list)),
        2 => at().prop_map(Change::Drop),
        1 => (at(), at()).prop_map(|(at, value)| Change::Twice(at, value)),
        4 => (at(), at()).prop_map(|(at, value)| Change::Token(at, value)),
        2 => bytes(),
    ]
}

fn bytes() -> BoxedStrategy<Change> {
    let at = || any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    prop_oneof![
        (at(), 0_u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        at().prop_map(Change::Cut),
        (at(), 1_usize..64).prop_map(|(at, len)| Change::Remove(at, len)),
        (at(), 1_usize..512).prop_map(|(at, len)| Change::Double(at, len)),
        (at(), at()).prop_map(|(at, what)| Change::Insert(at, what)),
    ]
    .boxed()
}

/// Cases of one connector.
pub fn cases() -> impl Strategy<Value = Case> {
    let document = (any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20)), vec(change(), 0..4));
    (vec(document, 1..5), vec(bytes(), 0..2), 0_u8..6, 1_usize..2_000).prop_map(|(documents, file, layout, block)| Case {
        documents,
        file,
        layout,
        block,
    })
}

/// The file of a case.
pub fn content(corpus: &Corpus, case: &Case) -> Vec<u8> {
    let documents: Vec<Vec<u8>> = case.documents.iter().map(|(at, changes)| document(corpus, *at, changes)).collect();
    let mut out: Vec<u8> = match (corpus.form, case.layout) {
        (Form::Mailbox, _) => documents.concat(),
        (Form::Table, _) => [corpus.head.as_bytes(), b"\n", &documents.join(&b'\n')].concat(),
        (Form::Documents, 0) => [b"[".as_slice(), &documents.join(&b','), b"]\n"].concat(),
        (Form::Documents, 1) => documents.concat(),
        (_, 2) => documents.join(&b"\r\n"[..]),
        _ => [documents.join(&b'\n'), b"\n".to_vec()].concat(),
    };
    case.file.iter().for_each(|change| damage(&mut out, change));
    out
}

fn document(corpus: &Corpus, at: usize, changes: &[Change]) -> Vec<u8> {
    let mut text = corpus.documents[at % corpus.documents.len()].clone();
    for change in changes {
        text = match change {
            Change::Token(at, value) => token(&text, *at, pick(*value).trim_matches('"')),
            Change::Member(..) | Change::Nest(..) | Change::Drop(_) | Change::Twice(..) => match serde_json::from_str(&text) {
                Ok(value) => member(value, change),
                Err(_) => token(&text, position(change), "\u{0}"),
            },
            _ => text,
        };
    }
    let mut out = text.into_bytes();
    changes.iter().for_each(|change| damage(&mut out, change));
    out
}

fn pick(value: usize) -> &'static str {
    VALUES[value % VALUES.len()]
}

const fn position(change: &Change) -> usize {
    match change {
        Change::Member(at, _) | Change::Nest(at, _) | Change::Drop(at) | Change::Twice(at, _) => *at,
        _ => 0,
    }
}

/// Replaces the stretch between two separators.
fn token(text: &str, at: usize, by: &str) -> String {
    let is_separator = |c: char| "|,;:=&<>\"\n ".contains(c);
    let stretches: Vec<(usize, &str)> =
        text.split(is_separator).filter(|s| !s.is_empty()).map(|s| (s.as_ptr() as usize - text.as_ptr() as usize, s)).collect();
    let Some((begin, found)) = stretches.get(at % stretches.len().max(1)) else { return by.to_owned() };
    format!("{}{by}{}", &text[..*begin], &text[begin + found.len()..])
}

/// Stands for JSON that no [`Value`] can be.
const HOLE: &str = "\u{1}hole";
/// Stands before a name that is there twice.
const AGAIN: &str = "\u{1}again";

/// Changes one value anywhere in a document.
fn member(mut document: Value, change: &Change) -> String {
    let mut left = position(change) % count(&document);
    let raw = match change {
        Change::Member(_, value) | Change::Twice(_, value) => pick(*value).to_owned(),
        Change::Nest(_, true) => "[".repeat(LEVELS) + &"]".repeat(LEVELS),
        Change::Nest(_, false) => "{\"a\":".repeat(LEVELS) + "1" + &"}".repeat(LEVELS),
        _ => String::new(),
    };
    alter(&mut document, &mut left, change);
    let as_written = |mark: &str| Value::from(mark).to_string();
    document.to_string().replacen(&as_written(HOLE), &raw, 1).replacen(as_written(AGAIN).trim_end_matches('"'), "\"", 1)
}

/// Values in a document, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

/// Finds the value that is `left` values on, and makes a hole of it, or lets it go; true when done.
fn alter(value: &mut Value, left: &mut usize, change: &Change) -> bool {
    if *left == 0 {
        let is_second = matches!(change, Change::Twice(..)) && value.is_object();
        match value {
            Value::Object(members) if is_second => twice(members),
            _ => *value = if matches!(change, Change::Drop(_)) { Value::Null } else { Value::from(HOLE) },
        }
        return true;
    }
    *left -= 1;
    match value {
        Value::Object(members) => {
            let names: Vec<String> = members.keys().cloned().collect();
            for name in names {
                if *left == 0 && matches!(change, Change::Drop(_)) {
                    members.shift_remove(&name);
                    return true;
                }
                if members.get_mut(&name).is_some_and(|inner| alter(inner, left, change)) {
                    return true;
                }
            }
            false
        }
        Value::Array(items) => items.iter_mut().any(|inner| alter(inner, left, change)),
        _ => false,
    }
}

/// The first member again. A [`Value`] holds no name twice: the mark before the second is taken off when it is text.
fn twice(members: &mut Map<String, Value>) {
    if let Some(name) = members.keys().next().cloned() {
        members.insert(format!("{AGAIN}{name}"), Value::from(HOLE));
    }
}

/// Damages bytes.
fn damage(bytes: &mut Vec<u8>, change: &Change) {
    let len = bytes.len().max(1);
    let stretch = |at: usize, n: usize| (at % len).min(bytes.len())..((at % len) + n).min(bytes.len());
    match *change {
        Change::Flip(at, bit) => {
            if let Some(byte) = bytes.get_mut(at % len) {
                *byte ^= 1 << bit;
            }
        }
        Change::Cut(at) => bytes.truncate(at % len),
        Change::Remove(at, n) => drop(bytes.drain(stretch(at, n))),
        Change::Double(at, n) => {
            let range = stretch(at, n);
            let again = bytes[range.clone()].to_vec();
            bytes.splice(range.end..range.end, again);
        }
        Change::Insert(at, what) => {
            let at = (at % len).min(bytes.len());
            bytes.splice(at..at, INSERTS[what % INSERTS.len()].iter().copied());
        }
        _ => {}
    }
}
