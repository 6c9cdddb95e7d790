//! The vendors there are, by name.

use std::sync::Arc;

use super::{AmazonConnect, GenesysCloud, Vendor};

/// Names for the command line, in alphabetical order.
pub const NAMES: &[&str] = &["amazon-connect", "genesys-cloud"];

/// The vendor of that name.
#[must_use]
pub fn named(name: &str) -> Option<Arc<dyn Vendor>> {
    Some(match name {
        "amazon-connect" => Arc::new(AmazonConnect),
        "genesys-cloud" => Arc::new(GenesysCloud),
        _ => return None,
    })
}
