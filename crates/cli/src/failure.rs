//! What a command says when it cannot do what was asked: message, cause, hint, exit code.

use std::fmt::Display;

use crate::exit;

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    /// Exit code, see [`exit`].
    pub code: u8,
    /// What happened, with place and cause.
    pub message: String,
    /// What to try next.
    pub hint: Option<String>,
}

impl Failure {
    /// The command was understood but failed.
    pub fn failed(cause: impl Display) -> Self {
        Self { code: exit::FAILED, message: cause.to_string(), hint: None }
    }

    /// The command line or a specification is wrong.
    pub fn usage(cause: impl Display) -> Self {
        Self { code: exit::USAGE, message: cause.to_string(), hint: None }
    }

    /// Something that must hold does not.
    pub fn assertion(cause: impl Display) -> Self {
        Self { code: exit::ASSERTION, message: cause.to_string(), hint: None }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}
