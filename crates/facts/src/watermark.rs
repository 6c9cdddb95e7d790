//! How far each source has come: its latest `occurred_at`.

use hashbrown::HashMap;

use crate::columns::Keys;

/// Latest `occurred_at` of every source, microseconds since 1970.
pub(crate) type Watermarks = HashMap<String, i64>;

/// Raises the watermark of a source.
pub(crate) fn raise(watermarks: &mut Watermarks, source: &str, at: i64) {
    let mark = watermarks.entry_ref(source).or_insert(at);
    *mark = (*mark).max(at);
}

/// Watermarks of neighbouring rows, which nearly always have one source.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    open: Option<(usize, String, i64)>,
}

impl Marks {
    pub(crate) fn raise(&mut self, into: &mut Watermarks, keys: &Keys<'_>, i: usize) {
        let at = keys.occurred_at(i);
        match &mut self.open {
            Some((source, _, mark)) if *source == keys.source_key(i) => *mark = (*mark).max(at),
            open => {
                if let Some((_, source, mark)) = open.replace((keys.source_key(i), keys.source(i).to_owned(), at)) {
                    raise(into, &source, mark);
                }
            }
        }
    }

    pub(crate) fn finish(&mut self, into: &mut Watermarks) {
        if let Some((_, source, mark)) = self.open.take() {
            raise(into, &source, mark);
        }
    }
}
