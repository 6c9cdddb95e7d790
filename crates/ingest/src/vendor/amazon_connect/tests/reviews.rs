//! Evaluations and rules of Contact Lens.

use serde_json::{Value, json};

use super::{arn, map, second};

fn evaluation() -> Value {
    json!({
        "schemaVersion": "3.1", "evaluationId": "e1",
        "metadata": {
            "contactId": "c1", "agentId": "a1", "evaluationDefinitionTitle": "Courtesy", "evaluator": "eva", "evaluationDefinitionId": "f1",
            "evaluationDefinitionVersion": 2, "evaluationStartTimestamp": second(0), "evaluationSubmitTimestamp": second(90),
            "score": {"percentage": 87.5},
        },
        "sections": [{"sectionRefId": "s1", "sectionTitle": "Greeting", "notes": "was kind to Mrs Puig", "score": {"percentage": 75}}],
        "questions": [
            {"questionRefId": "q1", "sectionRefId": "s1", "questionType": "TEXT", "answer": {"value": "she said her name"},
             "score": {"notApplicable": true}},
        ],
    })
}

#[test]
fn an_evaluation_has_scores_and_no_prose() {
    let trial = map(&[evaluation()]);
    let data = &trial.data("qa.evaluation_recorded")[0];
    assert_eq!((&data["score"], &data["max_score"], &data["method"]), (&json!(87.5), &json!(100), &json!("human")));
    assert_eq!((&data["contact_id"], &data["evaluated_agent_id"], &data["form_version"]), (&json!("c1"), &json!("a1"), &json!("2")));
    assert_eq!(data["sections"], json!([{"title": "Greeting", "id": "s1", "score": 75.0, "max_score": 100}]));
    assert_eq!(data["questions"], json!([{"section": "s1", "id": "q1"}]), "what does not apply has no score");
    assert!(!data.to_string().contains("Puig") && !data.to_string().contains("her name"));
    assert_eq!(trial.batch.row(0).subject, Some("e1"));
}

#[test]
fn an_evaluation_submitted_again_is_another_event() {
    let mut again = evaluation();
    again["metadata"]["evaluationSubmitTimestamp"] = second(500).into();
    let trial = map(&[evaluation(), again, evaluation()]);
    assert_eq!(trial.rows().len(), 2);
    let mut draft = evaluation();
    draft["metadata"]["evaluationSubmitTimestamp"] = Value::Null;
    assert_eq!(map(&[draft]).data("qa.evaluation_recorded")[0]["state"], "in_progress");
    let mut timeless = evaluation();
    timeless["metadata"] = json!({});
    assert_eq!(map(&[timeless]).refusal().0, "no_time");
}

#[test]
fn a_rule_that_matched_names_its_contact() {
    let rule = |kind: &str| {
        json!({
            "version": "0", "id": "r1", "source": "aws.connect", "detail-type": kind, "time": second(5),
            "detail": {
                "version": "1.0", "ruleName": "CANCELLATION", "actionName": "TELL_RETENTION", "instanceArn": arn("x"),
                "contactArn": arn("contact/c1"), "agentArn": arn("agent/a1"), "queueArn": arn("queue/q1"),
            },
        })
    };
    for kind in ["Contact Lens Post Call Rules Matched", "Contact Lens Realtime Rules Matched", "Contact Lens Post Chat Rules Matched"] {
        let trial = map(&[rule(kind)]);
        let (data, row) = (&trial.data("qa.evaluation_recorded")[0], trial.batch.row(0));
        assert_eq!((&data["method"], &data["rule"]), (&json!("rule"), &json!("CANCELLATION")));
        assert_eq!((row.contact_id, row.agent_id, row.queue), (Some("c1"), Some("a1"), Some("q1")));
    }
    let mut nameless = rule("Contact Lens Post Call Rules Matched");
    nameless["detail"]["ruleName"] = Value::Null;
    assert_eq!(map(&[nameless]).refusal(), ("missing_field", "detail.ruleName is missing"));
}
