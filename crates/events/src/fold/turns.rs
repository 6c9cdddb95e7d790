//! Customer turns waiting for an answer (fold rule 8).

use super::event::Step;
use super::payload::Text;
use crate::time::Timestamp;

/// One turn.
#[derive(Debug, Clone)]
pub(super) struct Turn<'a> {
    pub(super) asked_at: Timestamp,
    pub(super) answered_at: Option<Timestamp>,
    pub(super) bot_answered_at: Option<Timestamp>,
    pub(super) agent: Option<Text<'a>>,
    pub(super) queue: Option<Text<'a>>,
    pub(super) is_first: bool,
}

/// All turns of a contact.
#[derive(Debug, Default)]
pub(super) struct Turns<'a> {
    pub(super) list: Vec<Turn<'a>>,
    /// The contact ended after the last turn began: what the customer writes next is a new matter.
    has_ended: bool,
}

/// True when a message is the customer's own: what their machine sends opens no turn.
pub(super) fn is_from_customer(step: &Step<'_, '_>) -> bool {
    matches!(step.data.word("author"), "" | "customer") && !step.data.flag("automatic")
}

/// True when a person of ours wrote a message.
pub(super) fn is_from_agent(step: &Step<'_, '_>) -> bool {
    let is_human = match step.data.word("author") {
        "" => step.agent().is_some(),
        author => author == "agent",
    };
    is_human && !step.data.flag("automatic")
}

impl<'a> Turns<'a> {
    /// `queue`: where the contact was last.
    pub(super) fn received(&mut self, step: &Step<'_, 'a>, queue: Option<Text<'a>>) {
        let is_open = self.list.last().is_some_and(|t| t.answered_at.is_none());
        if !is_from_customer(step) || is_open && !self.has_ended {
            return;
        }
        let is_first = self.list.is_empty() || self.has_ended;
        self.has_ended = false;
        let queue = step.queue().or(queue);
        self.list.push(Turn { asked_at: step.at, answered_at: None, bot_answered_at: None, agent: None, queue, is_first });
    }

    /// A person's message answers every turn that is open; a machine's is only remembered.
    pub(super) fn sent(&mut self, step: &Step<'_, 'a>) {
        let is_human = is_from_agent(step);
        for turn in self.list.iter_mut().rev().take_while(|t| t.answered_at.is_none()) {
            if is_human {
                turn.answered_at = Some(step.at);
                turn.agent = step.agent();
            } else {
                turn.bot_answered_at = turn.bot_answered_at.or(Some(step.at));
            }
        }
    }

    pub(super) fn contact_ended(&mut self) {
        self.has_ended = true;
    }
}
