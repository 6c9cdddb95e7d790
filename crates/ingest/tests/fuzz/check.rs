//! What holds for every file, however damaged.

use std::io::Write;
use std::ops::Range;

use flate2::Compression;
use flate2::write::GzEncoder;
use trunkline_events::EventBatch;
use trunkline_events::Timestamp;
use trunkline_events::identity::CustomerSecret;
use trunkline_events::vocabulary::validate;
use trunkline_ingest::IngestError;
use trunkline_ingest::connector::{MapContext, RecordRef, Split, Tail};

use crate::support::corpus::Corpus;
use crate::support::{Memory, file, options, run};

/// An event without what only says how it reached us: id, type, instant, subject, columns and payload.
type Told = (String, String, i64, Vec<Option<String>>, String);

/// A record and what it gave: events, or the code of its refusal.
type Read = (Range<usize>, Result<Vec<Told>, &'static str>);

/// Asserts all of it for one file.
pub fn holds(corpus: &Corpus, content: &[u8], block: usize) {
    let Some(whole) = read(corpus, content, usize::MAX, 1_790_000_000) else { return misfits(corpus, content) };
    // A CloudEvent without a time happened when it was received, which a queue remembers; all others say when.
    let later = if corpus.name == "cloudevents" { 1_790_000_000 } else { 1_890_000_000 };
    let again = read(corpus, content, block, later).expect("a file that fits fits again");
    assert_eq!(whole, again, "read {block} bytes at a time, and later, a file says the same");
    whole.iter().filter_map(|(_, told)| told.as_ref().ok()).flatten().for_each(is_valid);
    books_balance(corpus, content, &whole);
}

fn is_valid((_, kind, _, _, data): &Told) {
    validate(kind, data).unwrap_or_else(|wrong| panic!("{kind} was let through: {wrong}: {data}"));
}

/// Reads a file that ends for good as the worker does, so many bytes at a time; `None` when it is none of the connector's.
fn read(corpus: &Corpus, content: &[u8], block: usize, now: i64) -> Option<Vec<Read>> {
    let mut connector = corpus.connector();
    let tail = |end: usize| if end < content.len() { Tail::More } else { Tail::Final };
    // A connector that wants more looks at all of it again, so that very small blocks of a large file take for ever.
    let block = block.max(content.len() / 100);
    let mut end = block.min(content.len());
    let mut at = loop {
        match connector.start(&content[..end], tail(end)) {
            Err(_) => return None,
            Ok(Some(preamble)) => break preamble,
            Ok(None) if end == content.len() => break 0,
            Ok(None) => end = end.saturating_add(block).min(content.len()),
        }
    };
    assert!(at <= end, "a preamble of {at} of {end} bytes");
    let secret = CustomerSecret::new("secret");
    let context =
        MapContext { connector: &corpus.name, journal: "j", now: Timestamp::from_seconds(now), secret: &secret, source: corpus.source };
    let mut all = Vec::new();
    while at < content.len() {
        let rest = &content[at..end];
        let split = if rest.is_empty() { Split::NeedMore } else { connector.split(rest, tail(end)) };
        let (len, told) = match split {
            Split::NeedMore if end < content.len() => {
                end = end.saturating_add(block).min(content.len());
                continue;
            }
            Split::NeedMore => {
                assert!(connector.is_blank(rest), "bytes at the end are neither record nor refused: {:?}", String::from_utf8_lossy(rest));
                break;
            }
            Split::Skip(len) => (len, None),
            Split::Refuse(len, reject) => (len, Some(Err(reject.code))),
            Split::Record(len) if connector.is_blank(&rest[..len]) => (len, None),
            Split::Record(len) => {
                let record = RecordRef { bytes: &rest[..len], offset: at as i64, place: at as i64, line: 1, before: at as u64 };
                let mut out = EventBatch::default();
                let outcome = connector.map(&record, &context, &mut out).map(|count| told(&out, count));
                (len, Some(outcome.map_err(|reject| reject.code)))
            }
        };
        assert!((1..=rest.len()).contains(&len), "{len} of {} bytes cut", rest.len());
        all.extend(told.map(|told| (at..at + len, told)));
        at += len;
    }
    Some(all)
}

fn told(out: &EventBatch, count: u32) -> Vec<Told> {
    assert_eq!(out.len(), count as usize, "a record says how many events it gave");
    assert!(count > 0, "a record that gives nothing is refused");
    let own = |text: Option<&str>| text.map(str::to_owned);
    let row = |row: trunkline_events::EventRow<'_>| {
        let columns = [row.subject, row.contact_id, row.channel, row.direction, row.queue, row.agent_id, row.customer_key, row.case_id];
        (row.event_id.to_owned(), row.kind.to_owned(), row.occurred_at.micros(), columns.map(own).to_vec(), row.data.to_owned())
    };
    out.rows().map(row).collect()
}

/// The way a file really goes: every record is stored, a duplicate or rejected, and a rejected one leaves no row.
fn books_balance(corpus: &Corpus, content: &[u8], whole: &[Read]) {
    let (mut store, mut how) = (Memory::default(), options());
    how.source = corpus.source.to_owned();
    how.block_bytes = 1 << 16;
    let dir = tempfile::tempdir().expect("a folder");
    let path = file(dir.path(), "fuzz.gz", &compressed(content));
    let summary = run(&mut store, &[path], &|| corpus.connector(), &how).expect("a file that fits is read");
    assert!(summary.balances(), "{summary}");
    assert_eq!((summary.receipt.received, summary.incomplete_lines), (whole.len() as u64, 0), "{summary}");
    let refused = whole.iter().filter(|(_, told)| told.is_err()).count();
    assert_eq!(store.rejected.len(), refused, "{summary}");
    for rejected in &store.rejected {
        let begin = rejected.journal_seq as usize;
        assert_eq!(rejected.raw, content[begin..begin + rejected.raw.len()], "a refused record is kept as it was");
    }
    for event in &store.events {
        validate(&event.kind, &event.data).unwrap_or_else(|wrong| panic!("{} was stored: {wrong}", event.kind));
    }
}

/// Compressed, so that the file ends for good.
fn compressed(content: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(content).and_then(|()| out.finish()).expect("memory")
}

/// A file that is none of the connector's stores nothing.
fn misfits(corpus: &Corpus, content: &[u8]) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut store = Memory::default();
    let outcome = run(&mut store, &[file(dir.path(), "fuzz.gz", &compressed(content))], &|| corpus.connector(), &options());
    assert!(matches!(outcome, Err(IngestError::Misfit { .. })), "{outcome:?}");
    assert!(store.events.is_empty() && store.rejected.is_empty());
}
