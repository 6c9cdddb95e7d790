//! One connection: who logged in on it, since when, and how much he asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::log::Audit;
use super::record::{Event, Record, Who};
use super::text::cut;
use crate::meters::Protocol;
use crate::refusal::Refusal;

/// A connection. When it is dropped, those who logged in on it are gone.
pub(crate) struct Visit {
    pub(super) audit: Audit,
    protocol: Protocol,
    peer: SocketAddr,
    is_secure: bool,
    pid: Option<i32>,
    /// 0 where no log is kept.
    number: u64,
    application: Mutex<String>,
    stays: Mutex<BTreeMap<String, Stay>>,
}

/// A user's time on a connection.
struct Stay {
    since: Instant,
    questions: u64,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Visit {
    /// A new connection; `is_secure`: over TLS. `pid` is its number where clients know it by one.
    pub(crate) fn new(audit: &Audit, protocol: Protocol, peer: SocketAddr, is_secure: bool, pid: Option<i32>) -> Arc<Self> {
        let number = audit.on().map_or(0, |on| on.connection());
        let audit = audit.clone();
        Arc::new(Self { audit, protocol, peer, is_secure, pid, number, application: Mutex::default(), stays: Mutex::default() })
    }

    /// How its client speaks.
    pub(crate) const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Where it comes from.
    pub(crate) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// What the client calls itself: its `application_name`.
    pub(crate) fn is_called(&self, application: &str) {
        let Some(on) = self.audit.on() else { return };
        let mut known = self.application.lock().unwrap_or_else(PoisonError::into_inner);
        let application = cut(application, on.settings.name_bytes);
        if *known != application {
            application.clone_into(&mut known);
        }
    }

    /// A login was good: one record for each user of a connection, since some protocols log in with every call. `how`: `scram`, `password`, `token`.
    pub(crate) fn let_in(&self, user: &str, how: &'static str) {
        let is_new = self.audit.on().is_some() && {
            let mut stays = self.stays();
            let is_new = !stays.contains_key(user);
            if is_new {
                stays.insert(user.to_owned(), Stay { since: Instant::now(), questions: 0 });
            }
            is_new
        };
        if is_new {
            self.write(Some(user), Event::Login { outcome: "accepted", how, sqlstate: None, reason: None });
        }
    }

    /// A user asks what there is, by `call`. In strict mode, waits until that is written.
    ///
    /// # Errors
    /// The log cannot be written, in strict mode.
    pub(crate) async fn browses(&self, user: &str, call: &'static str) -> Result<(), Refusal> {
        let Some(on) = self.audit.on() else { return Ok(()) };
        let record = self.record(Some(user), Event::Browsed { call });
        if on.settings.is_strict {
            return on.confirm(record).await;
        }
        on.write(record);
        Ok(())
    }

    /// A question of this user is answered.
    pub(super) fn count(&self, user: &str) {
        if let Some(stay) = self.stays().get_mut(user) {
            stay.questions += 1;
        }
    }

    /// Something happened here.
    pub(super) fn write(&self, user: Option<&str>, event: Event) {
        if let Some(on) = self.audit.on() {
            on.write(self.record(user, event));
        }
    }

    /// The record of it.
    pub(super) fn record(&self, user: Option<&str>, event: Event) -> Record {
        let application = self.application.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let who = Who {
            user: user.map(ToOwned::to_owned),
            protocol: match self.protocol {
                Protocol::Postgres => "postgres",
                Protocol::Flight => "flight",
                Protocol::Http => "http",
            },
            peer: self.peer.to_string(),
            tls: self.is_secure,
            connection: self.number,
            pid: self.pid,
            application_name: Some(application).filter(|name| !name.is_empty()),
        };
        Record::now(event, Some(who))
    }

    fn stays(&self) -> MutexGuard<'_, BTreeMap<String, Stay>> {
        self.stays.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let stays = std::mem::take(&mut *self.stays());
        for (user, stay) in stays {
            self.write(Some(&user), Event::Logout { seconds: stay.since.elapsed().as_secs_f64(), questions: stay.questions });
        }
    }
}
