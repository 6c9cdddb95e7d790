//! Statements stopped from another connection: who asks must know the secret of the connection he means.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// All connections that can be asked to stop.
#[derive(Debug, Default)]
pub(crate) struct Cancels {
    by_key: Mutex<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    last: i32,
    open: HashMap<(i32, i32), watch::Sender<u64>>,
}

/// A connection's place among them; it leaves when dropped.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) pid: i32,
    pub(crate) secret: i32,
    cancels: Arc<Cancels>,
}

/// Tells a connection that its statement is to stop.
#[derive(Debug, Clone)]
pub(crate) struct Asked(watch::Receiver<u64>);

impl Asked {
    /// What was asked before is about an earlier statement.
    pub(crate) fn begin(&mut self) {
        self.0.mark_unchanged();
    }

    /// Waits until somebody asks.
    pub(crate) async fn wait(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Cancels {
    /// A place for a new connection; `secret` is random.
    pub(crate) fn open(self: &Arc<Self>, secret: i32) -> (Key, Asked) {
        let (ask, asked) = watch::channel(0);
        let mut keys = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        keys.last = keys.last.wrapping_add(1).max(1);
        let pid = keys.last;
        keys.open.insert((pid, secret), ask);
        (Key { pid, secret, cancels: Arc::clone(self) }, Asked(asked))
    }

    /// Asks a connection to stop its statement. Who names none is not told so.
    pub(crate) fn ask(&self, pid: i32, secret: i32) {
        if let Some(ask) = self.by_key.lock().unwrap_or_else(PoisonError::into_inner).open.get(&(pid, secret)) {
            ask.send_modify(|times| *times += 1);
        }
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.cancels.by_key.lock().unwrap_or_else(PoisonError::into_inner).open.remove(&(self.pid, self.secret));
    }
}
