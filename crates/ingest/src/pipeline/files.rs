//! The parts of a pipeline under `files:` and `objects:`: what lies somewhere and grows or becomes more.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Text;
use crate::mapping::SpecError;

/// Files that patterns name: a log that grows and is rotated, a folder into which files are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Paths with `*`, `?`, `[…]` and `**`.
    pub paths: Vec<String>,
}

/// Objects under a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objects {
    /// `s3://bucket/prefix`, `gs://…`, `az://…`, `file:///folder`.
    pub url: String,
    /// End of the names that count; default all.
    pub suffix: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FilesDoc {
    #[schemars(with = "Vec<String>")]
    paths: Vec<Spanned<String>>,
}

impl FilesDoc {
    pub(super) fn read(&self, text: &Text<'_>) -> Result<Files, SpecError> {
        for path in &self.paths {
            glob::Pattern::new(&path.value).map_err(|cause| text.wrong(path, format!("{:?} is no pattern: {cause}", path.value)))?;
        }
        Ok(Files { paths: self.paths.iter().map(|path| path.value.clone()).collect() })
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectsDoc {
    #[schemars(with = "String")]
    url: Spanned<String>,
    suffix: Option<String>,
}

impl ObjectsDoc {
    pub(super) fn read(&self, text: &Text<'_>) -> Result<Objects, SpecError> {
        let scheme = self.url.value.split_once("://").map(|(scheme, _)| scheme);
        if scheme.is_some_and(|scheme| ["s3", "gs", "az", "azure", "abfs", "abfss", "file"].contains(&scheme)) {
            return Ok(Objects { url: self.url.value.clone(), suffix: self.suffix.clone() });
        }
        Err(text.wrong(&self.url, format!("url {:?} is none of s3://bucket/prefix, gs://…, az://…, file:///folder", self.url.value)))
    }
}
