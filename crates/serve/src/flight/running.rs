//! What is being answered, so that it can be cancelled by another call of the same user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Number of a statement: random, so that nobody guesses another's.
pub(super) type Id = [u8; 16];

/// A new number.
pub(super) fn new_id() -> Result<Id, crate::refusal::Refusal> {
    let mut id = Id::default();
    getrandom::fill(&mut id).map_err(|_| crate::refusal::Refusal::error("XX000", "no random bytes"))?;
    Ok(id)
}

/// All of it, by statement.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashMap<Id, Vec<Answering>>>);

/// An answer under way: the user it is for, and how it is asked to stop.
#[derive(Debug)]
struct Answering {
    user: String,
    ask: Arc<watch::Sender<bool>>,
}

/// A place among them; left when dropped.
#[derive(Debug)]
pub(super) struct Place {
    running: Arc<Running>,
    id: Id,
    ask: Arc<watch::Sender<bool>>,
}

impl Running {
    /// Answering begins.
    pub(super) fn enter(self: &Arc<Self>, id: Id, user: &str) -> Place {
        let ask = Arc::new(watch::Sender::new(false));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(id)
            .or_default()
            .push(Answering { user: user.to_string(), ask: Arc::clone(&ask) });
        Place { running: Arc::clone(self), id, ask }
    }

    /// Asks all answers to a statement of this user to stop; whether there was one.
    pub(super) fn cancel(&self, id: &Id, user: &str) -> bool {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_there = false;
        for answering in running.get(id).into_iter().flatten().filter(|answering| answering.user == user) {
            answering.ask.send_replace(true);
            is_there = true;
        }
        is_there
    }
}

impl Place {
    /// Returns when it is asked to stop.
    pub(super) async fn cancelled(&self) {
        // The sender lives as long as this place, so waiting does not fail.
        let _ = self.ask.subscribe().wait_for(|is_asked| *is_asked).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut running = self.running.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = running.get_mut(&self.id) {
            places.retain(|answering| !Arc::ptr_eq(&answering.ask, &self.ask));
            if places.is_empty() {
                running.remove(&self.id);
            }
        }
    }
}
