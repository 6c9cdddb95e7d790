//! Changes of views become everybody's.

use std::sync::Arc;

use trunkline_query::views::{ViewError, ViewLimits, Views};

use super::file::{self, ViewsError};
use crate::refusal::Refusal;
use crate::server::{Server, modified};

impl Server {
    /// Keeps everything in which `mine` differs from `before`, if nobody else changed the same meanwhile. Others see it from their next statement on.
    ///
    /// # Errors
    /// Rights that are gone, a conflict (40001), a file that cannot be read or written.
    pub(crate) async fn keep_views(&self, user: &str, before: &Arc<Views>, mine: &Arc<Views>) -> Result<(), Refusal> {
        let names = before.differences(mine);
        if names.is_empty() {
            return Ok(());
        }
        let rights = self.now().users.rights(user).unwrap_or_default();
        if let Some(name) = names.iter().find(|name| !rights.makes(&name.schema)) {
            return Err(ViewError::NotGiven { schema: name.schema.clone() }.into());
        }
        let mut views_at = self.views_at.lock().await;
        let (path, text, from, to) = (self.files.views.clone(), self.limits.text, Arc::clone(before), Arc::clone(mine));
        let merged = move |newest: &Views| newest.merged(&from, &to, &ViewLimits::default());
        let changed = tokio::task::spawn_blocking(move || file::change(&path, text, merged)).await;
        let changed = changed.map_err(|error| Refusal::error("XX000", error.to_string()))?;
        let (views, at) = changed.map_err(|error| self.not_kept(error))?;
        // The same value where it can be: sessions that see it already need not be made anew.
        let views = if views == **mine { Arc::clone(mine) } else { Arc::new(views) };
        self.change(|now| now.views = views);
        *views_at = at;
        drop(views_at);
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        (self.report)(&format!("views changed by {user:?}: {}", names.join(", ")));
        Ok(())
    }

    /// Reads the file of views if it is another than the one that is served.
    pub(crate) async fn look_for_views(&self) {
        let mut views_at = self.views_at.lock().await;
        let changed = modified(&self.files.views);
        if changed == *views_at {
            return;
        }
        let (path, text) = (self.files.views.clone(), self.limits.text);
        match tokio::task::spawn_blocking(move || file::load(&path, text)).await {
            Ok(Ok(views)) if views == *self.now().views => {}
            Ok(Ok(views)) => self.change(|now| now.views = Arc::new(views)),
            Ok(Err(error)) => (self.report)(&format!("the views before go on being served: {error}")),
            Err(error) => (self.report)(&format!("the views before go on being served: {error}")),
        }
        *views_at = changed;
    }

    /// The place of the file is for the operator.
    fn not_kept(&self, error: ViewsError) -> Refusal {
        match error {
            ViewsError::View(error) => error.into(),
            ViewsError::Busy { .. } => Refusal::error("55P03", "views are being changed by another server").hint("try again"),
            error => {
                (self.report)(&format!("views cannot be kept: {error}"));
                Refusal::error("58030", "views cannot be kept").hint("ask whoever runs the server: the reason is in its log")
            }
        }
    }
}
