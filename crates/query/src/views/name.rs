//! Names of views and of the schemas they may be in.

use std::fmt;

/// Schemas that are ours: nobody makes anything in them.
const HOUSE: [&str; 6] = ["public", "kpi", "bi", "ops", "catalog", "information_schema"];

/// Bytes of a name, as in PostgreSQL.
const NAME_BYTES: usize = 63;

/// A view by schema and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewName {
    /// The schema.
    pub schema: String,
    /// Its name there.
    pub name: String,
}

impl ViewName {
    /// From its two parts.
    #[must_use]
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// Whether a view may be called so: what a grant could not name is refused.
    #[must_use]
    pub(crate) fn is_fit(&self) -> bool {
        let is_odd = |c: char| c.is_control() || matches!(c, '.' | '*' | '"');
        !self.name.is_empty() && self.name.len() <= NAME_BYTES && !self.name.chars().any(is_odd)
    }
}

impl fmt::Display for ViewName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// Whether a schema is one of ours, or of PostgreSQL's.
#[must_use]
pub fn is_house(schema: &str) -> bool {
    HOUSE.contains(&schema) || schema.starts_with("pg_")
}

/// Whether a schema for views may be called so: small letters, digits and underscores, and none of ours.
#[must_use]
pub fn is_schema_name(schema: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_begun = schema.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    is_begun && schema.len() <= NAME_BYTES && schema.chars().all(is_plain) && !is_house(schema)
}
