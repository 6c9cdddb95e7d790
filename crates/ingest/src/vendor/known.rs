//! The vendors there are, by name.

use std::sync::Arc;

use super::{Messenger, Vendor, WhatsApp};

/// Names for the command line, in alphabetical order.
pub const NAMES: &[&str] = &["messenger", "whatsapp"];

/// The vendor of that name.
#[must_use]
pub fn named(name: &str) -> Option<Arc<dyn Vendor>> {
    Some(match name {
        "messenger" => Arc::new(Messenger),
        "whatsapp" => Arc::new(WhatsApp),
        _ => return None,
    })
}
