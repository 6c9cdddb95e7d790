//! Quality review: evaluations as Connect writes them to S3, and Contact Lens rules that matched.

use serde_json::{Value, json};

use super::{no_time, words};
use crate::connector::Reject;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// One evaluation form, filled in. Notes and the texts of answers are left where they are.
pub(super) fn evaluation(root: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = root.need_text("evaluationId")?;
    let about = root.object("metadata")?.ok_or_else(|| root.missing("metadata"))?;
    let submitted = about.instant("evaluationSubmitTimestamp")?;
    let begun = about.instant("evaluationStartTimestamp")?;
    let at = submitted.or(begun).ok_or_else(|| no_time("metadata.evaluationSubmitTimestamp"))?;
    let state = if submitted.is_some() { "finished" } else { "in_progress" };
    let key = format!("evaluation/{id}/{state}/{at}");
    let event = NewEvent::new("qa.evaluation_recorded", at, &key).subject(id).text("evaluation_id", id).text("state", state);
    let event = event.maybe("contact_id", about.text("contactId")?.map(|text| words::id_of(text, "contact")));
    let agent = about.text("agentId")?.map(|text| words::id_of(text, "agent"));
    let event = event.maybe("agent_id", agent).maybe("evaluated_agent_id", agent).text("method", "human");
    let event = event.maybe("evaluator_ref", about.text("evaluator")?).maybe("form_ref", about.text("evaluationDefinitionId")?);
    let event = event.maybe("form_title", about.text("evaluationDefinitionTitle")?);
    let event = event.maybe("form_version", about.whole("evaluationDefinitionVersion")?.map(|n| n.to_string()).as_deref());
    let score = Score::of(&about)?;
    let event = event.json("score", json!(score.points)).json("max_score", json!(score.points.map(|_| 100)));
    let event = event.flag("critical_fail", score.is_critical);
    let sections =
        scored(root, "sections", |item| Ok(json!({"title": item.text("sectionTitle")?, "parent": item.text("parentSectionRefId")?})))?;
    let questions = scored(root, "questions", |item| Ok(json!({"section": item.text("sectionRefId")?})))?;
    emit.push(event.json("sections", sections).json("questions", questions))
}

/// A score in percent; absent where a form or a question does not count.
#[derive(Debug)]
struct Score {
    points: Option<f64>,
    is_critical: Option<bool>,
}

impl Score {
    fn of(scored: &Object<'_>) -> Result<Self, Reject> {
        let Some(score) = scored.object("score")? else { return Ok(Self { points: None, is_critical: None }) };
        Ok(Self { points: score.number("percentage")?, is_critical: score.flag("automaticFail")? })
    }
}

/// Sections or questions with their scores.
fn scored<'a>(root: &Object<'a>, name: &str, about: impl Fn(&Object<'a>) -> Result<Value, Reject>) -> Result<Value, Reject> {
    let id_name = if name == "sections" { "sectionRefId" } else { "questionRefId" };
    let mut out = Vec::new();
    for item in root.list(name)? {
        let score = Score::of(&item)?;
        let mut entry = about(&item)?;
        entry["id"] = json!(item.text(id_name)?);
        entry["score"] = json!(score.points);
        entry["max_score"] = json!(score.points.map(|_| 100));
        entry["critical_fail"] = json!(score.is_critical);
        if let Some(members) = entry.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        out.push(entry);
    }
    Ok(Value::Array(out))
}

/// A rule matched a contact, during it or after it.
pub(super) fn rule(root: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let id = root.need_text("id")?;
    let at = root.instant("time")?.ok_or_else(|| no_time("time"))?;
    let detail = root.object("detail")?.ok_or_else(|| root.missing("detail"))?;
    let named = |name: &str, kind: &str| Ok::<_, Reject>(detail.text(name)?.map(|arn| words::id_of(arn, kind)));
    let (contact, agent, queue) = (named("contactArn", "contact")?, named("agentArn", "agent")?, named("queueArn", "queue")?);
    let event = NewEvent::new("qa.evaluation_recorded", at, &format!("rule/{id}")).subject(id).text("evaluation_id", id);
    let event = event.text("state", "finished").text("method", "rule").text("rule", detail.need_text("ruleName")?);
    let event = event.maybe("contact_id", contact).maybe("agent_id", agent).maybe("evaluated_agent_id", agent).maybe("queue", queue);
    emit.push(event.maybe("action", detail.text("actionName")?).maybe("detail_type", root.text("detail-type")?))
}
