//! Rows to the client: as many as he asked for, no faster than he reads.

use super::backend::{self, Bare};
use super::connection::{Connection, Cursor};
use super::copy::Copy;
use super::execute::{Outcome, unknown_cursor};
use super::io::{OUT_BYTES, Watch, Wire};
use super::portal::Source;
use super::row::{Look, Rows};
use crate::audit::Asked;
use crate::refusal::Refusal;
use crate::statement::{CopyFormat, Kind};

/// How far a source was sent.
pub(super) struct Sent {
    pub(super) rows: u64,
    /// There are no more.
    pub(super) is_end: bool,
}

/// Sends rows of `source`: at most `most`; `None`: all. What is encoded goes out in pieces, so that memory does not grow with the result.
pub(super) async fn rows(wire: &mut Wire, watch: &mut Watch, look: &Look, source: &mut Source, most: Option<u64>) -> Result<Sent, Refusal> {
    let mut sent = 0;
    while most.is_none_or(|most| sent < most) {
        let Some((batch, from)) = next(wire, watch, source).await? else { return Ok(Sent { rows: sent, is_end: true }) };
        let to = most.map_or(batch.num_rows(), |most| batch.num_rows().min(from + usize::try_from(most - sent).unwrap_or(usize::MAX)));
        let encoded = Rows::of(&batch, &source.formats, look).map_err(|error| Refusal::error("XX000", error.to_string()))?;
        let asked = &source.answer.asked;
        let mut bytes = 0;
        for i in from..to {
            let before = wire.out.len();
            encoded.write(i, &mut wire.out);
            bytes += wire.out.len() - before;
            if wire.out.len() >= OUT_BYTES {
                wire.flush_watched(watch).await.inspect_err(|refusal| asked.ended(Some(refusal)))?;
            }
        }
        sent += (to - from) as u64;
        asked.sent((to - from) as u64, bytes as u64);
        drop(encoded);
        source.batch = (to < batch.num_rows()).then_some((batch, to));
    }
    Ok(Sent { rows: sent, is_end: false })
}

/// The batch under way, or the next that has rows.
async fn next(
    wire: &mut Wire,
    watch: &mut Watch,
    source: &mut Source,
) -> Result<Option<(arrow::record_batch::RecordBatch, usize)>, Refusal> {
    if let Some(under_way) = source.batch.take() {
        return Ok(Some(under_way));
    }
    loop {
        let next = wire.watched(source.answer.next(), watch).await;
        match next.inspect_err(|refusal| source.answer.asked.ended(Some(refusal)))? {
            None => return Ok(None),
            Some(Err(refusal)) => return Err(refusal),
            Some(Ok(batch)) if batch.num_rows() == 0 => {}
            Some(Ok(batch)) => return Ok(Some((batch, 0))),
        }
    }
}

impl Connection {
    pub(super) fn look(&self) -> Look {
        Look { zone: self.session.settings.zone(), has_iso_intervals: self.session.settings.has_iso_intervals() }
    }

    /// Does a statement of the simple protocol and sends all it gives.
    pub(super) async fn simple(&mut self, kind: Kind, sql: &str) -> Result<(), Refusal> {
        if let Kind::CopyOut(question, format) = &kind {
            self.transaction.admits(&kind)?;
            return self.copy(question, format, sql).await;
        }
        let tag = match self.execute(kind, sql).await? {
            Outcome::Done(tag) => tag,
            Outcome::Rows(answer, word) => {
                let mut source = Source::new(answer, &[])?;
                backend::row_description(&source.answer.columns(), &source.formats, &mut self.wire.out);
                let look = self.look();
                let sent = rows(&mut self.wire, &mut self.watch, &look, &mut source, None).await?;
                tag(word, sent.rows)
            }
            Outcome::Cursor(name, most) => {
                let look = self.look();
                let Self { wire, watch, cursors, asking, .. } = self;
                let Cursor { source, .. } = cursors.get_mut(&name).ok_or_else(|| unknown_cursor(&name))?;
                *asking = Asked::default();
                backend::row_description(&source.answer.columns(), &source.formats, &mut wire.out);
                let sent = rows(wire, watch, &look, source, most).await?;
                tag("FETCH", sent.rows)
            }
        };
        self.grant_wishes()?;
        backend::command_complete(&tag, &mut self.wire.out);
        Ok(())
    }

    /// MOVE: rows of a cursor that are passed over.
    pub(super) async fn pass(&mut self, name: &str, most: Option<u64>) -> Result<Outcome, Refusal> {
        let Self { wire, watch, cursors, asking, .. } = self;
        let source = &mut cursors.get_mut(name).ok_or_else(|| unknown_cursor(name))?.source;
        *asking = Asked::default();
        let mut passed = 0;
        while most.is_none_or(|most| passed < most) {
            let Some((batch, from)) = next(wire, watch, source).await? else { break };
            let left = batch.num_rows() - from;
            let wanted = most.map_or(left, |most| left.min(usize::try_from(most - passed).unwrap_or(usize::MAX)));
            passed += wanted as u64;
            source.batch = (wanted < left).then_some((batch, from + wanted));
        }
        Ok(Outcome::Done(format!("MOVE {passed}")))
    }

    /// COPY TO STDOUT, the same in both protocols: what it sends is told apart by its first message.
    pub(super) async fn copy(
        &mut self,
        question: &datafusion::sql::sqlparser::ast::Statement,
        format: &CopyFormat,
        sql: &str,
    ) -> Result<(), Refusal> {
        let is_binary = *format == CopyFormat::Binary;
        let plan = self.plan(question, sql).await?;
        let plan = crate::parameters::bound(&plan, Vec::new())?;
        let mut copy = Copy::new(format.clone(), plan.schema().as_arrow())?;
        let mut source = Source::new(self.start(plan, sql)?, &[i16::from(is_binary)])?;
        let look = self.look();
        let columns = source.answer.columns();
        backend::copy_out(columns.fields().len(), is_binary, &mut self.wire.out);
        copy.head(&columns, &mut self.wire.out);
        while let Some((batch, from)) = next(&mut self.wire, &mut self.watch, &mut source).await? {
            let encoded = Rows::of(&batch, &source.formats, &look).map_err(|error| Refusal::error("XX000", error.to_string()))?;
            for i in from..batch.num_rows() {
                let before = self.wire.out.len();
                copy.row(&encoded, i, &mut self.wire.out);
                source.answer.asked.sent(1, (self.wire.out.len() - before) as u64);
                if self.wire.out.len() >= OUT_BYTES {
                    let flushed = self.wire.flush_watched(&mut self.watch).await;
                    flushed.inspect_err(|refusal| source.answer.asked.ended(Some(refusal)))?;
                }
            }
        }
        self.grant_wishes()?;
        copy.tail(&mut self.wire.out);
        backend::bare(Bare::CopyDone, &mut self.wire.out);
        backend::command_complete(&format!("COPY {}", copy.rows), &mut self.wire.out);
        Ok(())
    }
}

/// The tag of a statement that gave rows.
pub(super) fn tag(word: &str, rows: u64) -> String {
    match word {
        "SHOW" | "EXPLAIN" => word.to_string(),
        _ => format!("{word} {rows}"),
    }
}
