//! All definitions by name: the built-in files, with a project's own files over them.

use std::collections::BTreeMap;
use std::path::Path;

use super::builtin::BUILTIN;
use super::error::{KpiError, SpecError, nearest_hint};
use super::spec::KpiSpec;

/// A definition and the file it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The definition.
    pub spec: KpiSpec,
    /// File as the user knows it.
    pub file: String,
    /// Text of the file, for messages with a caret.
    pub text: String,
}

/// The catalogue.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    entries: BTreeMap<String, Entry>,
}

impl Registry {
    /// The definitions built into the binary.
    ///
    /// # Errors
    /// All mistakes in them at once; none in a tested build.
    pub fn builtin() -> Result<Self, Vec<SpecError>> {
        let mut registry = Self::default();
        let errors: Vec<SpecError> = BUILTIN.iter().filter_map(|(file, text)| registry.add(file, text).err()).collect();
        if errors.is_empty() { Ok(registry) } else { Err(errors) }
    }

    /// The built-in definitions with those of `folder/*.yaml` over them; a folder that does not exist adds nothing.
    ///
    /// # Errors
    /// All mistakes at once: files that cannot be read, files that are no definition, two files with one name.
    pub fn with_folder(folder: &Path) -> Result<Self, Vec<SpecError>> {
        let mut registry = Self::builtin()?;
        let mut files = Vec::new();
        let mut errors = Vec::new();
        match std::fs::read_dir(folder) {
            Ok(entries) => files.extend(entries.filter_map(Result::ok).map(|e| e.path())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(registry),
            Err(error) => return Err(vec![unreadable(folder, &error)]),
        }
        files.retain(|p| p.extension().is_some_and(|e| e == "yaml" || e == "yml"));
        files.sort();
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for path in files {
            let shown = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => match registry.add(&shown, &text) {
                    Ok(name) => {
                        if let Some(other) = seen.insert(name.clone(), shown.clone()) {
                            errors.push(whole(&shown, format!("KPI \"{name}\" is also defined in {other}")));
                        }
                    }
                    Err(error) => errors.push(error),
                },
                Err(error) => errors.push(unreadable(&path, &error)),
            }
        }
        if errors.is_empty() { Ok(registry) } else { Err(errors) }
    }

    /// Reads one definition and puts it in the place of an earlier one of the same name; gives the name.
    ///
    /// # Errors
    /// When the text is no definition.
    pub fn add(&mut self, file: &str, text: &str) -> Result<String, SpecError> {
        let spec = KpiSpec::parse(file, text)?;
        let name = spec.name.clone();
        self.entries.insert(name.clone(), Entry { spec, file: file.to_owned(), text: text.to_owned() });
        Ok(name)
    }

    /// The definition of that name or synonym (case does not matter).
    ///
    /// # Errors
    /// [`KpiError::UnknownKpi`] with the nearest names.
    pub fn get(&self, name: &str) -> Result<&KpiSpec, KpiError> {
        let wanted = name.to_lowercase();
        let found = self.entries.get(&wanted).map(|e| &e.spec);
        found
            .or_else(|| self.specs().find(|s| s.synonyms.iter().any(|other| other.to_lowercase() == wanted)))
            .ok_or_else(|| KpiError::UnknownKpi { name: name.to_owned(), hint: nearest_hint(&wanted, self.names()) })
    }

    /// All definitions, by name.
    pub fn specs(&self) -> impl Iterator<Item = &KpiSpec> {
        self.entries.values().map(|e| &e.spec)
    }

    /// All definitions with their files, by name.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }
}

fn whole(file: &str, message: String) -> SpecError {
    SpecError { file: file.to_owned(), line: 0, column: 0, message }
}

fn unreadable(path: &Path, error: &std::io::Error) -> SpecError {
    whole(&path.display().to_string(), format!("cannot be read: {error}"))
}
