//! Documents with the members Meta sends; numbers and ids are made up.

use serde_json::json;

use super::{Messenger, WhatsApp};
use crate::vendor::trial::single::{event, events, folded, mapped, refused, same_again};

const AT: i64 = 1_772_442_904;

fn whatsapp(field: &str, list: &str, item: serde_json::Value) -> String {
    json!({"object":"whatsapp_business_account","entry":[{"id":"100200","changes":[{"field":field,"value":{
        "messaging_product":"whatsapp","metadata":{"display_phone_number":"34900111000","phone_number_id":"7001"},
        "contacts":[{"profile":{"name":"Ana"},"wa_id":"34600111222","user_id":"ES.55"}], list:[item]}}]}]})
    .to_string()
}

/// A message of the given kind `seconds` after the first.
fn message(id: &str, seconds: i64, kind: &str, content: serde_json::Value) -> String {
    let at = (AT + seconds).to_string();
    whatsapp(
        "messages",
        "messages",
        json!({"from":"34600111222","id":id,"timestamp":at,"type":kind,kind:content,"context":{"id":"wamid.q"}}),
    )
}

fn status(state: &str, seconds: i64) -> String {
    let at = (AT + seconds).to_string();
    whatsapp(
        "messages",
        "statuses",
        json!({"id":"wamid.out","status":state,"timestamp":at,"recipient_id":"34600111222",
        "conversation":{"id":"c9","origin":{"type":"service"}},"pricing":{"billable":true,"category":"service"},
        "errors":[{"code":130472,"title":"Not sent","error_data":{"details":"to 34600111222"}}]}),
    )
}

fn echo(id: &str, seconds: i64) -> String {
    let at = (AT + seconds).to_string();
    let item = json!({"from":"34900111000","to":"34600111222","id":id,"timestamp":at,"type":"text","text":{"body":"We look into it"}});
    whatsapp("smb_message_echoes", "message_echoes", item)
}

fn messenger(item: serde_json::Value) -> String {
    let mut whole = json!({"sender":{"id":"U1"},"recipient":{"id":"P1"},"timestamp":AT * 1_000});
    for (name, value) in item.as_object().unwrap() {
        whole[name] = value.clone();
    }
    json!({"object":"page","entry":[{"id":"P1","time":AT * 1_000 + 9,"messaging":[whole]}]}).to_string()
}

#[test]
fn a_thread_on_whatsapp_shows_how_long_a_customer_waited() {
    let documents = [
        message("wamid.1", 0, "text", json!({"body":"Where is my parcel?"})),
        message("wamid.2", 40, "text", json!({"body":"Hello?"})),
        echo("wamid.3", 100),
        status("read", 130),
        message("wamid.4", 200, "audio", json!({"id":"M77","mime_type":"audio/ogg; codecs=opus","voice":true})),
    ];
    let texts: Vec<&str> = documents.iter().rev().map(String::as_str).collect();
    let batch = mapped(&WhatsApp, &texts, 1).unwrap();
    let contact = batch.row(0).contact_id.unwrap().to_owned();
    assert!(contact.starts_with("7001:") && !contact.contains("34600111222"), "{contact}");
    let facts = folded(&batch, &contact);
    let row = facts.contact.unwrap();
    assert_eq!((row.channel.as_deref(), row.direction.as_deref(), row.outcome.as_str()), (Some("messaging"), Some("inbound"), "open"));
    assert_eq!((row.started_at.micros() / 1_000_000, row.wait_ms, row.talk_ms), (AT, Some(0), 0));
    assert!(row.customer_key.is_some());
    let turns: Vec<_> = facts
        .responses
        .iter()
        .map(|t| (t.asked_at.micros() / 1_000_000 - AT, t.answered_at.map(|at| at.micros() / 1_000_000 - AT)))
        .collect();
    assert_eq!(turns, [(0, Some(100)), (200, None)], "the first question counts, a status answers nothing");
}

#[test]
fn what_customers_send_becomes_a_message_with_its_kind() {
    for (kind, content, content_type, content_ref) in [
        ("text", json!({"body":"hi"}), "text/plain", None),
        ("image", json!({"id":"M1","mime_type":"image/jpeg","caption":"my bill"}), "image/jpeg", Some("M1")),
        ("interactive", json!({"type":"button_reply","button_reply":{"id":"b1","title":"Yes"}}), "interactive", None),
        ("location", json!({"latitude":1.0,"longitude":2.0}), "location", None),
        ("unsupported", json!(null), "unsupported", None),
    ] {
        let (name, data) = event(&WhatsApp, &message("wamid.7", 0, kind, content));
        assert_eq!((name.as_str(), data["content_type"].as_str()), ("message.received", Some(content_type)), "{kind}");
        assert_eq!((&data["author"], &data["direction"]), (&json!("customer"), &json!("inbound")));
        let own = data["message_id"].as_str();
        assert_eq!(data["content_ref"].as_str(), content_ref.or(own), "{kind}");
        assert!(data["in_reply_to"].is_string());
        let text = data.to_string();
        assert!(["hi", "my bill", "Yes", "wamid", "34600"].iter().all(|word| !text.contains(&format!("\"{word}"))), "{text}");
    }
}

#[test]
fn edits_withdrawals_and_reactions_change_the_message_they_name() {
    let (_, first) = event(&WhatsApp, &message("wamid.1", 0, "text", json!({"body":"hi"})));
    for (kind, content, change) in [
        ("edit", json!({"original_message_id":"wamid.1","message":{"type":"text"}}), "edited"),
        ("revoke", json!({"original_message_id":"wamid.1"}), "deleted"),
        ("reaction", json!({"message_id":"wamid.1","emoji":"👍"}), "reaction_added"),
        ("reaction", json!({"message_id":"wamid.1"}), "reaction_removed"),
    ] {
        let (name, data) = event(&WhatsApp, &message("wamid.8", 5, kind, content));
        assert_eq!((name.as_str(), &data["change"], &data["message_id"]), ("message.changed", &json!(change), &first["message_id"]));
    }
}

#[test]
fn statuses_say_how_far_a_message_got_and_why_not() {
    for state in ["sent", "delivered", "read", "played", "failed"] {
        let (name, data) = event(&WhatsApp, &status(state, 0));
        assert_eq!((name.as_str(), &data["state"], &data["direction"]), ("message.delivery_updated", &json!(state), &json!("outbound")));
        assert_eq!((&data["error"], &data["is_billable"]), (&json!({"code":"130472","title":"Not sent"}), &json!(true)));
    }
    let batch = mapped(&WhatsApp, &[&status("read", 0), &status("read", 0), &status("read", 9)], 1).unwrap();
    assert_eq!(batch.row(0).event_id, batch.row(1).event_id, "repeated");
    assert_ne!(batch.row(0).event_id, batch.row(2).event_id, "read again later");
    assert_eq!(event(&WhatsApp, &status("deleted", 0)).1["change"], "deleted");
    assert_eq!(event(&WhatsApp, &status("warning", 0)).0, "source.unmapped");
}

#[test]
fn a_cart_is_a_message_and_an_order() {
    let items = json!([{"product_retailer_id":"TEA","quantity":3,"item_price":0.1,"currency":"EUR"},{"product_retailer_id":"CUP","quantity":1,"item_price":7,"currency":"EUR"}]);
    let all = events(&WhatsApp, &message("wamid.9", 0, "order", json!({"catalog_id":"c","product_items":items})));
    assert_eq!((all[0].0.as_str(), all[1].0.as_str(), all.len()), ("message.received", "order.progressed", 2));
    let order = &all[1].1;
    assert_eq!((&order["milestone"], &order["amount"], &order["currency"]), (&json!("placed"), &json!(7.3), &json!("EUR")));
    assert_eq!(order["items"][0]["sku"], "TEA");
    assert_eq!(order["contact_id"], all[0].1["contact_id"]);
}

#[test]
fn an_advertisement_and_a_changed_number_are_kept_with_the_thread() {
    let at = AT.to_string();
    let referral = json!({"source_id":"AD5","source_type":"ad","headline":"Sale","ctwa_clid":"K1"});
    let all = events(
        &WhatsApp,
        &whatsapp(
            "messages",
            "messages",
            json!({"from":"34600111222","id":"wamid.1","timestamp":at,"type":"text","text":{"body":"x"},"referral":referral}),
        ),
    );
    assert_eq!((all[1].0.as_str(), &all[1].1["set"]["campaign"]), ("contact.updated", &json!("AD5")));
    let moved = json!({"from":"34600111222","id":"wamid.s","timestamp":at,"type":"system","system":{"type":"user_changed_number","wa_id":"34600999888"}});
    let batch = mapped(&WhatsApp, &[&whatsapp("messages", "messages", moved)], 1).unwrap();
    let links: Vec<serde_json::Value> = batch.rows().map(|row| serde_json::from_str(row.data).unwrap()).collect();
    assert_eq!((&links[0]["relation"], &links[1]["relation"]), (&json!("same_customer"), &json!("same_conversation")));
    assert_eq!(links[1]["to"]["id"], all[0].1["contact_id"]);
    assert!(!links[0].to_string().contains("34600"));
}

#[test]
fn a_call_over_whatsapp_is_a_contact_of_its_own() {
    let call = |more: serde_json::Value| {
        let mut call =
            json!({"id":"wacid.5","from":"34600111222","to":"34900111000","direction":"USER_INITIATED","timestamp":AT.to_string()});
        for (name, value) in more.as_object().unwrap() {
            call[name] = value.clone();
        }
        whatsapp("calls", "calls", call)
    };
    let ended =
        json!({"event":"terminate","status":"COMPLETED","start_time":AT.to_string(),"end_time":(AT + 95).to_string(),"duration":95});
    let batch = mapped(&WhatsApp, &[&call(ended), &call(json!({"event":"connect"}))], 1).unwrap();
    let kinds: Vec<&str> = batch.rows().map(|row| row.kind).collect::<Vec<_>>();
    assert_eq!(kinds, ["contact.ended", "contact.summary_reported", "contact.started"]);
    assert!(batch.row(1).data.contains("\"talk_ms\":95000"));
    let facts = folded(&batch, batch.row(0).contact_id.unwrap());
    let row = facts.contact.unwrap();
    assert_eq!((row.channel.as_deref(), row.outcome.as_str(), row.entry_point.as_deref()), (Some("voice"), "ended", Some("34900111000")));
    assert_eq!(row.ended_at.map(|at| at.micros() / 1_000_000), Some(AT + 95), "the end, not the timestamp");
    assert_eq!((row.leg_count, row.talk_ms), (0, 0), "nobody knows who talked");
    let ringing = whatsapp("calls", "statuses", json!({"id":"wacid.5","type":"call","status":"RINGING","timestamp":AT.to_string()}));
    assert_eq!(event(&WhatsApp, &ringing).1["set"]["call_status"], "RINGING");
}

#[test]
fn messenger_tells_people_from_apps() {
    let sent = |id: &str, app: serde_json::Value| {
        let mut echo = json!({"mid":id,"is_echo":true,"text":"Good day"});
        echo["app_id"] = app;
        messenger(json!({"sender":{"id":"P1"},"recipient":{"id":"U1"},"timestamp":(AT + 60) * 1_000,"message":echo}))
    };
    let asked = messenger(json!({"message":{"mid":"m1","text":"Are you open?"}}));
    let (app, person) = (sent("m2", json!(1_517_776)), sent("m3", json!(263_902_037_430_900_i64)));
    let batch = mapped(&Messenger, &[&asked, &app], 1).unwrap();
    let contact = batch.row(0).contact_id.unwrap().to_owned();
    assert_eq!(batch.row(1).contact_id, Some(contact.as_str()), "the customer is who the page writes to");
    let turn = &folded(&batch, &contact).responses[0];
    assert_eq!((turn.answered_at, turn.bot_answered_at.is_some()), (None, true), "an app may be a machine");
    let batch = mapped(&Messenger, &[&asked, &app, &person], 1).unwrap();
    let turn = &folded(&batch, &contact).responses[0];
    assert_eq!(turn.answered_at.map(|at| at.millis_since(turn.asked_at)), Some(60_000));
}

#[test]
fn every_item_of_messenger_has_its_event() {
    let watermark = (AT - 5) * 1_000;
    for (item, name, member, value) in [
        (
            json!({"message":{"mid":"m1","attachments":[{"type":"image","payload":{"url":"https://x"}}]}}),
            "message.received",
            "content_type",
            "image",
        ),
        (json!({"message":{"mid":"m1","text":"Yes","quick_reply":{"payload":"Y"}}}), "message.received", "content_type", "quick_reply"),
        (json!({"message":{"mid":"m1","is_deleted":true}}), "message.changed", "change", "deleted"),
        (json!({"postback":{"title":"Start","payload":"GO","mid":"m5"}}), "message.received", "content_type", "postback"),
        (json!({"delivery":{"mids":["m4"],"watermark":watermark}}), "message.delivery_updated", "message_id", "m4"),
        (json!({"read":{"watermark":watermark}}), "message.delivery_updated", "watermark", "2026-03-02T09:14:59Z"),
        (json!({"reaction":{"mid":"m1","action":"unreact"}}), "message.changed", "change", "reaction_removed"),
        (json!({"message_edit":{"mid":"m1","num_edit":1}}), "message.changed", "change", "edited"),
        (json!({"pass_thread_control":{"new_owner_app_id":"77"}}), "transfer.updated", "phase", "completed"),
        (json!({"take_thread_control":{"previous_owner_app_id":"77"}}), "transfer.updated", "by", "77"),
        (json!({"request_thread_control":{"requested_owner_app_id":"77"}}), "transfer.updated", "phase", "initiated"),
        (json!({"optin":{"ref":"r"}}), "source.unmapped", "vendor_type", "messaging:optin"),
    ] {
        let document = messenger(item);
        let (kind, data) = event(&Messenger, &document);
        assert_eq!((kind.as_str(), data[member].as_str()), (name, Some(value)), "{document}");
        same_again(&Messenger, &document);
    }
    assert_eq!(event(&Messenger, &messenger(json!({"referral":{"ref":"spring","source":"SHORTLINK"}}))).1["set"]["campaign"], "spring");
}

#[test]
fn a_delivery_without_a_time_happened_no_earlier_than_its_watermark() {
    let delivery = messenger(json!({"timestamp":null,"delivery":{"mids":["m4","m5"],"watermark":(AT - 5) * 1_000}}));
    let batch = mapped(&Messenger, &[&delivery], 1).unwrap();
    let instants: Vec<i64> = batch.occurred_at.iter().map(|at| at / 1_000_000).collect();
    assert_eq!(instants, [AT - 5, AT - 5]);
}

#[test]
fn a_document_delivered_again_is_the_same_events() {
    for document in [
        message("wamid.1", 0, "text", json!({"body":"x"})),
        message("wamid.9", 0, "order", json!({"product_items":[{"quantity":1,"item_price":2,"currency":"EUR"}]})),
        echo("wamid.3", 1),
        status("failed", 2),
    ] {
        same_again(&WhatsApp, &document);
    }
}

#[test]
fn what_is_not_understood_is_refused_by_name_and_what_has_no_word_is_kept() {
    let text = |more: serde_json::Value| {
        let mut message = json!({"from":"34600111222","id":"wamid.1","timestamp":AT.to_string(),"type":"text"});
        for (name, value) in more.as_object().unwrap() {
            message[name] = value.clone();
        }
        whatsapp("messages", "messages", message)
    };
    refused(&WhatsApp, "{\"object\":", "bad_json", &["line 1"]);
    refused(&WhatsApp, &text(json!({"timestamp":null})), "no_time", &["messages[0].timestamp"]);
    refused(&WhatsApp, &text(json!({"timestamp":"yesterday"})), "bad_time", &["messages[0].timestamp", "yesterday"]);
    refused(&WhatsApp, &text(json!({"id":null})), "missing_field", &["messages[0].id"]);
    refused(&WhatsApp, &text(json!({"id":["x"]})), "bad_field", &["messages[0].id", "[\"x\"]"]);
    refused(&WhatsApp, &messenger(json!({})), "bad_field", &["'page'", "--connector messenger"]);
    refused(&Messenger, &messenger(json!({"message":{"text":"x"}})), "missing_field", &["message.mid"]);
    let account = json!({"object":"whatsapp_business_account","entry":[{"id":"1","time":AT,"changes":[{"field":"account_update","value":{"event":"X"}}]}]});
    assert_eq!(event(&WhatsApp, &account.to_string()).1["vendor_type"], "account_update");
    assert_eq!(event(&WhatsApp, &text(json!({"type":"hologram"}))).1["vendor_type"], "messages:hologram");
}
