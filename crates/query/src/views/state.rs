//! A state of all saved views. Another state is another value: what sessions hold does not change under them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{View, ViewName};
use crate::rights::Rights;

/// All saved views at some moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Views {
    by_name: BTreeMap<ViewName, Arc<View>>,
}

impl FromIterator<(ViewName, View)> for Views {
    fn from_iter<I: IntoIterator<Item = (ViewName, View)>>(views: I) -> Self {
        Self { by_name: views.into_iter().map(|(name, view)| (name, Arc::new(view))).collect() }
    }
}

impl Views {
    /// The view of that name.
    #[must_use]
    pub fn get(&self, name: &ViewName) -> Option<&Arc<View>> {
        self.by_name.get(name)
    }

    /// Names and views, in order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&ViewName, &Arc<View>)> {
        self.by_name.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Those that somebody may read.
    #[must_use]
    pub fn granted(&self, rights: &Rights) -> Self {
        let is_granted = |(name, _): &(&ViewName, &Arc<View>)| rights.on(&name.schema, &name.name).is_some();
        Self { by_name: self.iter().filter(is_granted).map(|(name, view)| (name.clone(), Arc::clone(view))).collect() }
    }

    /// The views that read this one themselves.
    pub fn readers<'a>(&'a self, name: &'a ViewName) -> impl Iterator<Item = &'a ViewName> {
        self.iter().filter(move |(other, view)| *other != name && view.reads().has(name)).map(|(other, _)| other)
    }

    pub(super) fn entry(&self, name: &ViewName) -> Option<(&ViewName, &Arc<View>)> {
        self.by_name.get_key_value(name)
    }

    pub(super) fn put(&mut self, name: ViewName, view: Arc<View>) {
        self.by_name.insert(name, view);
    }

    pub(super) fn take(&mut self, name: &ViewName) -> Option<Arc<View>> {
        self.by_name.remove(name)
    }
}
