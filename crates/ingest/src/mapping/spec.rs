//! The YAML document as people write it. Unknown keys and wrong types are errors with their place.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::clock::{OnAmbiguous, OnGap};

/// A whole spec.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpecDoc {
    /// Version of the spec language; 1.
    pub(crate) mapping: Spanned<u32>,
    /// Event source, unless the command line names one.
    pub(crate) source: Option<String>,
    pub(crate) input: InputDoc,
    pub(crate) time: Option<Spanned<TimeDoc>>,
    /// Derived values by name.
    #[serde(default, rename = "let")]
    pub(crate) lets: BTreeMap<String, Spanned<Raw>>,
    pub(crate) identity: Option<IdentityDoc>,
    /// What every rule sets unless it says otherwise.
    pub(crate) defaults: Option<DefaultsDoc>,
    pub(crate) emit: Vec<EmitDoc>,
    #[serde(default)]
    pub(crate) checks: Vec<CheckDoc>,
    /// The only policy there is: a bad row is kept in `rejected_records`.
    #[serde(default, rename = "on_error")]
    pub(crate) _on_error: OnError,
}

/// What happens to a bad row.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnError {
    /// Kept whole with the reason, replayable.
    #[default]
    Quarantine,
}

/// How the file is cut into rows and columns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputDoc {
    pub(crate) format: FormatDoc,
    pub(crate) delimiter: Option<Spanned<String>>,
    pub(crate) quote: Option<Spanned<String>>,
    pub(crate) header: Option<bool>,
    /// Names of the columns of a file without a header.
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) encoding: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) null_values: Vec<String>,
    pub(crate) decimal: Option<Spanned<String>>,
    pub(crate) thousands: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) allow_trailing_delimiter: bool,
    #[serde(default)]
    pub(crate) allow_missing_trailing: bool,
}

/// File formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FormatDoc {
    Csv,
    Tsv,
    Jsonl,
}

/// The usual way of reading times in this file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeDoc {
    pub(crate) format: Option<Spanned<String>>,
    pub(crate) zone: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) on_ambiguous: OnAmbiguous,
    #[serde(default)]
    pub(crate) on_gap: OnGap,
}

/// What makes an event the same event when the file is read again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityDoc {
    pub(crate) event_key: Vec<Spanned<String>>,
}

/// Shared by all rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefaultsDoc {
    pub(crate) subject: Option<Spanned<Raw>>,
    #[serde(default)]
    pub(crate) set: BTreeMap<String, Spanned<Raw>>,
}

/// One rule: at most one event per row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmitDoc {
    #[serde(rename = "type")]
    pub(crate) kind: Spanned<String>,
    pub(crate) when: Option<Spanned<Raw>>,
    pub(crate) time: Spanned<Raw>,
    pub(crate) subject: Option<Spanned<Raw>>,
    /// Leave out what `defaults` sets.
    #[serde(default)]
    pub(crate) without_defaults: bool,
    #[serde(default)]
    pub(crate) set: BTreeMap<String, Spanned<Raw>>,
}

/// A condition every row must meet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckDoc {
    pub(crate) assert: Spanned<String>,
    #[serde(default, rename = "else")]
    pub(crate) _otherwise: OnError,
}

/// A value as written: a scalar, a list, or an operation.
#[derive(Debug, Clone)]
pub(crate) enum Raw {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Spanned<Self>>),
    Node(Box<NodeDoc>),
}

macro_rules! node_doc {
    ($($(#[$attr:meta])* $name:ident : $type:ty),* $(,)?) => {
        /// An operation: exactly one of the first group of keys, with modifiers.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct NodeDoc {
            $($(#[$attr])* pub(crate) $name: Option<$type>,)*
        }
    };
}

type Sub = Spanned<Raw>;
type Subs = Vec<Spanned<Raw>>;

node_doc! {
    col: Spanned<String>,
    #[serde(rename = "const")] constant: Sub,
    concat: Subs,
    coalesce: Subs,
    time: Sub,
    expr: Spanned<String>,
    object: BTreeMap<String, Spanned<Raw>>,
    list: Subs,
    lower: Sub,
    upper: Sub,
    trim: Sub,
    replace: Subs,
    plus: Subs,
    minus: Subs,
    between: Subs,
    earliest: Subs,
    latest: Subs,
    #[serde(rename = "if")] condition: Sub,
    then: Sub,
    #[serde(rename = "else")] otherwise: Sub,
    is_null: Sub,
    not_null: Sub,
    eq: Subs,
    ne: Subs,
    lt: Subs,
    le: Subs,
    gt: Subs,
    ge: Subs,
    #[serde(rename = "in")] member: Subs,
    all: Subs,
    any: Subs,
    not: Sub,
    // Modifiers.
    hash: Spanned<String>,
    #[serde(rename = "as")] kind: Spanned<String>,
    unit: Spanned<String>,
    lookup: Spanned<LookupDoc>,
    default: Sub,
    pii: Spanned<String>,
    format: Spanned<String>,
    zone: Spanned<String>,
    on_ambiguous: OnAmbiguous,
    on_gap: OnGap,
    not_before: Sub,
    slack: Spanned<String>,
}

/// Where a lookup finds its answers.
#[derive(Debug, Clone)]
pub(crate) enum LookupDoc {
    /// A CSV file beside the spec: key, value.
    File(String),
    /// In the spec itself.
    Inline(BTreeMap<String, String>),
}

impl<'de> Deserialize<'de> for LookupDoc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LookupVisitor)
    }
}

struct LookupVisitor;

impl<'de> Visitor<'de> for LookupVisitor {
    type Value = LookupDoc;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a CSV file or a table like {key: value}")
    }

    fn visit_str<E>(self, v: &str) -> Result<LookupDoc, E> {
        Ok(LookupDoc::File(v.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LookupDoc, A::Error> {
        // Keys and values are text whatever they look like: `1: yes` maps "1" to "yes".
        let mut entries = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            entries.insert(key, value);
        }
        Ok(LookupDoc::Inline(entries))
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list, or an operation like {col: NAME}")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, v: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Raw, E> {
        Ok(Raw::Int(v))
    }

    fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Raw, E> {
        i64::try_from(v).map(Raw::Int).map_err(|_| E::custom(format!("`{v}` does not fit 64 bits; write it as text in quotes")))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Raw, E> {
        Ok(Raw::Float(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Raw, E> {
        Ok(Raw::Text(v.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Raw, A::Error> {
        NodeDoc::deserialize(MapAccessDeserializer::new(map)).map(|node| Raw::Node(Box::new(node)))
    }
}
