//! The part of a pipeline under `http:`: its URL, who is believed, how much is taken.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Text;
use crate::http::signature::Scheme;
use crate::mapping::SpecError;

/// Receiving by HTTP.
#[derive(Debug, Clone)]
pub struct Http {
    /// Path of its URL; default `/in/<name>`.
    pub path: String,
    /// The URL as the sender knows it, where it differs and is signed.
    pub public_url: Option<String>,
    /// How requests are signed; `None` only where the pipeline says `scheme: none`.
    pub signature: Option<Signature>,
    /// Bytes of a body at most; default 1 MiB.
    pub body_bytes: usize,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpDoc {
    path: Option<Spanned<String>>,
    public_url: Option<String>,
    signature: SignatureDoc,
    body_bytes: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureDoc {
    scheme: Spanned<String>,
    #[serde(default)]
    secrets: Vec<Spanned<String>>,
    tolerance_s: Option<i64>,
}

/// Reads the part of the pipeline `name`.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub(super) fn read(text: &Text<'_>, name: &str, _connector: &str, doc: &HttpDoc) -> Result<Http, SpecError> {
    Ok(Http {
        path: path(text, name, doc.path.as_ref())?,
        public_url: doc.public_url.clone(),
        signature: signature(text, &doc.signature)?,
        body_bytes: doc.body_bytes.unwrap_or(1 << 20),
    })
}

fn path(text: &Text<'_>, name: &str, given: Option<&Spanned<String>>) -> Result<String, SpecError> {
    let Some(given) = given else { return Ok(format!("/in/{name}")) };
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
    let variable = |secret: &Spanned<String>| {
        let name = secret.value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let name = name.filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        name.map(str::to_owned)
            .ok_or_else(|| text.wrong(secret, "a secret is written as ${NAME} and lies in the environment, never in a file"))
    };
    let secrets = doc.secrets.iter().map(variable).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Signature { scheme, secrets, tolerance_s: doc.tolerance_s.unwrap_or(300).max(0) }))
}
