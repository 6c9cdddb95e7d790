//! What a transaction changed, carried over to the newest state.

use std::sync::Arc;

use super::{ViewError, ViewLimits, ViewName, Views};

impl Views {
    /// This newest state with everything in which `mine` differs from `before`.
    ///
    /// # Errors
    /// A name that differs is not any more what it was before, a view that goes is read by one that came meanwhile, what comes does not fit what is there.
    pub fn merged(&self, before: &Self, mine: &Self, limits: &ViewLimits) -> Result<Self, ViewError> {
        let mut merged = self.clone();
        let names = before.differences(mine);
        for name in &names {
            if self.get(name) != before.get(name) {
                return Err(ViewError::Conflict { name: name.clone() });
            }
            match mine.get(name) {
                Some(view) => merged.put(name.clone(), Arc::clone(view)),
                None => drop(merged.take(name)),
            }
        }
        for name in &names {
            let fits = match mine.get(name) {
                Some(_) => merged.room(&name.schema, limits).and_then(|()| merged.sound(name, limits)),
                None if merged.readers(name).any(|reader| ![before, mine].iter().any(|known| known.get(reader) == merged.get(reader))) => {
                    Err(ViewError::Conflict { name: name.clone() })
                }
                None => Ok(()),
            };
            fits?;
        }
        Ok(merged)
    }

    /// Names of views that are not the same in both.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<ViewName> {
        let changed = other.iter().filter(|(name, view)| self.get(name) != Some(view)).map(|(name, _)| name.clone());
        let gone = self.iter().filter(|(name, _)| other.get(name).is_none()).map(|(name, _)| name.clone());
        changed.chain(gone).collect()
    }
}
