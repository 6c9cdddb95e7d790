//! The part of a pipeline under `http:`: its URL, who is believed, how much is taken.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Text, variable};
use crate::http::server::OWN_PATHS;
use crate::http::signature::Scheme;
use crate::mapping::SpecError;

/// Connectors whose senders ask by GET whether we know their token.
const ASKED_BY_GET: &[&str] = &["whatsapp", "messenger"];

/// Receiving by HTTP.
#[derive(Debug, Clone)]
pub struct Http {
    /// Path of its URL; default `/in/<name>`.
    pub path: String,
    /// The URL as the sender knows it, where it differs and is signed.
    pub public_url: Option<String>,
    /// How requests are signed; `None` only where the pipeline says `scheme: none`.
    pub signature: Option<Signature>,
    /// Name of the environment variable with the token that Meta asks for by GET.
    pub verify_token: Option<String>,
    /// Bytes of a body at most, as it comes and decompressed; default 1 MiB.
    pub body_bytes: usize,
    /// How many requests are taken; none given, all.
    pub rate: Option<RateLimit>,
}

/// How many requests are taken from a believed sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests a second, over time.
    pub requests_per_s: NonZeroU32,
    /// Requests at once after a pause; default those of one second.
    pub burst: NonZeroU32,
}

/// How requests prove where they come from.
#[derive(Debug, Clone)]
pub struct Signature {
    /// The scheme.
    pub scheme: Scheme,
    /// Names of environment variables that hold the secrets.
    pub secrets: Vec<String>,
    /// How far the signed time may be from now, in seconds; default 300.
    pub tolerance_s: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpDoc {
    #[schemars(with = "Option<String>")]
    path: Option<Spanned<String>>,
    public_url: Option<String>,
    signature: SignatureDoc,
    #[schemars(with = "Option<String>")]
    verify_token: Option<Spanned<String>>,
    body_bytes: Option<usize>,
    #[schemars(with = "Option<u32>")]
    requests_per_s: Option<Spanned<u32>>,
    #[schemars(with = "Option<u32>")]
    burst: Option<Spanned<u32>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignatureDoc {
    #[schemars(with = "String")]
    scheme: Spanned<String>,
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    secrets: Vec<Spanned<String>>,
    tolerance_s: Option<i64>,
}

/// Reads the part of the pipeline `name`.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub(super) fn read(text: &Text<'_>, name: &str, connector: &str, doc: &HttpDoc) -> Result<Http, SpecError> {
    Ok(Http {
        path: path(text, name, doc.path.as_ref())?,
        public_url: doc.public_url.clone(),
        signature: signature(text, &doc.signature)?,
        verify_token: verify_token(text, connector, doc.verify_token.as_ref())?,
        body_bytes: doc.body_bytes.unwrap_or(1 << 20),
        rate: rate(text, doc)?,
    })
}

fn verify_token(text: &Text<'_>, connector: &str, given: Option<&Spanned<String>>) -> Result<Option<String>, SpecError> {
    let Some(given) = given else { return Ok(None) };
    if !ASKED_BY_GET.contains(&connector) {
        let message = format!("verify_token is for {}: senders of connector {connector} do not ask by GET", ASKED_BY_GET.join(" and "));
        return Err(text.wrong(given, message));
    }
    variable(text, given).map(Some)
}

fn rate(text: &Text<'_>, doc: &HttpDoc) -> Result<Option<RateLimit>, SpecError> {
    let count = |given: &Spanned<u32>, name: &str| {
        NonZeroU32::new(given.value).ok_or_else(|| text.wrong(given, format!("{name} must be at least 1")))
    };
    match (&doc.requests_per_s, &doc.burst) {
        (Some(per_s), burst) => {
            let requests_per_s = count(per_s, "requests_per_s")?;
            let burst = burst.as_ref().map(|burst| count(burst, "burst")).transpose()?;
            Ok(Some(RateLimit { requests_per_s, burst: burst.unwrap_or(requests_per_s) }))
        }
        (None, Some(burst)) => Err(text.wrong(burst, "burst needs requests_per_s beside it")),
        (None, None) => Ok(None),
    }
}

fn path(text: &Text<'_>, name: &str, given: Option<&Spanned<String>>) -> Result<String, SpecError> {
    let Some(given) = given else { return Ok(format!("/in/{name}")) };
    if OWN_PATHS.contains(&given.value.as_str()) {
        return Err(text.wrong(given, format!("path {} is the server's own", given.value)));
    }
    let is_fine = given.value.len() > 1 && given.value.starts_with('/') && !given.value.contains(['?', '#', ' ']);
    if is_fine {
        Ok(given.value.clone())
    } else {
        Err(text.wrong(given, format!("path {:?} must begin with / and hold no query", given.value)))
    }
}

fn signature(text: &Text<'_>, doc: &SignatureDoc) -> Result<Option<Signature>, SpecError> {
    if doc.scheme.value == "none" {
        return match doc.secrets.first() {
            Some(secret) => Err(text.wrong(secret, "scheme none needs no secret")),
            None => Ok(None),
        };
    }
    let Some(scheme) = Scheme::named(&doc.scheme.value) else {
        let names = Scheme::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        return Err(text.wrong(&doc.scheme, format!("scheme {:?} is not known; there are {names}, and none", doc.scheme.value)));
    };
    if doc.secrets.is_empty() {
        return Err(text.wrong(&doc.scheme, "no secrets: nothing would be believed; write secrets: [\"${NAME}\"]"));
    }
    let secrets = doc.secrets.iter().map(|secret| variable(text, secret)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Signature { scheme, secrets, tolerance_s: doc.tolerance_s.unwrap_or(300).max(0) }))
}

#[cfg(test)]
mod tests;
