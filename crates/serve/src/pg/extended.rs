//! The extended protocol: Parse, Bind, Describe, Execute, Close.

use arrow::datatypes::{Schema, SchemaRef};

use super::backend::{self, Bare};
use super::connection::Connection;
use super::execute::{Outcome, columns_of_show, unknown_cursor, unknown_statement};
use super::frontend::{Bind, Message, Target};
use super::portal::{self, Parameter, Portal, Prepared, Source};
use super::send::{rows, tag};
use crate::audit::Asked;
use crate::refusal::Refusal;
use crate::statement::Kind;

impl Connection {
    /// One message of it.
    pub(super) async fn extended(&mut self, message: Message) -> Result<(), Refusal> {
        self.start_clock();
        self.is_called();
        self.asking = self.asks_by(&message);
        match message {
            Message::Parse { name, sql, types } => self.parse(name, sql, types).await,
            Message::Bind(bind) => self.bind(bind).await,
            Message::Describe(Target::Statement(name)) => self.describe_statement(&name).await,
            Message::Describe(Target::Portal(name)) => self.describe_portal(&name),
            Message::Execute { portal, max_rows } => self.execute_portal(&portal, max_rows).await,
            Message::Close(target) => {
                match target {
                    Target::Statement(name) => drop(self.statements.remove(&name)),
                    Target::Portal(name) => {
                        self.portals.remove(&name);
                        self.cursors.remove(&name);
                    }
                }
                backend::bare(Bare::CloseComplete, &mut self.wire.out);
                Ok(())
            }
            _ => Err(Refusal::error("08P01", "not a message of the extended protocol")),
        }
    }

    async fn parse(&mut self, name: String, sql: String, declared: Vec<u32>) -> Result<(), Refusal> {
        if !name.is_empty() && self.statements.contains_key(&name) {
            return Err(Refusal::error("42P05", format!("prepared statement \"{name}\" already exists")));
        }
        let mut kinds = self.read(&sql).await?;
        if kinds.len() > 1 {
            return Err(Refusal::error("42601", "cannot insert multiple commands into a prepared statement"));
        }
        let kind = kinds.pop();
        if let Some(kind) = &kind {
            self.transaction.admits(kind)?;
        }
        let plan = match &kind {
            Some(Kind::Question(question)) => {
                let plan = self.plan(question, &sql).await?;
                // A mistake in the parameters is one of this message.
                portal::parameters(plan.logical_plan(), &declared)?;
                Some((self.session.generation(), plan))
            }
            _ => None,
        };
        self.remember(name, Prepared { sql, kind, declared, plan })?;
        backend::bare(Bare::ParseComplete, &mut self.wire.out);
        Ok(())
    }

    /// The statement, planned for the state the session is in now: tables and rights may have changed since it was prepared.
    async fn current(&mut self, name: &str) -> Result<Prepared, Refusal> {
        self.renew().await?;
        let prepared = self.statements.get(name).cloned().ok_or_else(|| unknown_statement(name))?;
        let (Some(Kind::Question(question)), Some((generation, _))) = (&prepared.kind, &prepared.plan) else { return Ok(prepared) };
        if *generation == self.session.generation() {
            return Ok(prepared);
        }
        let plan = self.plan(question, &prepared.sql).await?;
        let renewed = Prepared { plan: Some((self.session.generation(), plan)), ..prepared };
        self.statements.insert(name.to_string(), renewed.clone());
        Ok(renewed)
    }

    async fn bind(&mut self, bind: Bind) -> Result<(), Refusal> {
        let prepared = self.current(&bind.statement).await?;
        if let Some(kind) = &prepared.kind {
            self.transaction.admits(kind)?;
        }
        if !bind.portal.is_empty() && self.portals.contains_key(&bind.portal) {
            return Err(Refusal::error("42P03", format!("portal \"{}\" already exists", bind.portal)));
        }
        if self.portals.len() >= self.session.server.limits.prepared {
            return Err(Refusal::error("54000", "too many portals are open"));
        }
        let question = match &prepared.plan {
            Some((_, plan)) => {
                let parameters = portal::parameters(plan.logical_plan(), &prepared.declared)?;
                let question = portal::bound(plan, &parameters, &bind.formats, &bind.values, self.session.settings.zone_name())?;
                portal::formats(&columns(&question), &bind.result_formats)?;
                Some(question)
            }
            None if bind.values.is_empty() => None,
            None => return Err(Refusal::error("08P01", "this statement has no parameters")),
        };
        let portal = Portal { sql: prepared.sql, kind: prepared.kind, question, codes: bind.result_formats, source: None, is_done: false };
        self.portals.insert(bind.portal, portal);
        backend::bare(Bare::BindComplete, &mut self.wire.out);
        Ok(())
    }

    async fn describe_statement(&mut self, name: &str) -> Result<(), Refusal> {
        let prepared = self.current(name).await?;
        let parameters: Vec<Parameter> = match &prepared.plan {
            Some((_, plan)) => portal::parameters(plan.logical_plan(), &prepared.declared)?,
            None => Vec::new(),
        };
        let oids: Vec<u32> = parameters.iter().map(|parameter| parameter.oid).collect();
        let described = match &prepared.plan {
            // Columns that are parameters have their type only with a value.
            Some((_, plan)) if !parameters.is_empty() => {
                let nothing = vec![None; parameters.len()];
                Some(portal::bound(plan, &parameters, &[], &nothing, "UTC").map_or_else(|_| columns(plan), |bound| columns(&bound)))
            }
            Some((_, plan)) => Some(columns(plan)),
            None => self.columns_of(prepared.kind.as_ref())?,
        };
        backend::parameter_description(&oids, &mut self.wire.out);
        self.describe(described, &[])
    }

    fn describe_portal(&mut self, name: &str) -> Result<(), Refusal> {
        // A cursor is a portal that has a name in SQL.
        if let Some(cursor) = self.cursors.get(name) {
            backend::row_description(&cursor.source.answer.columns(), &cursor.source.formats, &mut self.wire.out);
            return Ok(());
        }
        let portal = self.portals.get(name).ok_or_else(|| unknown_cursor(name))?;
        let described = match (&portal.question, &portal.source) {
            (Some(question), _) => Some(columns(question)),
            (None, Some(source)) => Some(source.answer.columns()),
            (None, None) => self.columns_of(portal.kind.as_ref())?,
        };
        let codes = portal.codes.clone();
        self.describe(described, &codes)
    }

    fn describe(&mut self, columns: Option<SchemaRef>, codes: &[i16]) -> Result<(), Refusal> {
        match columns {
            Some(columns) => backend::row_description(&columns, &portal::formats(&columns, codes)?, &mut self.wire.out),
            None => backend::bare(Bare::NoData, &mut self.wire.out),
        }
        Ok(())
    }

    /// Columns of what is no question.
    fn columns_of(&self, kind: Option<&Kind>) -> Result<Option<SchemaRef>, Refusal> {
        Ok(match kind {
            Some(Kind::Show(name)) => Some(columns_of_show(name)?),
            Some(Kind::Fetch { name, is_move: false, .. }) => self.cursors.get(name).map(|cursor| cursor.source.answer.columns()),
            Some(Kind::Execute(name, _)) => {
                self.statements.get(name).and_then(|prepared| prepared.plan.as_ref()).map(|(_, plan)| columns(plan))
            }
            _ => None,
        })
    }

    async fn execute_portal(&mut self, name: &str, max_rows: u32) -> Result<(), Refusal> {
        let mut portal = self.portals.remove(name).ok_or_else(|| unknown_cursor(name))?;
        let Some(kind) = portal.kind.clone() else {
            backend::bare(Bare::EmptyQuery, &mut self.wire.out);
            return Ok(());
        };
        self.transaction.admits(&kind)?;
        if let Kind::CopyOut(question, format) = &kind {
            return self.copy(question, format, &portal.sql).await;
        }
        let is_explain =
            matches!(&kind, Kind::Question(question) if matches!(**question, datafusion::sql::sqlparser::ast::Statement::Explain { .. }));
        let mut word = if is_explain { "EXPLAIN" } else { "SELECT" };
        if let Some(question) = portal.question.take() {
            portal.source = Some(Source::new(self.start(question, &portal.sql)?, &portal.codes)?);
        } else if portal.source.is_none() && !portal.is_done {
            match self.execute(kind, &portal.sql).await? {
                Outcome::Done(tag) => {
                    backend::command_complete(&tag, &mut self.wire.out);
                    portal.is_done = true;
                    return Ok(());
                }
                Outcome::Rows(answer, its) => {
                    word = its;
                    portal.source = Some(Source::new(answer, &portal.codes)?);
                }
                Outcome::Cursor(cursor, most) => return self.fetch(&cursor, most).await,
            }
        }
        // What happens from here on happens to the question, whoever began it.
        self.asking = Asked::default();
        let most = (max_rows > 0).then_some(u64::from(max_rows));
        let look = self.look();
        let sent = match &mut portal.source {
            Some(source) => rows(&mut self.wire, &mut self.watch, &look, source, most).await?,
            None => super::send::Sent { rows: 0, is_end: true },
        };
        if sent.is_end {
            self.grant_wishes()?;
            backend::command_complete(&tag(word, sent.rows), &mut self.wire.out);
            portal.source = None;
            portal.is_done = true;
        } else {
            backend::bare(Bare::PortalSuspended, &mut self.wire.out);
        }
        self.portals.insert(name.to_string(), portal);
        Ok(())
    }

    /// FETCH in the extended protocol: rows in the cursor's own format.
    async fn fetch(&mut self, name: &str, most: Option<u64>) -> Result<(), Refusal> {
        let look = self.look();
        let Self { wire, watch, cursors, asking, .. } = self;
        let source = &mut cursors.get_mut(name).ok_or_else(|| unknown_cursor(name))?.source;
        *asking = Asked::default();
        let sent = rows(wire, watch, &look, source, most).await?;
        backend::command_complete(&tag("FETCH", sent.rows), &mut wire.out);
        Ok(())
    }
}

fn columns(plan: &datafusion::dataframe::DataFrame) -> SchemaRef {
    let schema: &Schema = plan.schema().as_arrow();
    std::sync::Arc::new(schema.clone())
}
