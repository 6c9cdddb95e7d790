//! The balance at the end of an ingest: received = stored + duplicate + rejected.

use std::fmt;

use trunkline_events::port::Receipt;

use crate::punctuality::Punctuality;

/// What an ingest did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// The books, in input records; events apart.
    pub receipt: Receipt,
    /// Files read.
    pub files: u64,
    /// Files with nothing new.
    pub unchanged_files: u64,
    /// Last lines without an end, left for later (or for ever, if the file will not grow).
    pub incomplete_lines: u64,
    /// Rejected records by code, most first.
    pub reject_codes: Vec<(String, u64)>,
    /// Of these, records that an earlier reading of the same bytes had rejected in the same way: they count as duplicates.
    pub rejected_as_before: u64,
    /// How late the events were.
    pub punctuality: Punctuality,
    /// Remarks of readers and connectors.
    pub notes: Vec<String>,
}

impl Summary {
    /// True when every record received is accounted for.
    #[must_use]
    pub const fn balances(&self) -> bool {
        self.receipt.received == self.receipt.stored + self.receipt.duplicate + self.receipt.rejected
    }

    /// Counts a rejected record under its code.
    pub(crate) fn count_reject(&mut self, code: &str) {
        match self.reject_codes.iter_mut().find(|(known, _)| known == code) {
            Some((_, n)) => *n += 1,
            None => self.reject_codes.push((code.to_owned(), 1)),
        }
    }
}

impl fmt::Display for Summary {
    /// `received 10 = stored 7 + duplicate 2 + rejected 1 (events 21)` and a line for everything else worth saying.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Receipt { received, stored, duplicate, rejected, events } = self.receipt;
        let sign = if self.balances() { '=' } else { '≠' };
        write!(f, "received {received} {sign} stored {stored} + duplicate {duplicate} + rejected {rejected} (events {events})")?;
        let mut codes = self.reject_codes.clone();
        codes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        if !codes.is_empty() {
            let list: Vec<String> = codes.iter().map(|(code, n)| format!("{code} {n}")).collect();
            write!(f, "\nrejected by reason: {}", list.join(", "))?;
            if self.rejected_as_before > 0 {
                write!(f, " ({} of them as in an earlier reading: duplicates)", self.rejected_as_before)?;
            }
        }
        match self.incomplete_lines {
            0 => {}
            1 => write!(f, "\n1 incomplete line left")?,
            n => write!(f, "\n{n} incomplete lines left")?,
        }
        if self.unchanged_files > 0 {
            write!(f, "\n{} of {} files had nothing new", self.unchanged_files, self.files)?;
        }
        for note in &self.notes {
            write!(f, "\nnote: {note}")?;
        }
        Ok(())
    }
}
