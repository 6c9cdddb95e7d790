//! What a statement makes of a state of views.

use std::sync::Arc;

use super::{Reads, View, ViewError, ViewLimits, ViewName, Views};
use crate::rights::Rights;

/// What is to be changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// CREATE VIEW.
    Create {
        /// Its name.
        name: ViewName,
        /// What it is.
        view: Box<View>,
        /// One of that name goes.
        replaces: bool,
    },
    /// DROP VIEW.
    Drop {
        /// Which.
        names: Vec<ViewName>,
        /// What is not there is passed over.
        if_exists: bool,
        /// Those that read them go too.
        cascade: bool,
    },
    /// ALTER VIEW ... RENAME TO.
    Rename {
        /// Which.
        from: ViewName,
        /// Its new name in the same schema.
        to: String,
        /// What is not there is passed over.
        if_exists: bool,
    },
    /// COMMENT ON.
    Comment {
        /// The view.
        name: ViewName,
        /// Its column, if it is about one.
        column: Option<String>,
        /// What is said; nothing takes away what was.
        text: Option<String>,
    },
}

/// Another state, and what is to be said of how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// All views after it.
    pub views: Views,
    /// Words for whoever asked for it.
    pub notes: Vec<String>,
}

impl Change {
    /// Schemas in which it changes something.
    fn schemas(&self) -> Vec<&str> {
        match self {
            Self::Create { name, .. } | Self::Rename { from: name, .. } | Self::Comment { name, .. } => vec![&name.schema],
            Self::Drop { names, .. } => names.iter().map(|name| name.schema.as_str()).collect(),
        }
    }
}

impl Views {
    /// What somebody with these rights makes of them.
    ///
    /// # Errors
    /// Schemas that are not his, names that are taken or not there, views that others read, cycles, limits.
    pub fn changed(&self, change: &Change, rights: &Rights, limits: &ViewLimits) -> Result<Changed, ViewError> {
        if let Some(schema) = change.schemas().into_iter().find(|schema| !rights.makes(schema)) {
            return Err(ViewError::NotGiven { schema: schema.to_owned() });
        }
        let mut after = Changed { views: self.clone(), notes: Vec::new() };
        match change {
            Change::Create { name, view, replaces } => after.create(name, view, *replaces, limits)?,
            Change::Drop { names, if_exists, cascade } => {
                for name in names {
                    after.drop_one(name, (*if_exists, *cascade), names, rights)?;
                }
            }
            Change::Rename { from, to, if_exists } => after.rename(from, to, *if_exists, limits)?,
            Change::Comment { name, column, text } => after.comment(name, column.as_deref(), text.as_ref(), limits)?,
        }
        Ok(after)
    }

    /// Whether a view can be read as it is now.
    pub(super) fn sound(&self, name: &ViewName, limits: &ViewLimits) -> Result<(), ViewError> {
        self.order(&Reads::once(name.clone()), limits).map(|_| ())
    }

    /// Whether there is room for one more.
    pub(super) fn room(&self, schema: &str, limits: &ViewLimits) -> Result<(), ViewError> {
        if self.iter().filter(|(name, _)| name.schema == schema).count() > limits.per_schema {
            return Err(ViewError::Full { what: "views in this schema", most: limits.per_schema });
        }
        if self.iter().map(|(_, view)| view.text().len()).sum::<usize>() > limits.all_bytes {
            return Err(ViewError::Full { what: "bytes in the questions of all views", most: limits.all_bytes });
        }
        Ok(())
    }
}

impl Changed {
    fn create(&mut self, name: &ViewName, view: &View, replaces: bool, limits: &ViewLimits) -> Result<(), ViewError> {
        if !name.is_fit() {
            return Err(ViewError::BadName { name: name.name.clone() });
        }
        if view.text().len() > limits.text_bytes {
            return Err(ViewError::TooLong { what: "a view", is: view.text().len(), most: limits.text_bytes });
        }
        if view.columns().len() > limits.columns {
            return Err(ViewError::Wide { is: view.columns().len(), most: limits.columns });
        }
        let mut view = view.clone();
        match self.views.get(name) {
            Some(_) if !replaces => return Err(ViewError::Exists { name: name.clone() }),
            Some(old) => view.succeed(old),
            None => {}
        }
        self.views.put(name.clone(), Arc::new(view));
        self.views.room(&name.schema, limits)?;
        self.views.sound(name, limits)
    }

    /// `all` go with it and do not count as readers.
    fn drop_one(
        &mut self,
        name: &ViewName,
        (if_exists, cascade): (bool, bool),
        all: &[ViewName],
        rights: &Rights,
    ) -> Result<(), ViewError> {
        if self.views.take(name).is_none() {
            return match if_exists {
                true => {
                    self.notes.push(format!("view \"{name}\" does not exist, skipping"));
                    Ok(())
                }
                // One that went with another of the same statement.
                false if cascade && self.notes.contains(&cascades(name)) => Ok(()),
                false => Err(ViewError::Unknown { name: name.clone() }),
            };
        }
        let readers: Vec<ViewName> = self.views.readers(name).filter(|reader| !all.contains(reader)).cloned().collect();
        if readers.is_empty() {
            return Ok(());
        }
        if !cascade {
            let readers = readers.into_iter().filter(|reader| rights.on(&reader.schema, &reader.name).is_some()).collect();
            return Err(ViewError::Read { name: name.clone(), readers });
        }
        for reader in readers {
            if !rights.makes(&reader.schema) {
                return Err(ViewError::ReadElsewhere { name: name.clone() });
            }
            self.notes.push(cascades(&reader));
            self.drop_one(&reader, (true, true), all, rights)?;
        }
        Ok(())
    }

    fn rename(&mut self, from: &ViewName, to: &str, if_exists: bool, limits: &ViewLimits) -> Result<(), ViewError> {
        let to = ViewName::new(&from.schema, to);
        if !to.is_fit() {
            return Err(ViewError::BadName { name: to.name });
        }
        if self.views.get(from).is_some() && self.views.get(&to).is_some() {
            return Err(ViewError::Exists { name: to });
        }
        let Some(view) = self.views.take(from) else {
            if if_exists {
                self.notes.push(format!("view \"{from}\" does not exist, skipping"));
                return Ok(());
            }
            return Err(ViewError::Unknown { name: from.clone() });
        };
        self.views.put(to.clone(), view);
        self.views.sound(&to, limits)
    }

    fn comment(&mut self, name: &ViewName, column: Option<&str>, text: Option<&String>, limits: &ViewLimits) -> Result<(), ViewError> {
        if let Some(text) = text.filter(|text| text.len() > limits.comment_bytes) {
            return Err(ViewError::TooLong { what: "a comment", is: text.len(), most: limits.comment_bytes });
        }
        let Some(view) = self.views.get(name) else { return Err(ViewError::Unknown { name: name.clone() }) };
        let mut view = View::clone(view);
        if !view.comment_on(column, text.cloned()) {
            return Err(ViewError::UnknownColumn { name: name.clone(), column: column.unwrap_or_default().to_owned() });
        }
        self.views.put(name.clone(), Arc::new(view));
        Ok(())
    }
}

fn cascades(name: &ViewName) -> String {
    format!("drop cascades to view {name}")
}
