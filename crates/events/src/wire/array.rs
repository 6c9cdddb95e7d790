//! A batch: a JSON array of events, each judged by itself.

use super::envelope::read_event;
use super::{WireContext, WireError};
use crate::batch::EventBatch;

/// Reads a JSON array of events into `out` and calls `each` with the index and the outcome of every element.
///
/// # Errors
/// `bad_json` when the text is no array; elements before the broken place have been read by then.
pub fn read_batch(
    json: &[u8],
    context: &WireContext<'_>,
    out: &mut EventBatch,
    mut each: impl FnMut(usize, Result<(), WireError>),
) -> Result<(), WireError> {
    let text = std::str::from_utf8(json).map_err(|cause| WireError::new("bad_encoding", format!("not UTF-8: {cause}")))?;
    for (index, element) in sonic_rs::to_array_iter(text).enumerate() {
        let element = element.map_err(|cause| WireError::new("bad_json", format!("element {index}: {cause}")))?;
        each(index, read_event(element.as_raw_str().as_bytes(), context, out));
    }
    Ok(())
}
