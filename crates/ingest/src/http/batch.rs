//! The answer to a batch of CloudEvents: what will become of each element.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::json;
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, Timestamp};

use super::reply;
use crate::connector::{Connector, MapContext, RecordRef};

/// Bytes of an answer that lists elements; no batch of events comes near, one of rubbish could ask for a hundred times its size.
const LISTED_BYTES_MAX: usize = 1 << 20;

/// Maps each element as it will be mapped once it leaves the queue, and says what came of it: `{"received":2,"elements":[{"index":0,
/// "status":"queued","id":"…"},{"index":1,"status":"will_be_rejected","code":"bad_envelope","message":"…"}]}`. `unlisted` counts the elements
/// at the end for which there is no room in the answer; they are queued like the others.
///
/// The events themselves are thrown away, so that the key for customers' addresses does not matter. Messages quote fields of the element.
pub(super) fn answer(connector: &mut dyn Connector, records: &[Vec<u8>], now: Timestamp) -> Response<Body> {
    let (secret, name) = (CustomerSecret::new(Vec::new()), connector.name().to_owned());
    let context = MapContext { connector: &name, journal: "", now, secret: &secret, source: "" };
    let (mut listed, mut elements) = (0, String::new());
    for bytes in records {
        if elements.len() > LISTED_BYTES_MAX {
            break;
        }
        let mut out = EventBatch::default();
        let element = match connector.map(&RecordRef { bytes, offset: 0, place: 0, line: 1, before: 0 }, &context, &mut out) {
            Ok(_) => json!({ "index": listed, "status": "queued", "id": out.event_id.get(0) }),
            Err(reject) => json!({ "index": listed, "status": "will_be_rejected", "code": reject.code, "message": reject.message }),
        };
        elements.push_str(if listed > 0 { "," } else { "" });
        elements.push_str(&element.to_string());
        listed += 1;
    }
    let unlisted = if listed < records.len() { format!(",\"unlisted\":{}", records.len() - listed) } else { String::new() };
    reply::json(StatusCode::OK, &format!("{{\"received\":{},\"elements\":[{elements}]{unlisted}}}", records.len()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use axum::body::to_bytes;
    use trunkline_events::Timestamp;

    use super::{LISTED_BYTES_MAX, answer};
    use crate::CloudEvents;

    #[tokio::test]
    async fn rubbish_does_not_blow_the_answer_up() {
        let records = vec![b"1".to_vec(); 20_000];
        let response = answer(&mut CloudEvents::new(), &records, Timestamp::from_seconds(0));
        let text = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let listed = answer["elements"].as_array().unwrap().len() as u64;
        assert_eq!(answer["received"], 20_000);
        assert_eq!(listed + answer["unlisted"].as_u64().unwrap(), 20_000);
        assert!(listed > 1000 && text.len() < LISTED_BYTES_MAX + 1000, "{}", text.len());
    }
}
