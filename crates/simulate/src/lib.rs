//! A contact centre that behaves like one, and the truth its events imply.
//!
//! Customers come by a Poisson process with time of day, day of week and trend ([`demand`]); agents work shifts; waits come from
//! load, because queues and agents are simulated event by event ([`centre`]). Every event is written at the instant it happens
//! ([`wire`]), so the stream is in time order and memory holds open contacts only. The [`Truth`] is counted at the same places and
//! never read back from the events. The same [`Options`] give the same bytes on every machine ([`random`]).

mod centre;
mod demand;
mod dirt;
mod random;
mod truth;
mod wire;

use std::io::{self, Write};

use trunkline_events::Timestamp;

pub use dirt::Dirt;
pub use truth::{Totals, Truth};

/// What to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Same seed, same centre.
    pub seed: u64,
    /// Inbound contacts, exactly; callbacks the centre makes come on top.
    pub contacts: u64,
    /// Days of 24 hours; what is open at the end stays open.
    pub days: u32,
    /// First instant; days are UTC days, so a midnight is sensible.
    pub start: Timestamp,
    /// Dirt, none by default.
    pub dirt: Dirt,
}

impl Default for Options {
    /// 10,000 contacts in 30 days from Monday 2026-01-05, clean.
    fn default() -> Self {
        Self { seed: 1, contacts: 10_000, days: 30, start: Timestamp::from_seconds(1_767_571_200), dirt: Dirt::default() }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// Events, duplicates not counted.
    pub events: u64,
    /// Contacts, inbound and outbound.
    pub contacts: u64,
    /// Agents who worked.
    pub agents: u64,
    /// Events per type, for every type the simulator knows.
    pub by_type: Vec<(&'static str, u64)>,
}

/// Simulates a centre: CloudEvents JSON Lines to `events`, the truth into `truth` (what it held is replaced).
///
/// # Errors
/// What `events` returns.
pub fn run(options: &Options, events: &mut dyn Write, truth: &mut Truth) -> io::Result<Stats> {
    centre::run(options, events, truth)
}
