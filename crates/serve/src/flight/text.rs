//! Views of text as the bytes of texts. A scan gives views, and every client reads text; the general cast appends value by value through a
//! builder, which took a fifth of the time of a large answer.

use arrow::array::{Array as _, BinaryArray, ByteView, StringViewArray};
use arrow::buffer::OffsetBuffer;
use arrow::error::ArrowError;

/// Bytes that a view holds itself; longer texts stand in a buffer.
const INLINE: usize = 12;

/// The same texts, one after the other.
///
/// # Errors
/// More than 2 GiB of text.
pub(super) fn joined(views: &StringViewArray) -> Result<BinaryArray, ArrowError> {
    let nulls = views.nulls();
    let offsets = match nulls {
        None => ends(views.views(), |_| true),
        Some(nulls) => ends(views.views(), |at| nulls.is_valid(at)),
    }?;
    let bytes = copied(views, &offsets);
    BinaryArray::try_new(OffsetBuffer::new(offsets.into()), bytes.into(), nulls.cloned())
}

/// Where each text ends, after the nothing that the first begins with.
fn ends(views: &[u128], is_there: impl Fn(usize) -> bool) -> Result<Vec<i32>, ArrowError> {
    let mut end = 0_usize;
    let mut ends = vec![0; views.len() + 1];
    for (at, (view, place)) in views.iter().zip(&mut ends[1..]).enumerate() {
        end += if is_there(at) { ByteView::from(*view).length as usize } else { 0 };
        // Whether it is too large is looked at once, below.
        *place = end as i32;
    }
    i32::try_from(end).map(|_| ends).map_err(|_| ArrowError::OffsetOverflowError(end))
}

/// All texts. Arrow's columnar format, "Variable-size Binary View Layout": a view is a length, then twelve bytes or where the text stands.
fn copied(views: &StringViewArray, ends: &[i32]) -> Vec<u8> {
    let place = |end: i32| end as usize;
    let most = ends.last().copied().map_or(0, place);
    let mut bytes = vec![0; most + INLINE];
    for (view, part) in views.views().iter().zip(ends.windows(2)) {
        let (from, to) = (place(part[0]), place(part[1]));
        if to - from <= INLINE {
            // Twelve bytes are copied faster than a number that is not known; the next text goes over what is too much.
            bytes[from..from + INLINE].copy_from_slice(&view.to_le_bytes()[4..]);
        } else {
            let ByteView { buffer_index, offset, .. } = ByteView::from(*view);
            bytes[from..to].copy_from_slice(&views.data_buffers()[buffer_index as usize][offset as usize..][..to - from]);
        }
    }
    bytes.truncate(most);
    bytes
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
            let wanted = cast(&cast(&views, &DataType::Utf8).unwrap(), &DataType::Binary).unwrap();
            prop_assert_eq!(joined(&views).unwrap().to_data(), wanted.to_data());
        }
    }

    #[test]
    fn what_lies_under_a_null_is_not_sent() {
        let views: StringViewArray = [Some("a secret that is longer than twelve bytes"), Some("b"), Some("hidden")].into_iter().collect();
        let hidden = StringViewArray::new(views.views().clone(), views.data_buffers().to_vec(), Some(vec![false, true, false].into()));
        let texts = joined(&hidden).unwrap();
        assert!(texts.is_null(0) && texts.value(1) == b"b" && texts.is_null(2) && texts.value_data() == b"b");
    }
}
