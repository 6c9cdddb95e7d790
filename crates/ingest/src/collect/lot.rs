//! Records that are due, and the delivery they give. Pure.

use std::collections::HashMap;

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

/// Records that are due together.
#[derive(Debug)]
pub(super) struct Lot {
    pub(super) records: Vec<Record>,
    /// What is missing among or before them, and the number of gaps of the source that are on record.
    pub(super) gaps: Vec<Gap>,
    pub(super) gaps_before: i64,
    /// Where the journal is once they are stored.
    pub(super) reaches: Position,
    /// When they were found due.
    pub(super) now: Timestamp,
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

/// Numbers of gaps, by their journal. A lot is numbered when it is found due, which may be before the one ahead of it is stored.
#[derive(Debug, Default)]
pub(super) struct GapNumbers(HashMap<String, i64>);

impl GapNumbers {
    /// The number of the first of so many gaps; `committed` says how many of the journal are in the log.
    pub(super) fn next(&mut self, journal: String, gaps: usize, committed: impl FnOnce(&str) -> i64) -> i64 {
        let first = self.0.get(&journal).copied().unwrap_or_else(|| committed(&journal));
        self.0.insert(journal, first + i64::try_from(gaps).unwrap_or_default());
        first
    }
}

/// What a lot gives.
pub(super) fn delivery(line: &Line, lot: &Lot, secret: &CustomerSecret) -> Delivery {
    let journal = &lot.reaches.journal;
    let mut connector = (line.make)();
    let mut out = Delivery { received: (lot.records.len() + lot.gaps.len()) as u64, ..Delivery::default() };
    // First the journal of records: one that gives no event is of the first.
    out.positions.push(lot.reaches.clone());
    enter_gaps(line, lot, secret, &mut out);
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
    out
}

/// Maps one record that came with headers, as [`delivery`] would.
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

/// What is missing becomes events of the source, in a journal of their own.
fn enter_gaps(line: &Line, lot: &Lot, secret: &CustomerSecret, out: &mut Delivery) {
    let journal = gaps_journal(line);
    let mut number = lot.gaps_before;
    for gap in &lot.gaps {
        let context = MapContext { connector: &line.connector, journal: &journal, now: lot.now, secret, source: &line.source };
        let id = format!("gap:{}:{}:{}", lot.reaches.journal, gap.from, gap.why);
        let detail = serde_json::json!({ "journal": lot.reaches.journal, "why": gap.why });
        let data = serde_json::json!({ "status": "gap_detected", "from": gap.from, "to": gap.to, "detail": detail }).to_string();
        let draft = Draft {
            id: &id,
            source: &line.source,
            kind: "source.status_reported",
            schema_version: 1,
            occurred_at: lot.now,
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
    if number > lot.gaps_before {
        out.positions.push(Position { journal, offset: number, check: 0 });
    }
}

pub(super) fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::GapNumbers;

    #[test]
    fn gaps_of_lots_that_are_under_way_together_have_numbers_of_their_own() {
        let mut numbers = GapNumbers::default();
        let journal = || "gaps:cloudevents:s".to_owned();
        assert_eq!(numbers.next(journal(), 2, |_| 5), 5);
        // Nothing of the first is stored yet.
        assert_eq!(numbers.next(journal(), 1, |_| 5), 7);
        assert_eq!(numbers.next("gaps:cloudevents:t".to_owned(), 0, |_| 0), 0);
        assert_eq!(numbers.next(journal(), 1, |_| 8), 8);
    }
}
