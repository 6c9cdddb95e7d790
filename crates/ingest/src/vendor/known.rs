//! The vendors there are, by name.

use std::sync::Arc;

use super::{Freeswitch, Twilio, Vendor};

/// Names for the command line, in alphabetical order.
pub const NAMES: &[&str] = &["freeswitch", "twilio"];

/// The vendor of that name.
#[must_use]
pub fn named(name: &str) -> Option<Arc<dyn Vendor>> {
    match name {
        "freeswitch" => Some(Arc::new(Freeswitch)),
        "twilio" => Some(Arc::new(Twilio)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, named};

    #[test]
    fn every_name_is_known_and_its_own() {
        assert!(NAMES.iter().all(|name| named(name).is_some_and(|vendor| vendor.name() == *name)));
        assert!(NAMES.is_sorted());
        assert!(named("nobody").is_none());
    }
}
