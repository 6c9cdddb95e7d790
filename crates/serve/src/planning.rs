//! Planning, on threads that may take their time: whoever waits for it hears a cancel, the deadline and the end of his client meanwhile.
//!
//! The engine gives way nowhere while it plans, so that a planning nobody waits for any more goes on to its end. It keeps its place until then: there are
//! never more of them than places, of which no user has all, and questions have threads and places of their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use crate::refusal::Refusal;
use crate::server::Server;
use crate::statement::{self, Kind};

/// Bytes of a text that is read in less than a millisecond.
const SHORT_BYTES: usize = 16 << 10;

/// A planning that has not begun is not begun any more when this is dropped.
struct Wanted(AbortHandle);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Places for planning: those of all, and of these the share that one user may have.
#[derive(Debug)]
pub(crate) struct Plannings {
    all: Arc<Semaphore>,
    per_user: usize,
    /// As long as somebody has one, or waits for it.
    shares: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A place, in one's own share and among all; left when dropped.
#[derive(Debug)]
struct Place {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Plannings {
    pub(crate) fn new(all: usize, per_user: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), per_user: per_user.max(1), shares: Mutex::default() }
    }

    fn share(&self, user: &str) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(user).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.per_user));
        shares.insert(user.to_owned(), Arc::downgrade(&share));
        share
    }

    /// A place for a user, who waits in his own share first and takes nobody else's meanwhile.
    async fn enter(&self, user: &str, within: Duration) -> Result<Place, Refusal> {
        let entered = async {
            let own = self.share(user).acquire_owned().await.ok()?;
            Some(Place { _own: own, _of_all: Arc::clone(&self.all).acquire_owned().await.ok()? })
        };
        tokio::time::timeout(within, entered).await.ok().flatten().ok_or_else(|| {
            Refusal::error("53000", "too many statements are being planned").hint(
                "ask again later; a statement with thousands of tables or subqueries keeps others waiting, even when it was cancelled",
            )
        })
    }
}

impl Server {
    /// Reads the statements of a text: a short one at once, a long one where it is planned.
    ///
    /// # Errors
    /// As [`statement::read`] and [`Self::planned`].
    pub(crate) async fn read(&self, user: &str, sql: &str) -> Result<Vec<Kind>, Refusal> {
        let limits = self.limits.text;
        if sql.len() <= SHORT_BYTES {
            return statement::read(sql, limits);
        }
        let sql = sql.to_owned();
        self.planned(user, async move { statement::read(&sql, limits) }).await
    }

    /// Plans for a user, once there is a place for it.
    ///
    /// # Errors
    /// What `work` gives; 53000 where no place becomes free in time.
    pub(crate) async fn planned<T: Send + 'static>(
        &self,
        user: &str,
        work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.plannings.enter(user, self.limits.queue_time).await?;
        let threads = self.questions.clone();
        let planning = self.questions.spawn_blocking(move || {
            let _place = place;
            threads.block_on(work)
        });
        let _wanted = Wanted(planning.abort_handle());
        planning.await.unwrap_or_else(|error| {
            Err(match error.is_panic() {
                true => Refusal::error("XX000", "the statement could not be planned").hint("ask whoever runs the server"),
                false => Refusal::fatal("57P01", "the server is stopping"),
            })
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Who does not get a place at once is refused at once.
    async fn enter(plannings: &Plannings, user: &str) -> Result<Place, &'static str> {
        plannings.enter(user, Duration::ZERO).await.map_err(|refusal| refusal.code)
    }

    #[tokio::test]
    async fn one_user_leaves_places_to_others_and_nobody_waits_for_ever() {
        let plannings = Plannings::new(3, 2);
        let (first, _second) = (enter(&plannings, "anna").await.unwrap(), enter(&plannings, "anna").await.unwrap());
        assert_eq!(enter(&plannings, "anna").await.unwrap_err(), "53000");
        let other = enter(&plannings, "ben").await.unwrap();
        drop(first);
        let _third = enter(&plannings, "anna").await.unwrap();
        assert_eq!(enter(&plannings, "cleo").await.unwrap_err(), "53000", "all are taken");
        drop(other);
        let _now = enter(&plannings, "cleo").await.unwrap();
        assert!(!plannings.shares.lock().unwrap().contains_key("ben"), "who has left is forgotten");
    }

    #[tokio::test]
    async fn who_waits_in_his_own_share_is_let_in_when_one_of_his_leaves() {
        let plannings = Plannings::new(3, 1);
        let first = enter(&plannings, "anna").await.unwrap();
        let (waited, ()) = tokio::join!(plannings.enter("anna", Duration::from_secs(60)), async { drop(first) });
        let _second = waited.unwrap();
    }
}
