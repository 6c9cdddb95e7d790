//! The conversation: connection, holds, messages of a chat, transfers, the end, and wrap-up.

use std::io;

use super::arrival::FALSELY_RESOLVED;
use super::clock::What;
use super::{CHANNELS, Centre, OVERFLOW, Phase, QUEUES, REASONS, WrapUp};
use crate::truth::Leg;
use crate::wire::Kind;

impl Centre<'_> {
    /// An agent and the customer are connected.
    pub(super) fn connect(&mut self, c: usize, agent: usize) -> io::Result<()> {
        let now = self.wire.now;
        self.take_up(agent);
        let contact = &mut self.contacts[c];
        contact.phase = Phase::Talking;
        contact.part += 1;
        (contact.connected, contact.hold_from, contact.hold_count) = (now, 0, 0);
        let is_first = !std::mem::replace(&mut contact.is_handled, true);
        let (n, part, queue, channel, promise) = (contact.n, contact.part, contact.queue, contact.channel, contact.promise);
        if is_first {
            self.truth.contact(channel, contact.first_queue, contact.started, |cell| cell.handled += 1);
        }
        self.truth.queue(queue, now).handled += 1;
        let wire = self.wire.begin(Kind::Connected, "c-", n);
        wire.id("participant_id", "", part).text("role", "agent").id("agent_id", "a-", agent as u64 + 1);
        wire.text("mode", "talk").text("queue", QUEUES[queue].name).end()?;
        if promise != 0 && is_first {
            self.wire
                .begin(Kind::PromiseChanged, "p-", promise)
                .id("commitment_id", "p-", promise)
                .text("change", "kept")
                .id("contact_id", "c-", n)
                .end()?;
        }
        match channel {
            0 => self.plan_call(c, part),
            1 => {
                let length = self.random.lognormal(420.0, 0.5);
                self.contact_timer(length, What::TalkEnd, c, part);
                let pause = self.random.seconds(5.0, 40.0);
                self.contact_timer(pause, What::Message, c, part);
                Ok(())
            }
            _ => {
                let length = self.random.lognormal(if channel == 2 { 100.0 } else { 210.0 }, 0.6);
                self.contact_timer(length, What::TalkEnd, c, part);
                Ok(())
            }
        }
    }

    fn plan_call(&mut self, c: usize, part: u64) -> io::Result<()> {
        let talk = self.random.lognormal(205.0, 0.6).max(8_000);
        let mut length = talk;
        if self.random.chance(0.22) {
            let from = (talk as f64 * (0.2 + 0.5 * self.random.unit())) as i64;
            let hold = self.random.lognormal(38.0, 0.6);
            self.contact_timer(from, What::HoldStart, c, part);
            self.contact_timer(from + hold, What::HoldEnd, c, part);
            length += hold;
        }
        self.contact_timer(length, What::TalkEnd, c, part);
        if self.random.chance(0.3) {
            let n = self.contacts[c].n;
            let wire = self.wire.begin(Kind::Artifact, "c-", n);
            wire.text("kind", "recording").id("uri", "rec://centre/", n).text("status", "available").end()?;
        }
        Ok(())
    }

    fn is_talking(&self, c: usize, part: u64) -> bool {
        self.contacts[c].phase == Phase::Talking && self.contacts[c].part == part
    }

    /// The customer is put on hold.
    pub(super) fn hold_start(&mut self, c: usize, part: u64) -> io::Result<()> {
        if !self.is_talking(c, part) {
            return Ok(());
        }
        let now = self.wire.now;
        let contact = &mut self.contacts[c];
        contact.hold_from = now;
        let (n, queue, connected, agent) = (contact.n, contact.queue, contact.connected, contact.agent);
        if contact.hold_count == 0 {
            self.truth.queue(queue, connected).handled_held += 1;
        }
        let wire = self.wire.begin(Kind::HoldStarted, "c-", n);
        wire.id("participant_id", "", part).text("by", "agent").id("agent_id", "a-", agent as u64 + 1).end()
    }

    /// The customer is back.
    pub(super) fn hold_end(&mut self, c: usize, part: u64) -> io::Result<()> {
        let now = self.wire.now;
        if !self.is_talking(c, part) || self.contacts[c].hold_from == 0 {
            return Ok(());
        }
        let contact = &mut self.contacts[c];
        let held = now - contact.hold_from;
        contact.holds[contact.hold_count] = (contact.hold_from, now);
        contact.hold_count += 1;
        contact.hold_from = 0;
        let n = contact.n;
        self.wire.begin(Kind::HoldEnded, "c-", n).id("participant_id", "", part).int("held_ms", held).end()
    }

    /// One line of a chat, customer and agent in turn.
    pub(super) fn chat_message(&mut self, c: usize, part: u64) -> io::Result<()> {
        if !self.is_talking(c, part) {
            return Ok(());
        }
        let contact = &mut self.contacts[c];
        contact.messages += 1;
        let (n, message, agent) = (contact.n, contact.messages, contact.agent);
        if message > 1 && self.random.chance(0.01) {
            self.message_changed(n, message - 1)?;
        }
        if message % 2 == 1 {
            let wire = self.wire.begin(Kind::Received, "c-", n);
            wire.id("message_id", "m-", message).text("author", "customer").text("content_type", "text/plain").end()?;
        } else {
            let wire = self.wire.begin(Kind::Sent, "c-", n);
            wire.id("message_id", "m-", message).text("author", "agent").id("agent_id", "a-", agent as u64 + 1);
            wire.text("content_type", "text/plain").end()?;
        }
        let pause = self.random.seconds(20.0, 80.0);
        self.contact_timer(pause, What::Message, c, part);
        Ok(())
    }

    /// The conversation is over, or goes on with somebody else.
    pub(super) fn talk_end(&mut self, c: usize, part: u64) -> io::Result<()> {
        if !self.is_talking(c, part) {
            return Ok(());
        }
        let contact = &self.contacts[c];
        if contact.channel >= 2 {
            return self.answer_thread(c);
        }
        let can_transfer = contact.channel == 0 && !contact.is_outbound && contact.visit < 3;
        let is_taken = QUEUES[self.transfer_target(c)].is_open(self.wire.now);
        if can_transfer && self.random.chance(0.08) && is_taken {
            return self.transfer(c, part);
        }
        let is_resolved = self.random.chance(0.8);
        self.contacts[c].is_resolved = is_resolved;
        if !is_resolved || self.random.chance(FALSELY_RESOLVED) {
            self.remember(c);
        }
        self.around_contact(c)?;
        let by = if self.random.chance(0.7) { "customer" } else { "agent" };
        self.end_leg(c, by, "completed", true)?;
        self.end_contact(c, by, "completed")
    }

    fn transfer(&mut self, c: usize, part: u64) -> io::Result<()> {
        if self.random.chance(0.4) {
            self.hold_start(c, part)?;
            self.write_transfer(c, "initiated", "attended")?;
            let consult = self.random.seconds(15.0, 70.0);
            self.contact_timer(consult, What::TransferDone, c, part);
            return Ok(());
        }
        self.hand_on(c, "blind")
    }

    /// The consultation of an attended transfer is over.
    pub(super) fn transfer_done(&mut self, c: usize, part: u64) -> io::Result<()> {
        if !self.is_talking(c, part) {
            return Ok(());
        }
        self.hold_end(c, part)?;
        self.hand_on(c, "attended")
    }

    fn hand_on(&mut self, c: usize, kind: &str) -> io::Result<()> {
        self.write_transfer(c, "completed", kind)?;
        let target = self.transfer_target(c);
        let contact = &mut self.contacts[c];
        let is_first = !std::mem::replace(&mut contact.is_transferred, true);
        if is_first {
            self.truth.contact(contact.channel, contact.first_queue, contact.started, |cell| cell.transferred += 1);
        }
        self.end_leg(c, "agent", "transfer", false)?;
        self.enqueue(c, target)
    }

    fn transfer_target(&self, c: usize) -> usize {
        let contact = &self.contacts[c];
        if contact.queue == OVERFLOW { contact.reason } else { (contact.queue + 1) % 4 }
    }

    fn write_transfer(&mut self, c: usize, phase: &str, kind: &str) -> io::Result<()> {
        let (n, visit, agent) = (self.contacts[c].n, self.contacts[c].visit, self.contacts[c].agent);
        let target = self.transfer_target(c);
        let json = ["billing", "orders", "support", "sales"][target];
        let wire = self.wire.begin(Kind::Transfer, "c-", n);
        wire.id("transfer_id", "t", visit).text("phase", phase).text("kind", kind);
        wire.raw("target", &format!("{{\"kind\":\"queue\",\"id\":\"{json}\"}}")).id("by", "a-", agent as u64 + 1).end()
    }

    /// An agent's part ends; wrap-up begins.
    pub(super) fn end_leg(&mut self, c: usize, by: &str, reason: &str, is_last: bool) -> io::Result<()> {
        let now = self.wire.now;
        let contact = &self.contacts[c];
        let (agent, is_voice) = (contact.agent, contact.channel == 0);
        let wire = self.wire.begin(Kind::Disconnected, "c-", contact.n);
        wire.id("participant_id", "", contact.part).text("reason", reason).text("by", by).id("agent_id", "a-", agent as u64 + 1).end()?;
        let wraps_up = self.random.chance(if contact.channel < 2 { 0.96 } else { 0.3 });
        let length = self.random.lognormal(if is_voice { 38.0 } else { 25.0 }, 0.6);
        let is_known = now + length < self.horizon;
        self.count_leg(c, (wraps_up && is_known).then_some(length));
        if !wraps_up {
            self.put_down(agent, false);
            return self.released(agent);
        }
        self.wrap_up(c, length, is_last)?;
        if !is_known {
            self.put_down(agent, true);
        }
        Ok(())
    }

    fn count_leg(&mut self, c: usize, wrap_up: Option<i64>) {
        let contact = &mut self.contacts[c];
        // Dialling is work on an outbound contact; ringing of an inbound one is not.
        let dialled = if contact.is_outbound { contact.connected - contact.offered } else { 0 };
        let leg = Leg {
            queue: contact.queue,
            accepted: contact.connected,
            ended: self.wire.now,
            holds: &contact.holds[..contact.hold_count],
            dialled,
            wrap_up,
        };
        let times = leg.times();
        self.truth.leg(&leg);
        contact.talk_ms += times.talk;
        contact.hold_ms += times.hold;
        contact.holds_in_all += contact.hold_count as u32;
        contact.work_ms += times.talk + times.hold + times.wrap_up;
    }

    fn wrap_up(&mut self, c: usize, length: i64, is_last: bool) -> io::Result<()> {
        let now = self.wire.now;
        let contact = &self.contacts[c];
        let is_disposed = is_last && contact.is_reason_known;
        let is_wrong = is_disposed && self.random.chance(0.01);
        let correction = if is_wrong { self.random.lognormal(5_400.0, 0.8) } else { 0 };
        let wrap = WrapUp {
            n: contact.n,
            part: contact.part,
            agent: contact.agent,
            started: now,
            queue: contact.queue,
            reason: contact.reason,
            is_resolved: contact.is_resolved,
            correction,
            is_disposed,
            is_last,
        };
        let said_at = now + length;
        if is_disposed && said_at < self.horizon && contact.mark.is_none_or(|(at, _)| at <= said_at) {
            let is_set_right = !is_wrong || said_at + correction < self.horizon;
            self.contacts[c].mark = Some((said_at, wrap.is_resolved == is_set_right));
        }
        let wire = self.wire.begin(Kind::WrapStarted, "c-", wrap.n);
        wire.id("participant_id", "", wrap.part).id("agent_id", "a-", wrap.agent as u64 + 1).end()?;
        let slot = self.free_wraps.pop().unwrap_or_else(|| {
            self.wraps.push(WrapUp::default());
            self.wraps.len() - 1
        });
        self.wraps[slot] = wrap;
        self.clock.at(said_at, What::WrapEnd, slot as u64, 0, 0);
        Ok(())
    }

    /// The agent has written everything down and is free again.
    pub(super) fn wrap_end(&mut self, slot: usize) -> io::Result<()> {
        let now = self.wire.now;
        let wrap = std::mem::take(&mut self.wraps[slot]);
        self.free_wraps.push(slot);
        let length = now - wrap.started;
        let wire = self.wire.begin(Kind::WrapEnded, "c-", wrap.n);
        wire.id("participant_id", "", wrap.part).id("agent_id", "a-", wrap.agent as u64 + 1).int("wrapup_ms", length).end()?;
        if wrap.is_disposed {
            let is_wrong = wrap.correction != 0;
            let wire = self.wire.begin(Kind::Disposition, "c-", wrap.n);
            wire.text("code", REASONS[wrap.reason]).text("resolved", yes_no(wrap.is_resolved != is_wrong));
            wire.id("agent_id", "a-", wrap.agent as u64 + 1).text("channel", CHANNELS[QUEUES[wrap.queue].channel]).end()?;
            if is_wrong {
                self.correct_later(&wrap);
            }
        }
        if wrap.is_last {
            self.after_contact(wrap.n, wrap.agent)?;
        }
        self.put_down(wrap.agent, false);
        self.released(wrap.agent)
    }
}

/// A word of the vocabulary.
pub(super) const fn yes_no(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}
