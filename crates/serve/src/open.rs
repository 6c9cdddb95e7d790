//! Open connections, and how one is stopped from another: with its secret (a cancel request), or by its own user (in SQL).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use trunkline_query::postgres::{Sessions, Stop};

/// All connections that can be asked to stop.
#[derive(Debug, Default)]
pub(crate) struct Open {
    by_pid: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    last: i32,
    open: HashMap<i32, Place>,
}

#[derive(Debug)]
struct Place {
    secret: i32,
    /// Who has logged in.
    user: Option<String>,
    ask: watch::Sender<Asks>,
}

/// What was asked of a connection.
#[derive(Debug, Default)]
struct Asks {
    times: u64,
    is_over: bool,
}

/// A connection's place among them; it leaves when dropped.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) pid: i32,
    pub(crate) secret: i32,
    open: Arc<Open>,
}

/// Tells a connection that its statement, or all of it, is to stop.
#[derive(Debug, Clone)]
pub(crate) struct Asked(watch::Receiver<Asks>);

impl Asked {
    /// What was asked before is about an earlier statement.
    pub(crate) fn begin(&mut self) {
        self.0.mark_unchanged();
    }

    /// Waits until somebody asks.
    pub(crate) async fn wait(&mut self) -> Stop {
        if self.0.borrow().is_over {
            return Stop::Session;
        }
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        if self.0.borrow().is_over { Stop::Session } else { Stop::Statement }
    }

    /// Waits until the connection is to end.
    pub(crate) async fn over(&mut self) {
        if self.0.wait_for(|asks| asks.is_over).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Open {
    /// A place for a new connection; `secret` is random.
    pub(crate) fn enter(self: &Arc<Self>, secret: i32) -> (Key, Asked) {
        let (ask, asked) = watch::channel(Asks::default());
        let mut places = self.lock();
        places.last = places.last.wrapping_add(1).max(1);
        let pid = places.last;
        places.open.insert(pid, Place { secret, user: None, ask });
        (Key { pid, secret, open: Arc::clone(self) }, Asked(asked))
    }

    /// Whose connection it is, once he has logged in.
    pub(crate) fn belongs(&self, pid: i32, user: &str) {
        if let Some(place) = self.lock().open.get_mut(&pid) {
            place.user = Some(user.into());
        }
    }

    /// Asks a connection to stop its statement. Who names none is not told so.
    pub(crate) fn ask(&self, pid: i32, secret: i32) {
        if let Some(place) = self.lock().open.get(&pid).filter(|place| place.secret == secret) {
            place.ask.send_modify(|asks| asks.times += 1);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Places> {
        self.by_pid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.open.lock().open.remove(&self.pid);
    }
}

/// One user's connections.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) open: Arc<Open>,
    pub(crate) user: String,
}

impl Sessions for Own {
    fn pids(&self) -> Vec<i32> {
        let mut pids: Vec<i32> =
            self.open.lock().open.iter().filter(|(_, place)| place.user.as_ref() == Some(&self.user)).map(|(pid, _)| *pid).collect();
        pids.sort_unstable();
        pids
    }

    fn stop(&self, pid: i32, what: Stop) -> bool {
        let places = self.open.lock();
        let Some(place) = places.open.get(&pid).filter(|place| place.user.as_ref() == Some(&self.user)) else { return false };
        place.ask.send_modify(|asks| {
            asks.times += 1;
            asks.is_over |= what == Stop::Session;
        });
        true
    }
}
