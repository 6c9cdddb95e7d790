//! CREATE, DROP, ALTER VIEW, COMMENT ON: what is to be done about saved views. Pure.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AlterTable, AlterTableOperation, CommentObject, CreateTableOptions, CreateView, Expr, Ident, ObjectName, ObjectType, Query,
    RenameTableNameKind, SchemaName, SetExpr, SqlOption, Statement, ViewColumnDef, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::{Kind, TextLimits, folded};
use crate::refusal::Refusal;

/// Functions that do something instead of answering.
const DOING: [&str; 3] = ["pg_cancel_backend", "pg_terminate_backend", "set_config"];

/// What is asked for. Names are as they were written, in one to three parts.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// CREATE VIEW.
    Create {
        /// Its name.
        name: Vec<String>,
        /// What its first columns are called.
        columns: Vec<String>,
        /// What it answers.
        question: Box<Statement>,
        /// OR REPLACE.
        replaces: bool,
    },
    /// DROP VIEW.
    Drop {
        /// Which.
        names: Vec<Vec<String>>,
        /// IF EXISTS.
        if_exists: bool,
        /// CASCADE.
        cascade: bool,
    },
    /// ALTER VIEW or TABLE ... RENAME TO.
    Rename {
        /// Which.
        name: Vec<String>,
        /// Its new name.
        to: String,
        /// IF EXISTS.
        if_exists: bool,
    },
    /// COMMENT ON VIEW, TABLE or COLUMN.
    Comment {
        /// The view.
        name: Vec<String>,
        /// Its column, if it is about one.
        column: Option<String>,
        /// What is said.
        text: Option<String>,
    },
    /// CREATE SCHEMA.
    Schema {
        /// Which.
        name: String,
        /// IF NOT EXISTS.
        if_not_exists: bool,
    },
}

impl Asked {
    /// The tag of the statement.
    #[must_use]
    pub const fn tag(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CREATE VIEW",
            Self::Drop { .. } => "DROP VIEW",
            Self::Rename { .. } => "ALTER TABLE",
            Self::Comment { .. } => "COMMENT",
            Self::Schema { .. } => "CREATE SCHEMA",
        }
    }
}

/// What a statement asks about views; `Err` gives it back where it is about something else.
pub(super) fn asked(statement: Statement, limits: TextLimits) -> Result<Result<Kind, Refusal>, Box<Statement>> {
    let asked = match statement {
        Statement::CreateView(view) => return Ok(create(view, limits)),
        Statement::Drop { object_type: ObjectType::View, if_exists, names, cascade, .. } => {
            Asked::Drop { names: names.iter().map(parts).collect(), if_exists, cascade }
        }
        Statement::AlterTable(AlterTable { ref name, if_exists, ref operations, .. }) => match operations.as_slice() {
            [AlterTableOperation::RenameTable { table_name: RenameTableNameKind::To(to) }] => match parts(to).as_slice() {
                [to] => Asked::Rename { name: parts(name), to: to.clone(), if_exists },
                _ => return Err(Box::new(statement)),
            },
            _ => return Err(Box::new(statement)),
        },
        Statement::Comment { object_type: CommentObject::View | CommentObject::Table, object_name, comment, if_exists: false } => {
            Asked::Comment { name: parts(&object_name), column: None, text: comment }
        }
        Statement::Comment { object_type: CommentObject::Column, object_name, comment, if_exists: false } => {
            let mut name = parts(&object_name);
            let column = name.pop();
            Asked::Comment { name, column, text: comment }
        }
        Statement::CreateSchema { schema_name: SchemaName::Simple(ref name), if_not_exists, .. } => match parts(name).as_slice() {
            [name] => Asked::Schema { name: name.clone(), if_not_exists },
            _ => return Err(Box::new(statement)),
        },
        other => return Err(Box::new(other)),
    };
    Ok(Ok(Kind::View(Box::new(asked))))
}

fn create(view: CreateView, limits: TextLimits) -> Result<Kind, Refusal> {
    if view.materialized {
        return Err(
            Refusal::unsupported("CREATE MATERIALIZED VIEW").hint("CREATE VIEW keeps the question: its rows are computed when it is read")
        );
    }
    if view.temporary {
        return Err(Refusal::unsupported("CREATE TEMPORARY VIEW")
            .hint("write it as WITH ... SELECT, or CREATE VIEW in a schema that you were given"));
    }
    let is_odd = view.or_alter || view.secure || view.if_not_exists || view.copy_grants || view.with_no_schema_binding;
    if is_odd || view.to.is_some() || view.params.is_some() || view.comment.is_some() || !view.cluster_by.is_empty() {
        return Err(Refusal::unsupported("this form of CREATE VIEW").hint("CREATE [OR REPLACE] VIEW name [(columns)] AS SELECT ..."));
    }
    let options = match &view.options {
        CreateTableOptions::None => &[][..],
        CreateTableOptions::With(options) => options,
        _ => return Err(Refusal::unsupported("a view with options")),
    };
    if let Some(option) = options.iter().find(|option| !is_invoker(option)) {
        return Err(Refusal::unsupported(&format!("a view with {option}")).hint("every view is one WITH (security_invoker = true)"));
    }
    let column = |column: &ViewColumnDef| match (&column.data_type, &column.options) {
        (None, None) => Ok(folded(&column.name)),
        _ => Err(Refusal::unsupported("a column of a view with more than a name")),
    };
    let columns = view.columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let Kind::Question(question) = super::question(Statement::Query(bare(view.query)), limits)? else {
        return Err(Refusal::unsupported("a view of anything but a question"));
    };
    Ok(Kind::View(Box::new(Asked::Create { name: parts(&view.name), columns, question, replaces: view.or_replace })))
}

/// `security_invoker`, which is what all views are.
fn is_invoker(option: &SqlOption) -> bool {
    let SqlOption::KeyValue { key, value } = option else { return false };
    let is_on = |value: &Expr| ["true", "on", "1", "yes"].contains(&value.to_string().trim_matches('\'').to_lowercase().as_str());
    folded(key) == "security_invoker" && is_on(value)
}

/// The question without brackets around all of it.
fn bare(query: Box<Query>) -> Box<Query> {
    let mut query = query;
    loop {
        let is_more = query.with.is_some() || query.order_by.is_some() || query.limit_clause.is_some() || query.fetch.is_some();
        if is_more || !query.locks.is_empty() || !matches!(*query.body, SetExpr::Query(_)) {
            return query;
        }
        if let SetExpr::Query(inner) = *query.body {
            query = inner;
        }
    }
}

/// Refuses the question of a view that does something to whoever reads it: he did not write it.
pub(super) fn harmless(question: &Statement) -> Result<(), Refusal> {
    match question.visit(&mut Harmless) {
        ControlFlow::Break(name) => {
            Err(Refusal::unsupported(&format!("{name} in a view")).hint("it would be done to whoever reads the view"))
        }
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Harmless;

impl Visitor for Harmless {
    type Break = String;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
        let called = if let Expr::Function(function) = expr { parts(&function.name).pop() } else { None };
        match called.filter(|name| DOING.contains(&name.as_str())) {
            Some(name) => ControlFlow::Break(name),
            None => ControlFlow::Continue(()),
        }
    }
}

fn parts(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident().map(|ident: &Ident| folded(ident))).collect()
}

/// The words of a text as the parser knows them: ALTER VIEW as ALTER TABLE, of which it reads every form, and in COMMENT a text between dollars as one between
/// quotes. Nothing where there is no such statement.
pub(super) fn altered(sql: &str) -> Option<Vec<TokenWithSpan>> {
    let lower = sql.to_ascii_lowercase();
    let may = |words: [&str; 2]| words.iter().all(|word| lower.contains(word));
    if !may(["alter", "view"]) && !may(["comment", "$"]) {
        return None;
    }
    let mut tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().ok()?;
    let (mut begun, mut last, mut is_found) = (None, Keyword::NoKeyword, false);
    for token in &mut tokens {
        let told = match &token.token {
            Token::SemiColon => {
                (begun, last) = (None, Keyword::NoKeyword);
                continue;
            }
            Token::Whitespace(_) => continue,
            Token::Word(word) if word.keyword == Keyword::VIEW && (begun, last) == (Some(Keyword::ALTER), Keyword::ALTER) => {
                Some(Token::make_keyword("TABLE"))
            }
            Token::DollarQuotedString(text) if begun == Some(Keyword::COMMENT) => Some(Token::SingleQuotedString(text.value.clone())),
            _ => None,
        };
        last = if let Token::Word(word) = &token.token { word.keyword } else { Keyword::NoKeyword };
        begun = begun.or(Some(last));
        if let Some(told) = told {
            (token.token, is_found) = (told, true);
        }
    }
    is_found.then_some(tokens)
}
