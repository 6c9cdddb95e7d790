//! A body as it came: whole, in time, and no larger than allowed.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::StatusCode;
use futures::StreamExt as _;

use super::reply::Refusal;

/// Reads a body of at most `limit` bytes within `time`.
///
/// # Errors
/// 413 when it is larger (what it says of itself is believed before anything is read), 408 when it is too slow or breaks off.
pub(super) async fn read(body: Body, limit: usize, time: Duration) -> Result<Vec<u8>, Refusal> {
    let too_large = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than allowed\n");
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let all = async {
        let (mut parts, mut whole) = (body.into_data_stream(), Vec::new());
        while let Some(part) = parts.next().await {
            let part = part.map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body broke off\n"))?;
            if whole.len() + part.len() > limit {
                return Err(too_large());
            }
            whole.extend_from_slice(&part);
        }
        Ok(whole)
    };
    let slow = || Refusal::new(StatusCode::REQUEST_TIMEOUT, format!("the body took longer than {} s\n", time.as_secs_f64()));
    tokio::time::timeout(time, all).await.map_err(|_| slow())?
}
