//! Tokens that users are given for good: for reports that run by themselves, over HTTP and Flight. What is kept cannot be used to log in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Users, UsersError};

/// How a token begins, so that it can be told from other secrets where it is found.
const PREFIX: &str = "trunkline_";

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What it is for.
    pub name: String,
    /// SHA-256 of its text, base64. It is 32 random bytes, so that nothing slower is needed.
    sha256: String,
    /// From then on it is void; an instant in UTC (RFC 3339).
    pub until: String,
}

impl Users {
    /// Gives a user a token and returns its text, which is kept nowhere; `random` are 32 random bytes.
    ///
    /// # Errors
    /// Nobody of that name, a role, or a name of a token that he has already.
    pub fn add_token(&mut self, user: &str, name: &str, until: jiff::Timestamp, random: &[u8]) -> Result<String, UsersError> {
        let kept = self.get_mut(user)?;
        if !kept.can_log_in() {
            return Err(UsersError::Refused(format!("\"{user}\" is a role: nobody logs in as it")));
        }
        if name.is_empty() || kept.tokens.iter().any(|token| token.name == name) {
            return Err(UsersError::Refused(format!("\"{user}\" has a token \"{name}\" already, or it is no name")));
        }
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        kept.tokens.push(Token { name: name.into(), sha256: BASE64.encode(Sha256::digest(&text)), until: format!("{until:.0}") });
        Ok(text)
    }

    /// Takes a token away.
    ///
    /// # Errors
    /// Nobody of that name, or no such token.
    pub fn drop_token(&mut self, user: &str, name: &str) -> Result<(), UsersError> {
        let kept = self.get_mut(user)?;
        let before = kept.tokens.len();
        kept.tokens.retain(|token| token.name != name);
        if kept.tokens.len() == before {
            return Err(UsersError::Refused(format!("\"{user}\" has no token \"{name}\"")));
        }
        Ok(())
    }

    /// Whose token it is, if it is good at `now`.
    #[must_use]
    pub fn of_token(&self, text: &str, now: jiff::Timestamp) -> Option<&str> {
        // Of what is not secret only the hash is compared, so that the time it takes tells nothing of a token.
        let sha256 = BASE64.encode(Sha256::digest(text));
        let is_good = |token: &Token| token.sha256 == sha256 && token.until.parse().is_ok_and(|until: jiff::Timestamp| now < until);
        self.iter().find(|(_, user)| user.can_log_in() && user.tokens.iter().any(is_good)).map(|(name, _)| name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_until_its_time_or_until_it_is_dropped() {
        let mut users = Users::none(&[7; 32]);
        users.add("anna", Some("x"), &[1; 16]).unwrap();
        users.add("north", None, &[]).unwrap();
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let text = users.add_token("anna", "nightly", at("2027-01-01T00:00:00Z"), &[5; 32]).unwrap();
        assert_eq!(users.of_token(&text, at("2026-12-31T23:59:59Z")), Some("anna"));
        assert_eq!(users.of_token(&text, at("2027-01-01T00:00:00Z")), None);
        assert_eq!(users.of_token("trunkline_", at("2026-12-31T23:59:59Z")), None);
        assert!(users.add_token("anna", "nightly", at("2027-01-01T00:00:00Z"), &[6; 32]).is_err());
        assert!(users.add_token("north", "nightly", at("2027-01-01T00:00:00Z"), &[6; 32]).is_err());
        assert!(!serde_json::to_string(&users).unwrap().contains(&text[PREFIX.len()..]));
        users.drop_token("anna", "nightly").unwrap();
        assert_eq!(users.of_token(&text, at("2026-12-31T23:59:59Z")), None);
    }
}
