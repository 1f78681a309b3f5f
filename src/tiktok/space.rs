//! How many bytes of answers are held at once, by the whole process: as they come, and what was made of them until it
//! is on its way. A reader that is slow then slows the asking, whatever number of streams there is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::lock::lock;

/// Most bytes of answers that are held at once; the rest waits in the kernel.
pub(crate) const BYTES_MAX: u64 = 12 << 20;
/// How long an answer may be left in the kernel. A reader may stand still for longer, and TikTok would hang up: then it is
/// held all the same, and counts.
const KERNEL_WAIT_MAX: Duration = Duration::from_secs(20);

/// The bytes there are.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    held: Mutex<u64>,
    /// Whoever waits first is first served.
    head: tokio::sync::Mutex<()>,
    freed: Notify,
}

/// What an answer takes of them, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Space {
    budget: Arc<Budget>,
    bytes: AtomicU64,
}

impl Budget {
    /// Waits until another answer may be asked for.
    pub(crate) async fn opens(&self) {
        self.room_for(1).await;
    }

    #[must_use]
    pub(crate) fn is_open(&self) -> bool {
        *self.held() < BYTES_MAX
    }

    /// For an answer of which nobody knows the length yet: nothing.
    #[must_use]
    pub(crate) fn space(self: &Arc<Self>) -> Space {
        Space { budget: self.clone(), bytes: AtomicU64::new(0) }
    }

    /// Waits until so many bytes more may be held, or nothing is.
    async fn room_for(&self, bytes: u64) {
        let _head = self.head.lock().await;
        loop {
            let freed = self.freed.notified();
            let held = *self.held();
            if held == 0 || held + bytes <= BYTES_MAX {
                return;
            }
            freed.await;
        }
    }

    fn held(&self) -> MutexGuard<'_, u64> {
        lock(&self.held)
    }

    /// Holds `more` instead of `less`.
    fn change(&self, more: u64, less: u64) {
        let mut held = self.held();
        *held = (*held + more).saturating_sub(less);
        drop(held);
        if more < less {
            self.freed.notify_one();
        }
    }
}

impl Space {
    /// An answer of this length has begun: waits until it may come whole.
    pub(crate) async fn grow(&self, length: u64) {
        let _ = timeout(KERNEL_WAIT_MAX, self.budget.room_for(length)).await;
        self.fit(length);
    }

    /// Takes exactly this much.
    pub(crate) fn fit(&self, length: u64) {
        let before = self.bytes.swap(length, Ordering::Relaxed);
        self.budget.change(length, before);
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.budget.change(0, self.bytes.load(Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use tokio::time::Instant;

    use super::*;

    fn opened(budget: &Arc<Budget>) -> Option<Space> {
        budget.opens().now_or_never().map(|()| budget.space())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_is_bounded_and_begins_no_more() {
        let budget = Arc::new(Budget::default());
        let all: Vec<Space> = (0..10).filter_map(|_| opened(&budget)).collect();
        let grown = all.iter().take_while(|space| space.grow(3 << 20).now_or_never().is_some()).count();
        assert_eq!(grown, 4, "as many as there is room for");
        assert!(opened(&budget).is_none());
        all[0].fit(1_000);
        assert!(opened(&budget).is_some(), "it was shorter than was thought");
        drop(all);
        assert!(opened(&budget).unwrap().grow(100 << 20).now_or_never().is_some(), "the longest comes alone");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_has_begun_does_not_wait_for_ever() {
        let budget = Arc::new(Budget::default());
        let (first, second) = (opened(&budget).unwrap(), opened(&budget).unwrap());
        first.grow(BYTES_MAX).await;
        let start = Instant::now();
        second.grow(5).await;
        assert_eq!(start.elapsed(), KERNEL_WAIT_MAX);
        drop(first);
        assert!(opened(&budget).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_is_woken() {
        let budget = Arc::new(Budget::default());
        let first = budget.space();
        first.fit(BYTES_MAX);
        let waiting: Vec<_> = (0..5)
            .map(|_| {
                let budget = budget.clone();
                tokio::spawn(async move { budget.opens().await })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(first);
        for one in waiting {
            one.await.unwrap();
        }
    }
}
