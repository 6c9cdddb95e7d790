//! One client's session: who he is, what he set, and the snapshot he asks. All protocols plan here.

mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::sql::sqlparser::ast::Statement;
use trunkline_query::postgres::Identity;
use trunkline_query::{Client, Engine, QueryError, Rights};

use crate::open::Own;
use crate::refusal::Refusal;
use crate::server::{DATABASE, Now, Server};
use crate::settings::Settings;

/// A session after login.
pub struct Session {
    /// What is served.
    pub server: Arc<Server>,
    /// The user's name.
    pub user: String,
    /// What he set.
    pub settings: Settings,
    now: Now,
    rights: Rights,
    engine: Arc<Engine>,
    /// Settings that the engine was told of.
    told: Settings,
    pid: i32,
    generation: u64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Session {
    /// Begins a session of a user who has logged in.
    ///
    /// # Errors
    /// A user who is not there any more; rights that do not fit the tables.
    pub async fn begin(server: Arc<Server>, user: &str, settings: Settings, pid: i32) -> Result<Self, Refusal> {
        let now = server.now();
        let rights = now.users.rights(user).ok_or_else(|| gone(user))?;
        let engine = Arc::new(fork(&server, &now, &settings, &rights, identity(&server, user, pid)).await?);
        let told = settings.clone();
        server.open.belongs(pid, user);
        Ok(Self { server, user: user.into(), settings, now, rights, engine, told, pid, generation: 0 })
    }

    /// Which state this is: another number where what was planned before has to be planned again.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Goes on to the newest state of lake, rights and views (unless `is_fixed`, as inside a transaction) and to the settings as they are.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn renew(&mut self, is_fixed: bool) -> Result<(), Refusal> {
        let now = if is_fixed { self.now.clone() } else { self.server.now() };
        let has_users_changed = !Arc::ptr_eq(&now.users, &self.now.users);
        let is_same = Arc::ptr_eq(&now.engine, &self.now.engine) && Arc::ptr_eq(&now.views, &self.now.views) && !has_users_changed;
        if is_same && self.told.zone_name() == self.settings.zone_name() && schemas(&self.told) == schemas(&self.settings) {
            if self.told != self.settings {
                tell(&self.engine, &self.settings);
                self.told.clone_from(&self.settings);
            }
            return Ok(());
        }
        if has_users_changed {
            self.rights = now.users.rights(&self.user).ok_or_else(|| gone(&self.user))?;
        }
        let identity = identity(&self.server, &self.user, self.pid);
        self.engine = Arc::new(fork(&self.server, &now, &self.settings, &self.rights, identity).await?);
        (self.now, self.told) = (now, self.settings.clone());
        self.generation += 1;
        Ok(())
    }

    /// Plans a question; its parameters stay open. `sql` is what the client wrote. Dropping the future ends the waiting.
    ///
    /// # Errors
    /// What cannot be planned, with SQLSTATE; no place to plan it.
    pub async fn plan(&self, question: &Statement, sql: &str) -> Result<DataFrame, Refusal> {
        let (engine, question, sql) = (Arc::clone(&self.engine), question.clone(), sql.to_owned());
        let planned = async move { engine.plan_statement(question, &sql).await.map_err(|error| Refusal::of(error, &sql)) };
        self.server.planned(&self.user, planned).await
    }

    /// Plans a query of the operator's with values for its parameters.
    ///
    /// # Errors
    /// No place to plan it; inside, what cannot be planned.
    pub async fn plan_query(&self, sql: String, values: BTreeMap<String, ScalarValue>) -> Result<Result<DataFrame, QueryError>, Refusal> {
        let engine = Arc::clone(&self.engine);
        self.server.planned(&self.user, async move { Ok(engine.plan(&sql, &values).await) }).await
    }

    /// The session's engine, for what is known by name.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }
}

fn identity(server: &Server, user: &str, pid: i32) -> Identity {
    let sessions = Own { open: Arc::clone(&server.open), user: user.into() };
    Identity { user: user.into(), database: DATABASE.into(), backend_pid: pid, sessions: Some(Arc::new(sessions)) }
}

/// Row filters are the operator's: what is wrong with one he is told, the client only that it is so.
async fn fork(server: &Server, now: &Now, settings: &Settings, rights: &Rights, identity: Identity) -> Result<Engine, Refusal> {
    let client = Client { zone: settings.zone_name(), schemas: schemas(settings), rights, identity, views: Arc::clone(&now.views) };
    let engine = now.engine.fork(&client).await.map_err(|error| {
        (server.report)(&format!("session of {}: {error}", client.identity.user));
        Refusal::fatal("F0000", "what you may read cannot be determined").hint("ask whoever runs the server: the reason is in its log")
    })?;
    tell(&engine, settings);
    Ok(engine)
}

fn tell(engine: &Engine, settings: &Settings) {
    settings.all().for_each(|(name, value)| engine.tell(name, value));
}

/// The schemas of the search path.
fn schemas(settings: &Settings) -> Vec<String> {
    let path = settings.get("search_path").unwrap_or_default();
    path.split(',').map(|schema| schema.trim().trim_matches('"').to_string()).collect()
}

fn gone(user: &str) -> Refusal {
    Refusal::fatal("28000", format!("user \"{user}\" may not log in any more"))
}
