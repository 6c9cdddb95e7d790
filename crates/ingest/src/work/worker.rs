//! The mapping thread of one file.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc::Sender;
use trunkline_events::port::Carry;

use super::book::{Book, Mapped, map_one};
use super::cutter::{Cut, Oversize, cut};
use super::merge::Size;
use crate::chain;
use crate::connector::{Connector, MapContext, RecordRef, Tail};
use crate::error::IngestError;
use crate::file::Content;
use crate::journal::{Place, Running};
use crate::run::IngestOptions;

/// Blocks with fewer records are mapped on one thread.
const PARALLEL_RECORDS: usize = 256;

/// What the thread has to do.
pub(crate) struct Order {
    pub(crate) path: PathBuf,
    pub(crate) connector: Box<dyn Connector>,
    pub(crate) place: Place,
    pub(crate) options: Arc<IngestOptions>,
    /// Rejected records after which to stop.
    pub(crate) reject_budget: Option<u64>,
}

/// How reading ended.
#[derive(Debug, Default)]
pub(crate) struct End {
    pub(crate) incomplete: bool,
    pub(crate) notes: Vec<String>,
    /// State at the position the file was known to, when it was missing.
    pub(crate) carry: Option<Carry>,
}

/// What the thread says.
pub(crate) enum Message {
    /// Something to store; bytes of the file on disk read so far.
    Delivery(Box<trunkline_events::port::Delivery>, u64),
    /// The last message.
    End(Result<End, IngestError>),
}

/// Runs an order to its end. Stops early when nobody listens any more.
pub(crate) fn work(order: Order, to: &Sender<Message>) {
    let origin = order.options.origin.clone().unwrap_or_else(|| order.path.display().to_string());
    let end = match Content::open(&order.path) {
        Ok(content) => Worker::new(order, content, origin, to).run(),
        Err(error) => Err(IngestError::Read { path: origin, error }),
    };
    let _ = to.blocking_send(Message::End(end));
}

struct Worker<'a> {
    content: Content,
    connector: Box<dyn Connector>,
    options: Arc<IngestOptions>,
    /// Known before; mapped again only for its state.
    resume_at: i64,
    /// State at the file's beginning, for the first delivery.
    begin: Option<Carry>,
    /// Something was sent.
    has_sent: bool,
    /// Everything before the buffer.
    running: Running,
    buffer: Vec<u8>,
    tail: Tail,
    budget: Option<u64>,
    book: Book,
    /// What the second thread maps, before it joins the rest.
    apart: Mapped,
    to: &'a Sender<Message>,
}

impl<'a> Worker<'a> {
    fn new(order: Order, content: Content, origin: String, to: &'a Sender<Message>) -> Self {
        let Order { connector, place, options, reject_budget, .. } = order;
        Self {
            content,
            resume_at: place.at.offset,
            running: if connector.keeps_state() && !place.is_restored { Running::of(place.chain) } else { place.at },
            begin: place.begin,
            has_sent: false,
            buffer: Vec::new(),
            tail: Tail::More,
            budget: reject_budget,
            book: Book {
                connector: connector.name(),
                source: options.source.clone(),
                origin,
                journal: place.journal,
                again: place.again,
                now: options.now.micros(),
                delivery: trunkline_events::port::Delivery::default(),
                last: Size::default(),
            },
            apart: Mapped::default(),
            connector,
            options,
            to,
        }
    }

    fn run(mut self) -> Result<End, IngestError> {
        let outcome = self.read_all();
        self.send();
        let mut end = outcome?;
        end.notes = self.connector.notes();
        if !self.has_sent && self.running.offset == self.resume_at {
            end.carry = self.carry();
        }
        Ok(end)
    }

    fn carry(&self) -> Option<Carry> {
        chain::carry(&*self.connector, self.running.chain.as_ref()?, &self.book.journal, self.running.offset)
    }

    /// Sends what has gathered, if anything has; false when nobody listens any more.
    fn send(&mut self) -> bool {
        if self.book.is_empty() {
            return true;
        }
        let carries = self.begin.take().into_iter().chain(self.carry()).collect();
        self.has_sent = true;
        let taken = self.content.taken().load(Ordering::Relaxed);
        self.book.send(self.to, &self.running, taken, carries)
    }

    fn read_all(&mut self) -> Result<End, IngestError> {
        self.begin()?;
        let mut oversize: Option<Oversize> = None;
        loop {
            if let Some(large) = &mut oversize {
                if self.read_over(large) {
                    let reject = large.reject();
                    self.book.enter_refused(&large.raw, large.offset, large.line, reject);
                    oversize = None;
                }
            } else {
                let cuts = cut(&mut *self.connector, &self.buffer, self.tail, self.running.lines + 1);
                self.map_all(&cuts.records, cuts.consumed);
                self.buffer.drain(..cuts.consumed);
                if self.tail == Tail::More && self.buffer.len() > self.options.max_record_bytes {
                    let (offset, line) = (self.running.offset, self.running.lines + 1);
                    oversize = Some(Oversize { raw: Vec::new(), offset, line, len: 0 });
                    continue;
                }
            }
            if self.budget.is_some_and(|left| self.book.rejected() > left) {
                return Ok(End::default());
            }
            if self.book.is_full(self.options.batch_rows, self.options.batch_bytes) && !self.flush() {
                return Ok(End::default());
            }
            if self.tail.at_end() && oversize.is_none() {
                let incomplete = !self.buffer.is_empty() && !self.connector.is_blank(&self.buffer);
                return Ok(End { incomplete, ..End::default() });
            }
            self.read()?;
        }
    }

    /// Sends the delivery and lowers the budget by what it rejected; false when nobody listens any more.
    fn flush(&mut self) -> bool {
        if let Some(left) = &mut self.budget {
            *left = left.saturating_sub(self.book.rejected());
        }
        self.send()
    }

    /// Reads the head, lets the connector look at it, and goes on to where reading resumes.
    fn begin(&mut self) -> Result<(), IngestError> {
        self.read()?;
        let preamble = loop {
            let found = self.connector.start(&self.buffer, self.tail);
            let found = found.map_err(|misfit| IngestError::Misfit { path: self.book.origin.clone(), misfit })?;
            match found {
                Some(len) => break len.min(self.buffer.len()),
                None if self.tail.at_end() => break 0,
                None => self.read()?,
            }
        };
        if self.running.offset == 0 {
            self.running.update(&self.buffer[..preamble]);
            self.buffer.drain(..preamble);
            return Ok(());
        }
        let mut skip = usize::try_from(self.running.offset).unwrap_or(usize::MAX);
        while skip > self.buffer.len() && !self.tail.at_end() {
            skip -= self.buffer.len();
            self.buffer.clear();
            self.read()?;
        }
        self.buffer.drain(..skip.min(self.buffer.len()));
        Ok(())
    }

    /// Reads the next block behind the buffer; at the end of the file only the tail changes.
    fn read(&mut self) -> Result<(), IngestError> {
        match self.content.read_some(&mut self.buffer, self.options.block_bytes) {
            Ok(0) => self.tail = self.content.packing().tail(),
            Ok(_) => {}
            Err(error) => {
                let (path, offset) = (self.book.origin.clone(), self.running.offset + self.buffer.len() as i64);
                return Err(IngestError::Damaged { path, offset, error, summary: Box::default() });
            }
        }
        Ok(())
    }

    /// Moves bytes of a too large record out of the buffer; true when its end was found.
    fn read_over(&mut self, large: &mut Oversize) -> bool {
        let newline = memchr::memchr(b'\n', &self.buffer);
        let upto = newline.map_or(self.buffer.len(), |at| at + 1);
        let room = self.options.max_record_bytes.saturating_sub(large.raw.len());
        large.raw.extend_from_slice(&self.buffer[..upto.min(room)]);
        large.len += upto as u64;
        self.running.update(&self.buffer[..upto]);
        self.buffer.drain(..upto);
        newline.is_some() || self.tail.at_end()
    }

    /// Maps the records of the buffer and takes its first `consumed` bytes into the running hash.
    fn map_all(&mut self, cuts: &[Cut], consumed: usize) {
        let parallel = cuts.len() >= PARALLEL_RECORDS && self.budget.is_none() && !self.connector.keeps_state();
        let fork = if parallel { self.connector.fork() } else { None };
        if let Some(other) = fork {
            self.map_on_two(other, cuts);
            self.running.update(&self.buffer[..consumed]);
        } else {
            self.map_in_order(cuts, consumed);
        }
    }

    fn map_on_two(&mut self, mut other: Box<dyn Connector>, cuts: &[Cut]) {
        let (base, middle) = (self.running.offset, cuts.len() / 2);
        let (buffer, journal, options) = (&self.buffer, self.book.journal.clone(), Arc::clone(&self.options));
        let context = MapContext {
            connector: self.book.connector,
            journal: &journal,
            now: options.now,
            secret: &options.secret,
            source: &options.source,
        };
        let run = |connector: &mut dyn Connector, first: usize, cuts: &[Cut], mapped: &mut Mapped| {
            for (i, cut) in cuts.iter().enumerate() {
                let offset = base + cut.start as i64;
                let record = RecordRef { bytes: &buffer[cut.start..cut.end], offset, place: offset, line: cut.line, before: 0 };
                map_one(connector, (first + i, cut), &record, &context, mapped);
            }
        };
        let (connector, apart, mut lent) = (&mut *self.connector, &mut self.apart, self.book.lend());
        let second = std::thread::scope(|scope| {
            let half = scope.spawn(|| run(&mut *other, middle, &cuts[middle..], apart));
            run(connector, 0, &cuts[..middle], &mut lent);
            half.join()
        });
        if let Err(panic) = second {
            std::panic::resume_unwind(panic);
        }
        self.book.take_back(lent, &self.buffer, base, cuts);
        self.book.enter(&mut self.apart, &self.buffer, base, cuts);
    }

    fn map_in_order(&mut self, cuts: &[Cut], consumed: usize) {
        let (base, log_base, by_content) = (self.running.offset, self.running.place(), self.connector.names_by_content());
        let (journal, options) = (self.book.journal.clone(), Arc::clone(&self.options));
        let context = MapContext {
            connector: self.book.connector,
            journal: &journal,
            now: options.now,
            secret: &options.secret,
            source: &options.source,
        };
        let mut mapped = self.book.lend();
        let (mut hashed, mut refused) = (0, self.book.rejected());
        for (i, cut) in cuts.iter().enumerate() {
            if by_content {
                self.running.update(&self.buffer[hashed..cut.start]);
                hashed = cut.start;
            }
            let before = if by_content { self.running.digest() } else { 0 };
            let (offset, place) = (base + cut.start as i64, log_base + cut.start as i64);
            let record = RecordRef { bytes: &self.buffer[cut.start..cut.end], offset, place, line: cut.line, before };
            if record.offset < self.resume_at {
                map_one(&mut *self.connector, (i, cut), &record, &context, &mut Mapped::default());
                continue;
            }
            let known = mapped.refused();
            map_one(&mut *self.connector, (i, cut), &record, &context, &mut mapped);
            refused += mapped.refused() - known;
            if self.budget.is_some_and(|left| refused > left) {
                self.running.update(&self.buffer[hashed..cut.end]);
                self.book.take_back(mapped, &self.buffer, base, cuts);
                return;
            }
        }
        self.book.take_back(mapped, &self.buffer, base, cuts);
        self.running.update(&self.buffer[hashed..consumed]);
    }
}
