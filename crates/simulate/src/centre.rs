//! The centre: one event loop over customers, queues and agents.
//!
//! [`clock`] holds what will happen; [`arrival`] brings contacts and their self-service; [`queueing`] lets them wait and finds them
//! an agent; [`talk`] is the conversation, holds, transfers and wrap-up; [`turns`] the slow channels; [`staff`] shifts, breaks and
//! training; [`journey`] everything around contacts: cases, surveys, reviews, orders, invoices, complaints, promises; [`records`] what
//! systems say about their own records.

mod arrival;
mod clock;
mod journey;
mod queueing;
mod records;
mod staff;
mod talk;
mod turns;

use std::collections::VecDeque;
use std::io::{self, Write};

use ahash::AHashMap;

use crate::demand::{Arrivals, DAY, is_open, is_support_open};
use crate::dirt::Dirtier;
use crate::random::Random;
use crate::truth::{MAX_HOLDS, Resolved, Returns, Truth};
use crate::wire::{KINDS, Kind, Wire};
use crate::{Options, Stats};
use clock::{Clock, Due, What};
use staff::Agent;

/// Channels, by number.
pub(crate) const CHANNELS: [&str; 4] = ["voice", "chat", "messaging", "email"];
/// Reasons to get in touch, by number; the first four are also the voice queues.
const REASONS: [&str; 4] = ["billing", "orders", "support", "sales"];

/// A queue.
pub(crate) struct QueueKind {
    /// Name.
    pub(crate) name: &'static str,
    /// Index into [`CHANNELS`].
    pub(crate) channel: usize,
    /// Groups of agents who serve it, first choice first.
    groups: &'static [usize],
}

impl QueueKind {
    /// Whether it takes contacts at `ms`: written ones always do.
    fn is_open(&self, ms: i64) -> bool {
        self.channel >= 2 || is_open(ms) || (self.name == "support" && is_support_open(ms))
    }
}

/// Queues, by number.
pub(crate) const QUEUES: [QueueKind; 8] = [
    QueueKind { name: "billing", channel: 0, groups: &[0, 4] },
    QueueKind { name: "orders", channel: 0, groups: &[1, 4] },
    QueueKind { name: "support", channel: 0, groups: &[2, 4] },
    QueueKind { name: "sales", channel: 0, groups: &[3, 4] },
    QueueKind { name: "overflow", channel: 0, groups: &[4, 0, 1, 2, 3] },
    QueueKind { name: "chat", channel: 1, groups: &[5] },
    QueueKind { name: "messaging", channel: 2, groups: &[6] },
    QueueKind { name: "email", channel: 3, groups: &[6] },
];
const OVERFLOW: usize = 4;
/// Queues each group serves.
const GROUP_QUEUES: [&[usize]; 7] = [&[0, 4], &[1, 4], &[2, 4], &[3, 4], &[0, 1, 2, 3, 4], &[5], &[6, 7]];

/// Where a contact is.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    #[default]
    Gone,
    SelfService,
    Waiting,
    Ringing,
    Talking,
    /// An asynchronous contact waiting for its customer.
    Resting,
}

/// One open contact.
#[derive(Clone, Default)]
struct Contact {
    n: u64,
    phase: Phase,
    /// Rises when the slot is used again, so that old timers miss.
    life: u32,
    channel: usize,
    is_outbound: bool,
    customer: u32,
    reason: usize,
    /// Whether the events say the reason; if not, no disposition may say it later.
    is_reason_known: bool,
    started: i64,
    queue: usize,
    visit: u64,
    enqueued: i64,
    agent: usize,
    offers: u64,
    offered: i64,
    part: u64,
    connected: i64,
    hold_from: i64,
    /// Holds of the present leg that ended.
    holds: [(i64, i64); MAX_HOLDS],
    hold_count: usize,
    is_handled: bool,
    is_transferred: bool,
    /// Routing refused it, which ends it without a further word.
    is_refused: bool,
    is_repeat: bool,
    is_paused: bool,
    first_queue: Option<usize>,
    /// Sums over its stints and legs in ms.
    wait_ms: i64,
    talk_ms: i64,
    hold_ms: i64,
    holds_in_all: u32,
    /// Talk, hold and wrap-up, that which is still to come included.
    work_ms: i64,
    /// What will have been said last about its resolution, and when.
    mark: Option<(i64, bool)>,
    /// Customer messages written so far.
    messages: u64,
    /// Turns the customer will still take.
    turns_left: u32,
    turns: u32,
    /// First unanswered customer message, 0 for none.
    asked: i64,
    /// Last answer written, 0 for none.
    answered: i64,
    /// Contact whose promised callback this is, 0 for none.
    promise: u64,
    is_resolved: bool,
}

/// After-contact work of one leg; outlives its contact.
#[derive(Clone, Default)]
struct WrapUp {
    n: u64,
    part: u64,
    agent: usize,
    started: i64,
    queue: usize,
    reason: usize,
    is_resolved: bool,
    /// The agent says the opposite and corrects it so many ms later; 0 for what is right at once.
    correction: i64,
    /// Last leg of a contact whose reason is known: a disposition follows.
    is_disposed: bool,
    is_last: bool,
}

/// Everything in motion.
struct Centre<'a> {
    wire: Wire<'a>,
    truth: &'a mut Truth,
    random: Random,
    clock: Clock,
    arrivals: Arrivals,
    contacts: Vec<Contact>,
    free: Vec<usize>,
    wraps: Vec<WrapUp>,
    free_wraps: Vec<usize>,
    queues: Vec<VecDeque<(usize, u64, u64)>>,
    agents: Vec<Agent>,
    idle: Vec<VecDeque<usize>>,
    /// Customers whose matter is open: customer, reason, when.
    unresolved: Vec<(u32, usize, i64)>,
    /// Latest inbound start per customer and reason, for seven days.
    seen: AHashMap<(u32, u8), i64>,
    returns: Returns,
    customers: u64,
    next_contact: u64,
    next_thing: u64,
    missing_ends: f64,
    dirt_random: Random,
    start: i64,
    horizon: i64,
}

/// Runs the whole simulation.
pub(crate) fn run(options: &Options, out: &mut dyn Write, truth: &mut Truth) -> io::Result<Stats> {
    let start = options.start.micros().div_euclid(1_000);
    let dirt = options.dirt;
    let dirtier = dirt.moves_lines().then(|| Dirtier::new(dirt, options.seed));
    truth.reset(start.div_euclid(DAY), options.days + u32::from(start.rem_euclid(DAY) != 0));
    let mut centre = Centre {
        wire: Wire::new(out, options.seed, dirt.clock_skew_ms, dirtier),
        truth,
        random: Random::new(options.seed),
        clock: Clock::default(),
        arrivals: Arrivals::new(start, options.days, options.contacts),
        contacts: Vec::new(),
        free: Vec::new(),
        wraps: Vec::new(),
        free_wraps: Vec::new(),
        queues: vec![VecDeque::new(); QUEUES.len()],
        agents: staff::hire(start, options.days, options.contacts),
        idle: vec![VecDeque::new(); GROUP_QUEUES.len()],
        unresolved: Vec::new(),
        seen: AHashMap::new(),
        returns: Returns::default(),
        customers: options.contacts * 3 + 100,
        next_contact: 1,
        next_thing: 1,
        missing_ends: dirt.missing_ends,
        dirt_random: Random::new(options.seed ^ 0x0e4d),
        start,
        horizon: start + i64::from(options.days) * DAY,
    };
    centre.go()
}

impl Centre<'_> {
    fn go(&mut self) -> io::Result<Stats> {
        self.wire.now = self.start;
        self.wire.begin(Kind::Source, "centre-", 1).text("status", "started").end()?;
        for day in 0..(self.horizon - self.start) / DAY {
            self.clock.at(self.start + day * DAY, What::Day, 0, 0, 0);
        }
        self.schedule_arrival();
        while let Some(due) = self.clock.pop() {
            if due.at >= self.horizon {
                break;
            }
            self.wire.now = due.at;
            self.happen(due)?;
        }
        self.close_books();
        self.wire.finish()?;
        let by_type = KINDS.iter().copied().zip(self.wire.counts.iter().copied()).collect();
        let agents = self.agents.iter().filter(|a| a.has_worked).count() as u64;
        Ok(Stats { events: self.wire.events, contacts: self.next_contact - 1, agents, by_type })
    }

    fn happen(&mut self, due: Due) -> io::Result<()> {
        let (a, b, n) = (due.a as usize, due.b, due.n);
        match due.what {
            What::Day => self.day(),
            What::Arrival => self.arrive(),
            What::Close => self.close_queues(),
            What::Login => self.login(a),
            What::Away => self.away(a, b, n),
            What::Back => self.back(a),
            What::ShiftEnd => self.shift_end(a),
            What::WrapEnd => self.wrap_end(a),
            What::Later => self.later_happens(b, n, due.a),
            What::CallBack => self.call_back(due.a, b as usize, n),
            _ if self.contacts[a].life != b || self.contacts[a].phase == Phase::Gone => Ok(()),
            What::SelfStep => self.self_step(a),
            What::SelfEnd => self.self_end(a),
            What::Patience => self.lose_patience(a, n),
            What::Overflow => self.overflow(a, n),
            What::OfferCallback => self.offer_callback(a, n),
            What::RingEnd => self.ring_end(a, n),
            What::HoldStart => self.hold_start(a, n),
            What::HoldEnd => self.hold_end(a, n),
            What::Message => self.chat_message(a, n),
            What::TalkEnd => self.talk_end(a, n),
            What::TransferDone => self.transfer_done(a, n),
            What::Reply => self.customer_writes(a),
            What::GiveUp => self.thread_ends(a, n),
        }
    }

    /// What the horizon cuts: open stints, turns and contacts, agents' time up to the last event.
    fn close_books(&mut self) {
        self.wire.now = self.wire.last;
        let mut open = 0;
        for contact in self.contacts.iter().filter(|c| c.phase != Phase::Gone) {
            open += 1;
            if matches!(contact.phase, Phase::Waiting | Phase::Ringing) && !contact.is_outbound {
                self.truth.queue(contact.queue, contact.enqueued).waiting += 1;
            }
            if contact.asked != 0 {
                self.truth.contact(contact.channel, contact.first_queue, contact.asked, |cell| cell.pending += 1);
            }
        }
        self.truth.still_open(open);
        for case in self.returns.finish(self.wire.last) {
            self.truth.resolved(&case);
        }
        for agent in 0..self.agents.len() {
            self.account(agent);
        }
    }

    /// A fresh slot for a contact.
    fn open_slot(&mut self) -> usize {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.contacts.push(Contact::default());
            self.contacts.len() - 1
        });
        let life = self.contacts[slot].life.wrapping_add(1);
        self.contacts[slot] = Contact { n: self.next_contact, life, started: self.wire.now, ..Contact::default() };
        self.next_contact += 1;
        slot
    }

    /// Sets a timer of a contact.
    fn contact_timer(&mut self, after: i64, what: What, c: usize, n: u64) {
        let life = self.contacts[c].life;
        self.clock.at(self.wire.now + after.max(1), what, c as u64, life, n);
    }

    /// Ends a contact and frees its slot.
    fn end_contact(&mut self, c: usize, ended_by: &str, reason: &str) -> io::Result<()> {
        let n = self.contacts[c].n;
        let is_written = self.missing_ends <= 0.0 || !self.dirt_random.chance(self.missing_ends);
        if is_written || self.contacts[c].is_refused {
            self.count_end(c);
        } else {
            self.truth.unended();
        }
        let promise = self.contacts[c].promise;
        if promise != 0 && !self.contacts[c].is_handled {
            self.wire.begin(Kind::PromiseChanged, "p-", promise).id("commitment_id", "p-", promise).text("change", "broken").end()?;
        }
        self.contacts[c].phase = Phase::Gone;
        self.free.push(c);
        if self.contacts[c].is_handled && self.contacts[c].channel == 0 && self.random.chance(0.3) {
            self.summarise(c)?;
        }
        if is_written {
            self.wire.begin(Kind::Ended, "c-", n).text("ended_by", ended_by).text("reason", reason).end()?;
        }
        Ok(())
    }

    /// The end of a contact, as the truth counts it.
    fn count_end(&mut self, c: usize) {
        let (now, contact) = (self.wire.now, &self.contacts[c]);
        let (channel, first_queue) = (contact.channel, contact.first_queue);
        let (is_handled, is_transferred, work) = (contact.is_handled, contact.is_transferred, contact.work_ms);
        self.truth.contact(channel, first_queue, now, |cell| {
            cell.received_ended += u64::from(!contact.is_outbound);
            if is_handled {
                cell.handled_ended += 1;
                cell.transferred_ended += u64::from(is_transferred);
                cell.work_by_end.add(work);
            }
        });
        if is_handled {
            self.truth.contact(channel, first_queue, contact.started, |cell| cell.work_by_start.add(work));
        }
        let is_resolved = is_handled && !contact.is_outbound && contact.mark.is_some_and(|(_, is_resolved)| is_resolved);
        if let (true, Some(first_queue)) = (is_resolved, first_queue) {
            let (customer, reason, started) = (contact.customer, contact.reason as u8, contact.started);
            self.returns.resolved(Resolved { customer, reason, channel, first_queue, started, ended: now, has_returned: false });
        }
    }

    /// A number for a case, survey, order and the like.
    fn number(&mut self) -> u64 {
        self.next_thing += 1;
        self.next_thing - 1
    }
}
