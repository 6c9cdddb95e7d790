//! The body of a request: whole, in time, and no larger than allowed.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::StatusCode;
use futures::StreamExt as _;

use super::problem::Problem;
use crate::refusal::Refusal;

/// Reads a body of at most `limit` bytes within `time`.
///
/// # Errors
/// 413 when it is larger (what it says of itself is believed before anything is read), 408 when it is too slow or breaks off.
pub(super) async fn read(body: Body, limit: usize, time: Duration) -> Result<Vec<u8>, Problem> {
    let too_large =
        || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::error("54000", format!("the body has more than {limit} bytes")));
    let slow = |message: String| Problem::new(StatusCode::REQUEST_TIMEOUT, Refusal::error("08006", message));
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let all = async {
        let (mut parts, mut whole) = (body.into_data_stream(), Vec::new());
        while let Some(part) = parts.next().await {
            let part = part.map_err(|_| slow("the body broke off".into()))?;
            if whole.len() + part.len() > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&part);
        }
        Ok(whole)
    };
    let late = |_| slow(format!("the body took longer than {} s", time.as_secs_f64()));
    tokio::time::timeout(time, all).await.map_err(late)?
}
