//! One question of a protocol that keeps no session: a session is made for it, and goes with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use trunkline_query::{QueryError, Sqlstate};

use crate::answer::Answer;
use crate::audit::{Asked, Visit};
use crate::parameters;
use crate::refusal::Refusal;
use crate::server::Server;
use crate::session::Session;
use crate::settings::Settings;
use crate::statement::Kind;

/// A question that is planned.
#[derive(Debug)]
pub(crate) struct Question {
    session: Session,
    visit: Arc<Visit>,
    asked: Asked,
    frame: DataFrame,
    sql: String,
    until: Instant,
}

impl Question {
    /// Plans what a user who was let in asks. Its time begins here, and it ends when `stop` comes.
    ///
    /// # Errors
    /// Rights that are gone, what is no question, what cannot be planned.
    pub(crate) async fn plan(
        server: &Arc<Server>,
        visit: &Arc<Visit>,
        user: &str,
        settings: Settings,
        sql: &str,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Self, Refusal> {
        let now = Instant::now();
        let until = now + settings.statement_time(server.limits.statement_time);
        let asked = visit.ask(user, sql, now, Some(until));
        let planned = in_time(Self::planned(server, user, settings, sql), until, stop).await;
        let (session, frame) = planned.inspect_err(|refusal| refused(server, visit, user, &asked, refusal))?;
        asked.planned();
        Ok(Self { session, visit: Arc::clone(visit), asked, frame, sql: sql.to_string(), until })
    }

    /// Plans a query of the library with values for its parameters, given as text; days relative to today are those of the settings' zone.
    ///
    /// # Errors
    /// Rights that are gone or do not suffice, a query that is not there, values that do not fit.
    pub(crate) async fn of_library(
        server: &Arc<Server>,
        visit: &Arc<Visit>,
        user: &str,
        settings: Settings,
        (name, given): (&str, &BTreeMap<String, String>),
    ) -> Result<Self, Refusal> {
        let now = Instant::now();
        let until = now + server.limits.statement_time;
        let asked = visit.ask_library(user, name, now, Some(until));
        let today = settings.zone().to_datetime(jiff::Timestamp::now()).date();
        let planned = async {
            let session = Session::begin(Arc::clone(server), user, settings, 0).await?;
            let engine = session.engine();
            let query = engine.library().get(name).map_err(|error| of_library("42704", error))?;
            asked.reads(&query.sql);
            let values = query.bind(given, today).map_err(|error| of_library("22023", error))?;
            // Its text is the operator's: a place in it tells the client nothing, and a table in it that he is not granted is not named.
            let frame = session.plan_query(query.sql.clone(), values).await?.map_err(|error| match error.sqlstate {
                Sqlstate::UndefinedTable => Refusal::error("42501", format!("{name} reads what you were not granted")),
                _ => Refusal { position: None, ..Refusal::of(error, "") },
            })?;
            let sql = query.sql.clone();
            Ok((session, frame, sql))
        };
        let (session, frame, sql) =
            in_time(planned, until, std::future::pending()).await.inspect_err(|refusal| refused(server, visit, user, &asked, refusal))?;
        asked.planned();
        Ok(Self { session, visit: Arc::clone(visit), asked, frame, sql, until })
    }

    async fn planned(server: &Arc<Server>, user: &str, settings: Settings, sql: &str) -> Result<(Session, DataFrame), Refusal> {
        let mut kinds = server.read(user, sql).await?;
        let question = match (kinds.pop(), kinds.is_empty()) {
            (Some(Kind::Question(question)), true) => question,
            (None, _) => return Err(Refusal::error("42601", "there is no statement")),
            (Some(_), false) => return Err(Refusal::error("42601", "there are several statements").hint("ask one question at a time")),
            (Some(_), true) => {
                return Err(Refusal::unsupported("anything but a question")
                    .hint("settings, transactions, cursors and making views need a session: PostgreSQL's protocol has them"));
            }
        };
        let session = Session::begin(Arc::clone(server), user, settings, 0).await?;
        let frame = session.plan(&question, sql).await?;
        Ok((session, frame))
    }

    /// Names and types of its columns.
    pub(crate) fn columns(&self) -> SchemaRef {
        Arc::new(self.frame.schema().as_arrow().clone())
    }

    /// Types of its parameters, `$1` first; `None` where nothing tells.
    ///
    /// # Errors
    /// Parameters that are no numbers, or that are two things at once.
    pub(crate) fn parameters(&self) -> Result<Vec<Option<DataType>>, Refusal> {
        let known: BTreeMap<usize, Option<DataType>> = parameters::of_plan(self.frame.logical_plan())?;
        let count = known.keys().last().copied().unwrap_or(0);
        Ok((1..=count).map(|number| known.get(&number).cloned().flatten()).collect())
    }

    /// Gives its parameters values, made the types that it takes.
    ///
    /// # Errors
    /// Another number of values, or values that do not fit.
    pub(crate) fn bind(self, values: Vec<ScalarValue>) -> Result<Self, Refusal> {
        let asked = self.asked.clone();
        self.bound(values).inspect_err(|refusal| asked.ended(Some(refusal)))
    }

    fn bound(mut self, values: Vec<ScalarValue>) -> Result<Self, Refusal> {
        let wanted = self.parameters()?;
        if values.len() != wanted.len() {
            let message = format!("{} values were given, but the statement has {} parameters", values.len(), wanted.len());
            return Err(Refusal::error("08P01", message).hint("parameters are $1, $2, ..."));
        }
        if values.is_empty() {
            return Ok(self);
        }
        let zone = self.session.settings.zone_name();
        let cast = |(at, (value, kind)): (usize, (ScalarValue, &Option<DataType>))| {
            let Some(kind) = kind else { return Ok(value) };
            let wrong = |_| Refusal::error("22P02", format!("invalid value for parameter ${}: {value} is no {kind}", at + 1));
            parameters::made(&value, kind, zone).map_err(wrong)
        };
        let values = values.into_iter().zip(&wanted).enumerate().map(cast).collect::<Result<Vec<_>, _>>()?;
        self.frame = parameters::bound(&self.frame, values)?;
        Ok(self)
    }

    /// Begins to answer it.
    ///
    /// # Errors
    /// Parameters without values, too many questions of this user.
    pub(crate) fn start(self) -> Result<Rows, Refusal> {
        if let Some(number) = parameters::of_plan(self.frame.logical_plan())?.keys().next() {
            let refusal = Refusal::error("42P02", format!("there is no value for parameter ${number}"));
            self.asked.ended(Some(&refusal));
            return Err(refusal);
        }
        self.asked.looks_in(|| self.session.engine().default_schema());
        let whose = (self.visit.protocol(), self.session.user.as_str());
        let answer = Answer::start(&self.session.server, whose, self.frame, &self.sql, self.asked)?;
        Ok(Rows { answer, until: self.until })
    }
}

/// Waits for planning: until it is to stop, or its time is over.
async fn in_time<T>(
    planned: impl Future<Output = Result<T, Refusal>>,
    until: Instant,
    stop: impl Future<Output = ()>,
) -> Result<T, Refusal> {
    tokio::select! {
        biased;
        () = stop => Err(Refusal::cancelled()),
        planned = tokio::time::timeout_at(until.into(), planned) => planned.unwrap_or_else(|_| Err(Refusal::timed_out())),
    }
}

/// A question that was refused is counted, and told of.
fn refused(server: &Server, visit: &Visit, user: &str, asked: &Asked, refusal: &Refusal) {
    server.meters.refused(visit.protocol());
    server.refused(user, refusal);
    asked.ended(Some(refusal));
}

/// What is wrong with a question to the library. Hints are written for the command line.
fn of_library(code: &'static str, error: QueryError) -> Refusal {
    let refusal = Refusal { code, ..Refusal::of(error, "") };
    let hint = refusal.hint.map(|hint| match hint.strip_prefix("-p ") {
        Some(rest) => rest.to_owned(),
        None if hint.contains("trunkline query") => "GET /api/queries lists what there is".to_owned(),
        None => hint,
    });
    Refusal { hint, ..refusal }
}

/// Rows on their way, until the question's time is over. Dropping them stops the work.
#[derive(Debug)]
pub(crate) struct Rows {
    answer: Answer,
    until: Instant,
}

impl Rows {
    /// Names and types of the columns.
    pub(crate) fn columns(&self) -> SchemaRef {
        self.answer.columns()
    }

    /// The next rows; `None` when there are no more.
    pub(crate) async fn next(&mut self) -> Option<Result<RecordBatch, Refusal>> {
        let Ok(next) = tokio::time::timeout_at(self.until.into(), self.answer.next()).await else {
            return Some(Err(self.ended(Refusal::timed_out())));
        };
        if let Some(Ok(batch)) = &next {
            self.asked().sent(batch.num_rows() as u64, 0);
        }
        next
    }

    /// It is ended from outside.
    pub(crate) fn ended(&self, refusal: Refusal) -> Refusal {
        self.asked().ended(Some(&refusal));
        refusal
    }

    /// What is written of it.
    pub(crate) const fn asked(&self) -> &Asked {
        &self.answer.asked
    }
}
