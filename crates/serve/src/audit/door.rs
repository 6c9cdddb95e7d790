//! Logins: which were good, and why the others were not. The operator may know what a client is not told, as that there is no such user.

use super::record::Event;
use super::text::{cut, unquoted};
use super::visit::Visit;
use crate::admission::Credentials;
use crate::refusal::Refusal;
use crate::server::Server;

impl Visit {
    /// Lets a client in by what he shows.
    ///
    /// # Errors
    /// As [`Server::admit`].
    pub(crate) fn admit(&self, server: &Server, credentials: &Credentials) -> Result<String, Refusal> {
        let admitted = server.admit(credentials, self.peer());
        let (named, how) = match credentials {
            Credentials::Password(user, _) => (Some(user.as_str()), "password"),
            Credentials::Token(_) => (None, "token"),
        };
        match &admitted {
            Ok(user) => self.let_in(user, how),
            Err(refusal) => self.sent_away(server, named, how, refusal),
        }
        admitted
    }

    /// A login was not good. `named`: the user he says he is.
    pub(crate) fn sent_away(&self, server: &Server, named: Option<&str>, how: &'static str, refusal: &Refusal) {
        let Some(on) = self.audit.on() else { return };
        let users = server.now().users;
        let known = named.and_then(|named| users.iter().find(|(name, _)| *name == named));
        let reason = match (refusal.code, named, known) {
            ("28P01", Some(_), Some((_, user))) if user.can_log_in() => "wrong password".to_owned(),
            ("28P01", Some(_), Some(_)) => "a role, which nobody logs in as".to_owned(),
            ("28P01", Some(_), None) => "no such user".to_owned(),
            // What a client sent is quoted in a message, and may be anything.
            _ => cut(&unquoted(&refusal.message), on.settings.message_bytes).to_owned(),
        };
        // A name that nobody has may be a password typed too early.
        let shown = named.filter(|_| known.is_some() || on.settings.shows_unknown_names);
        let shown = shown.map(|name| cut(name, on.settings.name_bytes));
        self.write(shown, Event::Login { outcome: "refused", how, sqlstate: Some(refusal.code), reason: Some(reason) });
    }
}
