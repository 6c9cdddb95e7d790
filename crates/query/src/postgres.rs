//! What a PostgreSQL client sees when it browses: `pg_catalog`, `information_schema`, the functions clients call, and statements
//! in PostgreSQL's dialect as the engine plans them.
//!
//! [`register`] puts the first three into a session; [`rewrite`] is pure and turns one parsed statement into another. The catalogue
//! lists what is registered in the session and nothing else, so it never says more than its user may read. Nothing here writes, opens
//! a connection or knows the wire.

mod functions;
mod information_schema;
mod oids;
mod pg_catalog;
mod provider;
mod relation;
mod rewrite;
mod settings;
mod snapshot;
mod steady;
#[cfg(test)]
mod tests;
mod types;
mod unheeded;

use std::fmt;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, CatalogProviderList, MemoryCatalogProviderList};
use datafusion::common::{DataFusionError, Result};
use datafusion::prelude::SessionContext;

use crate::session::CATALOG;

pub use functions::{interval, iso_interval, procedure};
pub(crate) use provider::is_of_system;
pub(crate) use rewrite::reword;
pub use rewrite::{array_items, rewrite, shown_name};
pub use settings::{Settings, Wish};
pub use snapshot::COMMENT_KEY;
pub(crate) use snapshot::is_system;
pub(crate) use steady::is_steady;
pub use types::{PgType, TYPE_KEY, is_unconstrained, of_field, of_type, written};
pub(crate) use unheeded::look as look_for_unheeded;

/// Registers what values are and how they are written, in sessions without PostgreSQL's catalogue: there a statement means the same ([`reword`]).
pub(crate) fn register_plain(context: &SessionContext, zone: &str) {
    functions::register_plain(context, &Arc::new(Settings::new([("TimeZone", zone.to_owned())])));
}

/// Who asks, and from where: what the catalogue says of the session.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Name of the role that logged in.
    pub user: String,
    /// Name of the database the client asked for.
    pub database: String,
    /// Number by which the session can be cancelled.
    pub backend_pid: i32,
    /// All sessions of this user, where there is a server.
    pub sessions: Option<Arc<dyn Sessions>>,
}

/// One user's sessions on a server: the functions that stop another session reach those and no others.
pub trait Sessions: fmt::Debug + Send + Sync {
    /// Their numbers, in order.
    fn pids(&self) -> Vec<i32>;

    /// Asks one to stop; false when there is none of that number.
    fn stop(&self, pid: i32, what: Stop) -> bool;
}

/// What of a session is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The statement it is at.
    Statement,
    /// All of it.
    Session,
}

/// What is listed for sessions that have the same tables.
#[derive(Debug)]
pub struct Listing {
    snapshot: snapshot::Snapshot,
    relations: provider::Shared,
}

/// Lists the schemas and tables that catalogue `trunkline` of `context` has now, as a user of that identity sees them.
///
/// # Errors
/// When there is no catalogue `trunkline`, or a table of it cannot be opened.
pub async fn list(context: &SessionContext, identity: &Identity) -> Result<Listing> {
    let snapshot = snapshot::Snapshot::read(context, shared(context)?.as_ref(), identity).await?;
    // What a session sets is not in what is shared.
    let rows = provider::rows(Arc::new(snapshot.clone()), Arc::default());
    Ok(Listing { snapshot, relations: provider::Shared::new(&rows) })
}

fn shared(context: &SessionContext) -> Result<Arc<dyn CatalogProvider>> {
    context.catalog(CATALOG).ok_or_else(|| DataFusionError::Internal(format!("there is no catalogue {CATALOG}")))
}

/// Replaces `information_schema` and adds `pg_catalog`, and the functions of PostgreSQL that clients call, in this session.
///
/// `listing` is of another session with exactly the same tables. The session gets a list of catalogues of its own, so another that shares
/// the old one sees nothing of this; the tables are also found under the name of the database. Its [`Settings`] are an extension of its
/// configuration. `identity` is this session's own.
///
/// # Errors
/// When there is no catalogue `trunkline`.
pub fn register(context: &SessionContext, listing: &Listing, identity: &Identity) -> Result<()> {
    let catalog = shared(context)?;
    let snapshot = Arc::new(listing.snapshot.of_session(identity));
    let identity = &snapshot.identity;
    let zone = context.state_ref().read().config().options().execution.time_zone.clone();
    let begun = [("session_authorization", Some(identity.user.clone())), ("TimeZone", zone)];
    let settings = Arc::new(Settings::new(begun.into_iter().filter_map(|(name, value)| Some((name, value?)))));
    let rows = provider::rows(Arc::clone(&snapshot), Arc::clone(&settings));
    let catalogue = Arc::new(provider::Catalogue::new(catalog, &listing.relations, &rows));
    let list = MemoryCatalogProviderList::new();
    for name in context.catalog_names() {
        if let Some(other) = context.catalog(&name) {
            list.register_catalog(name, other);
        }
    }
    for name in [CATALOG, identity.database.as_str()] {
        list.register_catalog(name.to_owned(), Arc::clone(&catalogue) as _);
    }
    let state = context.state_ref();
    {
        let mut state = state.write();
        state.register_catalog_list(Arc::new(list));
        // The engine's own information_schema would come before ours.
        state.config_mut().options_mut().catalog.information_schema = false;
        state.config_mut().set_extension(Arc::clone(&settings));
    }
    functions::register(context, &snapshot, &settings)
}
