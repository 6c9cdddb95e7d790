//! Every scheme against hashes made elsewhere, or published.
#![allow(clippy::unwrap_used, reason = "tests")]

use trunkline_events::Timestamp;

use super::{Refused, Scheme, Signed, verify};

/// 2026-01-05T10:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_767_607_200);
const BODY: &[u8] = br#"{"id":"7","text":"caf\u00e9"}"#;
const URL: &str = "https://cc.example/in/x";

type Headers = &'static [(&'static str, &'static str)];

/// Signatures of [`BODY`] with the secret `k1`, made with Python's hmac.
const SIGNED: &[(Scheme, Headers)] = &[
    (
        Scheme::Chatwoot,
        &[
            ("x-chatwoot-timestamp", "1767607200"),
            ("x-chatwoot-signature", "sha256=f5159fbab3e9532e3a1241cfd7b9a3f72fd62592310113040bb977e119c405d0"),
        ],
    ),
    (
        Scheme::Front,
        &[("x-front-request-timestamp", "1767607200000"), ("x-front-signature", "QZLobo7aNwsWyGpBDx3YcIcU9zXf+VBXbjfLXjKTxW8=")],
    ),
    (Scheme::FrontRule, &[("x-front-signature", "opKNS0cKBD5QwpCNYeLSU7RjCRo=")]),
    (Scheme::Intercom, &[("x-hub-signature", "sha1=a2928d4b470a043e50c2908d61e2d253b463091a")]),
    (Scheme::Meta, &[("x-hub-signature-256", "sha256=7a9d95ae4cc0451925d0d909e521d502696e2862f6e5c123b28a4311a1a93719")]),
    (Scheme::Shopify, &[("x-shopify-hmac-sha256", "ep2VrkzARRkl0NkJ5SHVAmluKGL25cEjsopDEaGpNxk=")]),
    (Scheme::Surveymonkey, &[("sm-signature", "opKNS0cKBD5QwpCNYeLSU7RjCRo=")]),
    (Scheme::Typeform, &[("typeform-signature", "sha256=ep2VrkzARRkl0NkJ5SHVAmluKGL25cEjsopDEaGpNxk=")]),
    (
        Scheme::Zendesk,
        &[
            ("x-zendesk-webhook-signature-timestamp", "2026-01-05T10:00:00Z"),
            ("x-zendesk-webhook-signature", "9jmHr7FAnJA2cCpe9Fa0pN5piiLb3QRLdKXRHApiROE="),
        ],
    ),
];

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn check(scheme: Scheme, secrets: &[&str], pairs: &[(&str, &str)], url: &str, body: &[u8], now: Timestamp) -> Result<(), Refused> {
    let secrets: Vec<String> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    verify(scheme, &secrets, &Signed { url, headers: &headers(pairs), body }, now, 300)
}

#[test]
fn every_scheme_believes_its_own_and_nothing_else() {
    for (scheme, pairs) in SIGNED {
        assert_eq!(check(*scheme, &["k1"], pairs, URL, BODY, NOW), Ok(()), "{scheme:?}");
        assert_eq!(check(*scheme, &["new", "k1"], pairs, URL, BODY, NOW), Ok(()), "{scheme:?}: the older of two secrets");
        assert_eq!(check(*scheme, &["k2"], pairs, URL, BODY, NOW), Err(Refused::Wrong), "{scheme:?}: another secret");
        assert_eq!(check(*scheme, &[], pairs, URL, BODY, NOW), Err(Refused::Wrong), "{scheme:?}: no secret believes nobody");
        assert_eq!(check(*scheme, &["k1"], pairs, URL, b"{}", NOW), Err(Refused::Wrong), "{scheme:?}: another body");
        assert!(matches!(check(*scheme, &["k1"], &[], URL, BODY, NOW), Err(Refused::Missing(_))), "{scheme:?}: no signature");
        let (name, _) = pairs[pairs.len() - 1];
        let garbage: Vec<(&str, &str)> = pairs.iter().map(|&(n, v)| if n == name { (n, "sha256=zz?") } else { (n, v) }).collect();
        assert!(matches!(check(*scheme, &["k1"], &garbage, URL, BODY, NOW), Err(Refused::Malformed(_))), "{scheme:?}: garbage");
    }
}

#[test]
fn an_old_signature_is_stale_where_its_time_is_signed() {
    let later = Timestamp::from_seconds(1_767_607_200 + 301);
    for (scheme, pairs) in SIGNED {
        let is_timed = pairs.len() > 1;
        let outcome = check(*scheme, &["k1"], pairs, URL, BODY, later);
        assert_eq!(outcome, if is_timed { Err(Refused::Stale(301)) } else { Ok(()) }, "{scheme:?}");
    }
}

#[test]
fn standard_webhooks_take_any_of_several_signatures() {
    // The documentation's own vector.
    let at = Timestamp::from_seconds(1_614_265_330);
    let signature = "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let pairs = [("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"), ("webhook-signature", signature)];
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(check(Scheme::StandardWebhooks, &[secret], &pairs, URL, br#"{"test": 2432232314}"#, at), Ok(()));
    assert_eq!(check(Scheme::StandardWebhooks, &[secret], &pairs, URL, br#"{"test": 2432232315}"#, at), Err(Refused::Wrong));
}

/// Twilio's documented example.
const TWILIO: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const FORM: &[u8] = b"CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309";

fn twilio(url: &str, kind: &str, body: &[u8], signature: &str) -> Result<(), Refused> {
    check(Scheme::Twilio, &["12345"], &[("content-type", kind), ("x-twilio-signature", signature)], url, body, NOW)
}

#[test]
fn twilio_signs_the_sorted_form_and_the_url_with_or_without_its_port() {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    assert_eq!(twilio(TWILIO, form, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), Ok(()));
    let with_port = "https://mycompany.com:1234/myapp.php?foo=1&bar=2";
    assert_eq!(twilio(with_port, form, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), Ok(()), "made without the port");
    assert_eq!(twilio(TWILIO, form, FORM, "kvajT1Ptam85bY51eRf/AJRuM3w="), Ok(()), "made with :443");
    let doubled = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    assert_eq!(twilio(TWILIO, form, doubled, "IK+Dwps556ElfBT0I3Rgjkr1wJU="), Ok(()), "each pair once");
    assert_eq!(twilio("https://other.example/myapp.php?foo=1&bar=2", form, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), Err(Refused::Wrong));
}

#[test]
fn twilio_signs_other_bodies_by_their_hash_in_the_query() {
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let (url, body) = (format!("{TWILIO}&bodySHA256={hash}"), br#"{"property": "value", "boolean": true}"#);
    assert_eq!(twilio(&url, "application/json", body, "a9nBmqA0ju/hNViExpshrM61xv4="), Ok(()));
    assert_eq!(
        twilio(&url, "application/json", b"{}", "a9nBmqA0ju/hNViExpshrM61xv4="),
        Err(Refused::Wrong),
        "the query alone is not enough"
    );
    let missing = twilio(TWILIO, "application/json", body, "a9nBmqA0ju/hNViExpshrM61xv4=");
    assert_eq!(missing, Err(Refused::Missing("bodySHA256 in the query")));
}

#[test]
fn qualtrics_signs_a_field_of_its_form() {
    let body = "HMAC=2b86132f3de86edc7b24cd69841a7fdfb0b4fb87dd1a2b47f7d2d253ab56596f83484da0b42775b54fe9aa0c5c7e9234411d419bce24d4a3908a9bd858b1a202&MSG=%7B%22Status%22%3A%22Complete%22%2C%22ResponseID%22%3A%22R_1%22%7D&Topic=t";
    assert_eq!(check(Scheme::Qualtrics, &["k1"], &[], URL, body.as_bytes(), NOW), Ok(()));
    assert_eq!(check(Scheme::Qualtrics, &["k1"], &[], URL, body.replace("R_1", "R_2").as_bytes(), NOW), Err(Refused::Wrong));
}

#[test]
fn who_signs_nothing_shows_the_secret() {
    let shown: &[(Scheme, &str, &str, &str)] = &[
        (Scheme::Basic, "fs:s3cret", "authorization", "Basic ZnM6czNjcmV0"),
        (Scheme::Bearer, "t0ken", "authorization", "bearer t0ken"),
        (Scheme::Firehose, "k3y", "x-amz-firehose-access-key", "k3y"),
    ];
    for (scheme, secret, name, value) in shown {
        let with = |secrets: &[&str], value: &str| check(*scheme, secrets, &[(name, value)], URL, BODY, NOW);
        assert_eq!(with(&[secret], value), Ok(()), "{scheme:?}");
        assert_eq!(with(&["new", secret], value), Ok(()), "{scheme:?}: the older of two secrets");
        assert_eq!(with(&["other", ""], value), Err(Refused::Wrong), "{scheme:?}");
        assert_eq!(with(&[], value), Err(Refused::Wrong), "{scheme:?}: no secret believes nobody");
        assert!(with(&[secret], &value[..value.len() - 2]).is_err(), "{scheme:?}: a part of it");
        assert_eq!(check(*scheme, &[secret], &[], URL, BODY, NOW), Err(Refused::Missing(name)), "{scheme:?}");
    }
    for value in ["", "Basic", "Basic ", "Basic !", "Bearer ZnM6czNjcmV0"] {
        let refused = check(Scheme::Basic, &["fs:s3cret", ""], &[("authorization", value)], URL, BODY, NOW);
        assert_eq!(refused, Err(Refused::Malformed("authorization")), "{value:?}");
    }
}
