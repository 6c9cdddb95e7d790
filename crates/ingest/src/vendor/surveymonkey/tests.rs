//! Notices and responses with the members SurveyMonkey sends; surveys and answers are made up.

use serde_json::{Value, json};

use super::SurveyMonkey;
use crate::vendor::trial::single::{event, events, mapped, refused, same_again};

fn notice(kind: &str) -> Value {
    json!({"name":"hook","filter_type":"survey","filter_id":"5001","event_type":kind,"event_id":"e-1","object_type":"response",
        "object_id":"9001","event_datetime":"2026-03-02T09:15:04.250000+00:00","resources":{"survey_id":"5001","collector_id":"7"}})
}

fn details() -> Value {
    json!({"id":"9001","href":"https://api.surveymonkey.com/v3/surveys/5001/responses/9001","response_status":"completed","total_time":42,
        "date_created":"2026-03-02T09:14:22+00:00","date_modified":"2026-03-02T09:15:04+00:00",
        "custom_variables":{"contact_id":"c-1001","agent_id":"[agent_id_value]"},
        "metadata":{"contact":{"email":{"type":"string","value":"ana@example.com"}}},
        "pages":[{"id":"1","questions":[
            {"id":"11","answers":[{"choice_id":"110","choice_metadata":{"weight":"4"}}]},
            {"id":"12","answers":[{"row_id":"r1","choice_id":"121"},{"row_id":"r2","choice_id":"122"}]},
            {"id":"13","answers":[{"text":"Ana was rude"}]}]}]})
}

#[test]
fn details_say_what_was_answered_and_for_which_contact() {
    let batch = mapped(&SurveyMonkey, &[&details().to_string()], 1).unwrap();
    let (row, data) = (batch.row(0), serde_json::from_str::<Value>(batch.row(0).data).unwrap());
    assert_eq!((row.kind, row.subject, row.contact_id, row.agent_id), ("survey.answered", Some("9001"), Some("c-1001"), None));
    assert_eq!((&data["survey_ref"], &data["duration_ms"]), (&json!("5001"), &json!(42_000)));
    assert!(row.customer_key.is_some() && !row.data.contains("ana@") && !row.data.contains("rude"));
    assert_eq!(
        data["answers"],
        json!([
            {"question_id":"11","metric":"other","value_text":"110","value_num":"4"},
            {"question_id":"12:r1","metric":"other","value_text":"121"},
            {"question_id":"12:r2","metric":"other","value_text":"122"},
            {"question_id":"13","metric":"other","comment_present":true}
        ])
    );
    assert_eq!(batch.row(1).kind, "entity.linked");
}

#[test]
fn a_notice_counts_until_the_details_are_there() {
    let (kind, told) = event(&SurveyMonkey, &notice("response_completed").to_string());
    assert_eq!((kind.as_str(), &told["survey_ref"], &told["answers"]), ("survey.answered", &json!("5001"), &json!([])));
    let whole = &events(&SurveyMonkey, &details().to_string())[0].1;
    assert_eq!(told["source_event_key"], whole["source_event_key"]);
    assert!(told["revision"].is_null() && whole["revision"].as_i64() > Some(0));
    let (kind, erased) = event(&SurveyMonkey, &notice("response_deleted").to_string());
    assert_eq!((kind.as_str(), &erased["target"]["id"]), ("record.erased", &json!("9001")));
    for other in ["response_updated", "response_created", "response_overquota", "collector_created"] {
        assert_eq!(event(&SurveyMonkey, &notice(other).to_string()).1["vendor_type"], other);
    }
}

#[test]
fn answers_given_again_have_a_higher_revision_under_another_id() {
    let mut later = details();
    later["date_modified"] = json!("2026-03-02T10:00:00+00:00");
    later["response_status"] = json!("partial");
    let list = json!({"data":[details(), later],"total":2}).to_string();
    let batch = mapped(&SurveyMonkey, &[&list], 1).unwrap();
    let told: Vec<Value> =
        batch.rows().filter(|row| row.kind == "survey.answered").map(|row| serde_json::from_str(row.data).unwrap()).collect();
    assert!(told[0]["revision"].as_i64() < told[1]["revision"].as_i64());
    assert_eq!((&told[0]["partial"], &told[1]["partial"]), (&Value::Null, &json!(true)));
    same_again(&SurveyMonkey, &details().to_string());
    same_again(&SurveyMonkey, &notice("response_completed").to_string());
}

#[test]
fn what_cannot_be_understood_is_refused_by_name() {
    let with = |name: &str, value: Value| {
        let mut document = notice("response_completed");
        document[name] = value;
        document.to_string()
    };
    refused(&SurveyMonkey, &with("event_datetime", json!("2026-03-02T09:15:04")), "bad_time", &["event_datetime", "2026-03-02T09:15:04"]);
    refused(&SurveyMonkey, &with("event_datetime", Value::Null), "no_time", &["event_datetime"]);
    refused(&SurveyMonkey, &with("resources", json!({})), "missing_field", &["resources.survey_id"]);
    let mut nameless = details();
    nameless["href"] = Value::Null;
    refused(&SurveyMonkey, &nameless.to_string(), "missing_field", &["survey_id"]);
    nameless["survey_id"] = json!("5001");
    nameless["response_status"] = json!("overquota");
    assert_eq!(event(&SurveyMonkey, &nameless.to_string()).0, "source.unmapped");
}
