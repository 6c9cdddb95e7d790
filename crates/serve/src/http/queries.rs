//! The query library: what there is, and the rows of one of its queries.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};

use super::answer::{self, Written};
use super::ask::pairs;
use super::problem::Problem;
use super::{form, login, router};
use crate::question::Question;
use crate::refusal::Refusal;
use crate::server::Server;
use crate::session::Session;
use crate::settings::Settings;

/// `GET /api/queries`: those that the user may ask, with what their headers say.
pub(super) async fn list(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    match listed(&server, &parts).await {
        Ok(found) => router::json(StatusCode::OK, &json!({ "queries": found })),
        Err(problem) => problem.response(),
    }
}

async fn listed(server: &Arc<Server>, parts: &Parts) -> Result<Vec<Value>, Problem> {
    let user = login::user(server, parts).await?;
    login::visit(parts)?.browses(&user, "list_queries").await?;
    let asking = Arc::clone(server);
    // Planned with whatever values fit: what he may not read is not there.
    let planned = server.questions.spawn(async move {
        let session = Session::begin(asking, &user, Settings::of(&user), 0).await?;
        let engine = session.engine();
        let mut found = Vec::new();
        for query in engine.library().queries() {
            if engine.plan(&query.sql, &query.sample()).await.is_ok() {
                found.push(serde_json::to_value(&query.header).map_err(|error| Refusal::error("XX000", error.to_string()))?);
            }
        }
        Ok::<_, Refusal>(found)
    });
    Ok(planned.await.map_err(|_| Refusal::error("57P01", "the server is stopping"))??)
}

/// `GET /api/queries/{name}.{format}?p=v`. The zone is the query's where it has one, and in any case that in which instants are shown.
pub(super) async fn run(State(server): State<Arc<Server>>, Path(file): Path<String>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    running(&server, &file, &parts).await.unwrap_or_else(|problem| problem.response())
}

async fn running(server: &Arc<Server>, file: &str, parts: &Parts) -> Result<Response<Body>, Problem> {
    let user = login::user(server, parts).await?;
    let (name, form) = form::of_file(file).ok_or_else(|| {
        let refusal = Refusal::error("42704", format!("\"{file}\" does not end with a form of output"));
        Problem::from(refusal.hint(format!("GET /api/queries/NAME.csv; the forms are {}", form::endings())))
    })?;
    let mut given = pairs(parts.uri.query())?;
    let engine = server.now().engine;
    let own = engine.library().queries().find(|query| query.header.name == name).and_then(|query| query.header.params.get("zone"));
    let zone = given.get("zone").cloned().or_else(|| own.and_then(|own| own.default.clone()));
    if own.is_none() {
        given.remove("zone");
    }
    let settings = answer::settings(&user, zone.as_deref())?;
    let written = Written { form, zone: settings.zone_name().to_owned(), name: Some(name.to_owned()) };
    let (asking, visit, name) = (Arc::clone(server), Arc::clone(login::visit(parts)?), name.to_owned());
    let question = async move { Question::of_library(&asking, &visit, &user, settings, (&name, &given)).await };
    answer::answer(server, written, question).await
}
