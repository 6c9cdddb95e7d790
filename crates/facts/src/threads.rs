//! The same work for many things on a few threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::FactsError;

/// Does `work` for 0 to `count` - 1 on `threads` threads; results are in that order. The first error ends it.
pub(crate) fn on_threads<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T, FactsError> + Sync,
) -> Result<Vec<T>, FactsError> {
    let next = AtomicUsize::new(0);
    let run = || -> Result<Vec<(usize, T)>, FactsError> {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return Ok(done);
            }
            done.push((i, work(i)?));
        }
    };
    let mut all = Vec::with_capacity(count);
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads.min(count)).map(|_| scope.spawn(run)).collect();
        for handle in handles {
            all.extend(handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok::<(), FactsError>(())
    })?;
    all.sort_by_key(|(i, _)| *i);
    Ok(all.into_iter().map(|(_, done)| done).collect())
}
