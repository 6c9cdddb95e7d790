//! Contacts begin: who, on which channel, about what; and the self-service before a queue.

use std::io;

use super::clock::What;
use super::{CHANNELS, Centre, Phase, QUEUES, REASONS};
use crate::demand::{DAY, is_open};
use crate::truth::WEEK;
use crate::wire::Kind;

/// Share of arrivals that come back about an open matter, as long as there are such.
const RETURNING: f64 = 0.25;

/// Share of matters an agent calls resolved and the customer does not.
pub(super) const FALSELY_RESOLVED: f64 = 0.25;

impl Centre<'_> {
    /// Sets the timer of the next arrival, if there is one.
    pub(super) fn schedule_arrival(&mut self) {
        if let Some(at) = self.arrivals.next(&mut self.random) {
            self.clock.at(at, What::Arrival, 0, 0, 0);
        }
    }

    /// A customer gets in touch.
    pub(super) fn arrive(&mut self) -> io::Result<()> {
        self.schedule_arrival();
        let c = self.open_slot();
        let now = self.wire.now;
        let channel = match self.random.unit() {
            x if x < 0.62 => 0,
            x if x < 0.79 => 1,
            x if x < 0.88 => 2,
            _ => 3,
        };
        let (customer, reason) = self.who();
        let is_reason_known = self.random.chance(0.96);
        let contact = &mut self.contacts[c];
        (contact.channel, contact.customer, contact.reason) = (channel, customer, reason);
        contact.is_reason_known = is_reason_known;
        let n = contact.n;
        if is_reason_known {
            let last = self.seen.insert((customer, reason as u8), now);
            contact.is_repeat = last.is_some_and(|t| now - t <= WEEK);
            self.returns.came(customer, reason as u8, now);
        }
        let cell = &mut self.truth.channel(channel, now).contacts;
        cell.received += 1;
        cell.repeats += u64::from(contact.is_repeat);
        self.write_start(c, "inbound", "customer")?;
        if is_reason_known {
            let set = ["{\"reason\":\"billing\"}", "{\"reason\":\"orders\"}", "{\"reason\":\"support\"}", "{\"reason\":\"sales\"}"][reason];
            self.wire.begin(Kind::Updated, "c-", n).raw("set", set).end()?;
        }
        match channel {
            0 => self.self_start(c, "ivr"),
            1 => self.self_start(c, "bot"),
            _ => self.thread_starts(c),
        }
    }

    /// Writes `contact.started`.
    pub(super) fn write_start(&mut self, c: usize, direction: &str, initiator: &str) -> io::Result<()> {
        let contact = &self.contacts[c];
        let wire = self.wire.begin(Kind::Started, "c-", contact.n);
        wire.text("channel", CHANNELS[contact.channel]).text("direction", direction).text("initiator", initiator);
        wire.id("customer_id", "u-", u64::from(contact.customer)).text("language", "en");
        wire.text("entry_point", ["main_line", "website", "app", "inbox"][contact.channel]).end()
    }

    /// A customer with an unsettled matter, or somebody with a new one.
    fn who(&mut self) -> (u32, usize) {
        let now = self.wire.now;
        if self.unresolved.len() > 20 && self.random.chance(RETURNING) {
            let at = self.random.below(self.unresolved.len() as u64) as usize;
            let (customer, reason, since) = self.unresolved.swap_remove(at);
            if now - since < 5 * DAY {
                return (customer, reason);
            }
        }
        // Who calls at night has a failure.
        let x = self.random.unit();
        let reason = match x {
            _ if !is_open(now) && x < 0.8 => 2,
            x if x < 0.28 => 0,
            x if x < 0.58 => 1,
            x if x < 0.85 => 2,
            _ => 3,
        };
        (self.random.below(self.customers) as u32, reason)
    }

    fn self_start(&mut self, c: usize, kind: &str) -> io::Result<()> {
        let contact = &mut self.contacts[c];
        contact.phase = Phase::SelfService;
        let (n, channel) = (contact.n, contact.channel);
        let cell = &mut self.truth.channel(channel, self.wire.now).sessions;
        cell.all += 1;
        cell.ivr += u64::from(channel == 0);
        let flow = if channel == 0 { "main_menu" } else { "web_assistant" };
        self.wire.begin(Kind::SelfStarted, "c-", n).text("kind", kind).text("flow_ref", flow).end()?;
        let after = self.random.seconds(4.0, 18.0);
        self.contact_timer(after, What::SelfStep, c, 0);
        Ok(())
    }

    /// The customer says what it is about.
    pub(super) fn self_step(&mut self, c: usize) -> io::Result<()> {
        let (n, reason) = (self.contacts[c].n, self.contacts[c].reason);
        let wire = self.wire.begin(Kind::SelfStep, "c-", n);
        wire.text("step", "menu").text("outcome", "chosen").text("intent", REASONS[reason]).end()?;
        if self.random.chance(0.004) {
            self.unmapped("ivr_trace")?;
        }
        let after = self.random.lognormal(14.0, 0.8);
        self.contact_timer(after, What::SelfEnd, c, 0);
        Ok(())
    }

    /// Self-service contains, hands over, or is abandoned.
    pub(super) fn self_end(&mut self, c: usize) -> io::Result<()> {
        let (n, channel, started, reason) = {
            let contact = &self.contacts[c];
            (contact.n, contact.channel, contact.started, contact.reason)
        };
        let queue = if channel == 0 { reason } else { 5 };
        let is_open = QUEUES[queue].is_open(self.wire.now);
        let x = self.random.unit();
        let (contained, left) = match (is_open, channel) {
            (true, 0) => (0.21, 0.26),
            (true, _) => (0.27, 0.32),
            (false, _) => (0.55, 1.0),
        };
        let outcome = match x {
            x if x < contained => "contained",
            x if x < left => "abandoned",
            _ => "handoff",
        };
        self.wire.begin(Kind::SelfEnded, "c-", n).text("outcome", outcome).end()?;
        self.truth.session(channel, started, self.wire.now, outcome == "handoff", outcome == "abandoned");
        if outcome == "handoff" {
            return self.enqueue(c, queue);
        }
        if outcome == "abandoned" && self.random.chance(0.3) {
            self.remember(c);
        }
        if !is_open && outcome == "abandoned" {
            self.contacts[c].is_refused = true;
            let wire = self.wire.begin(Kind::Routed, "c-", n);
            wire.text("result", "rejected").text("reason", "closed").end()?;
        }
        self.end_contact(c, "customer", outcome)
    }

    /// The matter is open: this customer may come back about it.
    pub(super) fn remember(&mut self, c: usize) {
        let contact = &self.contacts[c];
        let entry = (contact.customer, contact.reason, self.wire.now);
        if self.unresolved.len() < 50_000 {
            self.unresolved.push(entry);
        }
    }

    /// Forgets what is older than the window.
    pub(super) fn forget(&mut self) {
        let now = self.wire.now;
        // Cases leave once the week after them lies before the last event by any clock, so that all of them are in the cohort.
        for case in self.returns.over(self.wire.last) {
            self.truth.resolved(&case);
        }
        self.seen.retain(|_, at| now - *at <= WEEK);
        self.unresolved.retain(|&(_, _, at)| now - at < 5 * DAY);
    }
}
