//! Connectors by the name they have on the command line.

use std::sync::Arc;

use clap::builder::{PossibleValue, PossibleValuesParser};
use trunkline_ingest::mapping::{Mapping, MappingConnector};
use trunkline_ingest::vendor::{self, Documents};
use trunkline_ingest::{Asterisk, CloudEvents, Connector, Email};

/// CloudEvents, which name their own sources.
pub const CLOUDEVENTS: &str = "cloudevents";
/// Asterisk's queue_log.
pub const ASTERISK: &str = "asterisk";
/// Whatever a specification describes.
pub const MAPPING: &str = "mapping";

/// Messages and mailboxes.
pub const EMAIL: &str = "email";

/// The names, for `--connector`.
pub(crate) fn names() -> PossibleValuesParser {
    let own = [
        PossibleValue::new(CLOUDEVENTS).help("CloudEvents 1.0 as JSON Lines or a JSON array"),
        PossibleValue::new(ASTERISK).help("Asterisk queue_log"),
        PossibleValue::new(EMAIL).help("Mails: .eml files and mbox mailboxes"),
        PossibleValue::new(MAPPING).help("A table or JSON Lines described by a mapping specification (--map)"),
    ];
    PossibleValuesParser::new(own.into_iter().chain(vendor::NAMES.iter().map(|name| PossibleValue::new(*name))))
}

/// True for a name of a connector.
#[must_use]
pub(crate) fn is_known(name: &str) -> bool {
    [CLOUDEVENTS, ASTERISK, EMAIL, MAPPING].contains(&name) || vendor::NAMES.contains(&name)
}

/// A connector for one file. The mapping is there when the name asks for one; a name that is none reads CloudEvents.
#[must_use]
pub fn make(name: &str, mapping: Option<&Arc<Mapping>>) -> Box<dyn Connector> {
    match (name, mapping, vendor::named(name)) {
        (_, _, Some(vendor)) => Box::new(Documents::new(vendor)),
        (MAPPING, Some(mapping), _) => Box::new(MappingConnector::new(Arc::clone(mapping))),
        (ASTERISK, ..) => Box::new(Asterisk::new()),
        (EMAIL, ..) => Box::new(Email::new()),
        _ => Box::new(CloudEvents::new()),
    }
}
