//! The truth as JSON Lines: which KPI is what in which basis.

use std::io::{self, Write};

use super::Truth;
use super::cell::{AgentDay, ChannelDay, Contacts, Exits, QueueDay, Sessions, Stints};
use super::lines::{Bases, Lines, Place};
use crate::centre::{CHANNELS, QUEUES};

/// Milliseconds per hour.
const HOUR_MS: f64 = 3_600_000.0;

/// Writes everything, queues first, then channels, then agents.
pub(super) fn write(truth: &Truth, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Lines { out, place: Place::default() };
    for (at, cell) in truth.queues.iter().enumerate() {
        let queue = &QUEUES[at % QUEUES.len()];
        let day = truth.first_day + (at / QUEUES.len()) as i64;
        lines.place = Place { queue: Some(queue.name), channel: Some(CHANNELS[queue.channel]), agent: None, day };
        stints(&mut lines, cell)?;
        levels(&mut lines, cell)?;
        legs(&mut lines, cell)?;
        contacts(&mut lines, &cell.contacts)?;
    }
    for (at, cell) in truth.channels.iter().enumerate() {
        let day = truth.first_day + (at / CHANNELS.len()) as i64;
        lines.place = Place { channel: Some(CHANNELS[at % CHANNELS.len()]), day, ..Place::default() };
        let first = at / CHANNELS.len() * CHANNELS.len();
        let all = truth.channels[first..first + CHANNELS.len()].iter().map(|c| c.contacts.received).sum();
        channel(&mut lines, cell, all)?;
    }
    for (&(day, number), cell) in &truth.agents {
        lines.place = Place { agent: Some(number), day, ..Place::default() };
        agent(&mut lines, cell)?;
    }
    lines.place = Place { day: truth.first_day, ..Place::default() };
    lines.count(&["event"], "open_contacts", truth.open_contacts)
}

fn stints(lines: &mut Lines<'_>, cell: &QueueDay) -> io::Result<()> {
    lines.count(&["arrival", "event"], "offered", cell.offered)?;
    lines.count(&["completion"], "offered", cell.left.exits.all())?;
    lines.count(&["arrival"], "waiting", cell.waiting)?;
    waits(lines, &["arrival"], &cell.entered)?;
    waits(lines, &["event", "completion"], &cell.left)?;
    lines.sum(&["start"], "wait_time", cell.entered.wait_ms)?;
    lines.sum(&["clipped"], "wait_time", cell.wait_clipped_ms)?;
    // In basis event what was offered counts where it came and what became of it where it left.
    rates(lines, &["arrival"], &cell.entered.exits, cell.offered, cell.entered.exits.short)?;
    rates(lines, &["event"], &cell.left.exits, cell.offered, cell.entered.exits.short)?;
    rates(lines, &["completion"], &cell.left.exits, cell.left.exits.all(), cell.left.exits.short)
}

fn waits(lines: &mut Lines<'_>, bases: Bases, s: &Stints) -> io::Result<()> {
    lines.count(bases, "answered", s.exits.answered)?;
    lines.count(bases, "abandoned", s.exits.abandoned)?;
    lines.count(bases, "short_abandons", s.exits.short)?;
    lines.count(bases, "flow_out", s.exits.flow_out)?;
    lines.count(bases, "callback", s.exits.callback)?;
    lines.count(bases, "waits_over_limit", s.over_limit)?;
    lines.sum(bases, "wait_time", s.wait_ms)?;
    let longest = s.longest_ms;
    lines.line(bases, "longest_wait", longest.unwrap_or(0), None, longest.map(|ms| ms as f64 / 1_000.0))?;
    lines.mean(bases, "asa", s.wait_answered_ms, s.exits.answered)?;
    let mut waits = s.waits.clone();
    waits.sort_unstable();
    for (kpi, p) in [("wait_p50", 50), ("wait_p90", 90), ("wait_p95", 95)] {
        lines.line(bases, kpi, 0, Some(waits.len() as i64), quantile(&waits, p))?;
    }
    Ok(())
}

/// What is measured against all that was offered, `short` of it abandoned within the short-abandon limit.
fn rates(lines: &mut Lines<'_>, bases: Bases, exits: &Exits, offered: u64, short: u64) -> io::Result<()> {
    let net = offered.saturating_sub(short);
    lines.share(bases, "abandonment_rate", exits.abandoned, offered)?;
    lines.share(bases, "abandonment_rate_net", exits.abandoned - exits.short, net)?;
    lines.share(bases, "answer_rate", exits.answered, offered)?;
    lines.share(bases, "flow_out_rate", exits.flow_out, offered)?;
    offered_levels(lines, bases, exits, offered, short)
}

fn offered_levels(lines: &mut Lines<'_>, bases: Bases, exits: &Exits, offered: u64, short: u64) -> io::Result<()> {
    lines.share(bases, "service_level", exits.answered_in, offered.saturating_sub(short))?;
    lines.share(bases, "service_level_sl5", exits.answered_in + exits.abandoned_in + exits.callback_in, offered)
}

/// Service levels measured against what was answered, abandoned or flowed out.
fn levels(lines: &mut Lines<'_>, cell: &QueueDay) -> io::Result<()> {
    let sl = &cell.sl_event;
    offered_levels(lines, &["sl_event"], sl, sl.all(), sl.short)?;
    let by_basis: [(Bases, &Exits); 3] =
        [(&["arrival"], &cell.entered.exits), (&["event", "completion"], &cell.left.exits), (&["sl_event"], sl)];
    for (bases, s) in by_basis {
        let both = s.answered + s.abandoned;
        lines.share(bases, "service_level_sl1", s.answered_in, s.answered)?;
        lines.share(bases, "service_level_sl2", s.answered_in, both)?;
        lines.share(bases, "service_level_sl3", s.answered_in, both - s.abandoned_in)?;
        lines.share(bases, "service_level_sl4", s.answered_in + s.abandoned_in, both)?;
        lines.share(bases, "service_level_sl4b", s.answered_in + s.short, both)?;
        lines.share(bases, "service_level_sl6", s.answered_in, both)?;
        lines.share(bases, "service_level_sl7", s.answered_in, both + s.flow_out)?;
    }
    Ok(())
}

fn legs(lines: &mut Lines<'_>, cell: &QueueDay) -> io::Result<()> {
    const ACCEPTED: Bases = &["arrival", "start"];
    const ENDED: Bases = &["event", "completion"];
    const CLIPPED: Bases = &["clipped"];
    let (accepted, ended, finished) = (&cell.legs_accepted, &cell.legs_ended, &cell.legs_finished);
    lines.count(&["arrival", "event", "start"], "handled", cell.handled)?;
    lines.count(&["completion"], "handled", finished.n)?;
    lines.share(&["arrival", "event"], "hold_rate", cell.handled_held, cell.handled)?;
    lines.share(&["completion"], "hold_rate", finished.held, finished.n)?;
    for (bases, legs) in [(ACCEPTED, accepted), (ENDED, ended)] {
        lines.sum(bases, "talk", legs.times.talk)?;
        lines.sum(bases, "hold", legs.times.hold)?;
        lines.mean(bases, "avg_talk", legs.times.talk, legs.n)?;
        lines.mean(bases, "avg_hold", legs.times.hold, legs.n)?;
        lines.mean(bases, "avg_hold_held", legs.times.hold, legs.held)?;
    }
    for (bases, legs) in [(ACCEPTED, accepted), (ENDED, finished)] {
        lines.sum(bases, "wrap_up", legs.times.wrap_up)?;
        lines.mean(bases, "avg_wrap_up", legs.times.wrap_up, legs.n)?;
        lines.mean(bases, "aht_leg", legs.times.all(), legs.n)?;
    }
    // On the clock time is split and a leg counts where it was accepted.
    let clipped = &cell.clipped;
    lines.sum(CLIPPED, "talk", clipped.talk)?;
    lines.sum(CLIPPED, "hold", clipped.hold)?;
    lines.sum(CLIPPED, "wrap_up", clipped.wrap_up)?;
    lines.mean(CLIPPED, "avg_talk", clipped.talk, accepted.n)?;
    lines.mean(CLIPPED, "avg_hold", clipped.hold, accepted.n)?;
    lines.mean(CLIPPED, "avg_hold_held", clipped.hold, accepted.held)?;
    lines.mean(CLIPPED, "avg_wrap_up", clipped.wrap_up, accepted.n)?;
    lines.mean(CLIPPED, "aht_leg", clipped.all(), accepted.n)?;
    let (made, closed) = (&cell.offers_made, &cell.offers_closed);
    lines.mean_of(ACCEPTED, "ring_time", made.ring)?;
    lines.mean_of(ENDED, "ring_time", closed.ring)?;
    lines.share(&["arrival", "event"], "agent_non_response", made.missed, made.ring.n)?;
    lines.share(&["completion"], "agent_non_response", closed.missed, closed.refused + finished.n)
}

fn contacts(lines: &mut Lines<'_>, c: &Contacts) -> io::Result<()> {
    const STARTED: Bases = &["arrival", "event"];
    lines.count(STARTED, "received", c.received)?;
    lines.count(&["completion"], "received", c.received_ended)?;
    lines.share(STARTED, "transfer_rate", c.transferred, c.handled)?;
    lines.share(&["completion"], "transfer_rate", c.transferred_ended, c.handled_ended)?;
    lines.share(STARTED, "repeat_contact_rate", c.repeats, c.received)?;
    lines.share(STARTED, "fcr_7d", c.stayed_away, c.resolved)?;
    lines.mean_of(&["completion", "event"], "aht_contact", c.work_by_end)?;
    lines.mean_of(&["arrival", "start"], "aht_contact", c.work_by_start)?;
    lines.mean_of(&["arrival"], "first_response_time", c.first_by_ask)?;
    lines.mean_of(&["arrival"], "next_response_time", c.turns_by_ask)?;
    lines.mean_of(&["completion", "event"], "first_response_time", c.first_by_answer)?;
    lines.mean_of(&["completion", "event"], "next_response_time", c.turns_by_answer)?;
    lines.count(STARTED, "responses_pending", c.pending)
}

fn channel(lines: &mut Lines<'_>, cell: &ChannelDay, received_by_all: u64) -> io::Result<()> {
    contacts(lines, &cell.contacts)?;
    lines.share(&["arrival", "event"], "channel_mix", cell.contacts.received, received_by_all)?;
    sessions(lines, &["arrival", "event"], &cell.sessions)?;
    sessions(lines, &["completion"], &cell.sessions_ended)
}

fn sessions(lines: &mut Lines<'_>, bases: Bases, s: &Sessions) -> io::Result<()> {
    lines.share(bases, "containment", s.all - s.handed_over, s.all)?;
    lines.share(bases, "ivr_abandonment", s.ivr_abandoned, s.ivr)
}

fn agent(lines: &mut Lines<'_>, cell: &AgentDay) -> io::Result<()> {
    const CLIPPED: Bases = &["clipped"];
    lines.count(&["event"], "handled", cell.handled)?;
    let busy = cell.handling_ms + cell.idle_ms;
    lines.share(CLIPPED, "occupancy", cell.handling_ms as u64, (busy + cell.ringing_ms) as u64)?;
    let per_hour = (busy > 0).then(|| cell.handled as f64 / (busy as f64 / HOUR_MS));
    lines.line(CLIPPED, "contacts_per_hour", cell.handled as i64, Some(busy), per_hour)?;
    lines.sum(CLIPPED, "idle", cell.idle_ms)?;
    lines.sum(CLIPPED, "ringing", cell.ringing_ms)?;
    lines.mean_of(&["completion", "event"], "idle_gap", cell.gaps)
}

/// Quantile `percent` of sorted waits in seconds by linear interpolation.
fn quantile(sorted: &[u32], percent: usize) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let (at, rest) = (last * percent / 100, last * percent % 100);
    let (low, high) = (f64::from(sorted[at]), f64::from(sorted[(at + 1).min(last)]));
    Some((low + (high - low) * rest as f64 / 100.0) / 1_000.0)
}
