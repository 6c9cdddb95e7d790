//! Saved views on disk: `views.json`, the only thing that serving writes. What a view is, and what may be made of it, is `trunkline_query::views`.

mod file;
mod keep;

pub use file::{ViewsError, load};
