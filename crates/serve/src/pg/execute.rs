//! What each kind of statement does.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::dataframe::DataFrame;
use datafusion::sql::sqlparser::ast::Statement;

use super::backend;
use super::connection::{Connection, Cursor};
use super::portal::{self, Prepared, Source};
use crate::answer::Answer;
use crate::meters::Protocol;
use crate::refusal::Refusal;
use crate::statement::{Kind, Lasts};

/// What a statement gives.
pub(super) enum Outcome {
    /// It is done; this is its tag.
    Done(String),
    /// Rows, and the word their tag begins with.
    Rows(Answer, &'static str),
    /// Rows of a cursor, by name: at most so many.
    Cursor(String, Option<u64>),
}

impl Connection {
    /// Reads statements while listening, as [`Self::plan`] does.
    pub(super) async fn read(&mut self, sql: &str) -> Result<Vec<Kind>, Refusal> {
        let Self { wire, session, watch, .. } = self;
        wire.watched(session.server.read(&session.user, sql), watch).await.flatten()
    }

    /// Plans a question while listening: for a cancel, for the deadline, for the end of the client.
    pub(super) async fn plan(&mut self, question: &Statement, sql: &str) -> Result<DataFrame, Refusal> {
        self.renew().await?;
        let Self { wire, session, watch, .. } = self;
        let planned = wire.watched(session.plan(question, sql), watch).await.flatten();
        planned.inspect_err(|_| session.server.meters.refused(Protocol::Postgres))
    }

    /// Brings the session to the newest state, unless a transaction keeps it where it is.
    pub(super) async fn renew(&mut self) -> Result<(), Refusal> {
        let is_fixed = self.transaction.status() != backend::Status::Idle;
        self.session.renew(is_fixed).await
    }

    /// Starts a planned question.
    pub(super) fn start(&mut self, question: DataFrame, sql: &str) -> Result<Answer, Refusal> {
        let asked = std::mem::take(&mut self.asking);
        asked.looks_in(|| self.session.engine().default_schema());
        Answer::start(&self.session.server, (Protocol::Postgres, &self.session.user), question, sql, asked)
    }

    /// Does what a statement says, up to its first row.
    pub(super) async fn execute(&mut self, kind: Kind, sql: &str) -> Result<Outcome, Refusal> {
        self.transaction.admits(&kind)?;
        if kind == Kind::Begin {
            // What it keeps is the state it begins with.
            self.renew().await?;
        }
        let done = |tag: &str| Ok(Outcome::Done(tag.into()));
        match kind {
            Kind::Question(question) => {
                let plan = self.plan(&question, sql).await?;
                let word = if matches!(*question, Statement::Explain { .. }) { "EXPLAIN" } else { "SELECT" };
                Ok(Outcome::Rows(self.start(crate::parameters::bound(&plan, Vec::new())?, sql)?, word))
            }
            Kind::Set(values, lasts) => self.set(&values, lasts),
            Kind::Show(name) => Ok(Outcome::Rows(shown(&name, self.session.settings.get(&name)?)?, "SHOW")),
            Kind::ShowAll => Ok(Outcome::Rows(self.all_settings()?, "SHOW")),
            Kind::Reset(Some(name)) => self.set(&[(name, None)], Lasts::Session).map(|_| Outcome::Done("RESET".into())),
            Kind::Reset(None) => {
                self.session.settings.reset();
                done("RESET")
            }
            Kind::Fetch { name, rows, is_move: false } => Ok(Outcome::Cursor(name, rows)),
            Kind::Fetch { name, rows, is_move: true } => self.pass(&name, rows).await,
            Kind::Declare { .. } | Kind::Close(_) => self.cursor(kind, sql).await,
            Kind::Prepare(name, question) => {
                if self.statements.contains_key(&name) {
                    return Err(Refusal::error("42P05", format!("prepared statement \"{name}\" already exists")));
                }
                let plan = self.plan(&question, sql).await?;
                let plan = Some((self.session.generation(), plan));
                self.remember(name, Prepared { sql: sql.into(), kind: Some(Kind::Question(question)), declared: Vec::new(), plan })?;
                done("PREPARE")
            }
            Kind::Execute(name, values) => self.execute_prepared(&name, &values).await,
            Kind::Deallocate(Some(name)) => match self.statements.remove(&name) {
                Some(_) => done("DEALLOCATE"),
                None => Err(unknown_statement(&name)),
            },
            Kind::Deallocate(None) => {
                self.statements.clear();
                done("DEALLOCATE ALL")
            }
            Kind::Discard(is_all) => self.discard(is_all),
            Kind::View(asked) => self.change_views(*asked, sql).await,
            Kind::Commit => self.commit().await,
            Kind::RollbackTo(name) => self.back_to(&name).await,
            Kind::Nothing(tag) => done(tag),
            kind => self.transact(kind),
        }
    }

    /// BEGIN, ROLLBACK and what belongs to them.
    fn transact(&mut self, kind: Kind) -> Result<Outcome, Refusal> {
        let views = Arc::clone(self.session.views());
        let settings = &mut self.session.settings;
        let (tag, warning) = match kind {
            Kind::Begin if self.transaction.begin(settings, &views) => ("BEGIN", None),
            Kind::Begin => ("BEGIN", Some(("25001", "there is already a transaction in progress"))),
            Kind::Rollback => {
                let was_open = self.transaction.rollback(settings);
                ("ROLLBACK", (!was_open).then_some(("25P01", "there is no transaction in progress")))
            }
            Kind::Savepoint(name) => self.transaction.savepoint(name, &views).map(|()| ("SAVEPOINT", None))?,
            Kind::Release(name) => self.transaction.release(&name).map(|()| ("RELEASE", None))?,
            _ => return Err(Refusal::unsupported("this statement")),
        };
        if let Some((code, text)) = warning {
            backend::warning(&Refusal::error(code, text), &mut self.wire.out);
        }
        Ok(Outcome::Done(tag.into()))
    }

    fn set(&mut self, values: &[(String, Option<String>)], lasts: Lasts) -> Result<Outcome, Refusal> {
        let is_open = self.transaction.status() != backend::Status::Idle;
        for (name, value) in values {
            if lasts == Lasts::Transaction && !is_open {
                backend::warning(&Refusal::error("25P01", "SET LOCAL can only be used in transaction blocks"), &mut self.wire.out);
                continue;
            }
            self.session.settings.set(name, value.as_deref())?;
            if lasts == Lasts::Session {
                self.transaction.keep(name, value.as_deref())?;
            }
        }
        Ok(Outcome::Done("SET".into()))
    }

    /// Sets what calls of `set_config` in the statement that ends want.
    pub(super) fn grant_wishes(&mut self) -> Result<(), Refusal> {
        for wish in self.session.engine().wishes() {
            let lasts = if wish.is_local { Lasts::Transaction } else { Lasts::Session };
            self.set(&[(wish.name, wish.value)], lasts)?;
        }
        Ok(())
    }

    async fn cursor(&mut self, kind: Kind, sql: &str) -> Result<Outcome, Refusal> {
        match kind {
            Kind::Declare { name, question, is_hold, is_binary } => {
                if !is_hold && self.transaction.status() == backend::Status::Idle {
                    return Err(Refusal::error("25P01", "DECLARE CURSOR can only be used in transaction blocks")
                        .hint("BEGIN first, or DECLARE it WITH HOLD"));
                }
                if self.cursors.contains_key(&name) {
                    return Err(Refusal::error("42P03", format!("cursor \"{name}\" already exists")));
                }
                if self.cursors.len() >= self.session.server.limits.prepared {
                    return Err(Refusal::error("54000", "too many cursors are open"));
                }
                let plan = self.plan(&question, sql).await?;
                let answer = self.start(plan, sql)?;
                let source = Source::new(answer, if is_binary { &[1] } else { &[] })?;
                self.cursors.insert(name, Cursor { source, is_hold });
                Ok(Outcome::Done("DECLARE CURSOR".into()))
            }
            Kind::Close(Some(name)) => match self.cursors.remove(&name) {
                Some(_) => Ok(Outcome::Done("CLOSE CURSOR".into())),
                None => Err(unknown_cursor(&name)),
            },
            _ => {
                self.cursors.clear();
                Ok(Outcome::Done("CLOSE CURSOR ALL".into()))
            }
        }
    }

    async fn execute_prepared(&mut self, name: &str, values: &[datafusion::sql::sqlparser::ast::Expr]) -> Result<Outcome, Refusal> {
        let prepared = self.statements.get(name).cloned().ok_or_else(|| unknown_statement(name))?;
        let Some(Kind::Question(question)) = &prepared.kind else { return Err(Refusal::unsupported("EXECUTE of anything but a question")) };
        // Its values are the client's own business.
        self.asking = self.asks(&prepared.sql);
        let plan = self.plan(question, &prepared.sql).await?;
        let parameters = portal::parameters(plan.logical_plan(), &prepared.declared)?;
        let texts: Vec<Option<bytes::Bytes>> = values.iter().map(literal).collect::<Result<_, _>>()?;
        let question = portal::bound(&plan, &parameters, &[], &texts, self.session.settings.zone_name())?;
        Ok(Outcome::Rows(self.start(question, &prepared.sql)?, "SELECT"))
    }

    fn discard(&mut self, is_all: bool) -> Result<Outcome, Refusal> {
        if !is_all {
            return Ok(Outcome::Done("DISCARD".into()));
        }
        if self.transaction.status() != backend::Status::Idle {
            return Err(Refusal::error("25001", "DISCARD ALL cannot run inside a transaction block"));
        }
        self.statements.clear();
        self.portals.clear();
        self.cursors.clear();
        self.session.settings.reset();
        Ok(Outcome::Done("DISCARD ALL".into()))
    }

    fn all_settings(&self) -> Result<Answer, Refusal> {
        let (names, values): (Vec<&str>, Vec<&str>) = self.session.settings.all().unzip();
        let described = StringArray::from(vec![""; names.len()]);
        table(
            &["name", "setting", "description"],
            vec![Arc::new(StringArray::from(names)), Arc::new(StringArray::from(values)), Arc::new(described)],
        )
    }

    /// Keeps a statement.
    pub(super) fn remember(&mut self, name: String, prepared: Prepared) -> Result<(), Refusal> {
        if self.statements.len() >= self.session.server.limits.prepared {
            return Err(Refusal::error("54000", "too many prepared statements").hint("DEALLOCATE those that are not needed"));
        }
        self.statements.insert(name, prepared);
        Ok(())
    }
}

/// A value of EXECUTE as text.
fn literal(value: &datafusion::sql::sqlparser::ast::Expr) -> Result<Option<bytes::Bytes>, Refusal> {
    use datafusion::sql::sqlparser::ast::{Expr, UnaryOperator, Value};
    match value {
        Expr::Value(value) => Ok(match &value.value {
            Value::Null => None,
            Value::SingleQuotedString(text) | Value::Number(text, _) => Some(text.clone().into()),
            other => Some(other.to_string().into()),
        }),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => Ok(literal(expr)?.map(|text| [b"-", text.as_ref()].concat().into())),
        Expr::Cast { expr, .. } => literal(expr),
        other => Err(Refusal::unsupported(&format!("EXECUTE with {other}")).hint("give values, not expressions")),
    }
}

pub(super) fn unknown_statement(name: &str) -> Refusal {
    Refusal::error("26000", format!("prepared statement \"{name}\" does not exist"))
}

pub(super) fn unknown_cursor(name: &str) -> Refusal {
    Refusal::error("34000", format!("cursor \"{name}\" does not exist"))
}

/// One setting as a row of one column.
fn shown(name: &str, value: &str) -> Result<Answer, Refusal> {
    let column = match name {
        "timezone" => "TimeZone",
        "datestyle" => "DateStyle",
        "intervalstyle" => "IntervalStyle",
        other => other,
    };
    table(&[column], vec![Arc::new(StringArray::from(vec![value]))])
}

fn table(names: &[&str], columns: Vec<ArrayRef>) -> Result<Answer, Refusal> {
    let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
    batch.map(Answer::ready).map_err(|error| Refusal::error("XX000", error.to_string()))
}

/// Columns of what SHOW and FETCH give, before they are executed.
pub(super) fn columns_of_show(name: &str) -> Result<arrow::datatypes::SchemaRef, Refusal> {
    Ok(shown(name, "")?.columns())
}
