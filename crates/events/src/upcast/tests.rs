//! Stored examples of old forms, and what must not be touched.

use super::upcast;

macro_rules! pair {
    ($name:literal) => {
        (include_str!(concat!("../../compat/", $name, ".json")), include_str!(concat!("../../compat/", $name, ".expected.json")))
    };
}

#[test]
fn stored_examples_become_what_they_became_before() {
    let examples =
        [("contact.ended", pair!("contact.ended.v0")), ("hold.ended", pair!("hold.ended.v0")), ("queue.exited", pair!("queue.exited.v0"))];
    for (kind, (old, expected)) in examples {
        assert_eq!(upcast(kind, 0, old), expected.trim_end(), "{kind}");
        assert_eq!(upcast(kind, 1, old), old, "version 1 is current");
        assert_eq!(upcast(kind, 1, expected), expected, "{kind}");
    }
}

#[test]
fn what_has_no_step_and_what_cannot_be_read_stays_as_it_is() {
    for (kind, version, data) in [
        ("queue.entered", 0, r#"{"wait_s":1}"#),
        ("hold.ended", 2, r#"{"held_s":1}"#),
        ("hold.ended", 0, "[1]"),
        ("hold.ended", 0, "{\"held_s\":"),
    ] {
        assert_eq!(upcast(kind, version, data), data);
    }
    assert_eq!(upcast("hold.ended", 0, "{}"), "{}");
    assert_eq!(upcast("hold.ended", 0, r#"{"held_s":"soon"}"#), r#"{"held_s":"soon"}"#, "no number: nothing is lost");
}

#[test]
fn digits_and_escapes_of_other_members_survive() {
    let old = r#"{"ticket":123456789012345678901234567890,"a\"b":"\u00e9","held_s":"2.0005","note":null}"#;
    assert_eq!(upcast("hold.ended", 0, old), r#"{"ticket":123456789012345678901234567890,"a\"b":"\u00e9","held_ms":2001,"note":null}"#);
}
