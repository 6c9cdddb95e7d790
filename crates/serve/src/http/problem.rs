//! What went wrong, as a status and a JSON object: `{"code", "message", "detail", "hint", "position"}`, with PostgreSQL's SQLSTATE.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;
use trunkline_http::NotRead;

use super::router;
use crate::refusal::Refusal;

/// A request without its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) refusal: Refusal,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { status: status(refusal.code), refusal }
    }
}

impl From<NotRead> for Problem {
    fn from(cause: NotRead) -> Self {
        let slow = |message: String| Self::new(StatusCode::REQUEST_TIMEOUT, Refusal::error("08006", message));
        match cause {
            NotRead::TooLarge(limit) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::error("54000", format!("the body has more than {limit} bytes")))
            }
            NotRead::BrokeOff => slow("the body broke off".into()),
            NotRead::TooSlow(time) => slow(format!("the body took longer than {} s", time.as_secs_f64())),
        }
    }
}

/// The status that fits an SQLSTATE.
fn status(code: &str) -> StatusCode {
    match code {
        "42501" | "25006" => StatusCode::FORBIDDEN,
        "42704" => StatusCode::NOT_FOUND,
        "57014" => StatusCode::GATEWAY_TIMEOUT,
        "53300" | "53400" => StatusCode::TOO_MANY_REQUESTS,
        _ => match code.get(..2).unwrap_or_default() {
            "28" => StatusCode::UNAUTHORIZED,
            // Not this place, not this memory: later there may be some.
            "53" => StatusCode::SERVICE_UNAVAILABLE,
            "54" => StatusCode::PAYLOAD_TOO_LARGE,
            "58" | "XX" | "F0" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        },
    }
}

/// Seconds after which a client should come again: failed logins count for a minute, places become free sooner.
fn again_s(refusal: &Refusal) -> Option<u64> {
    match refusal.code {
        "53400" => Some(60),
        code if code.starts_with("53") => Some(5),
        _ => None,
    }
}

impl Problem {
    /// With a status of its own.
    pub(super) const fn new(status: StatusCode, refusal: Refusal) -> Self {
        Self { status, refusal }
    }

    /// The answer.
    pub(super) fn response(&self) -> Response<Body> {
        let Refusal { code, message, detail, hint, position, .. } = &self.refusal;
        let mut response =
            router::json(self.status, &json!({ "code": code, "message": message, "detail": detail, "hint": hint, "position": position }));
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"trunkline\""));
            headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"trunkline\", charset=\"UTF-8\""));
        }
        if let Some(seconds) = again_s(&self.refusal) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whose_fault_it_is_and_whether_to_try_again() {
        for (code, status, again) in [
            ("42601", 400, None),
            ("42P01", 400, None),
            ("22012", 400, None),
            ("28P01", 401, None),
            ("25006", 403, None),
            ("42704", 404, None),
            ("54000", 413, None),
            ("53400", 429, Some(60)),
            ("53300", 429, Some(5)),
            ("53000", 503, Some(5)),
            ("57014", 504, None),
            ("58030", 500, None),
        ] {
            let problem = Problem::from(Refusal::error(code, "x"));
            assert_eq!((problem.status.as_u16(), again_s(&problem.refusal)), (status, again), "{code}");
        }
    }
}
