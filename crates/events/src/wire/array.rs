//! A batch: a JSON array of events, each judged by itself.

use super::envelope::read_event;
use super::{WireContext, WireError};
use crate::batch::EventBatch;
use crate::vocabulary::object;

/// Reads a JSON array of events into `out` and calls `each` with the index and the outcome of every element.
///
/// # Errors
/// `bad_encoding` and `bad_json` when the text is no JSON array of events; nothing has been pushed then.
pub fn read_batch(
    json: &[u8],
    context: &WireContext<'_>,
    out: &mut EventBatch,
    mut each: impl FnMut(usize, Result<(), WireError>),
) -> Result<(), WireError> {
    let text = std::str::from_utf8(json).map_err(|cause| WireError::new("bad_encoding", format!("not UTF-8: {cause}")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii();
    if !text.starts_with('[') {
        return Err(WireError::new("bad_json", format!("a batch is a JSON array, not '{}'", object::excerpt(text))));
    }
    object::limit_depth(text)?;
    let whole: Vec<&serde_json::value::RawValue> =
        serde_json::from_str(text).map_err(|cause| WireError::new("bad_json", cause.to_string()))?;
    for (index, element) in whole.into_iter().enumerate() {
        each(index, read_event(element.get().as_bytes(), context, out));
    }
    Ok(())
}
