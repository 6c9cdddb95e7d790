//! Statements about views, and what becomes of them when a transaction ends or goes back.

use std::sync::Arc;

use super::backend::{self, Status};
use super::connection::Connection;
use super::execute::Outcome;
use crate::refusal::Refusal;
use crate::statement::Asked;

impl Connection {
    /// Does what a statement says about views: for this session at once, for others when the transaction is committed.
    pub(super) async fn change_views(&mut self, asked: Asked, sql: &str) -> Result<Outcome, Refusal> {
        self.renew().await?;
        let tag = asked.tag();
        if let Asked::Schema { name, if_not_exists } = &asked {
            self.session.has_schema(name, *if_not_exists)?;
            return Ok(Outcome::Done(tag.into()));
        }
        let before = Arc::clone(self.session.views());
        let Self { wire, session, watch, .. } = self;
        let changed = wire.watched(session.changed(asked, sql), watch).await.flatten()?;
        let after = Arc::new(changed.views);
        if self.transaction.status() == Status::Idle {
            self.session.keep(&before, &after).await?;
        }
        self.session.see(after).await?;
        std::mem::take(&mut self.asking).changed();
        for note in changed.notes {
            backend::notice(&Refusal::error("00000", note), &mut self.wire.out);
        }
        Ok(Outcome::Done(tag.into()))
    }

    /// COMMIT. What cannot be kept ends the transaction as ROLLBACK does.
    pub(super) async fn commit(&mut self) -> Result<Outcome, Refusal> {
        if let Some(before) = self.transaction.before()
            && let Err(refusal) = self.session.keep(&before, self.session.views()).await
        {
            self.transaction.rollback(&mut self.session.settings);
            return Err(refusal);
        }
        let (tag, was_open) = self.transaction.commit(&mut self.session.settings);
        if !was_open {
            backend::warning(&Refusal::error("25P01", "there is no transaction in progress"), &mut self.wire.out);
        }
        Ok(Outcome::Done(tag.into()))
    }

    /// ROLLBACK TO SAVEPOINT.
    pub(super) async fn back_to(&mut self, savepoint: &str) -> Result<Outcome, Refusal> {
        let views = self.transaction.rollback_to(savepoint)?;
        self.session.see(views).await?;
        Ok(Outcome::Done("ROLLBACK".into()))
    }
}
