//! The example pipelines of vendors: each can be copied, and is what the vendor's page shows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod support;

use support::corpus::corpus;
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, Timestamp};
use trunkline_ingest::connector::{MapContext, RecordRef, Tail};
use trunkline_ingest::pipeline::Pipeline;
use trunkline_ingest::vendor;

/// Vendors that sign nothing and show a secret instead.
const UNSIGNED: &[&str] = &["amazon-connect", "freeswitch", "genesys-cloud"];

fn read(path: &str) -> String {
    let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{path}: {cause}"))
}

fn pipeline(name: &str) -> (String, Pipeline) {
    let file = format!("pipelines/examples/live/{name}.yaml");
    let text = read(&file);
    let pipeline = Pipeline::parse(&text, &file).unwrap_or_else(|wrong| panic!("{wrong}"));
    (text, pipeline)
}

#[test]
fn every_vendor_has_a_pipeline_that_believes_nobody_who_cannot_sign() {
    for name in vendor::NAMES {
        let (text, pipeline) = pipeline(name);
        assert_eq!((pipeline.name.as_str(), pipeline.connector.as_str()), (*name, *name));
        assert_eq!(text.contains("scheme: basic"), UNSIGNED.contains(name), "{name}");
        assert!(!text.contains("scheme: none"), "{name}");
    }
    let folder = format!("{}/../../pipelines/examples/live", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), vendor::NAMES.len(), "one file for each vendor");
}

#[test]
fn the_page_of_a_vendor_names_its_pipeline_its_url_and_its_secret() {
    for name in vendor::NAMES {
        let (text, _) = pipeline(name);
        let page = read(&format!("docs/connectors/{name}.md"));
        let link = format!("](../../pipelines/examples/live/{name}.yaml)");
        assert!(page.contains(&link), "docs/connectors/{name}.md does not link to its pipeline");
        assert!(page.contains(&format!("/in/{name}")), "docs/connectors/{name}.md does not say the URL");
        for secret in text.split("${").skip(1).filter_map(|rest| rest.split_once('}')) {
            assert!(page.contains(secret.0), "docs/connectors/{name}.md does not say what {} is", secret.0);
        }
    }
}

#[test]
fn what_a_vendor_sends_becomes_events_of_the_pipelines_source() {
    let secret = CustomerSecret::new("secret");
    for name in vendor::NAMES {
        let (_, pipeline) = pipeline(name);
        let documents = corpus(&pipeline.connector);
        let now = Timestamp::from_seconds(1_790_000_000);
        let context = MapContext { connector: &pipeline.connector, journal: "queue", now, secret: &secret, source: &pipeline.source };
        let mut out = EventBatch::default();
        for (seq, document) in documents.documents.iter().enumerate() {
            let mut connector = documents.connector();
            connector.start(document.as_bytes(), Tail::Final).unwrap();
            let record = RecordRef { bytes: document.as_bytes(), offset: seq as i64, place: 0, line: 1, before: 0 };
            connector.map(&record, &context, &mut out).unwrap_or_else(|refused| panic!("{name}: {refused:?}: {document}"));
        }
        assert!(out.rows().any(|row| row.kind != "source.unmapped"), "{name}");
        assert!(out.rows().all(|row| row.source == pipeline.source && row.connector == *name), "{name}");
    }
}
