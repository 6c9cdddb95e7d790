//! URLs.
//!
//! | request | answer |
//! |---|---|
//! | `POST /api/sql` | the rows of a question |
//! | `GET /api/queries` | the query library, as far as the user may read what it reads |
//! | `GET /api/queries/{name}.{format}?p=v` | the rows of one of its queries |
//! | `GET /api/kpis` | the catalogue of KPIs |
//! | `POST /api/login`, `POST /api/logout` | a token for a session; its end |
//! | `GET /livez`, `/readyz`, `/metrics` | for whoever watches the server, without login |

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};

use super::problem::Problem;
use super::{answer, health, login, queries};
use crate::refusal::Refusal;
use crate::server::Server;

/// All routes.
pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/api/sql", post(answer::sql))
        .route("/api/kpis", get(answer::kpis))
        .route("/api/queries", get(queries::list))
        .route("/api/queries/{file}", get(queries::run))
        .route("/api/login", post(login::begin))
        .route("/api/logout", post(login::end))
        .route("/livez", get(async || health::plain(StatusCode::OK, "ok\n")))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(async || nothing().response())
        .method_not_allowed_fallback(async || wrong_method().response())
        .with_state(server)
}

fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, Refusal::error("42704", "there is nothing at this URL").hint("docs/connect/http.md lists them"))
}

fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, Refusal::error("0A000", "this URL takes another method"))
}

/// JSON that no cache keeps.
pub(super) fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{value}\n")));
    *response.status_mut() = status;
    guarded(&mut response, "application/json");
    response
}

/// What every answer carries: its type, that nobody guesses another, and that it is nobody else's.
pub(super) fn guarded(response: &mut Response<Body>, kind: &'static str) {
    for (name, value) in [(header::CONTENT_TYPE, kind), (header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::CACHE_CONTROL, "no-store")] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}
