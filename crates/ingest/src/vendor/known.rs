//! The vendors there are, by name.

use std::sync::Arc;

use super::{Messenger, Qualtrics, Shopify, SurveyMonkey, Typeform, Vendor, WhatsApp};

/// Names for the command line, in alphabetical order.
pub const NAMES: &[&str] = &["messenger", "qualtrics", "shopify", "surveymonkey", "typeform", "whatsapp"];

/// The vendor of that name.
#[must_use]
pub fn named(name: &str) -> Option<Arc<dyn Vendor>> {
    Some(match name {
        "messenger" => Arc::new(Messenger),
        "qualtrics" => Arc::new(Qualtrics),
        "shopify" => Arc::new(Shopify),
        "surveymonkey" => Arc::new(SurveyMonkey),
        "typeform" => Arc::new(Typeform),
        "whatsapp" => Arc::new(WhatsApp),
        _ => return None,
    })
}
