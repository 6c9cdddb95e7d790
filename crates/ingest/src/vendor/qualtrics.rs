//! Qualtrics: responses as their API gives them, and the notices of event subscriptions.
//!
//! A notice ([`notice`]) says that a response was completed, without the answers, and its date has no zone. A response ([`response`]) says
//! everything. Both become `survey.answered` of one response; the second has a `revision`, so that it counts and the notice does not.

mod notice;
mod response;

use super::reading::Node;
use super::{Emit, Request, Vendor};
use crate::connector::Reject;

/// Qualtrics responses and event subscriptions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Qualtrics;

impl Vendor for Qualtrics {
    fn name(&self) -> &'static str {
        "qualtrics"
    }

    fn map(&self, request: &Request<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        if !request.body().starts_with('{') {
            return notice::read(request, emit);
        }
        let body = request.json()?;
        let root = Node::root(&body);
        let survey = root.maybe("surveyId").or_else(|| request.header("x-survey-id").map(str::to_owned));
        if root.get("responses").is_some() {
            return root.list("responses")?.iter().try_for_each(|one| response::read(one, survey.as_deref(), emit));
        }
        response::read(&root.get("result").unwrap_or(root), survey.as_deref(), emit)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
mod tests;
