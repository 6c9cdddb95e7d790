//! What a contact that continues another one says about both.

use serde_json::json;
use trunkline_events::Timestamp;

use super::words::Method;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// A contact that names the one before it.
#[derive(Debug)]
pub(super) struct Continued<'a> {
    pub(super) contact: &'a str,
    pub(super) previous: &'a str,
    pub(super) method: Method<'a>,
    pub(super) started: Timestamp,
    pub(super) key: &'a str,
    /// Revision of what is said about the contact before.
    pub(super) revision: i64,
}

impl Continued<'_> {
    /// The link; on the contact before, that its agent handed it over or that it left its queue.
    pub(super) fn tell(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let end = |id: &str| json!({"kind": "contact", "id": id});
        let link = NewEvent::new("entity.linked", self.started, self.key).text("contact_id", self.contact);
        let link = link.json("from", end(self.contact)).json("to", end(self.previous));
        emit.push(link.text("relation", self.method.relation()))?;
        let before = |kind| {
            let event = NewEvent::new(kind, self.started, self.key).subject(self.previous).text("contact_id", self.previous);
            event.number("revision", Some(self.revision))
        };
        if self.method.is_transfer() {
            let handed_over = before("transfer.updated").text("transfer_id", self.contact).text("phase", "completed");
            emit.push(handed_over.text("kind", "unknown").text("new_contact_id", self.contact))?;
        }
        if self.method.is_queue_change() {
            emit.push(before("queue.exited").text("visit_id", self.previous).text("outcome", "transferred"))?;
        }
        Ok(())
    }
}
