//! What systems say about contacts, cases and their own records: pauses, edits, summaries, targets, corrections, erasures, and what no
//! rule maps. Nothing here happens in the centre, and only corrections change what is true of it.

use std::io;

use super::talk::yes_no;
use super::{Centre, REASONS};
use crate::demand::HOUR;
use crate::wire::Kind;

/// Time in which a case should be resolved.
const CASE_TARGET: i64 = 48 * HOUR;

impl Centre<'_> {
    /// The conversation waits for the customer.
    pub(super) fn pause(&mut self, c: usize) -> io::Result<()> {
        self.contacts[c].is_paused = true;
        let wire = self.wire.begin(Kind::StateChanged, "c-", self.contacts[c].n);
        wire.text("from", "active").text("to", "paused").text("reason", "waiting_customer").end()
    }

    /// The conversation goes on, if it was paused.
    pub(super) fn resume(&mut self, c: usize) -> io::Result<()> {
        if !std::mem::take(&mut self.contacts[c].is_paused) {
            return Ok(());
        }
        self.wire.begin(Kind::StateChanged, "c-", self.contacts[c].n).text("from", "paused").text("to", "active").end()
    }

    /// Somebody edits or deletes what they wrote, or reacts to it.
    pub(super) fn message_changed(&mut self, n: u64, message: u64) -> io::Result<()> {
        let change = ["edited", "edited", "reaction_added", "deleted"][self.random.below(4) as usize];
        self.wire.begin(Kind::MessageChanged, "c-", n).id("message_id", "m-", message).text("change", change).end()
    }

    /// The telephone system counts up a call.
    pub(super) fn summarise(&mut self, c: usize) -> io::Result<()> {
        let contact = &self.contacts[c];
        let wire = self.wire.begin(Kind::Summary, "c-", contact.n);
        wire.int("talk_ms", contact.talk_ms).int("hold_ms", contact.hold_ms).int("holds", i64::from(contact.holds_in_all));
        wire.int("wait_ms", contact.wait_ms).end()
    }

    /// A record of a kind for which the source has no rule.
    pub(super) fn unmapped(&mut self, vendor_type: &str) -> io::Result<()> {
        self.wire.begin(Kind::Unmapped, "centre-", 1).text("vendor_type", vendor_type).text("reason", "no_rule").end()
    }

    /// A new case gets its target; some are more urgent than they seemed.
    pub(super) fn case_rules(&mut self, n: u64) -> io::Result<()> {
        let due = self.wire.now + CASE_TARGET;
        let wire = self.wire.begin(Kind::Sla, "k-", n);
        wire.id("case_id", "k-", n).text("metric", "resolution").text("change", "applied").int("target_ms", CASE_TARGET);
        wire.time("due_at", due).end()?;
        if self.random.chance(0.2) {
            let wire = self.wire.begin(Kind::CaseUpdated, "k-", n);
            wire.id("case_id", "k-", n).raw("changes", "[{\"field\":\"priority\",\"from\":\"normal\",\"to\":\"high\"}]").end()?;
        }
        Ok(())
    }

    /// A case is resolved: in time or too late.
    pub(super) fn case_target(&mut self, n: u64, opened: i64) -> io::Result<()> {
        let change = if self.wire.now - opened <= CASE_TARGET { "fulfilled" } else { "breached" };
        self.wire.begin(Kind::Sla, "k-", n).id("case_id", "k-", n).text("metric", "resolution").text("change", change).end()
    }

    /// The agent notices the wrong disposition. `packed`: contact, reason, whether it was resolved.
    pub(super) fn set_right(&mut self, event: u64, packed: u64) -> io::Result<()> {
        let (n, reason, is_resolved) = (packed >> 3, (packed >> 1 & 3) as usize, packed & 1 == 1);
        let data = format!(
            "{{\"type\":\"disposition.set\",\"data\":{{\"code\":\"{}\",\"resolved\":\"{}\"}}}}",
            REASONS[reason],
            yes_no(is_resolved)
        );
        let wire = self.wire.begin(Kind::Corrected, "centre-", 1);
        wire.event_id("target_id", event).raw("replacement", &data).text("reason", "human").id("contact_id", "c-", n).end()
    }

    /// A customer asked to be forgotten.
    pub(super) fn erase(&mut self, customer: u64) -> io::Result<()> {
        let target = format!("{{\"kind\":\"customer\",\"id\":\"u-{customer}\"}}");
        let wire = self.wire.begin(Kind::Erased, "centre-", 1);
        wire.raw("target", &target).raw("fields", "[\"from_addr\",\"name\"]").text("legal_basis", "gdpr_art_17").end()
    }
}
