//! Settings of a session as PostgreSQL names them: what `current_setting`, `set_config` and `pg_settings` say.
//!
//! Only names and texts: what a setting does is up to who changes it. The wire server takes the store from the session with
//! `session.config().get_extension::<Settings>()` and writes what `SET` sets.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError, RwLock};

/// Known settings: name, value at the beginning, meaning.
const KNOWN: &str = include_str!("data/settings.tsv");

/// What a call of `set_config` wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The setting.
    pub name: String,
    /// Its value; `None` is the one of the beginning.
    pub value: Option<String>,
    /// Only until the transaction ends.
    pub is_local: bool,
}

/// The settings of one session.
#[derive(Debug, Default)]
pub struct Settings {
    /// What this session began with, where it is not what all begin with.
    begun: BTreeMap<String, String>,
    /// What differs from the beginning.
    changed: RwLock<BTreeMap<String, String>>,
    /// What the running statement wants to be set.
    wishes: Mutex<Vec<Wish>>,
}

fn known() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    KNOWN.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        Some((parts.next()?, parts.next()?, parts.next()?))
    })
}

impl Settings {
    /// Settings of a session that begins with these values.
    pub(super) fn new(begun: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let begun = begun.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
        Self { begun, ..Self::default() }
    }

    /// The value of a setting; `None` when there is none of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let name = name.to_lowercase();
        let changed = self.changed.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        changed
            .or_else(|| self.begun.get(&name).cloned())
            .or_else(|| known().find(|(known, ..)| known.eq_ignore_ascii_case(&name)).map(|(_, value, _)| value.to_owned()))
    }

    /// Sets a setting for the rest of the session.
    pub fn set(&self, name: &str, value: &str) {
        self.changed.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_lowercase(), value.to_owned());
    }

    /// Notes what `set_config` wants. A function changes nothing itself: whoever runs the statement does when it has succeeded.
    pub(super) fn wish(&self, wish: Wish) {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner).push(wish);
    }

    /// What was wanted since the last time, in order.
    #[must_use]
    pub fn wishes(&self) -> Vec<Wish> {
        std::mem::take(&mut *self.wishes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives one setting, or all, the value of the beginning.
    pub fn reset(&self, name: Option<&str>) {
        let mut changed = self.changed.write().unwrap_or_else(PoisonError::into_inner);
        match name {
            Some(name) => drop(changed.remove(&name.to_lowercase())),
            None => changed.clear(),
        }
    }

    /// Name, value and meaning of every known setting, by name.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, String, &'static str)> {
        known().map(|(name, _, about)| (name, self.get(name).unwrap_or_default(), about)).collect()
    }
}
