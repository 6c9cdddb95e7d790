//! One question, from its planning until its last row is handed over or nobody wants it any more: then its record is written.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use datafusion::logical_expr::LogicalPlan;

use super::ended;
use super::record::{Event, Record, Statement};
use super::text::{Text, cut};
use super::visit::Visit;
use super::{log::Audit, tables};
use crate::refusal::Refusal;

/// A question. Its record is written when the last clone is dropped; what was never said of it is known by that.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked(Option<Arc<Question>>);

#[derive(Debug)]
struct Question {
    visit: Arc<Visit>,
    user: String,
    text: OnceLock<Text>,
    /// Name of a query of the library.
    query: Option<String>,
    since: Instant,
    /// Until when it may take, where dropping it means that its client is gone; else its client has closed it.
    until: Option<Instant>,
    is_planned: OnceLock<()>,
    /// Schema of names without one.
    schema: OnceLock<String>,
    /// Answering has begun: what it reads.
    tables: OnceLock<Vec<String>>,
    waited: Arc<OnceLock<Duration>>,
    rows: AtomicU64,
    bytes: AtomicU64,
    end: OnceLock<Option<Refusal>>,
    /// It is no question: it made, changed or dropped a view.
    has_changed: OnceLock<()>,
}

/// A question whose answer begins, for the thread that answers it.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    since: Option<(Instant, Arc<OnceLock<Duration>>)>,
    /// In strict mode.
    first: Option<(Audit, Record)>,
}

impl Visit {
    /// A statement is asked, as the client wrote it. `until`: see [`Question::until`].
    pub(crate) fn ask(self: &Arc<Self>, user: &str, sql: &str, since: Instant, until: Option<Instant>) -> Asked {
        let asked = self.question(user, None, since, until);
        asked.reads(sql);
        asked
    }

    /// A query of the library is asked.
    pub(crate) fn ask_library(self: &Arc<Self>, user: &str, name: &str, since: Instant, until: Option<Instant>) -> Asked {
        self.question(user, Some(name), since, until)
    }

    fn question(self: &Arc<Self>, user: &str, query: Option<&str>, since: Instant, until: Option<Instant>) -> Asked {
        let Some(on) = self.audit.on() else { return Asked::default() };
        Asked(Some(Arc::new(Question {
            visit: Arc::clone(self),
            user: user.to_owned(),
            text: OnceLock::new(),
            query: query.map(|name| cut(name, on.settings.name_bytes).to_owned()),
            since,
            until,
            is_planned: OnceLock::new(),
            schema: OnceLock::new(),
            tables: OnceLock::new(),
            waited: Arc::default(),
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            end: OnceLock::new(),
            has_changed: OnceLock::new(),
        })))
    }
}

impl Asked {
    /// This is its text, where it was not known at once.
    pub(crate) fn reads(&self, sql: &str) {
        if let Some((question, on)) = self.0.as_deref().and_then(|question| Some((question, question.visit.audit.on()?))) {
            let _ = question.text.set(Text::of(sql, on.settings.statement_bytes));
        }
    }

    /// It is planned: if nobody wants it answered, as when a client only asks for its columns, there is nothing to be told.
    pub(crate) fn planned(&self) {
        if let Some(question) = &self.0 {
            let _ = question.is_planned.set(());
        }
    }

    /// Where names without a schema are looked for.
    pub(crate) fn looks_in(&self, schema: impl FnOnce() -> String) {
        if let Some(question) = &self.0 {
            let _ = question.schema.set(schema());
        }
    }

    /// Its answer begins.
    pub(crate) fn begin(&self, plan: &LogicalPlan) -> Beginning {
        let Some((question, on)) = self.0.as_deref().and_then(|question| Some((question, question.visit.audit.on()?))) else {
            return Beginning::default();
        };
        let schema = question.schema.get().map_or("public", String::as_str);
        let _ = question.tables.set(tables::of(plan, schema, on.settings.tables));
        let first = on.settings.is_strict.then(|| {
            let event = Event::Asked(question.statement(true));
            (question.visit.audit.clone(), question.visit.record(Some(&question.user), event))
        });
        Beginning { since: Some((question.since, Arc::clone(&question.waited))), first }
    }

    /// Rows and bytes were handed over.
    pub(crate) fn sent(&self, rows: u64, bytes: u64) {
        if let Some(question) = &self.0 {
            question.rows.fetch_add(rows, Ordering::Relaxed);
            question.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// It was no question, and changed a view.
    pub(crate) fn changed(&self) {
        if let Some(question) = &self.0 {
            let _ = question.has_changed.set(());
        }
    }

    /// It came to its end, or to one before it. The first end counts.
    pub(crate) fn ended(&self, refusal: Option<&Refusal>) {
        if let Some(question) = &self.0 {
            let _ = question.end.set(refusal.cloned());
        }
    }
}

impl Beginning {
    /// In strict mode, waits until it is written that the question is asked.
    ///
    /// # Errors
    /// The log cannot be written.
    pub(crate) async fn confirmed(&mut self) -> Result<(), Refusal> {
        match self.first.take() {
            Some((audit, record)) => match audit.on() {
                Some(on) => on.confirm(record).await,
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// It has its place.
    pub(crate) fn answers(&self) {
        if let Some((since, waited)) = &self.since {
            let _ = waited.set(since.elapsed());
        }
    }
}

impl Question {
    fn statement(&self, is_answered: bool) -> Statement {
        let text = self.text.get().cloned().unwrap_or_default();
        let statement = if is_answered { text.text.clone() } else { text.open().0 };
        Statement { statement, statement_bytes: text.bytes, query: self.query.clone(), tables: self.tables.get().cloned() }
    }

    /// Messages of the library's queries are of the operator's text, with the client's values in it; so are those of class 22.
    fn message(&self, refusal: &Refusal) -> Option<String> {
        let is_open = match &self.query {
            Some(_) => matches!(refusal.code, "42501" | "42704"),
            None => !refusal.code.starts_with("22") && !self.text.get().is_some_and(|text| text.open().1),
        };
        let most = self.visit.audit.on()?.settings.message_bytes;
        is_open.then(|| cut(&refusal.message, most).to_owned())
    }

    fn event(&self) -> Option<Event> {
        if self.has_changed.get().is_some() && !matches!(self.end.get(), Some(Some(_))) {
            return Some(Event::Changed(self.statement(true)));
        }
        let has_begun = self.tables.get().is_some();
        let (outcome, sqlstate) = match self.end.get() {
            Some(Some(refusal)) if !has_begun && !ended::is_from_outside(refusal) => {
                let (statement, message) = (self.statement(false), self.message(refusal));
                return Some(Event::Refused { statement, sqlstate: refusal.code, message });
            }
            Some(Some(refusal)) => (ended::of(refusal), Some(refusal.code)),
            Some(None) => (ended::OK, None),
            None if !has_begun && self.is_planned.get().is_some() => return None,
            None => match self.until {
                None => (ended::CLOSED, None),
                Some(until) if Instant::now() >= until => (ended::TIMED_OUT, Some("57014")),
                Some(_) => (ended::GONE, None),
            },
        };
        let seconds = self.since.elapsed().as_secs_f64();
        Some(Event::Question {
            statement: self.statement(has_begun),
            outcome,
            sqlstate,
            rows: self.rows.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            wait_seconds: self.waited.get().map_or(seconds, Duration::as_secs_f64),
            seconds,
        })
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        if let Some(event) = self.event() {
            if matches!(event, Event::Question { .. }) {
                self.visit.count(&self.user);
            }
            self.visit.write(Some(&self.user), event);
        }
    }
}
