//! Connectors for what vendors send: a body and its headers in, canonical events out.
//!
//! How the data moves: [`Documents`] cuts a file into records (JSON documents in an array, a line each, or one after the other; lines of
//! forms), [`Request`] tells what was captured with headers from a bare body, a [`Vendor`] reads it and pushes [`NewEvent`]s through
//! [`Emit`], which names them so that the same document gives the same events however often and wherever it arrives. A live source
//! hands single records to the same vendors.
//!
//! A document that says nothing for the vocabulary becomes `source.unmapped`; one that cannot be understood is refused and kept whole.

mod amazon_connect;
mod attributes;
mod chatwoot;
mod documents;
mod emit;
mod fields;
mod form;
mod freeswitch;
mod front;
mod genesys_cloud;
mod intercom;
mod json_member;
mod known;
mod meta;
mod percent;
mod qualtrics;
mod quote;
mod reading;
mod request;
mod shopify;
mod survey;
mod surveymonkey;
#[cfg(test)]
mod trial;
mod twilio;
mod typeform;
mod zendesk;

pub use amazon_connect::AmazonConnect;
pub use chatwoot::Chatwoot;
pub use documents::Documents;
pub use emit::{Emit, NewEvent};
pub use freeswitch::Freeswitch;
pub use front::Front;
pub use genesys_cloud::GenesysCloud;
pub use intercom::Intercom;
pub use known::{NAMES, named};
pub use meta::{Messenger, WhatsApp};
pub use qualtrics::Qualtrics;
pub use request::Request;
pub use shopify::Shopify;
pub use surveymonkey::SurveyMonkey;
pub use twilio::Twilio;
pub use typeform::Typeform;
pub use zendesk::Zendesk;

use crate::connector::Reject;

/// What one vendor's documents mean. Pure: nothing but the request decides what is emitted.
pub trait Vendor: std::fmt::Debug + Send + Sync {
    /// Name on the command line and in the column `connector`.
    fn name(&self) -> &'static str;

    /// Pushes the events of one document, at least one.
    ///
    /// # Errors
    /// [`Reject`] when the document cannot be understood; it is then kept whole.
    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject>;
}
