//! Transactions as PostgreSQL reports them. They keep one state of the data, undo settings, and know the views as they were. Pure.

use std::sync::Arc;

use trunkline_query::views::Views;

use super::backend::Status;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::statement::Kind;

/// The transaction of a session.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    block: Option<Block>,
}

#[derive(Debug)]
struct Block {
    has_failed: bool,
    /// Names, and the views as they were then.
    savepoints: Vec<(String, Arc<Views>)>,
    /// The views as they were when it began.
    views: Arc<Views>,
    /// Settings to go back to when it is rolled back, and when it is committed: those without SET LOCAL.
    before: Settings,
    session: Settings,
}

impl Transaction {
    pub(crate) const fn status(&self) -> Status {
        match &self.block {
            None => Status::Idle,
            Some(block) if block.has_failed => Status::Failed,
            Some(_) => Status::Open,
        }
    }

    /// Whether a statement is answered now: after an error only what ends the transaction, or goes back in it.
    pub(crate) fn admits(&self, kind: &Kind) -> Result<(), Refusal> {
        let ends = matches!(kind, Kind::Commit | Kind::Rollback | Kind::RollbackTo(_));
        if self.status() == Status::Failed && !ends {
            return Err(Refusal::error("25P02", "current transaction is aborted, commands ignored until end of transaction block"));
        }
        Ok(())
    }

    /// A statement failed.
    pub(crate) const fn fail(&mut self) {
        if let Some(block) = &mut self.block {
            block.has_failed = true;
        }
    }

    /// BEGIN; false when there is a transaction already.
    pub(crate) fn begin(&mut self, settings: &Settings, views: &Arc<Views>) -> bool {
        if self.block.is_some() {
            return false;
        }
        let (before, session, views) = (settings.clone(), settings.clone(), Arc::clone(views));
        self.block = Some(Block { has_failed: false, savepoints: Vec::new(), views, before, session });
        true
    }

    /// The views as they were when it began; nothing where there is no transaction that can be committed.
    pub(crate) fn before(&self) -> Option<Arc<Views>> {
        self.block.as_ref().filter(|block| !block.has_failed).map(|block| Arc::clone(&block.views))
    }

    /// COMMIT: what it really was, and whether there was a transaction.
    pub(crate) fn commit(&mut self, settings: &mut Settings) -> (&'static str, bool) {
        match self.block.take() {
            None => ("COMMIT", false),
            Some(block) if block.has_failed => {
                *settings = block.before;
                ("ROLLBACK", true)
            }
            Some(block) => {
                *settings = block.session;
                ("COMMIT", true)
            }
        }
    }

    /// ROLLBACK; false when there is no transaction.
    pub(crate) fn rollback(&mut self, settings: &mut Settings) -> bool {
        let Some(block) = self.block.take() else { return false };
        *settings = block.before;
        true
    }

    /// SET for the session holds after the transaction too.
    pub(crate) fn keep(&mut self, name: &str, value: Option<&str>) -> Result<(), Refusal> {
        self.block.as_mut().map_or(Ok(()), |block| block.session.set(name, value))
    }

    pub(crate) fn savepoint(&mut self, name: String, views: &Arc<Views>) -> Result<(), Refusal> {
        let block = self.block.as_mut().ok_or_else(|| outside("SAVEPOINT"))?;
        block.savepoints.push((name, Arc::clone(views)));
        Ok(())
    }

    pub(crate) fn release(&mut self, name: &str) -> Result<(), Refusal> {
        let block = self.block.as_mut().ok_or_else(|| outside("RELEASE SAVEPOINT"))?;
        let at = block.savepoints.iter().rposition(|(known, _)| known == name).ok_or_else(|| unknown(name))?;
        block.savepoints.truncate(at);
        Ok(())
    }

    /// ROLLBACK TO SAVEPOINT: the views to go back to.
    pub(crate) fn rollback_to(&mut self, name: &str) -> Result<Arc<Views>, Refusal> {
        let block = self.block.as_mut().ok_or_else(|| outside("ROLLBACK TO SAVEPOINT"))?;
        let at = block.savepoints.iter().rposition(|(known, _)| known == name).ok_or_else(|| unknown(name))?;
        block.savepoints.truncate(at + 1);
        block.has_failed = false;
        Ok(block.savepoints.last().map_or_else(|| Arc::clone(&block.views), |(_, views)| Arc::clone(views)))
    }
}

fn outside(what: &str) -> Refusal {
    Refusal::error("25P01", format!("{what} can only be used in transaction blocks"))
}

fn unknown(name: &str) -> Refusal {
    Refusal::error("3B001", format!("savepoint \"{name}\" does not exist"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn after_an_error_only_the_end_is_answered() {
        let (mut transaction, mut settings) = (Transaction::default(), Settings::of("anna"));
        assert!(transaction.begin(&settings, &Arc::default()));
        transaction.savepoint("a".into(), &Arc::default()).unwrap();
        transaction.fail();
        assert_eq!(transaction.admits(&Kind::ShowAll).unwrap_err().code, "25P02");
        transaction.admits(&Kind::RollbackTo("a".into())).unwrap();
        transaction.rollback_to("a").unwrap();
        transaction.admits(&Kind::ShowAll).unwrap();
        transaction.fail();
        assert_eq!(transaction.commit(&mut settings), ("ROLLBACK", true));
        assert_eq!(transaction.status(), Status::Idle);
        assert_eq!(transaction.savepoint("b".into(), &Arc::default()).unwrap_err().code, "25P01");
    }

    #[test]
    fn a_rollback_undoes_settings_and_a_commit_the_local_ones() {
        let (mut transaction, mut settings) = (Transaction::default(), Settings::of("anna"));
        let set = |transaction: &mut Transaction, settings: &mut Settings, zone: &str, is_local: bool| {
            settings.set("timezone", Some(zone)).unwrap();
            if !is_local {
                transaction.keep("timezone", Some(zone)).unwrap();
            }
        };
        transaction.begin(&settings, &Arc::default());
        set(&mut transaction, &mut settings, "Asia/Tokyo", false);
        set(&mut transaction, &mut settings, "Europe/Paris", true);
        transaction.commit(&mut settings);
        assert_eq!(settings.zone_name(), "Asia/Tokyo");
        transaction.begin(&settings, &Arc::default());
        set(&mut transaction, &mut settings, "Europe/Paris", false);
        transaction.rollback(&mut settings);
        assert_eq!(settings.zone_name(), "Asia/Tokyo");
    }
}
