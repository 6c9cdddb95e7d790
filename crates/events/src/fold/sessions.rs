//! Self-service sessions: IVR, bot, portal.

use super::event::Step;
use super::notes::{Notes, code};
use super::payload::Text;
use crate::time::Timestamp;

/// One session.
#[derive(Debug, Clone)]
pub(super) struct Session<'a> {
    pub(super) id: Option<Text<'a>>,
    pub(super) kind: Option<Text<'a>>,
    pub(super) topic: Option<Text<'a>>,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    /// Its own event said that it ended.
    is_end_told: bool,
    pub(super) is_goal_reached: bool,
    pub(super) is_abandoned: bool,
    pub(super) is_handed_over: bool,
}

/// All sessions of a contact.
#[derive(Debug, Default)]
pub(super) struct Sessions<'a>(pub(super) Vec<Session<'a>>);

impl<'a> Sessions<'a> {
    pub(super) fn started(&mut self, step: &Step<'_, 'a>) {
        self.close_all(step.at);
        self.begin(step, step.at);
    }

    fn begin(&mut self, step: &Step<'_, 'a>, at: Timestamp) {
        self.0.push(Session {
            id: step.data.text("session_id"),
            kind: step.data.text("kind"),
            topic: step.data.text("topic").or_else(|| step.data.text("flow_ref")),
            started_at: at,
            ended_at: None,
            is_end_told: false,
            is_goal_reached: false,
            is_abandoned: false,
            is_handed_over: false,
        });
    }

    /// `earliest`: the first instant at which a session of whose start nothing is known can have begun.
    pub(super) fn ended(&mut self, step: &Step<'_, 'a>, earliest: Timestamp, notes: &mut Notes) {
        let id = step.data.text("session_id");
        let is_meant = |s: &Session<'a>| id.is_none() || s.id.is_none() || s.id == id;
        let find = |list: &[Session<'a>], fits: &dyn Fn(&Session<'a>) -> bool| list.iter().rposition(|s| !s.is_end_told && fits(s));
        let own = find(&self.0, &|s| id.is_some() && s.id == id);
        let found = own.or_else(|| find(&self.0, &|s| s.ended_at.is_none() && is_meant(s))).or_else(|| find(&self.0, &is_meant));
        let at = found.unwrap_or_else(|| {
            notes.add(code::UNMATCHED_END, "a self-service session ended that had not begun", step.at);
            let last = self.0.iter().filter_map(|s| s.ended_at).max();
            self.begin(step, earliest.max(last.unwrap_or(earliest)).min(step.at));
            self.0.len() - 1
        });
        let outcome = step.data.word("outcome");
        let Some(session) = self.0.get_mut(at) else { return };
        session.ended_at = Some(step.at.max(session.started_at));
        session.is_end_told = true;
        session.is_goal_reached = outcome == "contained";
        session.is_abandoned = outcome == "abandoned";
        session.is_handed_over |= outcome == "handoff";
    }

    /// A queue or an agent follows: what came before was handed over, and what was never closed ends here.
    pub(super) fn followed_if(&mut self, follows: bool, at: Timestamp) {
        if !follows {
            return;
        }
        for session in &mut self.0 {
            session.is_handed_over = true;
        }
        self.close_all(at);
    }

    /// Ends what was never closed: the contact ended, or the next session begins.
    pub(super) fn close_all(&mut self, at: Timestamp) {
        for session in &mut self.0 {
            session.ended_at = session.ended_at.or(Some(at));
        }
    }

    /// Notes what was never closed by its own event. A hand-over is as good an end.
    pub(super) fn note_inferred(&self, notes: &mut Notes) {
        for session in self.0.iter().filter(|s| !s.is_end_told && !s.is_handed_over) {
            if let Some(at) = session.ended_at {
                notes.add(code::UNMATCHED_START, "a self-service session never closed ended with what came next", at);
            }
        }
    }
}
