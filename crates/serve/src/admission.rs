//! Who is let in by a password he sends or by a token, for protocols that have no exchange of their own. Failed tries are counted together with
//! those of all protocols.
//!
//! A token of a session is kept in memory and ends with the process; one that a user was given for good ([`crate::users::tokens`]) lies in the
//! users' file.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::refusal::Refusal;
use crate::server::Server;
use crate::settings::Settings;
use crate::throttle::{Throttle, Who};

/// How long a token of a session is good for after its last use.
pub(crate) const SESSION_TIME: Duration = Duration::from_secs(12 * 3600);

/// Tokens of sessions kept at once; beyond that the one that was used longest ago goes.
const SESSIONS: usize = 10_000;

/// What a client shows to be let in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Name and password.
    Password(String, String),
    /// A token.
    Token(String),
}

impl Credentials {
    /// Reads the value of a header `authorization`: `Basic` or `Bearer`. Base64 may lack its padding.
    pub(crate) fn of_header(value: &str) -> Result<Self, Refusal> {
        let wrong =
            || Refusal::fatal("28000", "the authorization is neither Basic nor Bearer").hint("send a name and password, or a token");
        let (scheme, rest) = value.trim().split_once(' ').ok_or_else(wrong)?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Self::Token(rest.to_string()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(wrong());
        }
        let bytes = STANDARD.decode(rest).or_else(|_| STANDARD_NO_PAD.decode(rest)).map_err(|_| wrong())?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        let (user, password) = text.split_once(':').ok_or_else(wrong)?;
        Ok(Self::Password(user.to_string(), password.to_string()))
    }
}

/// Tries that failed, and tokens of sessions.
#[derive(Default)]
pub(crate) struct Admission {
    throttle: Mutex<Throttle>,
    sessions: Mutex<HashMap<[u8; 32], Admitted>>,
}

/// Whose token it is.
struct Admitted {
    user: String,
    /// The verifier at that time: with another password the token is void.
    verifier: String,
    /// What its questions are asked with.
    settings: Settings,
    used_at: Instant,
}

impl Server {
    /// Lets a client in, and says who he is. It takes about two milliseconds of the processor for a password.
    ///
    /// # Errors
    /// The same for every name and token that is not good; too many tries that failed.
    pub(crate) fn admit(&self, credentials: &Credentials, peer: SocketAddr) -> Result<String, Refusal> {
        match credentials {
            Credentials::Password(user, password) => self.guard(Some(user), peer, || {
                let users = self.now().users;
                let prepared = stringprep::saslprep(password).map_or_else(|_| password.clone(), Into::into);
                (users.verifier(user).is_of(&prepared) && users.rights(user).is_some()).then(|| user.clone())
            }),
            Credentials::Token(token) => self.guard(None, peer, || self.of_token(token)),
        }
    }

    /// A token for the session of a user who has been let in.
    ///
    /// # Errors
    /// No random bytes.
    pub(crate) fn issue(&self, user: &str) -> Result<String, Refusal> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| Refusal::fatal("XX000", "no random bytes"))?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let verifier = self.now().users.verifier(user).text();
        let mut sessions = self.admission.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= SESSIONS
            && let Some(oldest) = sessions.iter().min_by_key(|(_, admitted)| admitted.used_at).map(|(key, _)| *key)
        {
            sessions.remove(&oldest);
        }
        sessions.insert(
            Sha256::digest(&token).into(),
            Admitted { user: user.to_string(), verifier, settings: Settings::of(user), used_at: Instant::now() },
        );
        Ok(token)
    }

    /// Does something with the settings of a token's session; `None` for a token that is for good.
    pub(crate) fn with_session<T>(&self, token: &str, work: impl FnOnce(Option<&mut Settings>) -> T) -> T {
        let key: [u8; 32] = Sha256::digest(token).into();
        let mut sessions = self.admission.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        work(sessions.get_mut(&key).map(|admitted| &mut admitted.settings))
    }

    /// Ends the session of a token.
    pub(crate) fn revoke(&self, token: &str) {
        let key: [u8; 32] = Sha256::digest(token).into();
        self.admission.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    fn of_token(&self, token: &str) -> Option<String> {
        let users = self.now().users;
        let key: [u8; 32] = Sha256::digest(token).into();
        let mut sessions = self.admission.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(admitted) = sessions.get_mut(&key) else {
            drop(sessions);
            return users.of_token(token, jiff::Timestamp::now()).map(ToOwned::to_owned);
        };
        let is_good = admitted.used_at.elapsed() < SESSION_TIME
            && users.rights(&admitted.user).is_some()
            && users.verifier(&admitted.user).text() == admitted.verifier;
        if is_good {
            admitted.used_at = Instant::now();
            return Some(admitted.user.clone());
        }
        sessions.remove(&key);
        None
    }

    /// A try to log in, unless too many failed before it. What becomes of it has to be said: [`Attempt::succeeded`], [`Attempt::failed`].
    ///
    /// # Errors
    /// Too many tries of this address, or of this user, failed.
    pub(crate) fn attempt(&self, user: Option<&str>, peer: SocketAddr) -> Result<Attempt<'_>, Refusal> {
        let who: Vec<Who> = std::iter::once(Who::Address(peer.ip())).chain(user.map(|user| Who::User(user.to_string()))).collect();
        let named = user.map_or_else(|| "by token".to_string(), |user| format!("of {user:?}"));
        let attempt = Attempt { server: self, who, told: format!("login {named} from {peer}") };
        let most = self.limits.failed_logins;
        if let Some(wait) = attempt.who.iter().filter_map(|who| attempt.throttle().wait(who, most, Instant::now())).max() {
            attempt.became("throttled", "refused: too many failed");
            // Not one of 28: whoever knows the right password must wait as well.
            return Err(Refusal::fatal("53400", "too many logins failed").hint(format!("try again in {} s", wait.as_secs() + 1)));
        }
        Ok(attempt)
    }

    /// A good one is not told of each time: it comes with every question.
    fn guard(&self, user: Option<&str>, peer: SocketAddr, check: impl FnOnce() -> Option<String>) -> Result<String, Refusal> {
        let attempt = self.attempt(user, peer)?;
        if let Some(user) = check() {
            attempt.succeeded();
            return Ok(user);
        }
        attempt.failed();
        Err(Refusal::fatal(
            "28P01",
            user.map_or_else(
                || "the token is not good (any more)".into(),
                |user| format!("password authentication failed for user \"{user}\""),
            ),
        ))
    }
}

/// Somebody tries to log in.
pub(crate) struct Attempt<'a> {
    server: &'a Server,
    who: Vec<Who>,
    /// What the operator reads of it.
    told: String,
}

impl Attempt<'_> {
    /// It was good.
    pub(crate) fn succeeded(&self) {
        self.who.iter().for_each(|who| self.throttle().succeeded(who));
        self.server.meters.login("good");
    }

    /// It was not.
    pub(crate) fn failed(self) {
        self.who.iter().for_each(|who| self.throttle().failed(who.clone(), Instant::now()));
        self.became("failed", "failed");
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.server.admission.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn became(&self, outcome: &'static str, words: &str) {
        self.server.meters.login(outcome);
        (self.server.report)(&format!("{} {words}", self.told));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_header_holds_a_password_or_a_token() {
        let password = |user: &str, password: &str| Ok(Credentials::Password(user.into(), password.into()));
        let check = |header: &str, expected: Result<Credentials, ()>| {
            assert!(Credentials::of_header(header).map_err(|_| ()) == expected, "{header}");
        };
        check("Basic YW5uYTpjb3JyZWN0OmhvcnNl", password("anna", "correct:horse"));
        check("Basic YW5uYTpjb3JyZWN0IGhvcnNl", password("anna", "correct horse"));
        // The ADBC driver sends no padding.
        check("basic YW5uYTp4", password("anna", "x"));
        check("Basic YW5uYTp4eA", password("anna", "xx"));
        check("Bearer abc", Ok(Credentials::Token("abc".into())));
        check("Basic ***", Err(()));
        check("Digest x", Err(()));
        check("Basic YW5uYQ==", Err(()));
    }
}
