//! The byte budget of all responses in memory: their bodies, and the rows decoded from them until they are written. So
//! a slow reader of our output slows down the requests, however many streams there are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::lock::lock;

/// The most bytes of responses in memory. The rest waits in the kernel.
pub(crate) const BYTES_MAX: u64 = 12 << 20;
/// How long a response may wait in the kernel. If the reader stands still for longer, TikTok would hang up, so the
/// response is read and counted all the same.
const KERNEL_WAIT_MAX: Duration = Duration::from_secs(20);

/// The bytes in use.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    held: Mutex<u64>,
    /// Waiters are served in order.
    head: tokio::sync::Mutex<()>,
    freed: Notify,
}

/// One response's share of the budget. Dropping it returns the bytes.
#[derive(Debug)]
pub(crate) struct Space {
    budget: Arc<Budget>,
    bytes: AtomicU64,
}

impl Budget {
    /// Waits until another request may be sent.
    pub(crate) async fn opens(&self) {
        self.room_for(1).await;
    }

    #[must_use]
    pub(crate) fn is_open(&self) -> bool {
        *self.held() < BYTES_MAX
    }

    /// An empty share, for a response of unknown length.
    #[must_use]
    pub(crate) fn space(self: &Arc<Self>) -> Space {
        Space { budget: self.clone(), bytes: AtomicU64::new(0) }
    }

    /// Waits until this many more bytes fit, or until no bytes are in use.
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

    /// Counts `more` bytes instead of `less`.
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
    /// A response of this length has begun: waits until all of it fits.
    pub(crate) async fn grow(&self, length: u64) {
        let _ = timeout(KERNEL_WAIT_MAX, self.budget.room_for(length)).await;
        self.fit(length);
    }

    /// Sets the share to exactly this length.
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
