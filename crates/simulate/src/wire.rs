//! CloudEvents lines, written byte by byte into one reused buffer: no allocation and no serializer per event.

use std::io::{self, Write};

use crate::demand::DAY;
use crate::dirt::Dirtier;

macro_rules! kinds {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// Types of events the simulator writes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(usize)]
        pub(crate) enum Kind { $($name),* }
        /// Wire names, in the order of [`Kind`].
        pub(crate) const KINDS: &[&str] = &[$($text),*];
    };
}

kinds! {
    Started = "contact.started", Updated = "contact.updated", Ended = "contact.ended",
    StateChanged = "contact.state_changed", Summary = "contact.summary_reported",
    Linked = "entity.linked", Routed = "routing.decided", Entered = "queue.entered", Exited = "queue.exited",
    OfferMade = "offer.made", OfferEnded = "offer.ended", Connected = "participant.connected",
    Disconnected = "participant.disconnected", HoldStarted = "hold.started", HoldEnded = "hold.ended",
    Transfer = "transfer.updated", Artifact = "artifact.attached", WrapStarted = "wrapup.started", WrapEnded = "wrapup.ended",
    Disposition = "disposition.set", Received = "message.received", Sent = "message.sent",
    Delivery = "message.delivery_updated", MessageChanged = "message.changed", Note = "note.added", SelfStarted = "selfservice.started",
    SelfStep = "selfservice.step_completed", SelfEnded = "selfservice.ended", AgentState = "agent.state_changed",
    Assignment = "agent.assignment_changed", CaseOpened = "case.opened", CaseStatus = "case.status_changed",
    CaseAssigned = "case.assigned", CaseUpdated = "case.updated", Sla = "sla.changed", SurveySent = "survey.sent", SurveyAnswered = "survey.answered",
    Evaluation = "qa.evaluation_recorded", Order = "order.progressed", Promise = "commitment.made",
    PromiseChanged = "commitment.changed", Invoice = "invoice.issued", InvoiceCorrected = "invoice.corrected",
    Complaint = "complaint.registered", ComplaintClosed = "complaint.closed", Training = "training.completed",
    Feedback = "agent.feedback_given", Schedule = "schedule.published", Source = "source.status_reported",
    Unmapped = "source.unmapped", Corrected = "record.corrected", Erased = "record.erased",
}

/// Bytes gathered before they are handed to the writer.
const CHUNK: usize = 256 * 1024;

/// Writes lines; knows the present instant.
pub(crate) struct Wire<'w> {
    out: &'w mut dyn Write,
    buffer: Vec<u8>,
    line: usize,
    /// Present instant, ms since the epoch.
    pub(crate) now: i64,
    /// Instant of the last event written, ms since the epoch.
    pub(crate) last: i64,
    day: i64,
    date: [u8; 10],
    seed: u64,
    /// Events written, duplicates not counted.
    pub(crate) events: u64,
    /// Events per type.
    pub(crate) counts: Vec<u64>,
    skew: i64,
    dirtier: Option<Dirtier>,
}

impl<'w> Wire<'w> {
    /// A writer of clean lines, or of lines made dirty by `dirtier`; `skew` is added to `recordedtime`.
    pub(crate) fn new(out: &'w mut dyn Write, seed: u64, skew: i64, dirtier: Option<Dirtier>) -> Self {
        let buffer = Vec::with_capacity(CHUNK + 4096);
        Self {
            out,
            buffer,
            line: 0,
            now: 0,
            last: 0,
            day: i64::MIN,
            date: *b"0000-00-00",
            seed,
            events: 0,
            counts: vec![0; KINDS.len()],
            skew,
            dirtier,
        }
    }

    /// Opens an event about `<prefix><number>`.
    pub(crate) fn begin(&mut self, kind: Kind, prefix: &str, number: u64) -> &mut Self {
        self.line = self.buffer.len();
        self.events += 1;
        self.last = self.now;
        self.counts[kind as usize] += 1;
        self.push("{\"specversion\":\"1.0\",\"id\":\"s");
        push_int(&mut self.buffer, self.seed);
        self.push("-");
        push_int(&mut self.buffer, self.events);
        self.push("\",\"source\":\"sim://centre\",\"type\":\"");
        self.push(KINDS[kind as usize]);
        self.push("\",\"time\":\"");
        self.push_time(self.now);
        if self.skew != 0 {
            self.push("\",\"recordedtime\":\"");
            self.push_time(self.now + self.skew);
        }
        self.push("\",\"subject\":\"");
        self.push(prefix);
        push_int(&mut self.buffer, number);
        self.push("\",\"data\":{");
        self
    }

    /// A text field; the value must need no escaping.
    pub(crate) fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.key(name);
        self.push("\"");
        self.push(value);
        self.push("\",");
        self
    }

    /// A whole number.
    pub(crate) fn int(&mut self, name: &str, value: i64) -> &mut Self {
        self.key(name);
        if value < 0 {
            self.push("-");
        }
        push_int(&mut self.buffer, value.unsigned_abs());
        self.push(",");
        self
    }

    /// An identifier made of a prefix and a number.
    pub(crate) fn id(&mut self, name: &str, prefix: &str, number: u64) -> &mut Self {
        self.key(name);
        self.push("\"");
        self.push(prefix);
        push_int(&mut self.buffer, number);
        self.push("\",");
        self
    }

    /// The id of the event of that number.
    pub(crate) fn event_id(&mut self, name: &str, event: u64) -> &mut Self {
        self.key(name);
        self.push("\"s");
        push_int(&mut self.buffer, self.seed);
        self.push("-");
        push_int(&mut self.buffer, event);
        self.push("\",");
        self
    }

    /// A value that is JSON already.
    pub(crate) fn raw(&mut self, name: &str, json: &str) -> &mut Self {
        self.key(name);
        self.push(json);
        self.push(",");
        self
    }

    /// An instant, ms since the epoch.
    pub(crate) fn time(&mut self, name: &str, ms: i64) -> &mut Self {
        self.key(name);
        self.push("\"");
        self.push_time(ms);
        self.push("\",");
        self
    }

    /// Closes the event.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if self.buffer.last() == Some(&b',') {
            self.buffer.pop();
        }
        self.push("}}\n");
        if let Some(dirtier) = &mut self.dirtier {
            let line = self.buffer.split_off(self.line);
            dirtier.take(line, &mut self.buffer);
        }
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Hands everything to the writer, late lines included.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Some(dirtier) = &mut self.dirtier {
            dirtier.finish(&mut self.buffer);
        }
        self.flush()?;
        self.out.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn key(&mut self, name: &str) {
        self.push("\"");
        self.push(name);
        self.push("\":");
    }

    fn push(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn push_time(&mut self, ms: i64) {
        let day = ms.div_euclid(DAY);
        if day != self.day {
            self.day = day;
            self.date = date_text(day);
        }
        let in_day = ms.rem_euclid(DAY) as u32;
        let (seconds, millis) = (in_day / 1_000, in_day % 1_000);
        let two = |v: u32| [b'0' + (v / 10) as u8, b'0' + (v % 10) as u8];
        let (h, m, s, f) = (two(seconds / 3_600), two(seconds / 60 % 60), two(seconds % 60), two(millis % 100));
        let text = [b'T', h[0], h[1], b':', m[0], m[1], b':', s[0], s[1], b'.', b'0' + (millis / 100) as u8, f[0], f[1], b'Z'];
        self.buffer.extend_from_slice(&self.date);
        self.buffer.extend_from_slice(&text);
    }
}

/// Decimal digits of a number.
fn push_int(buffer: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[at..]);
}

/// `YYYY-MM-DD` of a day number since 1970-01-01, years 0 to 9999 (Howard Hinnant's `civil_from_days`).
pub(crate) fn date_text(day: i64) -> [u8; 10] {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = doy - (153 * mp + 2) / 5 + 1;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    let y = yoe + era * 400 + i64::from(m <= 2);
    let digit = |v: i64| b'0' + (v % 10) as u8;
    [digit(y / 1_000), digit(y / 100), digit(y / 10), digit(y), b'-', digit(m / 10), digit(m), b'-', digit(d / 10), digit(d)]
}
