//! A lake as it goes on: whether something was committed, and an engine over its newest state.

use trunkline_storage::Lake;

use crate::engine::{Engine, EngineOptions};
use crate::error::QueryError;

/// A lake to ask again and again.
#[derive(Debug, Clone)]
pub struct Snapshots {
    lake: Lake,
    options: EngineOptions,
}

/// A state of the lake's logs. Another one means that something was committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp(Vec<Option<String>>);

impl Snapshots {
    /// Of a lake, each engine built with `options`.
    #[must_use]
    pub const fn of(lake: Lake, options: EngineOptions) -> Self {
        Self { lake, options }
    }

    /// The lake's location, as it was given.
    #[must_use]
    pub fn location(&self) -> &str {
        self.lake.location()
    }

    /// The newest state. Cheap.
    #[must_use]
    pub fn newest(&self) -> Stamp {
        Stamp(self.lake.newest_entries())
    }

    /// An engine over the newest state.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn open(&self) -> Result<Engine, QueryError> {
        Engine::open(&self.lake, &self.options).await
    }
}
