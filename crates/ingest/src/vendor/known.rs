//! The vendors there are, by name.

use std::sync::Arc;

use super::{Chatwoot, Front, Intercom, Vendor, Zendesk};

/// Names for the command line, in alphabetical order.
pub const NAMES: &[&str] = &["chatwoot", "front", "intercom", "zendesk"];

/// The vendor of that name.
#[must_use]
pub fn named(name: &str) -> Option<Arc<dyn Vendor>> {
    Some(match name {
        "chatwoot" => Arc::new(Chatwoot),
        "front" => Arc::new(Front),
        "intercom" => Arc::new(Intercom),
        "zendesk" => Arc::new(Zendesk),
        _ => return None,
    })
}
