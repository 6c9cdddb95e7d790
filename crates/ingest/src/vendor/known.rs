//! The vendors there are, by name.

use std::sync::Arc;

use super::Vendor;

/// Names for the command line, in alphabetical order.
pub const NAMES: &[&str] = &[];

/// The vendor of that name.
#[must_use]
pub fn named(name: &str) -> Option<Arc<dyn Vendor>> {
    let _ = name;
    None
}
