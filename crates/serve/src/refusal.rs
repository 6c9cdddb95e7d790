//! What a client is told when he does not get what he asked for.

use trunkline_query::views::ViewError;
use trunkline_query::{QueryError, Sqlstate};

/// What to do instead of a change.
pub(crate) const READ_ONLY_HINT: &str =
    "events are the only way to change what is stored; temporary results can be written as WITH ... SELECT";

/// An error in PostgreSQL's form: code, message, detail, hint, place. Its text says nothing of the server's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// More of it.
    pub detail: Option<String>,
    /// What to try.
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1 on.
    pub position: Option<usize>,
    /// The connection ends with it.
    pub is_fatal: bool,
}

impl Refusal {
    /// The statement fails, the session goes on.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None, hint: None, position: None, is_fatal: false }
    }

    /// The connection ends.
    #[must_use]
    pub fn fatal(code: &'static str, message: impl Into<String>) -> Self {
        Self { is_fatal: true, ..Self::error(code, message) }
    }

    /// Adds what to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What cannot be done here at all.
    #[must_use]
    pub fn unsupported(what: &str) -> Self {
        Self::error("0A000", format!("{what} is not supported"))
    }

    /// The client asked for it to stop.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::error("57014", "canceling statement due to user request")
    }

    /// Its time is over.
    #[must_use]
    pub fn timed_out() -> Self {
        Self::error("57014", "canceling statement due to statement timeout")
    }

    /// Nobody is there to be told.
    #[must_use]
    pub fn gone() -> Self {
        Self::fatal("08006", "the client is gone")
    }

    /// What would change something.
    #[must_use]
    pub fn read_only(what: &str) -> Self {
        Self::error("25006", format!("cannot execute {what}: this server only answers questions")).hint(READ_ONLY_HINT)
    }

    /// Whether it says of a change no more than that it is none of a question.
    pub(crate) fn is_read_only(&self) -> bool {
        self.code == "25006" && self.hint.as_deref() == Some(READ_ONLY_HINT)
    }
}

impl From<ViewError> for Refusal {
    fn from(error: ViewError) -> Self {
        Self { hint: error.hint(), ..Self::error(error.code(), error.to_string()) }
    }
}

impl Refusal {
    /// Why a question has no answer; `sql` is what the client wrote.
    #[must_use]
    pub fn of(error: QueryError, sql: &str) -> Self {
        // Files and the operating system are the server's own business; its operator finds them in the log.
        if error.sqlstate == Sqlstate::IoError {
            return Self::error("58030", "the lake cannot be read").hint("ask whoever runs the server: the reason is in its log");
        }
        let position = error.position.map(|place| place.character(sql));
        Self { hint: error.hint, position, ..Self::error(error.sqlstate.code(), error.primary) }
    }
}
