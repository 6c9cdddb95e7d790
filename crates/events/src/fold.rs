//! Events to facts: pure, total and deterministic (design, fold rules 1 to 11).
//!
//! Any order of arrival, duplicates and batch sizes give the same rows. Impossible sequences give a row and an
//! [`crate::fact::Anomaly`], never a panic and never a dropped event.
//!
//! Read in this order: [`kind`] and [`payload`] (what is read of an event, found by [`scan`]), [`event`], [`order`] and [`revise`] (which
//! events count, in which order), [`walk`] (one pass; each event goes to [`about`], [`stints`], [`legs`] with [`offers`], [`transfers`],
//! [`holds`] and [`wrap_up`], [`turns`] or [`sessions`]), [`rows`] and [`contact`] (from parts to rows and sums), [`notes`] (what had to be
//! repaired), [`finality`]. Agents have a walk of their own: [`agent`]. [`folder`] puts it together.

mod about;
mod agent;
mod contact;
mod event;
mod finality;
mod folder;
mod holds;
mod kind;
mod legs;
mod notes;
mod offers;
mod order;
mod payload;
mod revise;
mod rows;
mod scan;
mod sessions;
mod span;
mod stints;
mod transfers;
mod turns;
mod walk;
mod wrap_up;

pub use finality::Finality;
pub use folder::{Folder, fold_agent, fold_contact, session_name};

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
