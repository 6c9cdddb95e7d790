//! Responses with the members Typeform sends; forms and answers are made up.

use serde_json::{Value, json};
use trunkline_events::vocabulary::Payload;
use trunkline_events::vocabulary::quality::SurveyMetric;

use super::Typeform;
use crate::vendor::trial::single::{event, folded, mapped, refused, same_again};

fn answer(kind: &str, value: Value, id: &str, field_kind: &str, reference: &str) -> Value {
    json!({"type":kind,kind:value,"field":{"id":id,"type":field_kind,"ref":reference}})
}

fn document(answers: &[Value]) -> Value {
    json!({"event_id":"01EVENT","event_type":"form_response","form_response":{"form_id":"F1","token":"tok1",
        "landed_at":"2026-03-02T09:10:00Z","submitted_at":"2026-03-02T09:15:04Z","calculated":{"score":9},
        "definition":{"id":"F1","title":"After your call","fields":[
            {"id":"stars","type":"rating","ref":"csat","properties":{"steps":5}},
            {"id":"effort","type":"opinion_scale","ref":"ces","properties":{"steps":7,"start_at_one":true}},
            {"id":"plain","type":"opinion_scale","ref":"weather"}]},
        "answers":answers}})
}

#[test]
fn what_was_measured_comes_with_its_scale_and_free_text_stays_outside() {
    let (kind, data) = event(
        &Typeform,
        &document(&[
            answer("number", json!(4), "stars", "rating", "csat"),
            answer("number", json!(7), "effort", "opinion_scale", "ces"),
            answer("number", json!(9), "q3", "nps", "a1b2"),
            answer("boolean", json!(true), "q4", "yes_no", "fcr"),
            answer("number", json!(2), "plain", "opinion_scale", "weather"),
            answer("number", json!(3), "q6", "rating", "csat_1_4"),
            answer("text", json!("Ana was rude"), "q7", "long_text", "why"),
            answer("choice", json!({"label":"Delivery"}), "q8", "multiple_choice", "topic"),
            answer("choices", json!({"labels":["A","B"],"other":"mine"}), "q9", "multiple_choice", "topics"),
            answer("email", json!("ana@example.com"), "q10", "email", "mail"),
        ])
        .to_string(),
    );
    assert_eq!(kind, "survey.answered");
    assert!(!data.to_string().contains("rude") && !data.to_string().contains("ana@"));
    let Payload::SurveyAnswered(survey) = Payload::parse(&kind, 1, &data.to_string()).unwrap() else { panic!("another type") };
    let told: Vec<_> = survey
        .answers
        .iter()
        .map(|a| (a.metric.clone().unwrap(), a.scale_min.map(|n| n.0), a.scale_max.map(|n| n.0), a.value_num.map(|n| n.0)))
        .collect();
    let other = || SurveyMetric::Other("other".to_owned());
    let nothing = || (other(), None, None, None);
    assert_eq!(
        told,
        [
            (SurveyMetric::Csat, Some(1.0), Some(5.0), Some(4.0)),
            (SurveyMetric::Ces, Some(1.0), Some(7.0), Some(7.0)),
            (SurveyMetric::Nps, Some(0.0), Some(10.0), Some(9.0)),
            (SurveyMetric::Fcr, Some(0.0), Some(1.0), Some(1.0)),
            (other(), None, None, Some(2.0)),
            (SurveyMetric::Csat, Some(1.0), Some(4.0), Some(3.0)),
            nothing(),
            nothing(),
            nothing(),
            nothing(),
        ]
    );
    assert_eq!((&data["answers"][6]["comment_present"], &data["answers"][7]["value_text"]), (&json!(true), &json!("Delivery")));
    assert_eq!((&data["answers"][8]["value_text"], &data["answers"][8]["comment_present"]), (&json!("A, B"), &json!(true)));
    assert!(data["answers"][9]["comment_present"].is_null(), "an address is no comment");
    assert_eq!((&data["calculated_score"], survey.response_id.unwrap().0.as_str()), (&json!(9), "tok1"));
}

#[test]
fn hidden_fields_say_which_contact_a_response_is_about() {
    let mut document = document(&[answer("number", json!(4), "stars", "rating", "csat")]);
    document["form_response"]["hidden"] = json!({"contact_id":"c-1001","agent_id":"ana","customer_id":"+34600111222","queue":"xxxxx"});
    let batch = mapped(&Typeform, &[&document.to_string()], 1).unwrap();
    let (survey, link) = (batch.row(0), batch.row(1));
    assert_eq!((survey.contact_id, survey.agent_id, survey.queue), (Some("c-1001"), Some("ana"), None));
    assert_eq!((survey.subject, survey.occurred_at.to_string().as_str()), (Some("tok1"), "2026-03-02T09:15:04Z"));
    assert!(survey.customer_key.is_some() && !survey.data.contains("34600"));
    let data: Value = serde_json::from_str(link.data).unwrap();
    assert_eq!((link.kind, &data["relation"], &data["to"]["id"]), ("entity.linked", &json!("survey_of"), &json!("c-1001")));
    assert_eq!(folded(&batch, "c-1001").contact, None, "a survey makes no contact in its own source");
}

#[test]
fn a_retry_is_the_same_response_and_a_partial_one_is_another_event() {
    let whole = document(&[answer("number", json!(4), "stars", "rating", "csat")]);
    same_again(&Typeform, &whole.to_string());
    let mut retry = whole.clone();
    retry["event_id"] = json!("01OTHER");
    let mut partial = whole.clone();
    partial["event_type"] = json!("form_response_partial");
    partial["form_response"]["submitted_at"] = Value::Null;
    let texts = [whole.to_string(), retry.to_string(), partial.to_string()];
    let batch = mapped(&Typeform, &texts.each_ref().map(String::as_str), 1).unwrap();
    assert_eq!((batch.row(0).event_id, batch.row(0).data), (batch.row(1).event_id, batch.row(1).data));
    assert_ne!(batch.row(0).event_id, batch.row(2).event_id);
    assert!(batch.row(2).data.contains("\"partial\":true"));
}

#[test]
fn what_cannot_be_understood_is_refused_by_name() {
    let with = |path: &str, value: Value| {
        let mut document = document(&[answer("number", json!(4), "stars", "rating", "csat")]);
        *document.pointer_mut(path).unwrap() = value;
        document.to_string()
    };
    refused(&Typeform, &with("/form_response", Value::Null), "missing_field", &["form_response"]);
    refused(&Typeform, &with("/form_response/submitted_at", json!("2026-03-02 09:15")), "bad_time", &["submitted_at", "2026-03-02 09:15"]);
    refused(&Typeform, &with("/form_response/submitted_at", Value::Null), "no_time", &["submitted_at"]);
    refused(&Typeform, &with("/form_response/answers/0/number", json!("four")), "bad_field", &["answers[0].number", "four"]);
    refused(&Typeform, &with("/form_response/answers/0/number", json!(6)), "bad_payload", &["6", "1 to 5"]);
    let (kind, data) = event(&Typeform, &with("/event_type", json!("form_closed")));
    assert_eq!((kind.as_str(), &data["vendor_type"]), ("source.unmapped", &json!("form_closed")));
}
