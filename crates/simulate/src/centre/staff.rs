//! Agents: how many, their shifts, breaks, training, and where their time goes.

use std::io;

use super::clock::What;
use super::{Centre, GROUP_QUEUES};
use crate::demand::{DAY, HOUR, HOURS, busy_day, weekday};
use crate::wire::Kind;

/// Length of a shift.
const SHIFT: i64 = 8 * HOUR;
/// First hours of shifts.
const STARTS: [usize; 7] = [7, 8, 9, 10, 11, 12, 13];
/// The group that also works late and at night, and the first hours of these shifts.
const SUPPORT: usize = 2;
const LATE: usize = 15;
const NIGHT: usize = 23;
/// Share of the contacts of the night that reach an agent.
const NIGHT_SHARE: f64 = 0.37;
/// Share of a day's contacts that reach each group, and hours of work one of them takes (per place of concurrency).
const LOADS: [(f64, f64); 7] =
    [(0.105, 0.095), (0.112, 0.095), (0.101, 0.095), (0.056, 0.095), (0.125, 0.095), (0.12, 0.055), (0.46, 0.025)];

/// One agent.
#[derive(Debug, Clone, Default)]
pub(super) struct Agent {
    pub(super) group: usize,
    place: usize,
    starts: usize,
    room: u32,
    is_available: bool,
    is_in: bool,
    is_leaving: bool,
    pub(super) is_listed: bool,
    pub(super) has_worked: bool,
    pub(super) load: u32,
    pub(super) ringing: u32,
    away_until: i64,
    since: i64,
    /// Wrap-ups among the load that will not end within the run: their length stays unknown, so they are no handling.
    unknown: u32,
    /// When handling last ended.
    freed_at: Option<i64>,
    /// Available since then, ms.
    gap_ms: i64,
}

impl Agent {
    /// Whether the agent can take one more contact now.
    pub(super) fn has_room(&self) -> bool {
        self.is_available && self.load + self.ringing < self.room
    }

    fn handling(&self) -> u32 {
        self.load - self.unknown
    }
}

/// Hires for a busy ordinary day: the load of each hour, spare people by the square root of it, and cover for breaks.
pub(super) fn hire(start: i64, days: u32, contacts: u64) -> Vec<Agent> {
    let day = busy_day(start, days, contacts);
    let weights: f64 = HOURS.iter().sum();
    let mut agents = Vec::new();
    for (group, (share, hours)) in LOADS.iter().enumerate() {
        let need = |hour: usize| {
            let load = day * share * hours * HOURS[hour] / weights;
            (load + 0.35 * load.max(0.0).sqrt()) * 1.06
        };
        let mut staffed = [0.0_f64; 24];
        let mut place = 0;
        let mut add = |starts: usize, staffed: &mut [f64; 24], place: &mut usize| {
            (starts..starts + 8).for_each(|h| staffed[h % 24] += 1.0);
            let room = [1, 1, 1, 1, 1, 3, 2][group];
            agents.push(Agent { group, place: *place, starts, room, ..Agent::default() });
            *place += 1;
        };
        add(7, &mut staffed, &mut place);
        add(13, &mut staffed, &mut place);
        let missing = |starts: usize, staffed: &[f64; 24]| -> f64 { (starts..starts + 8).map(|h| (need(h) - staffed[h]).max(0.0)).sum() };
        loop {
            let worst = (7..21).map(|h| need(h) - staffed[h]).fold(0.0, f64::max);
            if worst < 0.6 {
                break;
            }
            let best = STARTS.into_iter().max_by(|&a, &b| missing(a, &staffed).total_cmp(&missing(b, &staffed)).then(b.cmp(&a)));
            add(best.unwrap_or(7), &mut staffed, &mut place);
        }
        if group == SUPPORT {
            let load = day * NIGHT_SHARE * hours * HOURS[22] / weights;
            let team = 1 + (load + 0.5 * load.max(0.0).sqrt()).ceil() as usize;
            // Two night teams take turns.
            (0..team).for_each(|_| add(LATE, &mut staffed, &mut place));
            (0..2 * team).for_each(|_| add(NIGHT, &mut staffed, &mut place));
        }
    }
    agents
}

impl Centre<'_> {
    /// Midnight: who works today, and what else the day brings.
    pub(super) fn day(&mut self) -> io::Result<()> {
        let today = self.wire.now;
        self.forget();
        let midnight = today - today.rem_euclid(DAY);
        for hour in [7, 21] {
            self.clock.at((midnight + hour * HOUR).max(today), What::Close, 0, 0, 0);
        }
        let (day_of_week, week, day) = (weekday(today), (today / (7 * DAY)) as usize, (today / DAY) as usize);
        for agent in 0..self.agents.len() {
            let (place, starts) = (self.agents[agent].place, self.agents[agent].starts);
            if starts == NIGHT {
                // Who would not come home before the end of the run does not come at all; the first night began before it.
                if (place + day).is_multiple_of(2) && today + DAY < self.horizon {
                    self.publish_shift(agent, today + starts as i64 * HOUR)?;
                } else if !(place + day).is_multiple_of(2) && today == self.start {
                    self.publish_shift(agent, today - HOUR)?;
                }
                continue;
            }
            let works = match day_of_week {
                6 => false,
                5 if starts == LATE => true,
                5 => place < 2 || (place + week).is_multiple_of(2),
                _ => true,
            };
            if works {
                self.publish_shift(agent, today + starts as i64 * HOUR)?;
            }
        }
        self.journeys(today);
        Ok(())
    }

    fn publish_shift(&mut self, agent: usize, from: i64) -> io::Result<()> {
        let spread = (self.agents[agent].place as i64 % 5) * 12 * 60_000;
        let (first, lunch, second) = (from + 2 * HOUR + spread, from + 7 * HOUR / 2 + spread, from + 6 * HOUR + spread);
        let number = agent as u64 + 1;
        let version = from.div_euclid(DAY);
        let mut json = String::from("[");
        let plan = [
            ("work", from, from + SHIFT),
            ("break", first, first + 900_000),
            ("lunch", lunch, lunch + 1_800_000),
            ("break", second, second + 900_000),
        ];
        for (activity, start, end) in plan {
            let (start, end) = (trunkline_events::Timestamp::from_millis(start), trunkline_events::Timestamp::from_millis(end));
            let productive = activity == "work";
            json.push_str(&format!(
                "{{\"activity\":\"{activity}\",\"start\":\"{start}\",\"end\":\"{end}\",\"is_productive\":{productive}}},"
            ));
        }
        json.pop();
        json.push(']');
        self.wire.begin(Kind::Schedule, "a-", number).id("agent_id", "a-", number).int("version", version).raw("intervals", &json).end()?;
        let late = self.random.seconds(-120.0, 180.0);
        let a = agent as u64;
        self.clock.at((from + late).max(self.wire.now), What::Login, a, 0, 0);
        for (at, length) in [(first, 900), (lunch, 1_800), (second, 900)] {
            let drift = self.random.seconds(0.0, 240.0);
            self.clock.at(at + drift, What::Away, a, u32::from(length == 1_800), length);
        }
        if self.random.chance(0.03) {
            self.clock.at(from + 5 * HOUR, What::Away, a, 2, 2_700);
        }
        self.clock.at(from + SHIFT + late, What::ShiftEnd, a, 0, 0);
        Ok(())
    }

    fn state(&mut self, agent: usize, transition: &str, state: &str, reason: &str) -> io::Result<()> {
        let number = agent as u64 + 1;
        let wire = self.wire.begin(Kind::AgentState, "a-", number);
        wire.id("agent_id", "a-", number).text("transition", transition).text("state", state);
        if !reason.is_empty() {
            wire.text("reason", reason);
        }
        wire.text("scope", "all").end()
    }

    /// The shift begins.
    pub(super) fn login(&mut self, agent: usize) -> io::Result<()> {
        self.account(agent);
        let number = agent as u64 + 1;
        let entry = &mut self.agents[agent];
        (entry.is_in, entry.is_available, entry.is_leaving, entry.away_until) = (true, true, false, 0);
        if !std::mem::replace(&mut entry.has_worked, true) {
            let group = ["billing", "orders", "support", "sales", "all_calls", "chat", "back_office"][entry.group];
            let wire = self.wire.begin(Kind::Assignment, "a-", number);
            wire.id("agent_id", "a-", number).text("kind", "team").raw("added", &format!("[\"{group}\"]")).raw("removed", "[]").end()?;
        }
        self.state(agent, "login", "available", "")?;
        self.serve(agent)
    }

    /// A break, lunch (1) or training (2) of so many seconds begins.
    pub(super) fn away(&mut self, agent: usize, kind: u32, seconds: u64) -> io::Result<()> {
        let reason = ["break", "lunch", "training"][kind as usize % 3];
        self.step_away(agent, reason, seconds as i64 * 1_000)?;
        if kind == 2 && self.agents[agent].is_in {
            let number = agent as u64 + 1;
            let at = self.wire.now + seconds as i64 * 1_000 - 1;
            self.clock.at(at, What::Later, 0, super::journey::TRAINED, number);
        }
        Ok(())
    }

    /// Takes no new contacts for a while; what is open goes on.
    pub(super) fn step_away(&mut self, agent: usize, reason: &str, length: i64) -> io::Result<()> {
        if !self.agents[agent].is_in || self.agents[agent].is_leaving {
            return self.released(agent);
        }
        self.account(agent);
        let until = self.wire.now + length;
        let entry = &mut self.agents[agent];
        entry.is_available = false;
        entry.away_until = entry.away_until.max(until);
        self.clock.at(until, What::Back, agent as u64, 0, 0);
        self.state(agent, "change", "not_ready", reason)
    }

    /// Back from a break, unless a longer one has begun.
    pub(super) fn back(&mut self, agent: usize) -> io::Result<()> {
        let entry = &self.agents[agent];
        if !entry.is_in || entry.is_leaving || entry.is_available || self.wire.now < entry.away_until {
            return Ok(());
        }
        self.account(agent);
        self.agents[agent].is_available = true;
        self.state(agent, "change", "available", "")?;
        self.serve(agent)
    }

    /// The shift is over; whoever still has a customer finishes first.
    pub(super) fn shift_end(&mut self, agent: usize) -> io::Result<()> {
        if !self.agents[agent].is_in {
            return Ok(());
        }
        self.account(agent);
        let entry = &mut self.agents[agent];
        (entry.is_available, entry.is_leaving) = (false, true);
        if entry.load + entry.ringing > 0 {
            self.state(agent, "change", "not_ready", "shift_end")?;
        }
        self.released(agent)
    }

    /// A contact is done with: log out, or take the next.
    pub(super) fn released(&mut self, agent: usize) -> io::Result<()> {
        let entry = &mut self.agents[agent];
        if entry.is_leaving && entry.load + entry.ringing == 0 && entry.is_in {
            (entry.is_in, entry.is_leaving) = (false, false);
            return self.state(agent, "logout", "offline", "");
        }
        self.serve(agent)
    }

    /// An agent takes up a contact.
    pub(super) fn take_up(&mut self, agent: usize) {
        self.account(agent);
        let now = self.wire.now;
        let entry = &mut self.agents[agent];
        let is_free = entry.handling() == 0;
        entry.load += 1;
        if is_free {
            let gap = std::mem::take(&mut entry.gap_ms);
            // What follows without a pause is one stretch of handling.
            let is_gap = entry.freed_at.is_some_and(|freed| freed < now);
            let cell = self.truth.agent(agent as u64 + 1, now.div_euclid(DAY));
            if is_gap {
                cell.gaps.add(gap);
            }
        }
        self.truth.agent(agent as u64 + 1, now.div_euclid(DAY)).handled += 1;
    }

    /// An agent is done with a contact, or (unknown) begins a wrap-up whose end the run does not see.
    pub(super) fn put_down(&mut self, agent: usize, is_unknown: bool) {
        self.account(agent);
        let entry = &mut self.agents[agent];
        if is_unknown {
            entry.unknown += 1;
        } else {
            entry.load -= 1;
        }
        if entry.handling() == 0 {
            entry.freed_at = Some(self.wire.now);
        }
    }

    /// Books the time since the last change of an agent, split at midnight.
    pub(super) fn account(&mut self, agent: usize) {
        let now = self.wire.now;
        let entry = &mut self.agents[agent];
        let mut from = std::mem::replace(&mut entry.since, now);
        let (load, ringing, is_available) = (entry.handling(), entry.ringing, entry.is_available);
        if load + ringing == 0 && !is_available {
            return;
        }
        if load == 0 && is_available {
            entry.gap_ms += now - from;
        }
        while from < now {
            let day = from.div_euclid(DAY);
            let to = now.min((day + 1) * DAY);
            let cell = self.truth.agent(agent as u64 + 1, day);
            let sum = match (load, ringing) {
                (1.., _) => &mut cell.handling_ms,
                (0, 1..) => &mut cell.ringing_ms,
                (0, 0) => &mut cell.idle_ms,
            };
            *sum += to - from;
            from = to;
        }
    }
}

// Every group has queues to serve.
const _: () = assert!(GROUP_QUEUES.len() == LOADS.len());
