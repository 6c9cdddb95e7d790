//! Transfers: whose leg they end, whose they begin (fold rule 6).

use super::event::Step;
use super::legs::{End, Leg, Legs};
use super::notes::{Notes, code};
use super::payload::Text;

impl<'a> Legs<'a> {
    /// A phase of a transfer; only completed ones change anything, and each counts once. `contact`: the contact's own id.
    pub(super) fn transferred(&mut self, step: &Step<'_, 'a>, contact: Option<&'a str>, notes: &mut Notes) {
        if step.data.word("phase") != "completed" {
            return;
        }
        if let Some(id) = step.data.text("transfer_id") {
            if self.transfer_ids.contains(&id) {
                notes.add(code::SECOND_END, "a transfer that was completed was completed again: ignored", step.at);
                return;
            }
            self.transfer_ids.push(id);
        }
        self.transfers += 1;
        let kind = step.data.text("kind").unwrap_or(Text::Plain("unknown"));
        let target = step.data.nested("target", |target| Some((target.word("kind"), target.text("id"))));
        self.is_escalated |= step.data.flag("is_escalation") || matches!(target, Some(("supervisor" | "tier", _)));
        // Nobody handed over what was forwarded because nobody answered.
        if kind.word() != "no_answer" {
            self.hand_over(step, kind);
        }
        let is_elsewhere = step.data.text("new_contact_id").is_some_and(|id| Some(id) != contact.map(Text::Plain));
        let leaves = is_elsewhere || kind.word() == "external";
        let taker = if leaves { None } else { self.taker(step, kind, target.and_then(|(_, id)| id)) };
        match taker {
            Some(leg) => leg.is_transfer_in = true,
            None => self.is_transfer_pending = !leaves,
        }
    }

    fn hand_over(&mut self, step: &Step<'_, 'a>, kind: Text<'a>) {
        if let Some(leg) = self.of(step.data.text("by"), step.agent()) {
            leg.transferred_at = Some(step.at);
            leg.transfer_kind = Some(kind);
        }
    }

    /// Of an attended transfer: the agent who was consulted and talks already.
    fn taker(&mut self, step: &Step<'_, 'a>, kind: Text<'a>, target: Option<Text<'a>>) -> Option<&mut Leg<'a>> {
        let by = self.list.iter().rposition(|l| l.transferred_at == Some(step.at))?;
        let since = self.list.get(by)?.connected_at;
        let is_consulted = matches!(kind.word(), "attended" | "conference");
        let takes = |l: &Leg<'a>| l.is_talking() && l.connected_at >= since && (is_consulted || l.is_of(target));
        let at = (0..self.list.len()).rev().find(|&i| i != by && self.list.get(i).is_some_and(takes))?;
        self.list.get_mut(at)
    }
}

impl<'a> Leg<'a> {
    /// Ends with the transfer what was handed over and never disconnected; a conference goes on.
    pub(super) fn settle_transfer(&mut self, notes: &mut Notes) {
        let Some(at) = self.transferred_at else { return };
        let is_conference = self.transfer_kind.is_some_and(|kind| kind.word() == "conference");
        if is_conference {
            return;
        }
        if self.end != End::Told {
            self.ended_at = self.connected_at.max(Some(at));
            self.end = End::Told;
            notes.add(code::UNMATCHED_START, "a leg that was handed over and not disconnected ended with the transfer", at);
        }
        self.ended_by = Some(Text::Plain("transfer"));
    }

    /// Who ended the leg; in a conference it is the transfer unless somebody else is named.
    pub(super) fn ended_by(&self) -> Option<Text<'a>> {
        let by = self.ended_by;
        match by {
            None if self.transferred_at.is_some() && self.ended_at.is_some() => Some(Text::Plain("transfer")),
            _ => by,
        }
    }
}
