//! Signatures of webhooks: who sent a body can be told by a hash over it that only the holder of the secret can make.
//!
//! One verifier for every vendor, by a table: which header, what is signed, which hash, how it is written. The hash is taken over the bytes as
//! they came, before anything reads them, and compared in constant time; each of the secrets may have made it, so that one can take the place
//! of another without a gap. Only then is the time looked at, against replays.
//!
//! Senders that sign nothing show the secret itself (`basic`, `bearer`, `firehose`): compared in constant time too, but worth no more than the
//! way it comes by, and no guard against replays.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use trunkline_events::Timestamp;

/// How a vendor signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP Basic: the secret is `user:password`.
    Basic,
    /// A bearer token, the secret itself.
    Bearer,
    /// Chatwoot: timestamp, dot, body.
    Chatwoot,
    /// Amazon Data Firehose: its access key, the secret itself.
    Firehose,
    /// Front's applications: timestamp in milliseconds, colon, body.
    Front,
    /// Front's rules: the body.
    FrontRule,
    /// Intercom: the body, SHA-1.
    Intercom,
    /// WhatsApp and Messenger: the body.
    Meta,
    /// Qualtrics: the form field `MSG`, signed in the field `HMAC`.
    Qualtrics,
    /// Shopify: the body.
    Shopify,
    /// Standard Webhooks (also Svix): id, timestamp and body.
    StandardWebhooks,
    /// SurveyMonkey: the body, SHA-1; the secret is `client_id&secret`.
    Surveymonkey,
    /// Twilio: the public URL and the sorted form, or the URL with the body's hash.
    Twilio,
    /// Typeform: the body.
    Typeform,
    /// Zendesk: timestamp and body.
    Zendesk,
}

impl Scheme {
    /// Names of the schemes, as written in pipelines.
    pub const NAMES: &[(&str, Self)] = &[
        ("basic", Self::Basic),
        ("bearer", Self::Bearer),
        ("chatwoot", Self::Chatwoot),
        ("firehose", Self::Firehose),
        ("front", Self::Front),
        ("front_rule", Self::FrontRule),
        ("intercom", Self::Intercom),
        ("meta", Self::Meta),
        ("qualtrics", Self::Qualtrics),
        ("shopify", Self::Shopify),
        ("standard_webhooks", Self::StandardWebhooks),
        ("surveymonkey", Self::Surveymonkey),
        ("twilio", Self::Twilio),
        ("typeform", Self::Typeform),
        ("zendesk", Self::Zendesk),
    ];

    /// The scheme of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, scheme)| *scheme)
    }
}

/// A request as far as signatures are about it.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The URL as the sender knows it.
    pub url: &'a str,
    /// Names in lower case, and values.
    pub headers: &'a [(String, String)],
    /// The body as it came.
    pub body: &'a [u8],
}

/// Why a request is not believed. For logs: the sender is told nothing but that it is so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header (or form field) that the scheme needs is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// It is there, but cannot be one.
    #[error("{0} cannot be read")]
    Malformed(&'static str),
    /// No secret makes this signature.
    #[error("the signature is not ours")]
    Wrong,
    /// The signature is right, the time it was made too far from now.
    #[error("signed {0} s from now")]
    Stale(i64),
}

#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Clone, Copy)]
enum Written {
    Base64,
    Hex,
    Text,
}

/// What is signed.
#[derive(Clone, Copy)]
enum Over {
    Body,
    /// The header's value, a separator, the body.
    Time(&'static str, &'static str),
    Standard,
    Twilio,
    Qualtrics,
    /// Nothing: the secret itself is shown.
    Shown,
}

/// A line of the table: header, prefix of its value, how the hash is written, which, over what.
type Line = (&'static str, &'static str, Written, Hash, Over);

const STANDARD_ID: &str = "webhook-id";
const STANDARD_TIME: &str = "webhook-timestamp";

const fn line(scheme: Scheme) -> Line {
    use Hash::{Sha1, Sha256, Sha512};
    use Over::{Body, Shown, Time};
    use Written::{Base64, Hex, Text};
    match scheme {
        Scheme::Basic => ("authorization", "basic ", Base64, Sha256, Shown),
        Scheme::Bearer => ("authorization", "bearer ", Text, Sha256, Shown),
        Scheme::Chatwoot => ("x-chatwoot-signature", "sha256=", Hex, Sha256, Time("x-chatwoot-timestamp", ".")),
        Scheme::Firehose => ("x-amz-firehose-access-key", "", Text, Sha256, Shown),
        Scheme::Front => ("x-front-signature", "", Base64, Sha256, Time("x-front-request-timestamp", ":")),
        Scheme::FrontRule => ("x-front-signature", "", Base64, Sha1, Body),
        Scheme::Intercom => ("x-hub-signature", "sha1=", Hex, Sha1, Body),
        Scheme::Meta => ("x-hub-signature-256", "sha256=", Hex, Sha256, Body),
        Scheme::Qualtrics => ("form field HMAC", "", Hex, Sha512, Over::Qualtrics),
        Scheme::Shopify => ("x-shopify-hmac-sha256", "", Base64, Sha256, Body),
        Scheme::StandardWebhooks => ("webhook-signature", "v1,", Base64, Sha256, Over::Standard),
        Scheme::Surveymonkey => ("sm-signature", "", Base64, Sha1, Body),
        Scheme::Twilio => ("x-twilio-signature", "", Base64, Sha1, Over::Twilio),
        Scheme::Typeform => ("typeform-signature", "sha256=", Base64, Sha256, Body),
        Scheme::Zendesk => ("x-zendesk-webhook-signature", "", Base64, Sha256, Time("x-zendesk-webhook-signature-timestamp", "")),
    }
}

/// Believes a request or not. `tolerance_s` is how far the signed time, where there is one, may be from `now`.
///
/// # Errors
/// [`Refused`].
pub fn verify(scheme: Scheme, secrets: &[String], request: &Signed<'_>, now: Timestamp, tolerance_s: i64) -> Result<(), Refused> {
    let (name, prefix, written, hash, over) = line(scheme);
    if matches!(over, Over::Shown) {
        return shown(name, prefix, written, secrets, request);
    }
    // Only where the form is what is signed is it read before it is believed.
    let is_form = matches!(over, Over::Qualtrics) || (matches!(over, Over::Twilio) && request.is_form());
    let form = Form::of(if is_form { request.body } else { b"" });
    let given = match over {
        Over::Qualtrics => form.field("HMAC"),
        _ => request.header(name).map(str::to_owned),
    };
    let given = given.ok_or(Refused::Missing(name))?;
    // Standard Webhooks lists several signatures, the others have one.
    let signatures = given.split_ascii_whitespace().filter_map(|one| read(one.strip_prefix(prefix)?, written));
    let signatures: Vec<Vec<u8>> = signatures.collect();
    if signatures.is_empty() {
        return Err(Refused::Malformed(name));
    }
    let messages = messages(over, request, &form)?;
    let believed = |secret: &String| {
        let key = key(scheme, secret);
        messages.iter().any(|message| signatures.iter().any(|signature| is_hash(hash, &key, message, signature)))
    };
    if !secrets.iter().any(believed) {
        return Err(Refused::Wrong);
    }
    let time = match over {
        Over::Time(header, _) => header,
        Over::Standard => STANDARD_TIME,
        _ => return Ok(()),
    };
    let signed_at = request.header(time).and_then(instant).ok_or(Refused::Malformed(time))?;
    let away_s = (now.micros() - signed_at.micros()) / 1_000_000;
    if away_s.abs() <= tolerance_s { Ok(()) } else { Err(Refused::Stale(away_s)) }
}

impl<'a> Signed<'a> {
    /// The value of a header, by its name in lower case.
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn is_form(&self) -> bool {
        self.header("content-type")
            .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"))
    }
}

/// The fields of a form body; none for other bodies.
struct Form(Vec<(String, String)>);

impl Form {
    fn of(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    fn field(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }
}

/// What may have been signed: the sender's own view of the URL is not always ours.
fn messages(over: Over, request: &Signed<'_>, form: &Form) -> Result<Vec<Vec<u8>>, Refused> {
    let need = |name: &'static str| request.header(name).ok_or(Refused::Missing(name));
    Ok(match over {
        Over::Body => vec![request.body.to_vec()],
        Over::Shown => Vec::new(),
        Over::Time(time, separator) => vec![[need(time)?.as_bytes(), separator.as_bytes(), request.body].concat()],
        Over::Standard => {
            let (id, time) = (need(STANDARD_ID)?, need(STANDARD_TIME)?);
            vec![[id.as_bytes(), b".", time.as_bytes(), b".", request.body].concat()]
        }
        Over::Qualtrics => vec![form.field("MSG").ok_or(Refused::Missing("form field MSG"))?.into_bytes()],
        Over::Twilio => {
            let fields = if request.is_form() { twilio_fields(form) } else { twilio_body(request).map(|()| String::new())? };
            twilio_urls(request.url).into_iter().map(|url| format!("{url}{fields}").into_bytes()).collect()
        }
    })
}

/// Names and values, sorted, each pair once.
fn twilio_fields(form: &Form) -> String {
    let mut fields = form.0.clone();
    fields.sort();
    fields.dedup();
    fields.into_iter().map(|(name, value)| name + &value).collect()
}

/// A body that is no form is signed by its hash in the query.
fn twilio_body(request: &Signed<'_>) -> Result<(), Refused> {
    const NAME: &str = "bodySHA256 in the query";
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256");
    let given = given.map(|(_, value)| value.into_owned());
    match given {
        None if request.body.is_empty() => Ok(()),
        None => Err(Refused::Missing(NAME)),
        Some(given) if given.eq_ignore_ascii_case(&trunkline_events::identity::hex(&Sha256::digest(request.body))) => Ok(()),
        Some(_) => Err(Refused::Wrong),
    }
}

/// The URL as it is, without its port, and with the port its scheme implies.
fn twilio_urls(url: &str) -> Vec<String> {
    let mut urls = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return urls };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once(':').filter(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())) {
        Some((host, _)) => urls.push(format!("{scheme}://{host}{path}")),
        None => urls.push(format!("{scheme}://{authority}:{}{path}", if scheme == "https" { 443 } else { 80 })),
    }
    urls
}

/// The bytes of the secret: Standard Webhooks writes them in Base64, the others take the text.
fn key(scheme: Scheme, secret: &str) -> Vec<u8> {
    match scheme {
        Scheme::StandardWebhooks => {
            let text = secret.strip_prefix("whsec_").unwrap_or(secret);
            STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec())
        }
        _ => secret.as_bytes().to_vec(),
    }
}

fn read(text: &str, written: Written) -> Option<Vec<u8>> {
    match written {
        Written::Base64 => STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty()),
        Written::Hex => {
            let pairs = text.as_bytes().chunks(2);
            let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok());
            bytes.collect::<Option<Vec<u8>>>().filter(|bytes| !bytes.is_empty())
        }
        Written::Text => Some(text.as_bytes().to_vec()).filter(|bytes| !bytes.is_empty()),
    }
}

/// Believes whoever shows one of the secrets.
fn shown(name: &'static str, prefix: &str, written: Written, secrets: &[String], request: &Signed<'_>) -> Result<(), Refused> {
    let given = request.header(name).ok_or(Refused::Missing(name))?;
    let begin = given.split_at_checked(prefix.len()).filter(|(begin, _)| begin.eq_ignore_ascii_case(prefix));
    let given = begin.and_then(|(_, rest)| read(rest.trim(), written)).ok_or(Refused::Malformed(name))?;
    if secrets.iter().any(|secret| is_same(secret, &given)) { Ok(()) } else { Err(Refused::Wrong) }
}

/// True when `given` is the secret. Hashes of both are compared, in constant time, so that the time taken tells neither how much of it is
/// right nor how long it is. No secret is none.
pub(super) fn is_same(secret: &str, given: &[u8]) -> bool {
    let hash = |text: &[u8]| <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).ok().map(|mac| mac.chain_update(text));
    let pair = hash(secret.as_bytes()).zip(hash(given)).filter(|_| !secret.is_empty());
    pair.is_some_and(|(ours, theirs)| theirs.verify_slice(&ours.finalize().into_bytes()).is_ok())
}

/// Compares in constant time.
fn is_hash(hash: Hash, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    fn check<M: Mac + KeyInit>(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        <M as KeyInit>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(message).verify_slice(signature).is_ok())
    }
    match hash {
        Hash::Sha1 => check::<Hmac<Sha1>>(key, message, signature),
        Hash::Sha256 => check::<Hmac<Sha256>>(key, message, signature),
        Hash::Sha512 => check::<Hmac<Sha512>>(key, message, signature),
    }
}

/// RFC 3339, or seconds or milliseconds since the epoch.
fn instant(text: &str) -> Option<Timestamp> {
    /// Larger numbers are milliseconds.
    const SECONDS_MAX: i64 = 100_000_000_000;
    match text.parse::<i64>() {
        Ok(number) if number > SECONDS_MAX => Some(Timestamp::from_micros(number.checked_mul(1000)?)),
        Ok(number) => Some(Timestamp::from_seconds(number)),
        Err(_) => Timestamp::parse_rfc3339(text),
    }
}
