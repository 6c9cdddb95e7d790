//! One question's share of the memory that all questions have together: beyond it the question spills to disk, or ends where it cannot.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{Result, resources_datafusion_err};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;

/// A pool within a pool.
#[derive(Debug)]
struct Share {
    whole: Arc<dyn MemoryPool>,
    bytes: usize,
    used: AtomicUsize,
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "share of {} bytes", self.bytes)
    }
}

/// The same work with at most `bytes` of the memory that `context` shares with others.
pub(crate) fn within(context: TaskContext, bytes: usize) -> TaskContext {
    let shared = context.runtime_env();
    let share = Share { whole: Arc::clone(&shared.memory_pool), bytes, used: AtomicUsize::new(0) };
    let own = RuntimeEnv { memory_pool: Arc::new(share), ..shared.as_ref().clone() };
    context.with_runtime(Arc::new(own))
}

impl MemoryPool for Share {
    fn name(&self) -> &'static str {
        "share"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.whole.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.whole.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.used.fetch_add(additional, Ordering::Relaxed);
        self.whole.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.used.fetch_sub(shrink, Ordering::Relaxed);
        self.whole.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let fits = |used: usize| used.checked_add(additional).filter(|sum| *sum <= self.bytes);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|used| {
            let mib = |bytes: usize| bytes.div_ceil(1 << 20);
            resources_datafusion_err!(
                "the question needs more than its {} MiB of memory ({} MiB in use, {} MiB more asked for)",
                mib(self.bytes),
                mib(used),
                mib(additional)
            )
        })?;
        self.whole.try_grow(reservation, additional).inspect_err(|_| {
            self.used.fetch_sub(additional, Ordering::Relaxed);
        })
    }

    fn reserved(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.bytes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use datafusion::execution::memory_pool::GreedyMemoryPool;

    use super::*;

    #[test]
    fn a_question_takes_no_more_than_its_share_and_never_what_others_have() {
        let whole: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(100));
        let share = || Arc::new(Share { whole: Arc::clone(&whole), bytes: 60, used: AtomicUsize::new(0) }) as Arc<dyn MemoryPool>;
        let (first, second) = (share(), share());
        let a = MemoryConsumer::new("a").register(&first);
        let b = MemoryConsumer::new("b").register(&second);
        a.try_grow(60).unwrap();
        assert!(a.try_grow(1).unwrap_err().to_string().contains("more than its"));
        assert!(b.try_grow(41).is_err(), "the whole has 40 left");
        b.try_grow(40).unwrap();
        a.shrink(30);
        b.try_grow(20).unwrap();
        assert_eq!((first.reserved(), second.reserved(), whole.reserved()), (30, 60, 90));
        drop((a, b));
        assert_eq!((first.reserved(), whole.reserved()), (0, 0));
    }
}
