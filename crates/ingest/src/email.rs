//! E-mail: single messages (`.eml`) and mailboxes (`mbox`), to threads of messages.
//!
//! Read in this order: `mailbox` (where a message ends), `own` (which addresses are ours: the source says it), `mail` (what is read of a message),
//! `letter` (messages to events), `report` (bounces and receipts to events). A message is mapped by itself, whatever stands before it, so that a mailbox
//! and its messages one by one give the same events.
//!
//! A contact is a thread: the message at its root, by `References` and `In-Reply-To`. What machines send opens no thread and answers nobody. Mail
//! knows no queues; texts and subjects are not stored.

mod letter;
mod mail;
mod mailbox;
mod own;
mod report;

use trunkline_events::EventBatch;

use self::mail::Mail;
use self::own::Own;
use crate::connector::{Connector, MapContext, Misfit, RecordRef, Reject, Split, Tail};
use crate::vendor::Emit;

/// Connector for `.eml` and `mbox`; the form of the file is told by its beginning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Email {
    is_mailbox: bool,
    /// The one message of the file has been read: what follows are its attachments.
    is_over: bool,
}

impl Email {
    /// A connector for one file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Connector for Email {
    fn name(&self) -> &'static str {
        "email"
    }

    fn start(&mut self, head: &[u8], tail: Tail) -> Result<Option<usize>, Misfit> {
        if head.len() < mailbox::MARK.len() && !tail.at_end() {
            return Ok(None);
        }
        if matches!(head.first(), Some(b'{' | b'[')) {
            let hint = "this is JSON, not mail: --connector email reads .eml and mbox; for JSON write a mapping and use --connector mapping --map SPEC";
            return Err(Misfit(hint.to_owned()));
        }
        self.is_mailbox = head.starts_with(mailbox::MARK);
        Ok(Some(0))
    }

    fn split(&mut self, buffer: &[u8], tail: Tail) -> Split {
        if self.is_mailbox {
            return mailbox::split(buffer, tail);
        }
        if self.is_over {
            return Split::Skip(buffer.len());
        }
        let split = mailbox::single(buffer, tail);
        self.is_over = matches!(split, Split::Record(_));
        split
    }

    fn map(&mut self, record: &RecordRef<'_>, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject> {
        let own = Own::of(context.source)?;
        let bytes = if self.is_mailbox { mailbox::without_mark(record.bytes) } else { record.bytes };
        let message = mail::parsed(bytes)?;
        let mut emit = Emit::new(context, record.offset, out);
        let mail = Mail::read(&message, bytes)?;
        if !report::told(&mail, &mut emit)? {
            letter::told(&mail, &own, &mut emit)?;
        }
        Ok(emit.count())
    }

    fn fork(&self) -> Option<Box<dyn Connector>> {
        Some(Box::new(*self))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
