//! Which statement a message is about, for the log of who asked what.

use super::connection::Connection;
use super::frontend::{Message, Target};
use crate::audit::Asked;

impl Connection {
    /// A statement is under way, until it is a question that is answered, or is refused.
    pub(super) fn asks(&self, sql: &str) -> Asked {
        let since = self.watch.since.unwrap_or_else(tokio::time::Instant::now).into_std();
        let asked = self.visit.ask(&self.session.user, sql, since, None);
        // Nothing is told of what is neither.
        asked.planned();
        asked
    }

    /// What the client calls itself may have changed with every statement before.
    pub(super) fn is_called(&self) {
        self.visit.is_called(self.session.settings.get("application_name").unwrap_or_default());
    }

    /// The statement of a message of the extended protocol.
    pub(super) fn asks_by(&self, message: &Message) -> Asked {
        let statement = |name: &str| self.statements.get(name).map(|prepared| prepared.sql.as_str());
        let portal = |name: &str| self.portals.get(name).map(|portal| portal.sql.as_str());
        let sql = match message {
            Message::Parse { sql, .. } => Some(sql.as_str()),
            Message::Bind(bind) => statement(&bind.statement),
            Message::Describe(Target::Statement(name)) => statement(name),
            Message::Describe(Target::Portal(name)) => portal(name),
            Message::Execute { portal: name, .. } => portal(name),
            _ => None,
        };
        self.asks(sql.unwrap_or_default())
    }
}
