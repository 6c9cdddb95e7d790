//! Statements that were prepared, until their client closes them or they are forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use datafusion::common::ScalarValue;

use super::running::{Id, new_id};
use crate::refusal::Refusal;

/// A statement and the values it was last given.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) values: Vec<ScalarValue>,
    user: String,
    used_at: Instant,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Prepared {
    statements: Mutex<HashMap<Id, Statement>>,
    /// Beyond that the one that was used longest ago is forgotten.
    most: usize,
}

impl Prepared {
    pub(super) fn new(most: usize) -> Self {
        Self { statements: Mutex::default(), most }
    }

    /// Keeps a statement of a user.
    pub(super) fn add(&self, user: &str, sql: &str) -> Result<Id, Refusal> {
        let id = new_id()?;
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= self.most
            && let Some(oldest) = statements.iter().min_by_key(|(_, statement)| statement.used_at).map(|(id, _)| *id)
        {
            statements.remove(&oldest);
        }
        let statement = Statement { sql: sql.to_string(), values: Vec::new(), user: user.to_string(), used_at: Instant::now() };
        statements.insert(id, statement);
        Ok(id)
    }

    /// A statement of this user.
    pub(super) fn get(&self, handle: &[u8], user: &str) -> Result<(Id, Statement), Refusal> {
        self.with(handle, user, |id, statement| (id, statement.clone()))
    }

    /// Gives its parameters values for all executions from now on.
    pub(super) fn bind(&self, handle: &[u8], user: &str, values: Vec<ScalarValue>) -> Result<(), Refusal> {
        self.with(handle, user, |_, statement| statement.values = values)
    }

    /// Forgets it. What is not there needs no forgetting.
    pub(super) fn close(&self, handle: &[u8], user: &str) {
        if let Ok((id, _)) = self.get(handle, user) {
            self.statements.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        }
    }

    fn with<T>(&self, handle: &[u8], user: &str, work: impl FnOnce(Id, &mut Statement) -> T) -> Result<T, Refusal> {
        let unknown = || Refusal::error("26000", "the prepared statement is not there (any more)").hint("prepare it again");
        let id = Id::try_from(handle).map_err(|_| unknown())?;
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        let statement = statements.get_mut(&id).filter(|statement| statement.user == user).ok_or_else(unknown)?;
        statement.used_at = Instant::now();
        Ok(work(id, statement))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_its_users_alone_and_the_oldest_goes() {
        let prepared = Prepared::new(2);
        let first = prepared.add("anna", "SELECT 1").unwrap();
        let second = prepared.add("anna", "SELECT 2").unwrap();
        assert!(prepared.get(&first, "bert").is_err());
        assert_eq!(prepared.get(&first, "anna").unwrap().1.sql, "SELECT 1");
        let third = prepared.add("bert", "SELECT 3").unwrap();
        assert!(prepared.get(&second, "anna").is_err(), "it was used longest ago");
        assert!(prepared.get(&first, "anna").is_ok() && prepared.get(&third, "bert").is_ok());
        prepared.close(&first, "bert");
        assert!(prepared.get(&first, "anna").is_ok());
        prepared.close(&first, "anna");
        assert_eq!(prepared.get(&first, "anna").unwrap_err().code, "26000");
    }
}
