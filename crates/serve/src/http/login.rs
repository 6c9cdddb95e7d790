//! Who asks: a header `authorization` with each request. A session's token spares the password's two milliseconds.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, StatusCode, Version, header};
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use super::router::json;
use crate::admission::{Credentials, SESSION_TIME};
use crate::audit::Visit;
use crate::refusal::Refusal;
use crate::server::Server;

/// The connection that a request came by.
pub(super) fn visit(parts: &Parts) -> Result<&Arc<Visit>, Refusal> {
    parts.extensions.get().ok_or_else(|| Refusal::error("XX000", "it is not known where this comes from"))
}

/// Who a request is from, by its header.
///
/// # Errors
/// No login, or one that is not good.
pub(super) async fn user(server: &Arc<Server>, parts: &Parts) -> Result<String, Problem> {
    // Without chunks an answer that breaks off looks like one that is whole.
    if parts.version < Version::HTTP_11 {
        let refusal = Refusal::error("0A000", "HTTP/1.1 is needed: an older client cannot tell an answer that broke off");
        return Err(Problem::new(StatusCode::HTTP_VERSION_NOT_SUPPORTED, refusal));
    }
    let visit = visit(parts)?;
    let shown = shown(&parts.headers).inspect_err(|refusal| visit.sent_away(server, None, "password", refusal))?;
    admitted(server, shown, visit).await
}

fn shown(headers: &HeaderMap) -> Result<Credentials, Refusal> {
    let none =
        || Refusal::error("28000", "who are you?").hint("send a header authorization: Bearer TOKEN, or Basic with name and password");
    let value = headers.get(header::AUTHORIZATION).ok_or_else(none)?;
    Credentials::of_header(value.to_str().map_err(|_| none())?)
}

/// On a thread that may take its time: a password costs two milliseconds.
async fn admitted(server: &Arc<Server>, credentials: Credentials, visit: &Arc<Visit>) -> Result<String, Problem> {
    let (server, visit) = (Arc::clone(server), Arc::clone(visit));
    let checked = tokio::task::spawn_blocking(move || visit.admit(&server, &credentials)).await;
    Ok(checked.map_err(|_| Refusal::error("57P01", "the server is stopping"))??)
}

/// The body of a login.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    user: String,
    password: String,
}

/// `POST /api/login`: a token for `{"user", "password"}`.
pub(super) async fn begin(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let begun = async {
        let (parts, sent) = request.into_parts();
        let limits = &server.limits.http;
        let sent = trunkline_http::read(sent, limits.login_bytes, limits.body_time).await?;
        let wrong = |_| Refusal::error("22023", "a login is {\"user\": ..., \"password\": ...} as JSON");
        let login: Login = serde_json::from_slice(&sent).map_err(wrong)?;
        let user = admitted(&server, Credentials::Password(login.user, login.password), visit(&parts)?).await?;
        let token = server.issue(&user)?;
        Ok::<_, Problem>(json!({ "token": token, "user": user, "idle_seconds": SESSION_TIME.as_secs() }))
    };
    begun.await.map_or_else(|problem| problem.response(), |said| json(StatusCode::OK, &said))
}

/// `POST /api/logout`: the session of the token that comes with it ends.
pub(super) async fn end(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let ended = async {
        let user = user(&server, &parts).await?;
        let Credentials::Token(token) = shown(&parts.headers)? else {
            return Err(Refusal::error("22023", "a password begins no session, so there is none to end").into());
        };
        server.revoke(&token);
        if server.now().users.of_token(&token, jiff::Timestamp::now()).is_some() {
            return Err(Refusal::error("22023", "this token was not given by /api/login")
                .hint(format!("whoever runs the server takes it away: trunkline user token drop {user} NAME"))
                .into());
        }
        Ok::<_, Problem>(())
    };
    match ended.await {
        Ok(()) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Err(problem) => problem.response(),
    }
}
