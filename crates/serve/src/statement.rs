//! What a client asks for, read from SQL: an allow-list of kinds of statements. What is not on it is refused by name. Pure.
//!
//! Questions are planned later, and their plan is looked at again: a statement can hide a change inside a question.

mod chain;
mod copy;
mod cursor;
mod setting;
mod size;
mod view;
mod within;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Select, SetExpr, Statement, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::refusal::Refusal;

pub use copy::{CopyFormat, CopyQuotes, CopyWords};
pub use view::Asked;

/// A statement that is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A question: SELECT, VALUES, EXPLAIN of one, SHOW TABLES and the like.
    Question(Box<Statement>),
    /// SET; no value means DEFAULT.
    Set(Vec<(String, Option<String>)>, Lasts),
    /// SHOW of a setting.
    Show(String),
    /// SHOW ALL.
    ShowAll,
    /// RESET of a setting, or of all.
    Reset(Option<String>),
    /// BEGIN; COMMIT; ROLLBACK.
    Begin,
    /// COMMIT and END.
    Commit,
    /// ROLLBACK and ABORT.
    Rollback,
    /// SAVEPOINT.
    Savepoint(String),
    /// RELEASE SAVEPOINT.
    Release(String),
    /// ROLLBACK TO SAVEPOINT.
    RollbackTo(String),
    /// DECLARE CURSOR.
    Declare {
        /// Its name.
        name: String,
        /// What it goes through.
        question: Box<Statement>,
        /// It outlives its transaction.
        is_hold: bool,
        /// Rows come in binary.
        is_binary: bool,
    },
    /// FETCH, or MOVE where rows are not shown; `None`: all that are left.
    Fetch {
        /// The cursor.
        name: String,
        /// Rows.
        rows: Option<u64>,
        /// Only moved over.
        is_move: bool,
    },
    /// CLOSE of a cursor, or of all.
    Close(Option<String>),
    /// PREPARE.
    Prepare(String, Box<Statement>),
    /// EXECUTE with values.
    Execute(String, Vec<Expr>),
    /// DEALLOCATE of a statement, or of all.
    Deallocate(Option<String>),
    /// DISCARD: `true` for ALL.
    Discard(bool),
    /// COPY (question) TO STDOUT.
    CopyOut(Box<Statement>, CopyFormat),
    /// CREATE VIEW and what else there is about saved views.
    View(Box<Asked>),
    /// What is done by doing nothing: UNLISTEN.
    Nothing(&'static str),
}

/// How long a setting lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// The session.
    Session,
    /// The transaction.
    Transaction,
}

/// Limits of what is read.
#[derive(Debug, Clone, Copy)]
pub struct TextLimits {
    /// Bytes of a statement; default 1 MiB.
    pub statement_bytes: usize,
    /// Brackets, CASEs and subqueries inside each other; default 100.
    pub nesting: usize,
    /// Values of one IN list; default 50,000.
    pub list_values: usize,
    /// Tables of a statement, those that WITH names counted each time it is used; default 20,000.
    pub tables: usize,
    /// Questions that stand within one another's expressions, levels of them; default 12, which take a tenth of a second to plan.
    pub within: usize,
    /// Tables of one FROM; default 200: planning takes the square of their columns, in memory too.
    pub joined: usize,
    /// Words and signs between two commas, as in a chain of conditions or a UNION of many; default 3,000: planning takes the square of them, and
    /// cannot be interrupted.
    pub chained: usize,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self { statement_bytes: 1 << 20, nesting: 100, list_values: 50_000, tables: 20_000, joined: 200, chained: 3_000, within: 12 }
    }
}

/// Reads all statements of a text.
///
/// # Errors
/// What cannot be read, is too long or too deep, or is no statement that is answered.
pub fn read(sql: &str, limits: TextLimits) -> Result<Vec<Kind>, Refusal> {
    if sql.len() > limits.statement_bytes {
        let message = format!("a statement of {} bytes is longer than the {} bytes allowed", sql.len(), limits.statement_bytes);
        return Err(Refusal::error("54000", message));
    }
    if let Some(kinds) = cursor::moves(sql).or_else(|| special(sql)) {
        return kinds;
    }
    chain::look(sql, limits.chained)?;
    let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(limits.nesting);
    let parsed = match view::altered(sql) {
        Some(tokens) => Ok(parser.with_tokens_with_locations(tokens)),
        None => parser.try_with_sql(sql),
    };
    let statements = parsed.and_then(|mut parser| parser.parse_statements()).map_err(|error| wrong(&error.to_string(), sql))?;
    statements.into_iter().map(|statement| kind(statement, limits)).collect()
}

/// Reads the question of a view: exactly one, by the same rules, that does nothing to whoever reads it.
///
/// # Errors
/// As [`read`]; what is no question, or more than one.
pub fn of_view(text: &str, limits: TextLimits) -> Result<Statement, Refusal> {
    let mut kinds = read(text, limits)?;
    match (kinds.pop(), kinds.is_empty()) {
        (Some(Kind::Question(question)), true) if matches!(*question, Statement::Query(_)) => {
            view::harmless(&question)?;
            Ok(*question)
        }
        _ => Err(Refusal::unsupported("a view of anything but one question")),
    }
}

/// What the parser does not read, and clients send as a statement of its own.
fn special(sql: &str) -> Option<Result<Vec<Kind>, Refusal>> {
    let words: Vec<String> = sql.trim().trim_end_matches(';').split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(Ok(vec![match words.as_slice() {
        ["abort"] | ["abort", "transaction" | "work"] => Kind::Rollback,
        ["deallocate", "all"] | ["deallocate", "prepare", "all"] => Kind::Deallocate(None),
        ["close", "all"] => Kind::Close(None),
        ["unlisten", ..] => Kind::Nothing("UNLISTEN"),
        ["show", "all"] => Kind::ShowAll,
        ["show", "transaction", "isolation", "level"] => Kind::Show("transaction_isolation".into()),
        ["show", "session", "authorization"] => Kind::Show("session_authorization".into()),
        ["show", "time", "zone"] => Kind::Show("timezone".into()),
        ["discard", "all"] => Kind::Discard(true),
        ["discard", "plans" | "sequences" | "temp" | "temporary"] => Kind::Discard(false),
        ["lock", ..] => return Some(Err(Refusal::read_only("LOCK TABLE"))),
        _ => return None,
    }]))
}

fn wrong(message: &str, sql: &str) -> Refusal {
    let error = trunkline_query::QueryError::of_parser(message, sql);
    let refusal = Refusal::of(error, sql);
    if sql.trim_end().trim_end_matches(';').trim_end().to_ascii_lowercase().ends_with("check option") {
        return Refusal::unsupported("WITH CHECK OPTION").hint("nothing can be written through a view");
    }
    if message.contains("recursion limit") {
        return Refusal::error("54001", "the statement is nested too deeply").hint("at most 100 levels of brackets and subqueries");
    }
    refusal
}

/// One statement by what it is.
fn kind(statement: Statement, limits: TextLimits) -> Result<Kind, Refusal> {
    match statement {
        Statement::Query(_) => question(statement, limits),
        Statement::Explain { analyze, verbose, query_plan, statement: ref inner, .. } => {
            if analyze || verbose || query_plan {
                return Err(
                    Refusal::unsupported("EXPLAIN ANALYZE or VERBOSE").hint("EXPLAIN alone shows the plan; files are not shown to clients")
                );
            }
            match kind(inner.as_ref().clone(), limits)? {
                Kind::Question(_) => Ok(Kind::Question(Box::new(statement))),
                _ => Err(Refusal::unsupported("EXPLAIN of anything but a question")),
            }
        }
        Statement::ShowTables { .. } | Statement::ShowColumns { .. } => Ok(Kind::Question(Box::new(statement))),
        Statement::Set(set) => setting::set(set),
        Statement::Reset(reset) => Ok(setting::reset(&reset)),
        Statement::ShowVariable { variable } => Ok(setting::show(&variable)),
        Statement::StartTransaction { .. } => Ok(Kind::Begin),
        Statement::Commit { .. } => Ok(Kind::Commit),
        Statement::Rollback { savepoint: Some(name), .. } => Ok(Kind::RollbackTo(folded(&name))),
        Statement::Rollback { .. } => Ok(Kind::Rollback),
        Statement::Savepoint { name } => Ok(Kind::Savepoint(folded(&name))),
        Statement::ReleaseSavepoint { name } => Ok(Kind::Release(folded(&name))),
        Statement::Declare { stmts } => cursor::declare(stmts, limits),
        Statement::Fetch { name, direction, .. } => cursor::fetch(&name, &direction),
        Statement::Close { cursor } => Ok(cursor::close(&cursor)),
        Statement::Prepare { name, statement, .. } => match kind(*statement, limits)? {
            Kind::Question(question) => Ok(Kind::Prepare(folded(&name), question)),
            _ => Err(Refusal::unsupported("PREPARE of anything but a question")),
        },
        Statement::Execute { name: Some(name), parameters, immediate: false, .. } => Ok(Kind::Execute(name.to_string(), parameters)),
        Statement::Deallocate { name, .. } => Ok(Kind::Deallocate(Some(folded(&name)))),
        Statement::Discard { .. } => Ok(Kind::Discard(true)),
        Statement::Copy { source, to, target, options, legacy_options, .. } => {
            copy::copy(source, to, &target, &options, &legacy_options, limits)
        }
        Statement::UNLISTEN { .. } => Ok(Kind::Nothing("UNLISTEN")),
        other => view::asked(other, limits).unwrap_or_else(|other| Err(changing(&other))),
    }
}

/// What would change something else than views.
fn changing(statement: &Statement) -> Refusal {
    let refusal = Refusal::read_only(&first_words(statement));
    match statement {
        Statement::Grant { .. } | Statement::Revoke { .. } => {
            refusal.hint("rights are given by whoever runs the server: trunkline user grant NAME schema.view")
        }
        _ => refusal,
    }
}

/// Words that name a statement in a refusal: none of its values.
fn first_words(statement: &Statement) -> String {
    let text = statement.to_string();
    let words = text.split_whitespace().take_while(|word| word.bytes().all(|byte| byte.is_ascii_uppercase()));
    let named = words.take(3).collect::<Vec<_>>().join(" ");
    if named.is_empty() { "this statement".into() } else { named }
}

/// A question whose body is one, and whose lists are not too long.
fn question(statement: Statement, limits: TextLimits) -> Result<Kind, Refusal> {
    size::look(&statement, limits.tables)?;
    within::look(&statement, limits.within)?;
    match statement.visit(&mut Look { limits }) {
        ControlFlow::Break(refusal) => Err(refusal),
        ControlFlow::Continue(()) => Ok(Kind::Question(Box::new(statement))),
    }
}

struct Look {
    limits: TextLimits,
}

impl Visitor for Look {
    type Break = Refusal;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Refusal> {
        match query.body.as_ref() {
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                ControlFlow::Break(Refusal::read_only("a change inside a question"))
            }
            SetExpr::Select(select) if select.into.is_some() => ControlFlow::Break(Refusal::read_only("SELECT INTO")),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Refusal> {
        let tables: usize = select.from.iter().map(|table| 1 + table.joins.len()).sum();
        if tables > self.limits.joined {
            let message = format!("a FROM of {tables} tables is longer than the {} allowed", self.limits.joined);
            return ControlFlow::Break(Refusal::error("54000", message).hint("join some of them in WITH first"));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Refusal> {
        match expr {
            Expr::InList { list, .. } if list.len() > self.limits.list_values => {
                let message = format!("an IN list of {} values is longer than the {} allowed", list.len(), self.limits.list_values);
                ControlFlow::Break(Refusal::error("54000", message).hint("join with VALUES instead"))
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// A name as PostgreSQL folds it: small letters unless it is quoted.
fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// Words and signs of a statement, without space; `None` when it cannot be cut into them.
fn tokens(sql: &str) -> Option<Vec<Token>> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().ok()?;
    Some(tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
