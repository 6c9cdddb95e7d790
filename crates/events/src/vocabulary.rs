//! Every event type of the vocabulary: its name, what its `subject` is, and which payload fields it cannot do without.
//!
//! Required are only fields that the facts cannot do without: sources differ in what they know, and unknown is not zero.
//! Durations (`*_ms`) are whole milliseconds and never negative wherever they appear. Unknown types are not in this table; they are
//! stored and queryable all the same.

mod table;

pub use table::TYPES;

/// What an event belongs to, and so what its `subject` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A contact.
    Contact,
    /// An agent.
    Agent,
    /// A case or ticket.
    Case,
    /// An order, survey, evaluation, commitment, invoice or complaint: lifted to no column.
    Other,
    /// The source itself.
    Source,
}

/// What a payload field must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Text that is not empty.
    Text,
    /// A number.
    Number,
    /// true or false.
    Bool,
    /// An object.
    Object,
    /// An array.
    Array,
}

impl Shape {
    /// The word for messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Object => "an object",
            Self::Array => "an array",
        }
    }
}

/// One event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeSpec {
    /// Bare name, for example `queue.entered`.
    pub name: &'static str,
    /// What the subject is.
    pub subject: Subject,
    /// Fields that must be there, at most eight.
    pub required: &'static [(&'static str, Shape)],
}

/// The type of that name; `None` for a foreign type.
#[must_use]
pub fn find(name: &str) -> Option<&'static TypeSpec> {
    TYPES.binary_search_by(|spec| spec.name.cmp(name)).ok().map(|at| &TYPES[at])
}

#[cfg(test)]
mod tests {
    use super::{TYPES, find};

    #[test]
    fn there_are_fifty_two_types_sorted_for_the_search() {
        assert_eq!(TYPES.len(), 52);
        assert!(TYPES.windows(2).all(|w| w[0].name < w[1].name));
        assert!(TYPES.iter().all(|spec| find(spec.name) == Some(spec) && spec.required.len() <= 8));
    }
}
