//! One view: its question, and the columns that it had when it was made.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::Statement;

use super::Reads;
use crate::postgres::COMMENT_KEY;

/// A question with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    text: String,
    path: String,
    by: String,
    columns: Vec<ViewColumn>,
    comment: Option<String>,
    question: Result<Arc<Statement>, String>,
    reads: Reads,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewColumn {
    /// What it is called.
    pub name: String,
    /// What the question calls it.
    pub of: String,
    /// Its type.
    pub kind: DataType,
    /// What it means.
    pub comment: Option<String>,
}

impl View {
    /// A view made by `by`. `question` is its text as it was read, or why it cannot be; names without a schema are looked for in schema `path`.
    #[must_use]
    pub fn new(
        text: impl Into<String>,
        path: impl Into<String>,
        by: impl Into<String>,
        columns: Vec<ViewColumn>,
        question: Result<Statement, String>,
    ) -> Self {
        let path = path.into();
        let reads = question.as_ref().map(|statement| Reads::of(statement, &path)).unwrap_or_default();
        Self { text: text.into(), path, by: by.into(), columns, comment: None, question: question.map(Arc::new), reads }
    }

    /// The same with a comment; an empty one is none.
    #[must_use]
    pub fn commented(self, comment: Option<String>) -> Self {
        Self { comment: comment.filter(|text| !text.is_empty()), ..self }
    }

    /// The question, as SQL.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The schema in which names without one are looked for.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Who made it, or changed its question last.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }

    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> &[ViewColumn] {
        &self.columns
    }

    /// What it is.
    #[must_use]
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }

    /// The question, or why its text is none.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn question(&self) -> Result<&Statement, &str> {
        self.question.as_deref().map_err(String::as_str)
    }

    /// What it reads.
    #[must_use]
    pub const fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Its columns as a table has them, with comments in the metadata.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let metadata = |comment: Option<&String>| comment.map(|text| (COMMENT_KEY.to_owned(), text.clone())).into_iter().collect();
        let field =
            |column: &ViewColumn| Field::new(&column.name, column.kind.clone(), true).with_metadata(metadata(column.comment.as_ref()));
        let fields: Vec<Field> = self.columns.iter().map(field).collect();
        Arc::new(Schema::new_with_metadata(fields, metadata(self.comment.as_ref())))
    }

    /// The same with another comment on itself, or on a column; false when there is no such column.
    pub(super) fn comment_on(&mut self, column: Option<&str>, text: Option<String>) -> bool {
        let text = text.filter(|text| !text.is_empty());
        match column {
            None => self.comment = text,
            Some(name) => match self.columns.iter_mut().find(|column| column.name == name) {
                Some(column) => column.comment = text,
                None => return false,
            },
        }
        true
    }

    /// Takes over the comments of the view it replaces, where it has none of its own.
    pub(super) fn succeed(&mut self, old: &Self) {
        self.comment = self.comment.take().or_else(|| old.comment.clone());
        for column in &mut self.columns {
            let before = old.columns.iter().find(|before| before.name == column.name);
            column.comment = column.comment.take().or_else(|| before.and_then(|before| before.comment.clone()));
        }
    }
}
