//! Planning, on threads that may take their time: whoever waits for it hears a cancel, the deadline and the end of his client meanwhile.
//!
//! The engine gives way nowhere while it plans, so that a planning nobody waits for any more goes on to its end. It keeps its place until then: there are
//! never more of them than places, and questions have threads and places of their own.

use std::sync::Arc;

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

impl Server {
    /// Reads the statements of a text: a short one at once, a long one where it is planned.
    ///
    /// # Errors
    /// As [`statement::read`] and [`Self::planned`].
    pub(crate) async fn read(&self, sql: &str) -> Result<Vec<Kind>, Refusal> {
        let limits = self.limits.text;
        if sql.len() <= SHORT_BYTES {
            return statement::read(sql, limits);
        }
        let sql = sql.to_owned();
        self.planned(async move { statement::read(&sql, limits) }).await
    }

    /// Plans, once there is a place for it.
    ///
    /// # Errors
    /// What `work` gives; 53000 where no place becomes free in time.
    pub(crate) async fn planned<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
    ) -> Result<T, Refusal> {
        let busy = || {
            Refusal::error("53000", "too many statements are being planned").hint(
                "ask again later; a statement with thousands of tables or subqueries keeps others waiting, even when it was cancelled",
            )
        };
        let place = tokio::time::timeout(self.limits.queue_time, Arc::clone(&self.plannings).acquire_owned()).await;
        let place = place.map_err(|_| busy())?.map_err(|_| busy())?;
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
