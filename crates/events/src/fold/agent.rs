//! Agents' states on the clock (fold rule 9): from one change to the next, one state at a time.
//!
//! A pause set for one queue counts as a pause of the agent for as long as there is one anywhere; other states of one queue or one channel
//! only do not split the agent's own. Agents who log out leave no state behind, a restart of the source leaves `unknown`.

use super::event::{Event, Step};
use super::finality::Finality;
use super::kind::Kind;
use super::notes::{Notes, code};
use super::payload::Text;
use super::scan::Member;
use super::span::before;
use crate::fact::{AgentFacts, AgentState, Provenance};
use crate::time::Timestamp;

/// One state and why.
#[derive(Debug, Clone, Copy)]
struct State<'a> {
    word: Text<'a>,
    reason: Option<Text<'a>>,
}

/// One interval.
#[derive(Debug, Clone, Copy)]
struct Interval<'a> {
    state: State<'a>,
    from: Timestamp,
    to: Option<Timestamp>,
    recorded_at: Timestamp,
    events: i64,
}

/// Whom a change concerns.
enum Scope<'a> {
    Agent,
    Queue(Text<'a>),
    /// One channel only.
    Channel,
}

#[derive(Debug, Default)]
struct Clock<'a> {
    intervals: Vec<Interval<'a>>,
    /// What the agent is apart from pauses of single queues; `None` when logged out or never heard of.
    base: Option<State<'a>>,
    /// Queues in which the agent is paused, and why.
    paused_in: Vec<(Text<'a>, Option<Text<'a>>)>,
    /// A login was told since the last logout.
    is_login_told: bool,
    /// Number of the first interval since the last logout.
    session: usize,
    /// States differ by channel: a state that names one and no scope is that channel's.
    has_channels: bool,
    notes: Notes,
}

/// Folds an agent's events, in order.
pub(super) fn facts(events: &[Event<'_>], members: &[Member], finality: Finality) -> AgentFacts {
    let Some(agent) = events.iter().find_map(|e| e.row.agent_id) else { return AgentFacts::default() };
    let mut clock = Clock::default();
    let changes = || events.iter().filter(|e| e.kind == Kind::AgentStateChanged);
    let first_channel = changes().find_map(|e| e.row.channel);
    clock.has_channels = changes().any(|e| e.row.channel.is_some() && e.row.channel != first_channel);
    for event in events {
        let step = Step::of(event, members);
        match event.kind {
            Kind::AgentStateChanged => clock.changed(&step),
            Kind::SourceStatus if step.data.word("status") == "restarted" => clock.restarted(&step),
            _ => {}
        }
    }
    clock.rows(agent, events, finality)
}

impl<'a> Clock<'a> {
    fn changed(&mut self, step: &Step<'_, 'a>) {
        let transition = step.data.word("transition");
        let state = State {
            word: step.data.text("state").unwrap_or(Text::Plain(if transition == "login" { "available" } else { "other" })),
            reason: step.data.text("reason"),
        };
        if transition == "logout" {
            self.logged_out(step);
            return;
        }
        match self.scope(step) {
            Scope::Channel => {}
            Scope::Queue(queue) => self.changed_in_queue(step, queue, state),
            Scope::Agent => {
                // The end that a source derives for a state it gave a length counts only while that state lasts.
                let is_derived = step.data.word("basis") == "derived" && transition == "change";
                if is_derived && self.base.is_none_or(|base| base.word.word() != "wrapup") {
                    return;
                }
                self.is_login_told |= transition == "login";
                if state.word.word() != "not_ready" {
                    self.paused_in.clear();
                }
                self.base = Some(state);
                self.show(step);
            }
        }
    }

    fn scope(&self, step: &Step<'_, 'a>) -> Scope<'a> {
        let Some(scope) = step.data.text("scope") else {
            return if self.has_channels && step.channel().is_some() { Scope::Channel } else { Scope::Agent };
        };
        let word = scope.word();
        match word.strip_prefix("queue") {
            Some(rest) => {
                let name = rest.trim_matches(['(', ')', ':', ' ']);
                let named = if name.is_empty() { step.queue() } else { Some(Text::Plain(name)) };
                Scope::Queue(named.unwrap_or(scope))
            }
            None if word.starts_with("channel") => Scope::Channel,
            None => Scope::Agent,
        }
    }

    /// In one queue only pauses and their ends mean something for the agent.
    fn changed_in_queue(&mut self, step: &Step<'_, 'a>, queue: Text<'a>, state: State<'a>) {
        let at = self.paused_in.iter().position(|(name, _)| *name == queue);
        match (state.word.word(), at) {
            ("not_ready", None) => self.paused_in.push((queue, state.reason)),
            ("available" | "idle", Some(at)) => {
                self.paused_in.remove(at);
                // Who was seen pausing only was there all the same.
                self.base = self.base.or(Some(State { word: Text::Plain("available"), reason: None }));
            }
            _ => return,
        }
        self.show(step);
    }

    fn logged_out(&mut self, step: &Step<'_, 'a>) {
        let length = step.data.millis("login_ms").or_else(|| step.data.millis("logintime_ms"));
        let is_open = self.intervals.last().is_some_and(|i| i.to.is_none());
        if !self.is_login_told {
            match length {
                Some(length) => self.imply_login(step, before(step.at, length)),
                None if !is_open => self.notes.add(code::UNMATCHED_END, "a logout without a login and without its length", step.at),
                None => {}
            }
        }
        self.close(step);
        (self.base, self.is_login_told) = (None, false);
        self.paused_in.clear();
        self.session = self.intervals.len();
    }

    /// A logout that says how long the agent was logged in, without a login: available from then to the first state known.
    fn imply_login(&mut self, step: &Step<'_, 'a>, since: Timestamp) {
        let previous = self.session.checked_sub(1).and_then(|at| self.intervals.get(at)).and_then(|i| i.to);
        let from = since.max(previous.unwrap_or(since));
        let to = self.intervals.get(self.session).map_or(step.at, |first| first.from);
        if from < to {
            let state = State { word: Text::Plain("available"), reason: None };
            let interval = Interval { state, from, to: Some(to), recorded_at: step.row.recorded_at, events: 1 };
            self.intervals.insert(self.session, interval);
        }
        self.notes.add(code::UNMATCHED_END, "a logout without a login: logged in for as long as the source says", step.at);
    }

    fn restarted(&mut self, step: &Step<'_, 'a>) {
        if self.intervals.last().is_some_and(|i| i.to.is_none()) {
            let reason = step.data.text("reason").or(Some(Text::Plain("restart")));
            self.base = Some(State { word: Text::Plain("unknown"), reason });
            self.paused_in.clear();
            self.is_login_told = false;
            self.show(step);
        }
    }

    /// What the agent is now: paused where nothing else keeps them busy and a pause is set anywhere.
    fn state(&self) -> Option<State<'a>> {
        let can_pause = self.base.is_none_or(|b| matches!(b.word.word(), "available" | "idle" | "not_ready"));
        match self.paused_in.first() {
            Some((_, reason)) if can_pause && self.base.is_none_or(|b| b.word.word() != "not_ready") => {
                Some(State { word: Text::Plain("not_ready"), reason: *reason })
            }
            _ => self.base,
        }
    }

    /// Lets the running interval go on if it says the same, else ends it and begins the next.
    fn show(&mut self, step: &Step<'_, 'a>) {
        let Some(state) = self.state() else { return };
        if let Some(last) = self.intervals.last_mut().filter(|i| i.to.is_none()) {
            let is_unknown = state.word.word() == "unknown";
            if last.state.word == state.word && (is_unknown || state.reason.is_none() || state.reason == last.state.reason) {
                last.recorded_at = last.recorded_at.max(step.row.recorded_at);
                last.events += 1;
                return;
            }
        }
        self.close(step);
        // What came between had no length: the state before it goes on.
        let is_same = |i: &Interval<'a>| i.to == Some(step.at) && i.state.word == state.word && i.state.reason == state.reason;
        if self.intervals.len() > self.session
            && let Some(last) = self.intervals.last_mut().filter(|i| is_same(i))
        {
            last.to = None;
            return;
        }
        self.intervals.push(Interval { state, from: step.at, to: None, recorded_at: step.row.recorded_at, events: 1 });
    }

    /// Ends the running interval; one of no length never was.
    fn close(&mut self, step: &Step<'_, 'a>) {
        let Some(last) = self.intervals.last_mut().filter(|i| i.to.is_none()) else { return };
        if last.from >= step.at {
            self.intervals.pop();
            return;
        }
        last.to = Some(step.at);
        last.recorded_at = last.recorded_at.max(step.row.recorded_at);
        last.events += 1;
    }

    fn rows(self, agent: &str, events: &[Event<'_>], finality: Finality) -> AgentFacts {
        let source = events.first().map_or("", |e| e.row.source);
        let recorded_at = events.iter().map(|e| e.row.recorded_at).max().unwrap_or_default();
        let provenance = Provenance { source: source.into(), recorded_at, is_final: false, event_count: 1 };
        let state = |i: Interval<'_>| AgentState {
            provenance: Provenance {
                source: source.into(),
                recorded_at: i.recorded_at,
                is_final: finality.is_final(i.to),
                event_count: i.events,
            },
            agent_id: agent.into(),
            state: i.state.word.owned(),
            reason: i.state.reason.map(Text::owned),
            started_at: i.from,
            ended_at: i.to,
        };
        AgentFacts { states: self.intervals.into_iter().map(state).collect(), anomalies: self.notes.rows(None, Some(agent), &provenance) }
    }
}
