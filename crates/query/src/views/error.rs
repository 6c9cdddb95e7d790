//! Why views cannot be changed, or not be read.

use super::ViewName;

/// What is wrong, in words that tell of nothing but what was named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// Nobody gave him the schema.
    #[error("you may not make or change views in schema \"{schema}\"")]
    NotGiven {
        /// The schema.
        schema: String,
    },
    /// No name that a grant could name.
    #[error("\"{name}\" is no name for a view")]
    BadName {
        /// The name.
        name: String,
    },
    /// There is one already.
    #[error("relation \"{name}\" already exists")]
    Exists {
        /// The view.
        name: ViewName,
    },
    /// There is none.
    #[error("view \"{name}\" does not exist")]
    Unknown {
        /// The view.
        name: ViewName,
    },
    /// No such column.
    #[error("column \"{column}\" of view \"{name}\" does not exist")]
    UnknownColumn {
        /// The view.
        name: ViewName,
        /// The column.
        column: String,
    },
    /// Others read it.
    #[error("cannot drop view {name} because other views read it")]
    Read {
        /// The view.
        name: ViewName,
        /// Those that read it, as far as they may be named.
        readers: Vec<ViewName>,
    },
    /// Others in a schema that is not his read it.
    #[error("cannot drop view {name} with all that reads it: a view in a schema that you were not given does")]
    ReadElsewhere {
        /// The view.
        name: ViewName,
    },
    /// It would read itself.
    #[error("view \"{name}\" reads itself")]
    Cycle {
        /// The view.
        name: ViewName,
    },
    /// Too many in each other.
    #[error("view \"{name}\" lies in a nest of more than {most} views within views")]
    TooDeep {
        /// The innermost that is too deep.
        name: ViewName,
        /// Views allowed.
        most: usize,
    },
    /// Too many together.
    #[error("the views that are read are made of more than {most} views, each counted as often as it is read")]
    TooMany {
        /// Views allowed.
        most: u64,
    },
    /// Too long together.
    #[error("the views that are read are longer than {most} bytes together, each counted as often as it is read")]
    TooLongTogether {
        /// Bytes allowed.
        most: u64,
    },
    /// Longer than may be kept.
    #[error("{what} of {is} bytes is longer than the {most} bytes allowed")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Bytes it has.
        is: usize,
        /// Bytes allowed.
        most: usize,
    },
    /// More columns than a view may have.
    #[error("a view has at most {most} columns, not {is}")]
    Wide {
        /// Columns it has.
        is: usize,
        /// Columns allowed.
        most: usize,
    },
    /// More than may be kept.
    #[error("there are {most} {what} already, as many as are allowed")]
    Full {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        most: usize,
    },
    /// Somebody else was faster.
    #[error("could not serialize access: view \"{name}\" was changed by somebody else meanwhile")]
    Conflict {
        /// The view.
        name: ViewName,
    },
}

impl ViewError {
    /// PostgreSQL's code for it (SQLSTATE).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotGiven { .. } | Self::ReadElsewhere { .. } => "42501",
            Self::BadName { .. } => "42602",
            Self::Exists { .. } => "42P07",
            Self::Unknown { .. } => "42P01",
            Self::UnknownColumn { .. } => "42703",
            Self::Read { .. } => "2BP01",
            Self::Cycle { .. } => "42P17",
            Self::TooDeep { .. } | Self::TooMany { .. } | Self::TooLongTogether { .. } | Self::TooLong { .. } | Self::Full { .. } => {
                "54000"
            }
            Self::Wide { .. } => "54011",
            Self::Conflict { .. } => "40001",
        }
    }

    /// What to try; nothing where nothing helps.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::BadName { .. } => Some("a name has 1 to 63 bytes, none of them a quote, a point or an asterisk".into()),
            Self::Read { readers, .. } if readers.is_empty() => Some("DROP ... CASCADE drops them too".into()),
            Self::Read { readers, .. } => {
                let named: Vec<String> = readers.iter().take(10).map(ToString::to_string).collect();
                Some(format!("{} read it; DROP ... CASCADE drops them too", named.join(", ")))
            }
            Self::TooDeep { .. } | Self::TooMany { .. } | Self::TooLongTogether { .. } => {
                Some("read the tables themselves further up".into())
            }
            Self::Full { .. } => Some("drop views that nobody reads".into()),
            Self::Conflict { .. } => Some("nothing was changed: try again".into()),
            _ => None,
        }
    }
}
