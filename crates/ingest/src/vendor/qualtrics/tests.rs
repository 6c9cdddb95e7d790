//! Notices and responses with the members Qualtrics sends; surveys and answers are made up.

use serde_json::{Value, json};

use super::Qualtrics;
use crate::vendor::trial::single::{event, events, mapped, refused, same_again};

const FORM: &str = "Topic=acme.surveyengine.completedResponse.SV_1&Status=Complete&SurveyID=SV_1&ResponseID=R_9&CompletedDate=2026-03-02+10%3A15%3A04&BrandID=acme";

fn captured(form: &str) -> String {
    json!({"headers":{"Date":"Mon, 02 Mar 2026 09:15:06 GMT"},"body":form}).to_string()
}

fn response() -> Value {
    json!({"result":{"responseId":"R_9","values":{"startDate":"2026-03-02T09:10:00Z","endDate":"2026-03-02T09:15:04Z","status":0,
        "progress":100,"duration":304,"finished":1,"recordedDate":"2026-03-02T09:15:05.123Z","surveyId":"SV_1","distributionChannel":"anonymous",
        "QID1":4,"QID2":9,"QID2_NPS_GROUP":3,"QID3_TEXT":"Ana was rude","QID4":[1,3],"QID4_DO":["1","2","3"],"csat_1_5":"5",
        "contact_id":"c-1001","agent_id":"ana","externalDataReference":"K-77"},
        "labels":{"QID1":"Satisfied","QID4":["Price","Delivery"]},"displayedValues":{"QID1":[1,2,3,4,5]}}})
}

#[test]
fn a_response_says_what_was_answered_on_which_scale() {
    let batch = mapped(&Qualtrics, &[&response().to_string()], 1).unwrap();
    let (row, data) = (batch.row(0), serde_json::from_str::<Value>(batch.row(0).data).unwrap());
    assert_eq!((row.kind, row.contact_id, row.agent_id, batch.len()), ("survey.answered", Some("c-1001"), Some("ana"), 2));
    assert_eq!(
        (row.occurred_at.to_string().as_str(), row.recorded_at.to_string().as_str()),
        ("2026-03-02T09:15:04Z", "2026-03-02T09:15:05.123Z")
    );
    assert!(row.customer_key.is_some() && !row.data.contains("K-77") && !row.data.contains("rude"));
    let told: Vec<(&str, &str, &Value, &Value, &Value)> = data["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (a["question_id"].as_str().unwrap(), a["metric"].as_str().unwrap(), &a["scale_min"], &a["scale_max"], &a["value_num"]))
        .collect();
    let none = &Value::Null;
    assert_eq!(
        told,
        [
            ("QID1", "other", &json!(1), &json!(5), &json!(4)),
            ("QID2", "nps", &json!(0), &json!(10), &json!(9)),
            ("QID3_TEXT", "other", none, none, none),
            ("QID4", "other", none, none, none),
            ("csat_1_5", "csat", &json!(1), &json!(5), &json!("5")),
        ]
    );
    assert_eq!((&data["answers"][2]["comment_present"], &data["answers"][3]["value_text"]), (&json!(true), &json!("Price, Delivery")));
    assert_eq!((&data["duration_ms"], &data["partial"], &data["is_test"]), (&json!(304_000), none, none));
}

#[test]
fn a_notice_counts_until_the_response_itself_is_there() {
    let (kind, notice) = event(&Qualtrics, &captured(FORM));
    assert_eq!((kind.as_str(), &notice["survey_ref"], &notice["response_id"]), ("survey.answered", &json!("SV_1"), &json!("R_9")));
    assert_eq!((&notice["answers"], &notice["completed_local"]), (&json!([]), &json!("2026-03-02 10:15:04")));
    let whole = &events(&Qualtrics, &response().to_string())[0].1;
    assert_eq!(notice["source_event_key"], whole["source_event_key"]);
    assert!(notice["revision"].is_null() && whole["revision"].as_i64() > Some(0), "the higher revision counts");
    let signed = "HMAC=00ff&MSG=%7B%22Status%22%3A%22Complete%22%2C%22SurveyID%22%3A%22SV_1%22%2C%22ResponseID%22%3A%22R_9%22%7D&Topic=acme.surveyengine.completedResponse.SV_1&undefined=";
    assert_eq!(event(&Qualtrics, &captured(signed)).1["response_id"], "R_9");
}

#[test]
fn other_topics_are_kept_and_partial_responses_say_so() {
    let other = FORM.replace("surveyengine.completedResponse", "controlpanel.activateSurvey");
    assert_eq!(event(&Qualtrics, &captured(&other)).1["vendor_type"], "activateSurvey");
    assert_eq!(event(&Qualtrics, &captured(&FORM.replace("completedResponse", "partialResponse"))).1["partial"], true);
    let mut broken_off = response();
    broken_off["result"]["values"]["finished"] = json!(0);
    broken_off["result"]["values"]["status"] = json!(1);
    let data = &events(&Qualtrics, &broken_off.to_string())[0].1;
    assert_eq!((&data["partial"], &data["is_test"]), (&json!(true), &json!(true)));
}

#[test]
fn an_export_holds_many_responses_and_a_changed_one_is_another_event() {
    let mut changed = response()["result"].clone();
    changed["values"]["QID1"] = json!(2);
    let export = json!({"responses":[response()["result"], changed]}).to_string();
    same_again(&Qualtrics, &response().to_string());
    same_again(&Qualtrics, &captured(FORM));
    let batch = mapped(&Qualtrics, &[&export], 1).unwrap();
    let ids: Vec<&str> = batch.rows().filter(|row| row.kind == "survey.answered").map(|row| row.event_id).collect::<Vec<_>>();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(mapped(&Qualtrics, &[&response().to_string()], 1).unwrap().row(0).event_id, ids[0], "exported or fetched, it is one event");
}

#[test]
fn nothing_is_guessed_about_zones_and_surveys() {
    refused(&Qualtrics, FORM, "no_time", &["CompletedDate '2026-03-02 10:15:04'", "no zone"]);
    let with = |name: &str, value: Value| {
        let mut document = response();
        document["result"]["values"][name] = value;
        document.to_string()
    };
    refused(&Qualtrics, &with("endDate", json!("2026-03-02 09:15:04")), "bad_time", &["values.endDate", "2026-03-02 09:15:04"]);
    refused(&Qualtrics, &with("surveyId", Value::Null), "missing_field", &["surveyId"]);
    refused(&Qualtrics, &captured("MSG=%7B&Topic=x"), "bad_json", &["MSG"]);
    refused(&Qualtrics, &captured(&FORM.replace("R_9", "")), "bad_field", &["ResponseID"]);
}
