//! Around contacts: cases, surveys, reviews, promises, complaints; and orders and invoices of their own.

use std::io;

use super::clock::What;
use super::{Centre, Phase, REASONS, WrapUp};
use crate::demand::{DAY, HOUR, is_open};
use crate::wire::Kind;

const SURVEY: u32 = 0;
const CASE_SOLVED: u32 = 1;
const CASE_CLOSED: u32 = 2;
const REVIEW: u32 = 3;
const PROMISE: u32 = 4;
const COMPLAINT: u32 = 5;
const ORDER: u32 = 6;
const INVOICE: u32 = 7;
const CORRECTION: u32 = 8;
/// Training over.
pub(super) const TRAINED: u32 = 9;
const SET_RIGHT: u32 = 10;
const ERASURE: u32 = 11;

/// Milestones of an order, in order, with the hours to the next.
const MILESTONES: [(&str, f64); 5] =
    [("placed", 0.2), ("confirmed", 18.0), ("shipped", 30.0), ("out_for_delivery", 5.0), ("delivered", 0.0)];

impl Centre<'_> {
    fn later(&mut self, after: i64, kind: u32, n: u64, extra: u64) {
        self.clock.at(self.wire.now + after.max(1), What::Later, extra, kind, n);
    }

    /// Orders and invoices of a day.
    pub(super) fn journeys(&mut self, today: i64) {
        let days = ((self.horizon - self.start) / DAY).max(1) as u64;
        let orders = self.customers / 6 / days;
        for _ in 0..orders {
            let at = today + self.random.seconds(0.0, 86_399.0);
            let order = self.number();
            self.clock.at(at, What::Later, 0, ORDER, order);
        }
        if self.random.chance(0.5) {
            let (at, customer) = (today + self.random.seconds(0.0, 86_399.0), self.random.below(self.customers));
            self.clock.at(at, What::Later, 0, ERASURE, customer);
        }
        for _ in 0..orders / 2 {
            let at = today + self.random.seconds(0.0, 86_399.0);
            let invoice = self.number();
            self.clock.at(at, What::Later, 0, INVOICE, invoice);
        }
    }

    /// What an agent does before the contact ends: notes, cases, promises, complaints.
    pub(super) fn around_contact(&mut self, c: usize) -> io::Result<()> {
        let contact = &self.contacts[c];
        let (n, agent, customer, reason) = (contact.n, contact.agent as u64 + 1, u64::from(contact.customer), contact.reason);
        let is_resolved = contact.is_resolved;
        if self.random.chance(0.1) {
            let wire = self.wire.begin(Kind::Note, "c-", n);
            wire.text("note_id", "1").text("author", "agent").id("agent_id", "a-", agent).end()?;
        }
        if !is_resolved && self.random.chance(0.5) {
            let wire = self.wire.begin(Kind::CaseOpened, "k-", n);
            wire.id("case_id", "k-", n).id("contact_id", "c-", n).id("customer_id", "u-", customer);
            wire.text("type", REASONS[reason]).text("priority", "normal").text("via", "agent").end()?;
            let wire = self.wire.begin(Kind::CaseAssigned, "k-", n);
            wire.id("case_id", "k-", n).raw("to", "{\"group_ref\":\"second_line\"}").id("by", "a-", agent).end()?;
            self.case_rules(n)?;
            let after = self.random.lognormal(30.0 * 3_600.0, 0.8);
            let opened = self.wire.now as u64;
            self.later(after, CASE_SOLVED, n, opened);
        }
        if self.random.chance(0.05) {
            let due = self.wire.now + self.random.seconds(12.0, 72.0) * 3_600;
            self.promise(n, "follow_up", due, customer)?;
            let after = due - self.wire.now + self.random.seconds(-10.0, 2.0) * 3_600;
            self.later(after, PROMISE, n, 0);
        }
        if self.random.chance(0.008) {
            let wire = self.wire.begin(Kind::Complaint, "x-", n);
            wire.id("complaint_id", "x-", n).id("customer_id", "u-", customer).id("contact_id", "c-", n);
            wire.text("reason", REASONS[reason]).end()?;
            let after = self.random.lognormal(6.0 * 86_400.0, 0.6);
            self.later(after, COMPLAINT, n, 0);
        }
        Ok(())
    }

    /// After wrap-up: surveys, reviews, feedback.
    pub(super) fn after_contact(&mut self, n: u64, agent: usize) -> io::Result<()> {
        let agent = agent as u64 + 1;
        if self.random.chance(0.25) {
            let wire = self.wire.begin(Kind::SurveySent, "v-", n);
            wire.text("survey_ref", "after_contact").text("channel", "email").id("invite_id", "v-", n).text("state", "sent");
            wire.id("contact_id", "c-", n).id("agent_id", "a-", agent).end()?;
            if self.random.chance(0.3) {
                let after = self.random.lognormal(5_400.0, 1.2);
                self.later(after, SURVEY, n, agent);
            }
        }
        if self.random.chance(0.015) {
            let after = self.random.lognormal(30.0 * 3_600.0, 0.6);
            self.later(after, REVIEW, n, agent);
        }
        if self.random.chance(0.001) {
            let wire = self.wire.begin(Kind::Feedback, "a-", agent);
            wire.id("agent_id", "a-", agent).text("topic", "knowledge_base").end()?;
        }
        Ok(())
    }

    /// The disposition just written is wrong and will be corrected.
    pub(super) fn correct_later(&mut self, wrap: &WrapUp) {
        let event = self.wire.events;
        self.later(wrap.correction, SET_RIGHT, event, wrap.n << 3 | (wrap.reason as u64) << 1 | u64::from(wrap.is_resolved));
    }

    fn promise(&mut self, n: u64, kind: &str, due: i64, customer: u64) -> io::Result<()> {
        let wire = self.wire.begin(Kind::Promise, "p-", n);
        wire.id("commitment_id", "p-", n).text("promised_by", "centre").id("to", "u-", customer).text("kind", kind);
        wire.time("due_at", due).text("detected_by", "form").id("contact_id", "c-", n).end()
    }

    /// A caller would rather be called back: within two hours, or after the next opening.
    pub(super) fn promise_callback(&mut self, c: usize) -> io::Result<()> {
        let contact = &self.contacts[c];
        let (n, customer, reason) = (contact.n, contact.customer, contact.reason);
        let mut at = self.wire.now + self.random.seconds(1_200.0, 5_400.0);
        while !is_open(at) {
            at += HOUR;
        }
        self.promise(n, "callback", at + HOUR, u64::from(customer))?;
        self.clock.at(at, What::CallBack, u64::from(customer), reason as u32, n);
        Ok(())
    }

    /// The centre calls back.
    pub(super) fn call_back(&mut self, customer: u64, reason: usize, original: u64) -> io::Result<()> {
        let c = self.open_slot();
        let contact = &mut self.contacts[c];
        contact.is_reason_known = true;
        (contact.is_outbound, contact.customer, contact.reason, contact.promise) = (true, customer as u32, reason, original);
        contact.phase = Phase::Waiting;
        let n = contact.n;
        self.write_start(c, "outbound", "agent")?;
        let link = format!("{{\"kind\":\"contact\",\"id\":\"c-{n}\"}}");
        let to = format!("{{\"kind\":\"contact\",\"id\":\"c-{original}\"}}");
        self.wire.begin(Kind::Linked, "c-", n).raw("from", &link).raw("to", &to).text("relation", "callback_of").end()?;
        self.enqueue(c, reason)
    }

    /// Something that was set for later.
    pub(super) fn later_happens(&mut self, kind: u32, n: u64, extra: u64) -> io::Result<()> {
        match kind {
            SURVEY => self.survey(n, extra),
            CASE_SOLVED => {
                self.later(3 * DAY, CASE_CLOSED, n, 0);
                self.case_target(n, extra as i64)?;
                self.case_status(n, "open", "resolved")
            }
            CASE_CLOSED => self.case_status(n, "resolved", "closed"),
            REVIEW => self.review(n, extra),
            PROMISE => {
                let change = if self.random.chance(0.88) { "kept" } else { "broken" };
                self.wire.begin(Kind::PromiseChanged, "p-", n).id("commitment_id", "p-", n).text("change", change).end()
            }
            COMPLAINT => {
                let upheld = if self.random.chance(0.4) { "true" } else { "false" };
                self.wire.begin(Kind::ComplaintClosed, "x-", n).id("complaint_id", "x-", n).raw("is_upheld", upheld).end()
            }
            ORDER => self.order(n, extra as usize),
            INVOICE => {
                let customer = self.random.below(self.customers);
                let amount = 10 + self.random.below(300) as i64;
                if self.random.chance(0.02) {
                    self.later(5 * DAY, CORRECTION, n, 0);
                }
                let wire = self.wire.begin(Kind::Invoice, "i-", n);
                wire.id("invoice_id", "i-", n).id("customer_id", "u-", customer).int("amount", amount).text("currency", "EUR").end()
            }
            CORRECTION => {
                let ours = if self.random.chance(0.7) { "true" } else { "false" };
                let wire = self.wire.begin(Kind::InvoiceCorrected, "i-", n);
                wire.id("invoice_id", "i-", n).text("reason", "wrong_amount").raw("is_our_error", ours).end()
            }
            SET_RIGHT => self.set_right(n, extra),
            ERASURE => self.erase(n),
            _ => self.wire.begin(Kind::Training, "a-", n).id("agent_id", "a-", n).text("course", "product_news").int("score", 90).end(),
        }
    }

    fn order(&mut self, n: u64, milestone: usize) -> io::Result<()> {
        let (name, hours) = MILESTONES[milestone];
        let wire = self.wire.begin(Kind::Order, "o-", n);
        wire.id("order_id", "o-", n).text("milestone", name);
        if milestone == 0 {
            wire.id("customer_id", "u-", n % 1_000_003).text("currency", "EUR").int("amount", 20 + (n % 180) as i64);
        }
        wire.end()?;
        if milestone + 1 < MILESTONES.len() && !self.random.chance(0.01) {
            let after = self.random.lognormal(hours * 3_600.0, 0.5);
            self.later(after, ORDER, n, milestone as u64 + 1);
        }
        Ok(())
    }

    fn survey(&mut self, n: u64, agent: u64) -> io::Result<()> {
        let score = [1, 2, 3, 4, 4, 5, 5, 5, 5, 5][self.random.below(10) as usize];
        let answers = format!("[{{\"question_id\":\"csat\",\"metric\":\"csat\",\"scale_min\":1,\"scale_max\":5,\"value_num\":{score}}}]");
        let now = self.wire.now;
        let wire = self.wire.begin(Kind::SurveyAnswered, "v-", n);
        wire.text("survey_ref", "after_contact").id("response_id", "r-", n).id("invite_id", "v-", n).raw("answers", &answers);
        wire.time("submitted_at", now).id("contact_id", "c-", n).id("agent_id", "a-", agent).end()
    }

    fn review(&mut self, n: u64, agent: u64) -> io::Result<()> {
        let score = 60 + self.random.below(41) as i64;
        let wire = self.wire.begin(Kind::Evaluation, "q-", n);
        wire.id("evaluation_id", "q-", n).text("form_ref", "standard").text("method", "human").text("state", "finished");
        wire.id("evaluated_agent_id", "a-", agent).id("contact_id", "c-", n).int("score", score).int("max_score", 100);
        wire.raw("critical_fail", if score < 63 { "true" } else { "false" });
        wire.raw("sections", &format!("[{{\"section\":\"courtesy\",\"points\":{},\"points_max\":20}}]", score / 5)).end()
    }

    fn case_status(&mut self, n: u64, from: &str, to: &str) -> io::Result<()> {
        let wire = self.wire.begin(Kind::CaseStatus, "k-", n);
        wire.id("case_id", "k-", n).text("from", from).text("to", to).text("category", to).end()
    }
}
