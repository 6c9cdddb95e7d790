//! Who may log in, and what he may read: `users.json`, kept by `trunkline user`.
//!
//! A user without a password is a role: nobody logs in as one, others are granted it. Passwords are kept as SCRAM verifiers, which nobody can
//! log in with. The file is its owner's alone to read.

pub mod tokens;

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use trunkline_query::views::is_schema_name;
use trunkline_query::{Grant, Rights};

use crate::private::{self, FileError};
use crate::scram::{ITERATIONS, Verifier};

/// Why users cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    /// The file cannot be read or written, or is not one of users.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nobody has this name.
    #[error("there is no user \"{0}\"")]
    Unknown(String),
    /// Somebody has this name.
    #[error("there is a user \"{0}\" already")]
    Exists(String),
    /// Not a name, not a password, not a grant.
    #[error("{0}")]
    Refused(String),
}

/// All users.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    version: u32,
    /// The server's own secret, from which salts of names that nobody has are made.
    secret: String,
    #[serde(default)]
    users: BTreeMap<String, User>,
}

/// One user or role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Verifier of the password; a role has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    /// Roles whose grants he has too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// His own grants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Granted>,
    /// Schemas in which he may make views.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<String>,
    /// Tokens he was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<tokens::Token>,
}

/// A grant as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// `*`, `schema.*` or `schema.table`.
    pub tables: String,
    /// Only rows for which this condition holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// Columns that are NULL for him.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
}

impl User {
    /// Whether he can log in.
    #[must_use]
    pub const fn can_log_in(&self) -> bool {
        self.password.is_some()
    }
}

impl Users {
    /// Nobody; `secret` is 32 random bytes.
    #[must_use]
    pub fn none(secret: &[u8]) -> Self {
        Self { version: 1, secret: BASE64.encode(secret), users: BTreeMap::new() }
    }

    /// Reads the file; `None` when there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or is not one of users.
    pub fn load(path: &Path) -> Result<Option<Self>, UsersError> {
        let Some(users) = private::read::<Self>(path)? else { return Ok(None) };
        let wrong = |reason: String| UsersError::from(FileError::wrong(path, reason));
        if users.version != 1 {
            return Err(wrong(format!("version {} is not known; 1 is", users.version)));
        }
        for (name, user) in &users.users {
            if user.password.as_deref().is_some_and(|verifier| Verifier::parse(verifier).is_none()) {
                return Err(wrong(format!(
                    "the password of \"{name}\" is no SCRAM-SHA-256 verifier; set it with `trunkline user passwd {name}`"
                )));
            }
            if let Some(role) = user.roles.iter().find(|role| !users.users.contains_key(*role)) {
                return Err(wrong(format!("\"{name}\" has the role \"{role}\", which is not there")));
            }
        }
        Ok(Some(users))
    }

    /// Writes the file anew, whole or not at all, for its owner only.
    ///
    /// # Errors
    /// Of the file system.
    pub fn save(&self, path: &Path) -> Result<(), UsersError> {
        Ok(private::write(path, self)?)
    }

    /// Names and users.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &User)> {
        self.users.iter().map(|(name, user)| (name.as_str(), user))
    }

    /// What a password of `name` is checked against: for a name that nobody has, and for a role, something that no password fits.
    #[must_use]
    pub fn verifier(&self, name: &str) -> Verifier {
        let kept = self.users.get(name).and_then(|user| user.password.as_deref()).and_then(Verifier::parse);
        kept.unwrap_or_else(|| Verifier::of_nobody(name, self.secret.as_bytes()))
    }

    /// What a user may read and where he may make views, his roles' grants included; `None` when he is not there or cannot log in.
    #[must_use]
    pub fn rights(&self, name: &str) -> Option<Rights> {
        let user = self.users.get(name).filter(|user| user.can_log_in())?;
        let (mut grants, mut schemas, mut seen, mut next) = (Vec::new(), Vec::new(), vec![name], vec![user]);
        while let Some(user) = next.pop() {
            let plain =
                |granted: &Granted| Grant { tables: granted.tables.clone(), rows: granted.rows.clone(), masked: granted.masked.clone() };
            grants.extend(user.grants.iter().map(plain));
            schemas.extend(user.views.iter().cloned());
            for role in &user.roles {
                if !seen.contains(&role.as_str()) {
                    seen.push(role);
                    next.extend(self.users.get(role));
                }
            }
        }
        Some(Rights::of(grants).making(schemas))
    }

    /// Adds a user, or a role without a password; `salt` is 16 random bytes.
    ///
    /// # Errors
    /// A name that is taken or is none, a password that is none.
    pub fn add(&mut self, name: &str, password: Option<&str>, salt: &[u8]) -> Result<(), UsersError> {
        if name.is_empty() || name.len() > 63 || name.chars().any(|c| c.is_control() || c.is_whitespace() || c == '"') {
            return Err(UsersError::Refused(format!("\"{name}\" is no name: 1 to 63 bytes without spaces and quotes")));
        }
        if self.users.contains_key(name) {
            return Err(UsersError::Exists(name.into()));
        }
        let password = password.map(|password| verifier_of(password, salt)).transpose()?;
        self.users.insert(name.into(), User { password, ..User::default() });
        Ok(())
    }

    /// Sets a password.
    ///
    /// # Errors
    /// Nobody of that name, a password that is none.
    pub fn set_password(&mut self, name: &str, password: &str, salt: &[u8]) -> Result<(), UsersError> {
        let verifier = verifier_of(password, salt)?;
        self.get_mut(name)?.password = Some(verifier);
        Ok(())
    }

    /// Takes a user away, and the role from all who have it.
    ///
    /// # Errors
    /// Nobody of that name.
    pub fn drop_user(&mut self, name: &str) -> Result<(), UsersError> {
        self.users.remove(name).ok_or_else(|| UsersError::Unknown(name.into()))?;
        self.users.values_mut().for_each(|user| user.roles.retain(|role| role != name));
        Ok(())
    }

    /// Grants a role.
    ///
    /// # Errors
    /// Nobody of one of the names.
    pub fn grant_role(&mut self, name: &str, role: &str) -> Result<(), UsersError> {
        if !self.users.contains_key(role) {
            return Err(UsersError::Unknown(role.into()));
        }
        let user = self.get_mut(name)?;
        if !user.roles.iter().any(|known| known == role) {
            user.roles.push(role.into());
        }
        Ok(())
    }

    /// Grants tables; a grant of the same tables is replaced.
    ///
    /// # Errors
    /// Nobody of that name, tables that are none.
    pub fn grant(&mut self, name: &str, granted: Granted) -> Result<(), UsersError> {
        let is_form =
            granted.tables == "*" || granted.tables.split_once('.').is_some_and(|(schema, table)| !schema.is_empty() && !table.is_empty());
        if !is_form {
            return Err(UsersError::Refused(format!("\"{}\" names no tables: `*`, `schema.*` or `schema.table` do", granted.tables)));
        }
        if granted.tables.ends_with('*') && (granted.rows.is_some() || !granted.masked.is_empty()) {
            return Err(UsersError::Refused("a condition or a mask is for one table: name it as `schema.table`".into()));
        }
        let user = self.get_mut(name)?;
        user.grants.retain(|known| known.tables != granted.tables);
        user.grants.push(granted);
        Ok(())
    }

    /// Gives a schema in which views may be made.
    ///
    /// # Errors
    /// Nobody of that name, a schema that is ours or has no plain name.
    pub fn grant_views(&mut self, name: &str, schema: &str) -> Result<(), UsersError> {
        if !is_schema_name(schema) {
            let message = format!("\"{schema}\" is no schema for views: small letters, digits and _, and none of the house's own");
            return Err(UsersError::Refused(message));
        }
        let user = self.get_mut(name)?;
        if !user.views.iter().any(|known| known == schema) {
            user.views.push(schema.into());
        }
        Ok(())
    }

    /// Takes a schema for views back. The views in it stay.
    ///
    /// # Errors
    /// Nobody of that name, or he was not given it.
    pub fn revoke_views(&mut self, name: &str, schema: &str) -> Result<(), UsersError> {
        let user = self.get_mut(name)?;
        let before = user.views.len();
        user.views.retain(|known| known != schema);
        if before == user.views.len() {
            return Err(UsersError::Refused(format!("\"{name}\" was not given the schema \"{schema}\"")));
        }
        Ok(())
    }

    /// Takes a grant or a role back.
    ///
    /// # Errors
    /// Nobody of that name, or he has no such thing.
    pub fn revoke(&mut self, name: &str, what: &str) -> Result<(), UsersError> {
        let user = self.get_mut(name)?;
        let before = user.grants.len() + user.roles.len();
        user.grants.retain(|known| known.tables != what);
        user.roles.retain(|role| role != what);
        if before == user.grants.len() + user.roles.len() {
            return Err(UsersError::Refused(format!("\"{name}\" has neither a grant on nor the role \"{what}\"")));
        }
        Ok(())
    }

    fn get_mut(&mut self, name: &str) -> Result<&mut User, UsersError> {
        self.users.get_mut(name).ok_or_else(|| UsersError::Unknown(name.into()))
    }
}

/// The verifier's text. Passwords are prepared as clients prepare them (SASLprep, RFC 4013), or taken as they are where that fails, as PostgreSQL does.
fn verifier_of(password: &str, salt: &[u8]) -> Result<String, UsersError> {
    if password.is_empty() {
        return Err(UsersError::Refused("an empty password is none".into()));
    }
    let prepared = stringprep::saslprep(password).map_or_else(|_| password.to_string(), Into::into);
    Ok(Verifier::of(&prepared, salt, ITERATIONS).text())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_his_own_grants_and_those_of_his_roles() {
        let mut users = Users::none(&[7; 32]);
        users.add("anna", Some("secret"), &[1; 16]).unwrap();
        users.add("north", None, &[]).unwrap();
        assert!(users.rights("anna").unwrap().on("public", "contacts").is_none(), "nothing is granted to a new user");
        let granted = Granted { tables: "public.contacts".into(), rows: Some("queue = 'north'".into()), masked: vec![] };
        users.grant("north", granted).unwrap();
        users.grant_role("anna", "north").unwrap();
        assert_eq!(users.rights("anna").unwrap().on("public", "contacts").unwrap().rows.as_deref(), Some("queue = 'north'"));
        assert!(users.rights("north").is_none(), "nobody logs in as a role");
        assert!(users.verifier("anna").is_of("secret"));
        assert!(!users.verifier("north").is_of(""));
        users.drop_user("north").unwrap();
        assert!(users.rights("anna").unwrap().on("public", "contacts").is_none());
    }

    #[test]
    fn the_file_holds_no_password_and_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.json");
        assert!(Users::load(&path).unwrap().is_none());
        let mut users = Users::none(&[7; 32]);
        users.add("anna", Some("Grüße"), &[1; 16]).unwrap();
        users.save(&path).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("Gr"));
        assert!(Users::load(&path).unwrap().unwrap().verifier("anna").is_of("Grüße"));
        std::fs::write(&path, "{\"version\":1,\"secret\":\"\",\"user\":{}}").unwrap();
        assert!(Users::load(&path).unwrap_err().to_string().contains("unknown field `user`"));
    }

    #[test]
    fn a_schema_for_views_is_given_by_name_or_role_and_is_none_of_the_house() {
        let mut users = Users::none(&[7; 32]);
        users.add("anna", Some("x"), &[1; 16]).unwrap();
        users.add("authors", None, &[]).unwrap();
        users.grant_views("authors", "reports").unwrap();
        users.grant_role("anna", "authors").unwrap();
        users.grant_views("anna", "own").unwrap();
        let rights = users.rights("anna").unwrap();
        assert_eq!(rights.view_schemas(), ["own", "reports"]);
        assert!(rights.on("reports", "any").is_some() && rights.on("public", "contacts").is_none());
        for house in ["public", "kpi", "bi", "ops", "catalog", "information_schema", "pg_catalog", "pg_x", "Reports", "a.b", ""] {
            assert!(users.grant_views("anna", house).is_err(), "{house}");
        }
        users.revoke_views("anna", "own").unwrap();
        assert!(users.revoke_views("anna", "reports").is_err(), "his role has it");
        assert!(!users.rights("anna").unwrap().makes("own"));
    }

    #[test]
    fn what_is_no_grant_is_refused() {
        let mut users = Users::none(&[7; 32]);
        users.add("anna", Some("x"), &[1; 16]).unwrap();
        assert!(users.grant("anna", Granted { tables: "contacts".into(), ..Granted::default() }).is_err());
        assert!(users.grant("anna", Granted { tables: "public.*".into(), rows: Some("true".into()), masked: vec![] }).is_err());
        assert!(users.grant("eve", Granted { tables: "*".into(), ..Granted::default() }).is_err());
        assert!(users.add("a b", Some("x"), &[1; 16]).is_err());
        assert!(users.add("b", Some(""), &[1; 16]).is_err());
    }
}
