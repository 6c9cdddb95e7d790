//! Saved views: questions that have a name. Pure: texts, names and what they read; planning them is `session::saved`, keeping them is the server's.
//!
//! [`Views`] is a state of all of them. [`Change`] makes another state of it, [`Views::merged`] carries what a transaction changed over to the newest, and
//! [`Reads`] says what a question reads, from which `nesting` tells how far views lie in each other.

mod change;
mod error;
mod limits;
mod merge;
mod name;
mod nesting;
mod reads;
mod state;
#[cfg(test)]
mod tests;
mod view;

pub use change::{Change, Changed};
pub use error::ViewError;
pub use limits::ViewLimits;
pub use name::{ViewName, is_house, is_schema_name};
pub use reads::Reads;
pub use state::Views;
pub use view::{View, ViewColumn};
