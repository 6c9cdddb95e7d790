//! The truth as JSON Lines.

use std::io::{self, Write};

use super::Truth;
use super::cell::{ChannelCell, LegCell, Stints};
use crate::centre::{CHANNELS, QUEUES};
use crate::wire::date_text;

/// How a number reads: a plain number, a ratio, or milliseconds shown as seconds.
#[derive(Clone, Copy)]
enum Unit {
    Plain,
    Seconds,
}

/// Where a number belongs.
struct Place<'a> {
    queue: Option<&'a str>,
    channel: Option<&'a str>,
    agent: Option<u64>,
    day: i64,
}

struct Lines<'w, 'a> {
    out: &'w mut dyn Write,
    place: Place<'a>,
    basis: &'static str,
}

impl Lines<'_, '_> {
    fn line(&mut self, kpi: &str, numerator: i64, denominator: Option<i64>, value: Option<f64>) -> io::Result<()> {
        let quoted = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), |t| format!("\"{t}\""));
        let agent = self.place.agent.map(|n| format!("a-{n}"));
        let date = date_text(self.place.day);
        writeln!(
            self.out,
            "{{\"kpi\":\"{kpi}\",\"basis\":\"{}\",\"queue\":{},\"channel\":{},\"agent_id\":{},\"day\":\"{}\",\"numerator\":{numerator},\"denominator\":{},\"value\":{}}}",
            self.basis,
            quoted(self.place.queue),
            quoted(self.place.channel),
            quoted(agent.as_deref()),
            String::from_utf8_lossy(&date),
            denominator.map_or_else(|| "null".to_owned(), |d| d.to_string()),
            value.map_or_else(|| "null".to_owned(), |v| v.to_string()),
        )
    }

    fn count(&mut self, kpi: &str, n: u64) -> io::Result<()> {
        self.line(kpi, n as i64, None, Some(n as f64))
    }

    fn sum(&mut self, kpi: &str, ms: i64) -> io::Result<()> {
        self.line(kpi, ms, None, Some(ms as f64 / 1_000.0))
    }

    fn ratio(&mut self, kpi: &str, unit: Unit, numerator: i64, denominator: u64) -> io::Result<()> {
        let scale = if matches!(unit, Unit::Seconds) { 1_000.0 } else { 1.0 };
        let value = (denominator > 0).then(|| numerator as f64 / scale / denominator as f64);
        self.line(kpi, numerator, Some(denominator as i64), value)
    }

    fn share(&mut self, kpi: &str, numerator: u64, denominator: u64) -> io::Result<()> {
        self.ratio(kpi, Unit::Plain, numerator as i64, denominator)
    }
}

/// Writes everything, queues first, then channels, then agents.
pub(super) fn write(truth: &Truth, out: &mut dyn Write) -> io::Result<()> {
    let place = Place { queue: None, channel: None, agent: None, day: truth.first_day };
    let mut lines = Lines { out, place, basis: "arrival" };
    for (at, cell) in truth.queues.iter().enumerate() {
        let queue = &QUEUES[at % QUEUES.len()];
        let day = truth.first_day + (at / QUEUES.len()) as i64;
        lines.place = Place { queue: Some(queue.name), channel: Some(CHANNELS[queue.channel]), agent: None, day };
        lines.basis = "arrival";
        stints(&mut lines, &cell.arrival)?;
        lines.count("waiting", cell.arrival.waiting)?;
        lines.basis = "event";
        stints(&mut lines, &cell.event)?;
        legs(&mut lines, &cell.legs)?;
    }
    for (at, cell) in truth.channels.iter().enumerate() {
        let day = truth.first_day + (at / CHANNELS.len()) as i64;
        lines.place = Place { queue: None, channel: Some(CHANNELS[at % CHANNELS.len()]), agent: None, day };
        let first = at / CHANNELS.len() * CHANNELS.len();
        let all = truth.channels[first..first + CHANNELS.len()].iter().map(|c| c.received).sum();
        channel(&mut lines, cell, all)?;
    }
    lines.basis = "clipped";
    for (&(day, agent), cell) in &truth.agents {
        lines.place = Place { queue: None, channel: None, agent: Some(agent), day };
        let whole = (cell.handling_ms + cell.idle_ms + cell.ringing_ms) as u64;
        lines.ratio("occupancy", Unit::Plain, cell.handling_ms, whole)?;
        lines.sum("idle", cell.idle_ms)?;
        lines.sum("ringing", cell.ringing_ms)?;
        lines.basis = "event";
        lines.count("handled", cell.handled)?;
        lines.basis = "clipped";
    }
    lines.place = Place { queue: None, channel: None, agent: None, day: truth.first_day };
    lines.basis = "event";
    lines.count("open_contacts", truth.open_contacts)
}

fn stints(lines: &mut Lines<'_, '_>, s: &Stints) -> io::Result<()> {
    lines.count("offered", s.offered)?;
    lines.count("answered", s.answered)?;
    lines.count("abandoned", s.abandoned)?;
    lines.count("short_abandons", s.short)?;
    lines.count("flow_out", s.flow_out)?;
    lines.count("callback", s.callback)?;
    lines.count("waits_over_limit", s.over_limit)?;
    let longest = s.longest_ms;
    lines.line("longest_wait", longest.unwrap_or(0), None, longest.map(|ms| ms as f64 / 1_000.0))?;
    lines.ratio("asa", Unit::Seconds, s.wait_answered_ms, s.answered)?;
    let mut waits = s.waits.clone();
    waits.sort_unstable();
    for (kpi, p) in [("wait_p50", 50), ("wait_p90", 90), ("wait_p95", 95)] {
        lines.line(kpi, 0, Some(waits.len() as i64), quantile(&waits, p))?;
    }
    lines.share("abandonment_rate", s.abandoned, s.offered)?;
    lines.share("abandonment_rate_net", s.abandoned - s.short, s.offered.saturating_sub(s.short))?;
    lines.share("answer_rate", s.answered, s.offered)?;
    lines.share("flow_out_rate", s.flow_out, s.offered)?;
    let net = s.offered.saturating_sub(s.short);
    lines.share("service_level", s.answered_in, net)?;
    lines.share("service_level_sl1", s.answered_in, s.answered)?;
    lines.share("service_level_sl2", s.answered_in, s.answered + s.abandoned)?;
    lines.share("service_level_sl3", s.answered_in, s.answered + s.abandoned - s.abandoned_in)?;
    lines.share("service_level_sl4", s.answered_in + s.abandoned_in, s.answered + s.abandoned)?;
    lines.share("service_level_sl5", s.answered_in + s.abandoned_in + s.callback_in, s.offered)?;
    lines.share("service_level_sl7", s.answered_in, s.answered + s.abandoned + s.flow_out)
}

fn legs(lines: &mut Lines<'_, '_>, l: &LegCell) -> io::Result<()> {
    lines.count("handled", l.handled)?;
    lines.share("hold_rate", l.held, l.handled)?;
    lines.share("agent_non_response", l.missed, l.offers)?;
    lines.basis = "completion";
    lines.sum("talk", l.talk_ms)?;
    lines.sum("hold", l.hold_ms)?;
    lines.sum("wrap_up", l.wrap_up_ms)?;
    lines.ratio("avg_talk", Unit::Seconds, l.talk_ms, l.ended)?;
    lines.ratio("avg_hold", Unit::Seconds, l.hold_ms, l.ended)?;
    lines.ratio("avg_hold_held", Unit::Seconds, l.hold_ms, l.ended_held)?;
    lines.ratio("avg_wrap_up", Unit::Seconds, l.wrap_up_ms, l.finished)?;
    lines.ratio("aht_leg", Unit::Seconds, l.handle_ms, l.finished)
}

fn channel(lines: &mut Lines<'_, '_>, c: &ChannelCell, received_by_all: u64) -> io::Result<()> {
    lines.basis = "arrival";
    lines.count("received", c.received)?;
    lines.share("channel_mix", c.received, received_by_all)?;
    lines.share("transfer_rate", c.transferred, c.handled)?;
    lines.share("repeat_contact_rate", c.repeats, c.received)?;
    lines.share("containment", c.sessions - c.handed_over, c.sessions)?;
    lines.share("ivr_abandonment", c.ivr_abandoned, c.ivr_sessions)?;
    lines.ratio("first_response_time", Unit::Seconds, c.first_by_ask.1, c.first_by_ask.0)?;
    lines.ratio("next_response_time", Unit::Seconds, c.turns_by_ask.1, c.turns_by_ask.0)?;
    lines.basis = "completion";
    lines.ratio("first_response_time", Unit::Seconds, c.first_by_answer.1, c.first_by_answer.0)?;
    lines.ratio("next_response_time", Unit::Seconds, c.turns_by_answer.1, c.turns_by_answer.0)
}

/// Quantile `percent` of sorted waits in seconds by linear interpolation.
fn quantile(sorted: &[u32], percent: usize) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let (at, rest) = (last * percent / 100, last * percent % 100);
    let (low, high) = (f64::from(sorted[at]), f64::from(sorted[(at + 1).min(last)]));
    Some((low + (high - low) * rest as f64 / 100.0) / 1_000.0)
}
