//! Waiting: into a queue, out of it, and the search for an agent.

use std::io;

use super::clock::What;
use super::{Centre, OVERFLOW, Phase, QUEUES};
use crate::demand::is_open;
use crate::truth::{Exit, OfferEnd};
use crate::wire::Kind;

impl Centre<'_> {
    /// Puts a contact into a queue, or turns it away out of hours (calls and chats only).
    pub(super) fn enqueue(&mut self, c: usize, queue: usize) -> io::Result<()> {
        let now = self.wire.now;
        let channel = QUEUES[queue].channel;
        let contact = &mut self.contacts[c];
        let n = contact.n;
        (contact.queue, contact.enqueued, contact.phase) = (queue, now, Phase::Waiting);
        contact.visit += 1;
        let (visit, is_outbound, started, is_repeat) = (contact.visit, contact.is_outbound, contact.started, contact.is_repeat);
        let is_first = contact.first_queue.is_none();
        contact.first_queue = contact.first_queue.or(Some(queue));
        if !is_outbound {
            self.truth.queue(queue, now).offered += 1;
            if is_first {
                let cell = &mut self.truth.queue(queue, started).contacts;
                cell.received += 1;
                cell.repeats += u64::from(is_repeat);
            }
        }
        let wire = self.wire.begin(Kind::Entered, "c-", n);
        wire.text("queue", QUEUES[queue].name).id("visit_id", "", visit).text("channel", super::CHANNELS[channel]);
        wire.int("priority", if queue == OVERFLOW { 2 } else { 1 }).end()?;
        if !QUEUES[queue].is_open(now) {
            self.leave(c, Exit::FlowOut, "no_agents")?;
            return self.end_contact(c, "system", "closed");
        }
        self.queues[queue].push_back((c, n, visit));
        if channel < 2 && !is_outbound {
            let patience = if self.random.chance(0.02) { self.random.exponential(4.0) } else { self.random.exponential(420.0) };
            self.contact_timer(patience, What::Patience, c, visit);
            if channel == 0 && queue != OVERFLOW && is_open(now) {
                self.contact_timer(90_000, What::OfferCallback, c, visit);
                self.contact_timer(180_000, What::Overflow, c, visit);
            }
        }
        match self.find_agent(queue) {
            Some(agent) => self.serve(agent),
            None => Ok(()),
        }
    }

    /// Leaves the queue: writes the exit and counts it.
    pub(super) fn leave(&mut self, c: usize, exit: Exit, outcome: &str) -> io::Result<()> {
        let now = self.wire.now;
        let contact = &mut self.contacts[c];
        let (n, queue, visit, enqueued) = (contact.n, contact.queue, contact.visit, contact.enqueued);
        contact.wait_ms += now - enqueued;
        if !contact.is_outbound {
            self.truth.exit(queue, enqueued, now, exit);
        }
        let wire = self.wire.begin(Kind::Exited, "c-", n);
        wire.text("queue", QUEUES[queue].name).id("visit_id", "", visit).text("outcome", outcome);
        wire.int("wait_ms", now - enqueued).end()
    }

    fn find_agent(&mut self, queue: usize) -> Option<usize> {
        for &group in QUEUES[queue].groups {
            while let Some(&agent) = self.idle[group].front() {
                if self.agents[agent].has_room() {
                    return Some(agent);
                }
                self.agents[agent].is_listed = false;
                self.idle[group].pop_front();
            }
        }
        None
    }

    /// Gives an agent with room the contact that waits longest in the agent's queues, as long as there is room.
    pub(super) fn serve(&mut self, agent: usize) -> io::Result<()> {
        while self.agents[agent].has_room() {
            let group = self.agents[agent].group;
            let mut best: Option<(i64, usize)> = None;
            for &queue in super::GROUP_QUEUES[group] {
                while let Some(&(c, n, visit)) = self.queues[queue].front() {
                    let contact = &self.contacts[c];
                    if contact.n == n && contact.visit == visit && contact.phase == Phase::Waiting {
                        if best.is_none_or(|(since, _)| contact.enqueued < since) {
                            best = Some((contact.enqueued, queue));
                        }
                        break;
                    }
                    self.queues[queue].pop_front();
                }
            }
            let Some((_, queue)) = best else {
                let entry = &mut self.agents[agent];
                if !entry.is_listed {
                    entry.is_listed = true;
                    self.idle[group].push_back(agent);
                }
                return Ok(());
            };
            if let Some((c, ..)) = self.queues[queue].pop_front() {
                self.offer(c, agent)?;
            }
        }
        Ok(())
    }

    fn offer(&mut self, c: usize, agent: usize) -> io::Result<()> {
        self.account(agent);
        self.agents[agent].ringing += 1;
        let now = self.wire.now;
        let contact = &mut self.contacts[c];
        contact.phase = Phase::Ringing;
        contact.offers += 1;
        (contact.agent, contact.offered) = (agent, now);
        let (n, queue, offer) = (contact.n, contact.queue, contact.offers);
        let wire = self.wire.begin(Kind::OfferMade, "c-", n);
        wire.id("offer_id", "", offer).id("agent_id", "a-", agent as u64 + 1).text("queue", QUEUES[queue].name).end()?;
        let is_voice = QUEUES[queue].channel == 0;
        let ring = match (is_voice, self.random.chance(if is_voice { 0.03 } else { 0.01 })) {
            (true, true) => 15_000,
            (false, true) => 30_000,
            (true, false) => self.random.lognormal(3.5, 0.5).min(14_000),
            (false, false) => self.random.lognormal(4.0, 0.6).min(28_000),
        };
        self.contact_timer(ring, What::RingEnd, c, offer);
        Ok(())
    }

    /// Accepted, or not answered in time.
    pub(super) fn ring_end(&mut self, c: usize, offer: u64) -> io::Result<()> {
        let contact = &self.contacts[c];
        if contact.phase != Phase::Ringing || contact.offers != offer {
            return Ok(());
        }
        let (agent, offered, queue) = (contact.agent, contact.offered, contact.queue);
        let ring = self.wire.now - offered;
        if (ring == 15_000 && QUEUES[queue].channel == 0) || ring == 30_000 {
            return self.miss(c);
        }
        self.end_offer(c, "accepted", OfferEnd::Accepted)?;
        self.leave(c, Exit::Answered, "answered")?;
        self.connect(c, agent)
    }

    fn miss(&mut self, c: usize) -> io::Result<()> {
        let contact = &self.contacts[c];
        let (agent, queue, n, visit) = (contact.agent, contact.queue, contact.n, contact.visit);
        let outcome = if self.random.chance(0.15) { "declined" } else { "no_answer" };
        self.end_offer(c, outcome, OfferEnd::Missed)?;
        self.step_away(agent, "missed_contact", 90_000)?;
        self.contacts[c].phase = Phase::Waiting;
        if !QUEUES[queue].is_open(self.wire.now) {
            self.leave(c, Exit::FlowOut, "no_agents")?;
            return self.end_contact(c, "system", "closed");
        }
        self.queues[queue].push_front((c, n, visit));
        match self.find_agent(queue) {
            Some(other) => self.serve(other),
            None => Ok(()),
        }
    }

    fn end_offer(&mut self, c: usize, outcome: &str, end: OfferEnd) -> io::Result<()> {
        let contact = &self.contacts[c];
        let (n, agent, offer, offered, queue) = (contact.n, contact.agent, contact.offers, contact.offered, contact.queue);
        let ring = self.wire.now - offered;
        self.truth.offer(queue, offered, self.wire.now, end);
        self.account(agent);
        self.agents[agent].ringing -= 1;
        let wire = self.wire.begin(Kind::OfferEnded, "c-", n);
        wire.id("offer_id", "", offer).id("agent_id", "a-", agent as u64 + 1).text("queue", QUEUES[queue].name);
        wire.text("outcome", outcome).int("ring_ms", ring).end()
    }

    /// The customer hangs up, waiting or while an agent's telephone rings.
    pub(super) fn lose_patience(&mut self, c: usize, visit: u64) -> io::Result<()> {
        let contact = &self.contacts[c];
        if contact.visit != visit || !matches!(contact.phase, Phase::Waiting | Phase::Ringing) {
            return Ok(());
        }
        let ringing = (contact.phase == Phase::Ringing).then_some(contact.agent);
        if ringing.is_some() {
            self.end_offer(c, "caller_gone", OfferEnd::TakenBack)?;
        }
        self.leave(c, Exit::Abandoned, "abandoned")?;
        if self.random.chance(0.5) {
            self.remember(c);
        }
        self.end_contact(c, "customer", "abandoned")?;
        match ringing {
            Some(agent) => self.released(agent),
            None => Ok(()),
        }
    }

    /// Waited too long: on to the overflow queue.
    pub(super) fn overflow(&mut self, c: usize, visit: u64) -> io::Result<()> {
        let contact = &self.contacts[c];
        if contact.visit != visit || contact.phase != Phase::Waiting {
            return Ok(());
        }
        self.leave(c, Exit::FlowOut, "overflow")?;
        self.enqueue(c, OVERFLOW)
    }

    /// After a minute and a half a quarter of the callers rather get a call back.
    pub(super) fn offer_callback(&mut self, c: usize, visit: u64) -> io::Result<()> {
        let contact = &self.contacts[c];
        if contact.visit != visit || contact.phase != Phase::Waiting || !self.random.chance(0.25) {
            return Ok(());
        }
        self.leave(c, Exit::Callback, "callback_requested")?;
        self.promise_callback(c)?;
        self.end_contact(c, "customer", "callback_requested")
    }

    /// The centre closes: calls and chats still waiting are turned away.
    pub(super) fn close_queues(&mut self) -> io::Result<()> {
        let now = self.wire.now;
        for queue in (0..QUEUES.len()).filter(|&q| !QUEUES[q].is_open(now)) {
            while let Some((c, n, visit)) = self.queues[queue].pop_front() {
                let contact = &self.contacts[c];
                if contact.n == n && contact.visit == visit && contact.phase == Phase::Waiting {
                    self.leave(c, Exit::FlowOut, "no_agents")?;
                    self.end_contact(c, "system", "closed")?;
                }
            }
        }
        Ok(())
    }
}
