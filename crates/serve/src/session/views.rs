//! Saved views as one session sees them, and what it may make of them.

use std::sync::Arc;

use datafusion::sql::sqlparser::ast::Statement;
use trunkline_query::views::{Change, Changed, View, ViewColumn, ViewError, ViewLimits, ViewName, Views, is_house};

use super::{Session, fork, identity};
use crate::refusal::Refusal;
use crate::server::DATABASE;
use crate::statement::{Asked, of_view};

impl Session {
    /// The views it sees: inside a transaction with its own changes.
    pub(crate) const fn views(&self) -> &Arc<Views> {
        &self.now.views
    }

    /// Sees other views from now on.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub(crate) async fn see(&mut self, views: Arc<Views>) -> Result<(), Refusal> {
        if Arc::ptr_eq(&views, &self.now.views) {
            return Ok(());
        }
        self.now.views = views;
        let identity = identity(&self.server, &self.user, self.pid);
        self.engine = Arc::new(fork(&self.server, &self.now, &self.settings, &self.rights, identity).await?);
        self.told.clone_from(&self.settings);
        self.generation += 1;
        Ok(())
    }

    /// The views as a statement makes them. Nothing is kept yet.
    ///
    /// # Errors
    /// Schemas that are not his, a question that cannot be planned, what [`Views::changed`] says.
    pub(crate) async fn changed(&self, asked: Asked, sql: &str) -> Result<Changed, Refusal> {
        let tag = asked.tag();
        let change = self.change(asked, sql).await?;
        self.now.views.changed(&change, &self.rights, &ViewLimits::default()).map_err(|error| self.not_changed(error, tag))
    }

    /// Makes what it sees what all see, where it differs from `before`.
    ///
    /// # Errors
    /// Others were faster, the file cannot be written.
    pub(crate) async fn keep(&self, before: &Arc<Views>, after: &Arc<Views>) -> Result<(), Refusal> {
        self.server.keep_views(&self.user, before, after).await
    }

    /// CREATE SCHEMA: nothing where it is there.
    ///
    /// # Errors
    /// It is there already and may not be; it is not.
    pub(crate) fn has_schema(&self, name: &str, if_not_exists: bool) -> Result<(), Refusal> {
        let catalog = self.engine.context().catalog(DATABASE);
        match catalog.is_some_and(|catalog| catalog.schema(name).is_some()) {
            true if if_not_exists => Ok(()),
            true => Err(Refusal::error("42P06", format!("schema \"{name}\" already exists"))),
            false => Err(Refusal::read_only("CREATE SCHEMA")
                .hint(format!("whoever runs the server gives schemas for views: trunkline user grant {} --views SCHEMA", self.user))),
        }
    }

    /// A refusal of a change with what this user can do instead.
    pub(crate) fn advised(&self, refusal: Refusal) -> Refusal {
        if !refusal.is_read_only() {
            return refusal;
        }
        refusal.hint(match self.rights.view_schemas() {
            [] => format!(
                "what is stored comes from events only; a question can be saved as a view in a schema that whoever runs the server gives: \
                 trunkline user grant {} --views SCHEMA",
                self.user
            ),
            [schema, ..] => {
                format!("what is stored comes from events only; a question can be saved as a view: CREATE VIEW {schema}.name AS SELECT ...")
            }
        })
    }

    async fn change(&self, asked: Asked, sql: &str) -> Result<Change, Refusal> {
        let tag = asked.tag();
        let mine = |name: Vec<String>| {
            let name = self.view_name(name)?;
            let is_mine = self.rights.makes(&name.schema);
            let refused = || self.not_changed(ViewError::NotGiven { schema: name.schema.clone() }, tag);
            if is_mine { Ok(name) } else { Err(refused()) }
        };
        Ok(match asked {
            Asked::Create { name, columns, question, replaces } => {
                let name = mine(name)?;
                Change::Create { name, view: Box::new(self.view(&question, &columns, sql).await?), replaces }
            }
            Asked::Drop { names, if_exists, cascade } => {
                Change::Drop { names: names.into_iter().map(mine).collect::<Result<_, _>>()?, if_exists, cascade }
            }
            Asked::Rename { name, to, if_exists } => Change::Rename { from: mine(name)?, to, if_exists },
            Asked::Comment { name, column, text } => Change::Comment { name: mine(name)?, column, text },
            Asked::Schema { .. } => return Err(Refusal::read_only(tag)),
        })
    }

    /// A view of a question: planned from the very text that is kept.
    async fn view(&self, question: &Statement, names: &[String], sql: &str) -> Result<View, Refusal> {
        let (text, path) = (question.to_string(), self.engine.default_schema());
        let question = of_view(&text, self.server.limits.text)?;
        let (engine, asked, schema, told) = (Arc::clone(&self.engine), question.clone(), path.clone(), sql.to_owned());
        let planned = async move { engine.view_columns(&asked, &schema, &told).await.map_err(|error| Refusal::of(error, &told)) };
        let mut columns = self.server.planned(&self.user, planned).await?;
        if names.len() > columns.len() {
            return Err(Refusal::error("42601", "CREATE VIEW specifies more column names than columns"));
        }
        columns.iter_mut().zip(names).for_each(|(column, name)| column.name.clone_from(name));
        if let Some(name) = twice(&columns) {
            return Err(Refusal::error("42701", format!("column \"{name}\" specified more than once")));
        }
        Ok(View::new(text, path, &*self.user, columns, Ok(question)))
    }

    fn view_name(&self, parts: Vec<String>) -> Result<ViewName, Refusal> {
        match parts.as_slice() {
            [name] => Ok(ViewName::new(self.engine.default_schema(), name)),
            [schema, name] => Ok(ViewName::new(schema, name)),
            [database, schema, name] if database == DATABASE => Ok(ViewName::new(schema, name)),
            _ => Err(Refusal::unsupported("a name in another database").hint(format!("this one is called {DATABASE}"))),
        }
    }

    /// Whoever may make no view anywhere is told what he was always told.
    fn not_changed(&self, error: ViewError, tag: &str) -> Refusal {
        let schemas = self.rights.view_schemas();
        match &error {
            ViewError::NotGiven { schema } if is_house(schema) || schemas.is_empty() => self.advised(Refusal::read_only(tag)),
            ViewError::NotGiven { .. } => Refusal::from(error).hint(format!("you may in: {}", schemas.join(", "))),
            _ => Refusal::from(error),
        }
    }
}

fn twice(columns: &[ViewColumn]) -> Option<&str> {
    let is_before = |at: usize, column: &ViewColumn| columns.iter().take(at).any(|before| before.name == column.name);
    columns.iter().enumerate().find(|(at, column)| is_before(*at, column)).map(|(_, column)| column.name.as_str())
}
