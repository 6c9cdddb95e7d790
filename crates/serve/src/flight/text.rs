//! Views of text as text. A scan gives views, and every client reads text; the general cast appends value by value through a builder, which took a
//! fifth of the time of a large answer.

use arrow::array::{Array as _, ByteView, StringArray, StringViewArray};
use arrow::buffer::OffsetBuffer;
use arrow::error::ArrowError;

/// Bytes that a view holds itself; longer texts stand in a buffer.
const INLINE: usize = 12;

/// The same texts, one after the other.
///
/// # Errors
/// More than 2 GiB of text.
pub(super) fn plain(views: &StringViewArray) -> Result<StringArray, ArrowError> {
    let nulls = views.nulls();
    let is_null = |at: usize| nulls.is_some_and(|nulls| nulls.is_null(at));
    let most: usize = views.lengths().map(|length| length as usize).sum();
    let mut bytes = Vec::with_capacity(most + INLINE);
    let mut offsets = Vec::with_capacity(views.len() + 1);
    offsets.push(0);
    for (at, view) in views.views().iter().enumerate() {
        // Arrow's columnar format, "Variable-size Binary View Layout": length, then twelve bytes or where the text stands.
        let ByteView { length, buffer_index, offset, .. } = ByteView::from(*view);
        let length = if is_null(at) { 0 } else { length as usize };
        if length <= INLINE {
            // Twelve bytes are copied faster than a number that is not known.
            let end = bytes.len() + length;
            bytes.extend_from_slice(&view.to_le_bytes()[4..]);
            bytes.truncate(end);
        } else {
            let from = offset as usize;
            bytes.extend_from_slice(&views.data_buffers()[buffer_index as usize][from..from + length]);
        }
        let end = i32::try_from(bytes.len()).map_err(|_| ArrowError::OffsetOverflowError(bytes.len()))?;
        offsets.push(end);
    }
    StringArray::try_new(OffsetBuffer::new(offsets.into()), bytes.into(), nulls.cloned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use arrow::compute::cast;
    use arrow::datatypes::DataType;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_are_those_of_the_cast(texts in proptest::collection::vec(proptest::option::of("[a-zß€😀]{0,20}"), 0..40), from in 0..5_usize) {
            let views: StringViewArray = texts.iter().map(Option::as_deref).collect();
            let from = from.min(views.len());
            let views = views.slice(from, views.len() - from);
            let wanted = cast(&views, &DataType::Utf8).unwrap();
            prop_assert_eq!(plain(&views).unwrap().to_data(), wanted.to_data());
        }
    }

    #[test]
    fn what_lies_under_a_null_is_not_sent() {
        let views: StringViewArray = [Some("a secret that is longer than twelve bytes"), Some("b")].into_iter().collect();
        let hidden = StringViewArray::new(views.views().clone(), views.data_buffers().to_vec(), Some(vec![false, true].into()));
        let texts = plain(&hidden).unwrap();
        assert!(texts.is_null(0) && texts.value(1) == "b" && texts.value_data() == b"b");
    }
}
