//! The vendors there are, by name.

use std::sync::Arc;

use super::{
    AmazonConnect, Chatwoot, Freeswitch, Front, GenesysCloud, Intercom, Messenger, Qualtrics, Shopify, SurveyMonkey, Twilio, Typeform,
    Vendor, WhatsApp, Zendesk,
};

/// Names for the command line, in alphabetical order.
pub const NAMES: &[&str] = &[
    "amazon-connect",
    "chatwoot",
    "freeswitch",
    "front",
    "genesys-cloud",
    "intercom",
    "messenger",
    "qualtrics",
    "shopify",
    "surveymonkey",
    "twilio",
    "typeform",
    "whatsapp",
    "zendesk",
];

/// The vendor of that name.
#[must_use]
pub fn named(name: &str) -> Option<Arc<dyn Vendor>> {
    Some(match name {
        "amazon-connect" => Arc::new(AmazonConnect),
        "chatwoot" => Arc::new(Chatwoot),
        "freeswitch" => Arc::new(Freeswitch),
        "front" => Arc::new(Front),
        "genesys-cloud" => Arc::new(GenesysCloud),
        "intercom" => Arc::new(Intercom),
        "messenger" => Arc::new(Messenger),
        "qualtrics" => Arc::new(Qualtrics),
        "shopify" => Arc::new(Shopify),
        "surveymonkey" => Arc::new(SurveyMonkey),
        "twilio" => Arc::new(Twilio),
        "typeform" => Arc::new(Typeform),
        "whatsapp" => Arc::new(WhatsApp),
        "zendesk" => Arc::new(Zendesk),
        _ => return None,
    })
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
