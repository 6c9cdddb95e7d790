//! Rejected records once more, by the connectors of today. Pure: which of them give events now, and why the others do not.
//!
//! Only a record that stands by itself can be mapped alone. What depends on a header or on the records before it needs its file:
//! `ingest --again` reads that.

use std::collections::BTreeMap;

use trunkline_events::identity::CustomerSecret;
use trunkline_events::port::{Rejected, Replay};
use trunkline_events::{EventBatch, Timestamp};

use crate::collect::map_alone;
use crate::connector::{Connector, MapContext, Reject};
use crate::work::shorten;

/// Codes of rows that hold something else than the record as it came: an event of ours, or its beginning only.
const NOT_WHOLE: [&str; 2] = ["id_conflict", "too_large"];

/// What stays rejected: connector, code and reason, with the number of records.
pub type Staying = BTreeMap<(String, String, String), u64>;

/// Maps records again. `make` gives the connector for a record, or says why there is none. A record that gives events, none of which only
/// says that there is no word for it, goes into the replay; the others are counted in `staying` and left as they are.
pub fn map_again(
    records: Vec<Rejected>,
    make: &dyn Fn(&Rejected) -> Result<Box<dyn Connector>, String>,
    (secret, now): (&CustomerSecret, Timestamp),
    staying: &mut Staying,
) -> Replay {
    let mut out = Replay::default();
    for record in records {
        let rows = out.events.len();
        match map_one(&record, make, (secret, now), &mut out.events) {
            Ok(count) => {
                out.record_sizes.push(count);
                out.records.push(record);
            }
            Err(reason) => {
                shorten(&mut out.events, rows);
                *staying.entry((record.connector, record.code, reason)).or_default() += 1;
            }
        }
    }
    out
}

fn map_one(
    record: &Rejected,
    make: &dyn Fn(&Rejected) -> Result<Box<dyn Connector>, String>,
    (secret, now): (&CustomerSecret, Timestamp),
    out: &mut EventBatch,
) -> Result<u32, String> {
    if NOT_WHOLE.contains(&record.code.as_str()) {
        return Err("is not the record as it came".into());
    }
    let mut connector = make(record)?;
    if !connector.stands_alone() {
        return Err("depends on the rest of its file: read that with `trunkline ingest --again`".into());
    }
    let told = |reject: Reject| format!("still {}", reject.code);
    let context = MapContext { connector: &record.connector, journal: &record.journal, now, secret, source: &record.source };
    match map_alone(&mut *connector, &[], (record.journal_seq, &record.raw), &context, out).map_err(told)? {
        0 => Err("gives no event".into()),
        count => Ok(count),
    }
}

#[cfg(test)]
mod tests {
    use trunkline_events::Timestamp;
    use trunkline_events::identity::CustomerSecret;
    use trunkline_events::port::Rejected;

    use super::{Staying, map_again};
    use crate::{Asterisk, CloudEvents, Connector};

    fn record(connector: &str, code: &str, seq: i64, raw: &str) -> Rejected {
        Rejected {
            source: "shop".into(),
            connector: connector.into(),
            code: code.into(),
            message: String::new(),
            origin: "shop".into(),
            line: None,
            journal: "queue/shop".into(),
            journal_seq: seq,
            recorded_at: 1,
            raw: raw.as_bytes().to_vec(),
        }
    }

    fn event(id: &str, kind: &str) -> String {
        format!(r#"{{"specversion":"1.0","id":"{id}","source":"shop","type":"{kind}","time":"2026-01-05T10:00:00Z","data":{{}}}}"#)
    }

    #[test]
    fn what_gives_events_is_replayed_at_its_place_and_the_rest_is_counted_with_its_reason() {
        let records = vec![
            record("cloudevents", "bad_envelope", 3, &event("a", "x.y")),
            record("cloudevents", "bad_envelope", 4, r#"{"id":7}"#),
            record("cloudevents", "unmapped", 5, &event("b", "source.unmapped")),
            record("cloudevents", "id_conflict", 6, &event("c", "x.y")),
            record("asterisk", "bad_line", 7, "x"),
            record("gone", "bad_json", 8, "{}"),
            record("cloudevents", "unmapped", 9, &event("d", "x.y")),
        ];
        let make = |record: &Rejected| -> Result<Box<dyn Connector>, String> {
            match record.connector.as_str() {
                "cloudevents" => Ok(Box::new(CloudEvents::new())),
                "asterisk" => Ok(Box::new(Asterisk::new())),
                _ => Err("nobody knows it".into()),
            }
        };
        let (secret, mut staying) = (CustomerSecret::new(vec![1; 32]), Staying::new());
        let now = Timestamp::from_seconds(1_800_000_000);
        let replay = map_again(records, &make, (&secret, now), &mut staying);
        let rows: Vec<_> = (0..replay.events.len()).map(|i| replay.events.row(i)).collect();
        assert_eq!(
            rows.iter().map(|row| (row.event_id, row.journal, row.journal_seq)).collect::<Vec<_>>(),
            [("a", "queue/shop", 3), ("d", "queue/shop", 9)]
        );
        assert!(rows.iter().all(|row| row.recorded_at == now), "known from now on");
        assert_eq!((replay.record_sizes, replay.records.len()), (vec![1, 1], 2));
        let reasons: Vec<(&str, &str, u64)> = staying.iter().map(|((_, code, reason), n)| (code.as_str(), reason.as_str(), *n)).collect();
        assert_eq!(reasons[0], ("bad_line", "depends on the rest of its file: read that with `trunkline ingest --again`", 1));
        assert_eq!(
            reasons[1..],
            [
                ("bad_envelope", "still bad_envelope", 1),
                ("id_conflict", "is not the record as it came", 1),
                ("unmapped", "still unmapped", 1),
                ("bad_json", "nobody knows it", 1)
            ]
        );
    }
}
