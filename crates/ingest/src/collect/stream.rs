//! What is mapped of a stream, and whether it is due.

use trunkline_events::Timestamp;
use trunkline_events::port::Appender;

use super::error::CollectError;
use super::mapper::Open;
use super::{At, Collector, Committed, LOTS_A_ROUND, Mapped, lot, waiting};
use crate::punctuality::Punctuality;

impl<A: Appender> Collector<A> {
    /// Stores all that is due of a stream, and at the end what was read of it: the rest is at the broker.
    pub(super) async fn drain_stream(
        &mut self,
        at: usize,
        now: Timestamp,
        is_last: bool,
        done: &mut Vec<Committed>,
    ) -> Result<(), CollectError> {
        if let (true, At::Stream { mapper, .. }) = (is_last, &self.lines[at].1) {
            mapper.stop_reading();
        }
        for turn in 0.. {
            // One line that never rests must not keep the others, and the facts, waiting.
            if !is_last && turn >= LOTS_A_ROUND {
                self.filled.notify_one();
                break;
            }
            let Some(ready) = self.ready(at, now, is_last).await? else { break };
            done.push(self.store(at, ready).await?);
        }
        Ok(())
    }

    /// The mapped messages of a stream, if they are due.
    async fn ready(&mut self, at: usize, now: Timestamp, is_last: bool) -> Result<Option<Mapped>, CollectError> {
        let (line, At::Stream { mapper, since }) = &mut self.lines[at] else { return Ok(None) };
        let waiting = mapper.waiting();
        if waiting.rows == 0 && !mapper.is_full() {
            *since = None;
            return Ok(None);
        }
        let is_old = waiting::is_older(now, *since.get_or_insert(now), &line.flush);
        let is_much = mapper.is_full() || waiting.rows >= line.flush.rows || waiting.bytes >= line.flush.bytes;
        if !(is_last || is_old || is_much) {
            return Ok(None);
        }
        *since = None;
        let Open { mut delivery, gaps, .. } = mapper.take().await?;
        let before = self.appender.position(&lot::gaps_journal(line)).map_or(0, |position| position.offset);
        lot::enter_gaps(line, (&gaps, before), now, &self.secret, &mut delivery);
        Ok(Some(Mapped { punctuality: Punctuality::of(&delivery.events), delivery, bytes: 0, next: 0, gaps }))
    }
}
