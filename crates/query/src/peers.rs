//! What sessions of one user with the same rights, zone, search path and saved views share: the tables as they are granted to him, and the listing of them.
//!
//! Both cost several milliseconds to make, and tools open connections all the time. They belong to one snapshot of the lake, as the engine does.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::Result;
use datafusion::prelude::SessionContext;

use crate::engine::Client;
use crate::kept::Kept;
use crate::postgres::{self, Identity, Listing};
use crate::rights::Rights;
use crate::session;
use crate::session::saved::Saved;
use crate::views::Views;

/// Kinds of sessions kept at once; beyond that all are made anew.
const KEPT: usize = 64;

/// What makes two sessions the same but for their settings.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Kind {
    user: String,
    database: String,
    zone: String,
    schemas: Vec<String>,
    rights: Rights,
    views: State,
}

/// A state of the saved views: the same only if it is the very same, since comparing all of them costs more than a new session.
#[derive(Debug, Clone)]
struct State(Arc<Views>);

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// A session that others are copies of.
pub(crate) struct Granted {
    context: SessionContext,
    listing: Listing,
    saved: Arc<Saved>,
}

impl Granted {
    /// The saved views that may be read.
    pub(crate) const fn saved(&self) -> &Arc<Saved> {
        &self.saved
    }

    /// A session of its own over the same tables.
    pub(crate) fn session(&self, identity: &Identity) -> Result<SessionContext> {
        let context = SessionContext::new_with_state(self.context.state());
        postgres::register(&context, &self.listing, identity)?;
        Ok(context)
    }
}

/// All kinds of sessions there were of a snapshot.
#[derive(Default)]
pub(crate) struct Peers(Mutex<HashMap<Kind, Arc<Granted>>>);

impl Peers {
    /// What sessions like the client's share; made when it is the first.
    pub(crate) async fn granted(&self, base: &SessionContext, client: &Client<'_>) -> Result<Arc<Granted>> {
        let kind = Kind {
            user: client.identity.user.clone(),
            database: client.identity.database.clone(),
            zone: client.zone.to_string(),
            schemas: client.schemas.clone(),
            rights: client.rights.clone(),
            views: State(Arc::clone(&client.views)),
        };
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&kind) {
            return Ok(Arc::clone(known));
        }
        let saved = Arc::new(Saved::of(&client.views, client.rights));
        let context = session::fork(base, client, &saved).await?;
        let listing = postgres::list(&context, &client.identity).await?;
        context.state_ref().write().config_mut().set_extension(Arc::new(Kept::default()));
        let granted = Arc::new(Granted { context, listing, saved });
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.len() >= KEPT {
            kinds.clear();
        }
        kinds.insert(kind, Arc::clone(&granted));
        Ok(granted)
    }
}
