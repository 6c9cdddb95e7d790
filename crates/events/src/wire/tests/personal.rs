//! No customer address reaches a table in clear.

use super::{event, key, read};

#[test]
fn customer_addresses_become_keys_and_own_numbers_stay() {
    // ANA and BOB stand for keys in what is stored, and for addresses in what is sent.
    for (kind, data, customer, kept) in [
        ("contact.started", r#"{"channel":"voice","direction":"inbound","from_addr":"ANA","to_addr":"900123"}"#, Some("ANA"), None),
        ("contact.started", r#"{"channel":"voice","direction":"outbound","from_addr":"900123","to_addr":"ANA"}"#, Some("ANA"), None),
        ("contact.started", r#"{"channel":"voice","direction":"internal","from_addr":"201","to_addr":"202"}"#, None, None),
        ("contact.started", r#"{"channel":"voice","from_addr":"ANA","to_addr":"900123"}"#, Some("ANA"), None),
        ("message.sent", r#"{"author":"agent","from_addr":"help@us.example","to_addr":"BOB"}"#, Some("BOB"), None),
        (
            "queue.entered",
            r#"{"queue":"q","from_addr":"ANA","customer_id":"BOB","priority":1}"#,
            Some("BOB"),
            Some(r#"{"queue":"q","from_addr":"ANA","priority":1}"#),
        ),
        ("com.example.x", r#"{"customer_id":{"email":"BOB"},"phone":"ANA"}"#, None, None),
        ("com.example.x", r#"{"customer_id":{"id":"BOB","more":{"x":"ANA"},"vip":true}}"#, None, None),
        ("contact.started", r#"{"channel":"voice","from_addr":" "}"#, None, Some(r#"{"channel":"voice","from_addr":null}"#)),
        ("case.opened", r#"{"requester_ref":"BOB","email":null}"#, None, None),
        ("contact.updated", r#"{"set":{"email":"BOB","vip":true}}"#, None, None),
        ("contact.updated", r#"{"set":{"list":[{"phone":["ANA","BOB",null]}]}}"#, None, None),
        ("transfer.updated", r#"{"phase":"completed","target":{"kind":"external","id":"ANA"}}"#, None, None),
        ("transfer.updated", r#"{"phase":"completed","target":{"kind":"queue","id":"sales"}}"#, None, None),
        (
            "record.corrected",
            r#"{"target_id":"1","replacement":{"type":"contact.started","data":{"direction":"outbound","from_addr":"1","to_addr":"ANA"}}}"#,
            None,
            None,
        ),
        ("com.example.x", r#"{"callback_phone":"ANA","agent_email":"eva@us.example"}"#, None, None),
    ] {
        let sent = data.replace("ANA", "+34600111222").replace("BOB", "bob@example.com");
        let as_keys = |text: &str| text.replace("ANA", &key("+34600111222")).replace("BOB", &key("bob@example.com"));
        let batch = read(&event(kind, &sent)).unwrap();
        assert_eq!(batch.row(0).customer_key.map(str::to_string), customer.map(as_keys), "{data}");
        assert_eq!(batch.row(0).data, as_keys(kept.unwrap_or(data)));
    }
}

#[test]
fn numbers_and_blanks_around_an_address_make_no_other_customer() {
    let customer = |data: &str| read(&event("queue.entered", data)).unwrap().row(0).customer_key.map(str::to_string);
    assert_eq!(customer(r#"{"queue":"q","customer_id":4711}"#), Some(key("4711")));
    assert_eq!(customer(r#"{"queue":"q","customer_id":" 4711 "}"#), Some(key("4711")));
    assert_eq!(customer(r#"{"queue":"q","customer_id":null}"#), None);
    assert_eq!(customer(r#"{"queue":"q","customer_id":"","from_addr":"4711"}"#), Some(key("4711")));
}

#[test]
fn payloads_that_are_lists_are_looked_through_too() {
    let batch = read(&event("com.example.x", r#"[{"email":"bob@example.com"}]"#)).unwrap();
    assert_eq!(batch.row(0).data, format!(r#"[{{"email":"{}"}}]"#, key("bob@example.com")));
}

#[test]
fn extensions_are_looked_through_too() {
    let bob = key("bob@example.com");
    let attribute = r#"{"specversion":"1.0","type":"com.example.x","source":"/s","id":"1","email":"bob@example.com","data":{}}"#;
    assert_eq!(read(attribute).unwrap().row(0).data, format!(r#"{{"_ext":{{"email":"{bob}"}}}}"#));
    let member = read(&event("com.example.x", r#"{"_ext":{"email":"bob@example.com"}}"#)).unwrap();
    assert_eq!(member.row(0).data, format!(r#"{{"_ext":{{"email":"{bob}"}}}}"#));
}

#[test]
fn only_what_looks_like_a_key_passes_as_one() {
    let ana = key("ana");
    let own = read(&event("queue.entered", &format!(r#"{{"queue":"q","customer_id":"{ana}","customer_key":"{ana}"}}"#))).unwrap();
    assert_eq!((own.row(0).customer_key, own.row(0).data), (Some(ana.as_str()), r#"{"queue":"q"}"#));
    let bob = key("bob");
    let both = read(&event("queue.entered", &format!(r#"{{"queue":"q","customer_id":"{bob}","customer_key":"{ana}"}}"#))).unwrap();
    assert_eq!(
        (both.row(0).customer_key, both.row(0).data),
        (Some(ana.as_str()), format!(r#"{{"queue":"q","customer_id":"{bob}"}}"#).as_str()),
        "another customer than the column's stays"
    );
    let forged = read(&event("queue.entered", r#"{"queue":"q","customer_key":"+34600111222"}"#)).unwrap();
    assert_eq!((forged.row(0).customer_key, forged.row(0).data), (Some(key("+34600111222").as_str()), r#"{"queue":"q"}"#));
    let unmarked = read(&event("queue.entered", &format!(r#"{{"queue":"q","customer_id":"{ana}"}}"#))).unwrap();
    assert_eq!(unmarked.row(0).customer_key, Some(key(&ana).as_str()), "nobody says that it is a key");
}
