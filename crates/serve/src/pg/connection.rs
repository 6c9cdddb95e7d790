//! One session: messages in, answers out, until the client leaves.
//!
//! Read in this order: `connection` (the loop, errors), `simple` and `extended` (the two ways to ask), `execute` (what each kind of statement
//! does), `send` (rows).

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::backend::{self, Bare};
use super::frontend::{self, Message};
use super::io::{Ended, Watch, Wire, terminated};
use super::portal::{Portal, Prepared, Source};
use super::transaction::Transaction;
use crate::audit;
use crate::open::Asked;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::settings::REPORTED;

/// A connection after login.
pub(crate) struct Connection {
    pub(super) wire: Wire,
    pub(super) session: Session,
    pub(super) watch: Watch,
    pub(super) transaction: Transaction,
    pub(super) statements: HashMap<String, Prepared>,
    pub(super) portals: HashMap<String, Portal>,
    pub(super) cursors: HashMap<String, Cursor>,
    /// After an error in the extended protocol, everything up to the next Sync is passed over.
    pub(super) is_skipping: bool,
    pub(super) visit: Arc<audit::Visit>,
    /// The statement under way, as long as it is no answer.
    pub(super) asking: audit::Asked,
    told: Vec<String>,
}

/// What DECLARE made.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) source: Source,
    pub(super) is_hold: bool,
}

/// Why the loop ends.
pub(super) enum Stop {
    /// A word first.
    Fatal(Refusal),
    Ended,
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Gone => Self::Ended,
            Ended::Malformed(malformed) => Self::Fatal(Refusal::fatal("08P01", malformed.to_string())),
        }
    }
}

impl Connection {
    pub(crate) fn new(wire: Wire, session: Session, asked: Asked, visit: Arc<audit::Visit>) -> Self {
        let told = told(&session);
        Self {
            wire,
            session,
            watch: Watch { asked, until: None, since: None },
            transaction: Transaction::default(),
            statements: HashMap::new(),
            portals: HashMap::new(),
            cursors: HashMap::new(),
            is_skipping: false,
            visit,
            asking: audit::Asked::default(),
            told,
        }
    }

    /// Answers until the client leaves.
    pub(crate) async fn run(mut self) {
        if let Err(Stop::Fatal(refusal)) = self.answer().await {
            backend::error(&Refusal { is_fatal: true, ..refusal }, &mut self.wire.out);
        }
        self.wire.close().await;
    }

    async fn answer(&mut self) -> Result<(), Stop> {
        self.wire.flush().await?;
        loop {
            let (kind, body) = tokio::select! {
                biased;
                () = self.watch.asked.over() => return Err(Stop::Fatal(terminated())),
                frame = self.wire.frame(self.session.server.limits.message_bytes) => frame?,
            };
            let message = frontend::message(kind, body).map_err(|malformed| Stop::from(Ended::Malformed(malformed)))?;
            match message {
                Message::Terminate => return Ok(()),
                Message::Sync => self.sync().await?,
                _ if self.is_skipping => {}
                Message::Query(sql) => self.query(&sql).await?,
                Message::Flush => self.wire.flush().await?,
                Message::Password(_) => return Err(Stop::Fatal(Refusal::fatal("08P01", "there is nothing to log in to"))),
                // Data of a COPY that failed comes late; function calls are of another age.
                Message::Other(b'd' | b'c' | b'f') => {}
                Message::Other(kind) => return Err(Stop::Fatal(Refusal::fatal("08P01", format!("message type {kind} is not known")))),
                extended => {
                    if let Err(refusal) = self.extended(extended).await {
                        self.failed(refusal).await?;
                        self.is_skipping = true;
                        // There are clients that go on, or say Sync, only when they have read it.
                        self.wire.flush().await?;
                    }
                }
            }
        }
    }

    /// Says what went wrong. A fatal error ends the connection.
    pub(super) async fn failed(&mut self, refusal: Refusal) -> Result<(), Stop> {
        std::mem::take(&mut self.asking).ended(Some(&refusal));
        if refusal.is_fatal {
            return Err(Stop::Fatal(refusal));
        }
        let refusal = self.session.advised(refusal);
        self.session.server.refused(&self.session.user, &refusal);
        backend::error(&refusal, &mut self.wire.out);
        // What a statement that failed wanted set stays as it was.
        drop(self.session.engine().wishes());
        self.transaction.fail();
        Ok(())
    }

    /// A statement begins: what was asked to stop before is past, and the clock starts.
    pub(super) fn start_clock(&mut self) {
        let time = self.session.settings.statement_time(self.session.server.limits.statement_time);
        let now = Instant::now();
        self.watch.until = Some(now + time);
        let _ = self.watch.since.get_or_insert(now);
        self.watch.asked.begin();
    }

    /// Ends a round: settings that changed are told, then that the next may come.
    pub(super) async fn ready(&mut self) -> Result<(), Stop> {
        self.tell();
        self.watch.since = None;
        if self.transaction.status() == backend::Status::Idle {
            self.portals.clear();
            self.cursors.retain(|_, cursor| cursor.is_hold);
        }
        backend::ready(self.transaction.status(), &mut self.wire.out);
        // More that came at once is answered first: the answers go out together.
        if !self.wire.has_more() || self.wire.out.len() > super::io::OUT_BYTES {
            self.wire.flush().await?;
        }
        Ok(())
    }

    fn tell(&mut self) {
        let now = told(&self.session);
        for (((_, name), now), before) in REPORTED.iter().zip(&now).zip(&self.told) {
            if now != before {
                backend::parameter_status(name, now, &mut self.wire.out);
            }
        }
        self.told = now;
    }

    async fn sync(&mut self) -> Result<(), Stop> {
        self.is_skipping = false;
        self.ready().await
    }

    /// Answers a text of statements, one after the other, until one fails.
    async fn query(&mut self, sql: &str) -> Result<(), Stop> {
        // The nameless statement and portal end with it.
        self.statements.remove("");
        self.portals.remove("");
        self.start_clock();
        self.is_called();
        self.asking = self.asks(sql);
        match self.read(sql).await {
            Ok(kinds) if kinds.is_empty() => backend::bare(Bare::EmptyQuery, &mut self.wire.out),
            Ok(kinds) => {
                for kind in kinds {
                    self.watch.since = None;
                    self.start_clock();
                    self.asking = self.asks(sql);
                    if let Err(refusal) = self.simple(kind, sql).await {
                        self.failed(refusal).await?;
                        break;
                    }
                }
            }
            Err(refusal) => {
                let refused = self.transaction.admits(&crate::statement::Kind::ShowAll).err();
                self.failed(refused.unwrap_or(refusal)).await?;
            }
        }
        self.ready().await
    }
}

fn told(session: &Session) -> Vec<String> {
    REPORTED.iter().map(|(name, _)| session.settings.get(name).unwrap_or_default().to_string()).collect()
}
