//! Meta's verification: before it sends anything, it asks by GET whether we know the token that its page was given, and wants its challenge back.

use axum::body::Body;
use axum::http::{Response, StatusCode};

use super::reply::plain;
use super::signature::is_same;

/// Answers `hub.mode=subscribe&hub.verify_token=…&hub.challenge=…`: the challenge, or 403.
pub(super) fn answer(token: &str, query: &str) -> Response<Body> {
    let value = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value);
    let is_ours = value("hub.verify_token").is_some_and(|given| is_same(token, given.as_bytes()));
    match value("hub.challenge").filter(|_| is_ours && value("hub.mode").as_deref() == Some("subscribe")) {
        Some(challenge) => plain(StatusCode::OK, &challenge),
        None => plain(StatusCode::FORBIDDEN, "not believed\n"),
    }
}
