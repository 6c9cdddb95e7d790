//! Messaging and e-mail: turns over hours and days. Every customer turn is a stay in the queue and a leg of an agent.

use std::io;

use super::arrival::FALSELY_RESOLVED;
use super::clock::What;
use super::{Centre, Phase};
use crate::wire::Kind;

impl Centre<'_> {
    /// The first message of a thread.
    pub(super) fn thread_starts(&mut self, c: usize) -> io::Result<()> {
        let mut turns = 0;
        while turns < 5 && self.random.chance(0.45) {
            turns += 1;
        }
        self.contacts[c].turns_left = turns;
        self.contacts[c].phase = Phase::Resting;
        let is_email = self.contacts[c].channel == 3;
        self.customer_message(c)?;
        if is_email {
            let n = self.contacts[c].n;
            let wire = self.wire.begin(Kind::Sent, "c-", n);
            wire.text("message_id", "auto-1").text("author", "system").text("template", "receipt").raw("automatic", "true");
            wire.text("content_type", "text/plain").end()?;
        }
        self.enqueue(c, if is_email { 7 } else { 6 })
    }

    fn customer_message(&mut self, c: usize) -> io::Result<()> {
        let now = self.wire.now;
        let contact = &mut self.contacts[c];
        contact.messages += 1;
        if contact.asked == 0 {
            contact.asked = now;
            contact.turns += 1;
        }
        let (n, message) = (contact.n, contact.messages);
        let wire = self.wire.begin(Kind::Received, "c-", n);
        wire.id("message_id", "m-", message).text("author", "customer").text("content_type", "text/plain").end()?;
        if self.random.chance(0.12) {
            let later = self.random.exponential(2_400.0);
            self.contact_timer(later, What::Reply, c, 0);
        }
        Ok(())
    }

    /// The customer writes again: an answer, or one more message while waiting.
    pub(super) fn customer_writes(&mut self, c: usize) -> io::Result<()> {
        let contact = &mut self.contacts[c];
        match contact.phase {
            Phase::Waiting => self.customer_message(c),
            // Nobody reads and writes in the same instant; and while the agent types the customer lets them.
            Phase::Resting if contact.answered != self.wire.now => {
                contact.turns_left = contact.turns_left.saturating_sub(1);
                let queue = contact.queue;
                self.resume(c)?;
                self.customer_message(c)?;
                self.enqueue(c, queue)
            }
            _ => Ok(()),
        }
    }

    /// The agent sends the answer and puts the thread away.
    pub(super) fn answer_thread(&mut self, c: usize) -> io::Result<()> {
        let now = self.wire.now;
        let contact = &mut self.contacts[c];
        let asked = std::mem::replace(&mut contact.asked, 0);
        contact.messages += 1;
        contact.answered = now;
        let (n, message, agent, channel, turns, is_email) =
            (contact.n, contact.messages, contact.agent, contact.channel, contact.turns, contact.channel == 3);
        self.truth.turn(channel, contact.queue, asked, now, turns == 1);
        let wire = self.wire.begin(Kind::Sent, "c-", n);
        wire.id("message_id", "m-", message).text("author", "agent").id("agent_id", "a-", agent as u64 + 1);
        wire.text("content_type", if is_email { "text/html" } else { "text/plain" }).end()?;
        self.wire.begin(Kind::Delivery, "c-", n).id("message_id", "m-", message).text("state", "sent").end()?;
        let is_last = self.contacts[c].turns_left == 0;
        if is_last {
            let is_resolved = self.random.chance(0.82);
            self.contacts[c].is_resolved = is_resolved;
            if !is_resolved || self.random.chance(FALSELY_RESOLVED) {
                self.remember(c);
            }
            self.around_contact(c)?;
        }
        self.end_leg(c, "agent", "answered", is_last)?;
        self.contacts[c].phase = Phase::Resting;
        if !is_last && !is_email && self.random.chance(0.5) {
            self.pause(c)?;
        }
        let (wait, what) = if is_last {
            (self.random.lognormal(4.0 * 3_600.0, 0.5), What::GiveUp)
        } else {
            (self.random.lognormal(if is_email { 9.0 * 3_600.0 } else { 2_400.0 }, 1.0), What::Reply)
        };
        self.contact_timer(wait, what, c, u64::from(turns));
        Ok(())
    }

    /// Nobody writes any more: the thread is closed.
    pub(super) fn thread_ends(&mut self, c: usize, turns: u64) -> io::Result<()> {
        let contact = &self.contacts[c];
        if contact.phase != Phase::Resting || u64::from(contact.turns) != turns {
            return Ok(());
        }
        self.end_contact(c, "system", "settled")
    }
}
