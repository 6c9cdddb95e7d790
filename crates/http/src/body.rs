//! A body as it came: whole, in time, and no larger than allowed.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use futures::StreamExt as _;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRead {
    /// It has more bytes than this.
    TooLarge(usize),
    /// It ended before its end.
    BrokeOff,
    /// It took longer than this.
    TooSlow(Duration),
}

/// Reads a body of at most `limit` bytes within `time`.
///
/// # Errors
/// It is larger (what it says of itself is believed before anything is read), too slow, or breaks off.
pub async fn read(body: Body, limit: usize, time: Duration) -> Result<Vec<u8>, NotRead> {
    if body.size_hint().lower() > limit as u64 {
        return Err(NotRead::TooLarge(limit));
    }
    let all = async {
        let (mut parts, mut whole) = (body.into_data_stream(), Vec::new());
        while let Some(part) = parts.next().await {
            let part = part.map_err(|_| NotRead::BrokeOff)?;
            if whole.len() + part.len() > limit {
                return Err(NotRead::TooLarge(limit));
            }
            whole.extend_from_slice(&part);
        }
        Ok(whole)
    };
    tokio::time::timeout(time, all).await.map_err(|_| NotRead::TooSlow(time))?
}
