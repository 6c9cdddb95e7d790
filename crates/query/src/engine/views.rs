//! Saved views in an engine: read like tables, and planned when they are made.

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::Statement;

use super::Engine;
use crate::error::{QueryError, Sqlstate};
use crate::rights::{Grant, Rights};
use crate::session::CATALOG;
use crate::session::saved::{self, Saved, Unplanned};
use crate::views::{View, ViewColumn, ViewName, Views};

impl Engine {
    /// The same engine with saved views, all of which may be read.
    ///
    /// # Errors
    /// A catalogue that takes no schema.
    pub fn with_views(mut self, views: &Views) -> Result<Self, QueryError> {
        let saved = Saved::of(views, &Rights::all());
        if let Some(catalog) = self.context.catalog(CATALOG) {
            saved.list_in(&self.context.state(), catalog.as_ref())?;
        }
        self.saved = Arc::new(saved);
        Ok(self)
    }

    /// The columns of a question that is to be a view, whose names without a schema are looked for in `path`. `sql` is what the client wrote.
    ///
    /// # Errors
    /// As [`Self::plan_statement`]; parameters, columns that are called alike or have a type that cannot be kept.
    pub async fn view_columns(&self, question: &Statement, path: &str, sql: &str) -> Result<Vec<ViewColumn>, QueryError> {
        let plan = self.saved.plan_new(self.context.state(), question, path, &self.registry).await;
        saved::columns(&plan.map_err(|error| self.unplanned(error, sql))?)
    }

    /// Whether a grant fits a saved view.
    ///
    /// # Errors
    /// A condition or a mask that is not about its columns.
    pub fn view_fits(&self, name: &ViewName, view: &View, grant: &Grant) -> Result<(), QueryError> {
        Saved::fits(&self.context.state(), name, view, grant).map_err(|error| self.wrong(&error, ""))
    }

    /// The schema in which names without one are looked for.
    #[must_use]
    pub fn default_schema(&self) -> String {
        self.context.state_ref().read().config().options().catalog.default_schema.clone()
    }

    /// The session's state with the saved views that a statement reads; nothing where it reads none.
    pub(super) async fn laid_over(&self, statement: &Statement, sql: &str) -> Result<Option<SessionState>, QueryError> {
        let laid = self.saved.laid_over(|| self.context.state(), statement, &self.registry).await;
        laid.map_err(|error| self.unplanned(error, sql))
    }

    fn unplanned(&self, error: Unplanned, sql: &str) -> QueryError {
        match error {
            Unplanned::Engine(error) => self.wrong(&error, sql),
            Unplanned::Kpi(error) => QueryError::expanding(*error, sql),
            Unplanned::Limit(error) => {
                QueryError::usage(error.to_string()).hint(error.hint().unwrap_or_default()).of_kind(Sqlstate::ProgramLimitExceeded)
            }
            Unplanned::Unheeded(error) => *error,
            Unplanned::Text(text) => QueryError::usage(text).of_kind(Sqlstate::SyntaxError),
            // A place in its text tells whoever asks nothing.
            Unplanned::View(name, error) => {
                let inner = self.unplanned(*error, "");
                QueryError { primary: format!("view \"{name}\" cannot be read: {inner}"), ..inner }
            }
        }
    }
}
