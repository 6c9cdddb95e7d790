//! Answers, put together.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use trunkline_http::NotRead;

/// A request that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) text: Cow<'static, str>,
    /// Seconds after which to come again.
    pub(super) retry_after_s: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, text: text.into(), retry_after_s: None }
    }

    pub(super) fn later(status: StatusCode, text: &'static str, seconds: u64) -> Self {
        Self { status, text: Cow::Borrowed(text), retry_after_s: Some(seconds.max(1)) }
    }

    /// The answer with another body.
    pub(super) fn response(&self, text: &str) -> Response<Body> {
        let mut response = plain(self.status, text);
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<NotRead> for Refusal {
    fn from(cause: NotRead) -> Self {
        match cause {
            NotRead::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than allowed\n"),
            NotRead::BrokeOff => Self::new(StatusCode::REQUEST_TIMEOUT, "the body broke off\n"),
            NotRead::TooSlow(time) => {
                Self::new(StatusCode::REQUEST_TIMEOUT, format!("the body took longer than {} s\n", time.as_secs_f64()))
            }
        }
    }
}

/// Plain text, which no browser takes for anything else.
pub(super) fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    if text.is_empty() {
        return response;
    }
    let response = with(response, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    with(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

pub(super) fn json(status: StatusCode, text: &str) -> Response<Body> {
    with(plain(status, text), header::CONTENT_TYPE, "application/json")
}

pub(super) fn with(mut response: Response<Body>, name: HeaderName, value: &'static str) -> Response<Body> {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}
