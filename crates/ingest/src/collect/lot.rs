//! Records that are due, and the delivery they give. Pure.

use bytes::Bytes;
use trunkline_events::identity::CustomerSecret;
use trunkline_events::port::{Delivery, Position, Rejected};
use trunkline_events::wire::{Draft, push_draft};
use trunkline_events::{EventBatch, Timestamp};

use super::Line;
use crate::cloudevents::binary::{self, Header, Mode};
use crate::connector::{Connector, MapContext, RecordRef, Reject};
use crate::http::Intake;
use crate::jetstream::Gap;
use crate::vendor::Request;
use crate::work::{cutter, shorten};

/// The type of events that only say that there is no type.
const UNMAPPED: &str = "source.unmapped";

/// A record that is due.
#[derive(Debug)]
pub(super) struct Record {
    /// Its number in the journal.
    pub(super) seq: u64,
    /// When it was received.
    pub(super) at: Timestamp,
    /// Headers that belong to it and are not part of its bytes.
    pub(super) headers: Vec<(String, String)>,
    pub(super) bytes: Bytes,
}

/// Records of a journal that are mapped together.
#[derive(Debug)]
pub(super) struct Lot {
    pub(super) records: Vec<Record>,
    /// Where the journal is once they are stored.
    pub(super) reaches: Position,
}

impl Lot {
    pub(super) fn bytes(&self) -> u64 {
        self.records.iter().map(|record| record.bytes.len() as u64).sum()
    }
}

/// The journal of what is missing from a line's source.
pub(super) fn gaps_journal(line: &Line) -> String {
    format!("gaps:{}:{}", line.connector, line.source)
}

/// Adds what a lot gives to a delivery, which holds nothing yet or earlier lots of the same journal.
pub(super) fn enter(line: &Line, lot: &Lot, secret: &CustomerSecret, out: &mut Delivery) {
    let journal = &lot.reaches.journal;
    let mut connector = (line.make)();
    out.received += lot.records.len() as u64;
    // First the journal of records: one that gives no event is of the first.
    match out.positions.first_mut() {
        Some(position) => position.clone_from(&lot.reaches),
        None => out.positions.push(lot.reaches.clone()),
    }
    for record in &lot.records {
        let context = MapContext { connector: &line.connector, journal, now: record.at, secret, source: &line.source };
        let rows = out.events.len();
        let mapped = map(&mut *connector, record, &context, &mut out.events);
        match mapped.and_then(|count| with_words(count, rows, &out.events)) {
            Ok(count) => out.record_sizes.push(count),
            Err(reject) => {
                shorten(&mut out.events, rows);
                out.rejected.push(Rejected {
                    source: line.source.clone(),
                    connector: line.connector.clone(),
                    code: reject.code.to_owned(),
                    message: reject.message,
                    origin: line.name.clone(),
                    line: None,
                    journal: journal.clone(),
                    journal_seq: signed(record.seq),
                    recorded_at: record.at.micros(),
                    raw: whole(record, &line.connector),
                });
            }
        }
    }
}

/// Maps one record that came with headers, as [`enter`] would.
pub(crate) fn map_alone(
    connector: &mut dyn Connector,
    headers: &[(String, String)],
    (seq, bytes): (i64, &[u8]),
    context: &MapContext<'_>,
    out: &mut EventBatch,
) -> Result<u32, Reject> {
    let (seq, rows) = (u64::try_from(seq).unwrap_or_default(), out.len());
    let record = Record { seq, at: context.now, headers: headers.to_vec(), bytes: Bytes::copy_from_slice(bytes) };
    map(connector, &record, context, out).and_then(|count| with_words(count, rows, out))
}

/// A record with its headers, as it is kept and as it is mapped again.
fn whole(record: &Record, connector: &str) -> Vec<u8> {
    match (Intake::of(connector), record.headers.is_empty()) {
        (Intake::CloudEvents, false) if is_binary(record) => binary::kept(&attributes(record), &record.bytes),
        (Intake::Captured, false) => Request::capture(record.headers.iter(), &record.bytes),
        _ => record.bytes.to_vec(),
    }
}

fn attributes(record: &Record) -> Vec<Header<'_>> {
    record.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
}

/// True for a CloudEvent whose attributes are headers.
fn is_binary(record: &Record) -> bool {
    let content_type = record.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
    binary::mode(content_type, record.headers.iter().map(|(name, _)| name.as_str())) == Mode::Binary
}

/// Maps a record. One that is a batch is mapped as a whole.
fn map(connector: &mut dyn Connector, record: &Record, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject> {
    let intake = Intake::of(context.connector);
    if intake == Intake::CloudEvents && !record.headers.is_empty() && is_binary(record) {
        let event = binary::structured(&attributes(record), &record.bytes)?;
        return map_part(connector, &event, record.seq, context, out);
    }
    let mut count = 0;
    for (part, refused) in cutter::parts(connector, &record.bytes).map_err(|misfit| Reject::new("misfit", misfit.0))? {
        if let Some(refused) = refused {
            return Err(refused);
        }
        count += if intake == Intake::Captured && !record.headers.is_empty() {
            map_part(connector, &Request::capture(record.headers.iter(), part), record.seq, context, out)?
        } else {
            map_part(connector, part, record.seq, context, out)?
        };
    }
    Ok(count)
}

fn map_part(connector: &mut dyn Connector, bytes: &[u8], seq: u64, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject> {
    let seq = signed(seq);
    connector.map(&RecordRef { bytes, offset: seq, place: seq, line: seq.saturating_add(1), before: 0 }, context, out)
}

/// A record for which the vocabulary has no word is rejected here: a file could be read again once there is one, a journal lets go of it.
fn with_words(count: u32, rows: usize, events: &EventBatch) -> Result<u32, Reject> {
    let is_unmapped = |row: usize| events.kind.bytes_at(row) == Some(UNMAPPED.as_bytes());
    if count == 0 || !(rows..events.len()).all(is_unmapped) {
        return Ok(count);
    }
    Err(Reject::new("unmapped", events.data.get(rows).unwrap_or_default()))
}

/// What is missing from the journal of the delivery becomes events of the source, in a journal of their own, of which so many are on record.
pub(super) fn enter_gaps(line: &Line, (gaps, before): (&[Gap], i64), now: Timestamp, secret: &CustomerSecret, out: &mut Delivery) {
    let (journal, from) = (gaps_journal(line), out.positions.first().map(|position| position.journal.clone()).unwrap_or_default());
    let mut number = before;
    out.received += gaps.len() as u64;
    for gap in gaps {
        let context = MapContext { connector: &line.connector, journal: &journal, now, secret, source: &line.source };
        let id = format!("gap:{from}:{}:{}", gap.from, gap.why);
        let detail = serde_json::json!({ "journal": from, "why": gap.why });
        let data = serde_json::json!({ "status": "gap_detected", "from": gap.from, "to": gap.to, "detail": detail }).to_string();
        let draft = Draft {
            id: &id,
            source: &line.source,
            kind: "source.status_reported",
            schema_version: 1,
            occurred_at: now,
            recorded_at: None,
            subject: Some(&line.source),
            data: &data,
        };
        // Our own words fit our own vocabulary; were it otherwise, the count would not balance and nothing would be stored.
        if push_draft(&draft, &context.wire(number), &mut out.events).is_ok() {
            out.record_sizes.push(1);
        }
        number += 1;
    }
    if number > before {
        out.positions.push(Position { journal, offset: number, check: 0 });
    }
}

pub(super) fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
