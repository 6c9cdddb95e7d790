//! For whoever watches the server: whether it runs, whether its answers are of now, what it counted. No login, and nothing of anybody's data.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};

use super::router::guarded;
use crate::server::Server;

pub(super) async fn ready(State(server): State<Arc<Server>>) -> Response<Body> {
    match server.ready() {
        Ok(()) => plain(StatusCode::OK, "ok\n"),
        Err(reason) => plain(StatusCode::SERVICE_UNAVAILABLE, &format!("{reason}\n")),
    }
}

pub(super) async fn metrics(State(server): State<Arc<Server>>) -> Response<Body> {
    let mut response = plain(StatusCode::OK, &server.metrics());
    guarded(&mut response, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    response
}

pub(super) fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    guarded(&mut response, "text/plain; charset=utf-8");
    response
}
