//! What will happen, by time: a heap with a running number so that equal instants keep their order on every machine.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Kinds of things that happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Day,
    Arrival,
    Close,
    Login,
    Away,
    Back,
    ShiftEnd,
    WrapEnd,
    Later,
    CallBack,
    SelfStep,
    SelfEnd,
    Patience,
    Overflow,
    OfferCallback,
    RingEnd,
    HoldStart,
    HoldEnd,
    Message,
    TalkEnd,
    TransferDone,
    Reply,
    GiveUp,
}

/// Something due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    /// When, ms since the epoch.
    pub(super) at: i64,
    order: u64,
    /// What.
    pub(super) what: What,
    /// To whom: slot of a contact, agent, wrap-up, or a number.
    pub(super) a: u64,
    /// Life of the contact's slot, or a small number.
    pub(super) b: u32,
    /// Visit, offer, part: what the timer was set for.
    pub(super) n: u64,
}

/// The heap.
#[derive(Debug, Default)]
pub(super) struct Clock {
    heap: BinaryHeap<Reverse<Due>>,
    order: u64,
}

impl Clock {
    /// Sets a timer.
    pub(super) fn at(&mut self, at: i64, what: What, a: u64, b: u32, n: u64) {
        self.order += 1;
        self.heap.push(Reverse(Due { at, order: self.order, what, a, b, n }));
    }

    /// The next thing.
    pub(super) fn pop(&mut self) -> Option<Due> {
        self.heap.pop().map(|Reverse(due)| due)
    }
}
