//! A catalogue with planned views over those that are listed: it lives as long as one statement is planned.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, MemoryCatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::Result;
use datafusion::execution::SessionState;

use crate::views::ViewName;

/// Views that are planned.
#[derive(Debug, Clone, Default)]
pub(super) struct Overlay(Arc<RwLock<HashMap<ViewName, Arc<dyn TableProvider>>>>);

impl Overlay {
    /// The state with every catalogue under an overlay that is still empty.
    pub(super) fn over(mut state: SessionState) -> (SessionState, Self) {
        let overlay = Self::default();
        let (below, list) = (Arc::clone(state.catalog_list()), MemoryCatalogProviderList::new());
        for name in below.catalog_names() {
            if let Some(below) = below.catalog(&name) {
                list.register_catalog(name, Arc::new(Catalog { below, overlay: overlay.clone() }));
            }
        }
        state.register_catalog_list(Arc::new(list));
        (state, overlay)
    }

    /// From here on the view is read as planned.
    pub(super) fn put(&self, name: ViewName, table: Arc<dyn TableProvider>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(name, table);
    }

    fn get(&self, schema: &str, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&ViewName::new(schema, name)).cloned()
    }
}

#[derive(Debug)]
struct Catalog {
    below: Arc<dyn CatalogProvider>,
    overlay: Overlay,
}

impl CatalogProvider for Catalog {
    fn schema_names(&self) -> Vec<String> {
        self.below.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let below = self.below.schema(name)?;
        Some(Arc::new(Schema { name: name.to_owned(), below, overlay: self.overlay.clone() }))
    }
}

#[derive(Debug)]
struct Schema {
    name: String,
    below: Arc<dyn SchemaProvider>,
    overlay: Overlay,
}

#[async_trait]
impl SchemaProvider for Schema {
    fn table_names(&self) -> Vec<String> {
        self.below.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match self.overlay.get(&self.name, name) {
            Some(planned) => Ok(Some(planned)),
            None => self.below.table(name).await,
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.below.table_exist(name)
    }
}
