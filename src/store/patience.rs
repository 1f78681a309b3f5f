//! Breaks the silence while something is stored.

use std::time::Duration;

use futures::future::{Either, select};
use tokio::time::{Instant, sleep};

/// What takes this long is told.
const TOLD_AFTER: Duration = Duration::from_secs(10);
/// And again after this long.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// Waits for `work`, and says so in the log when it takes long; `place` is waited for to take `what`.
pub(super) async fn patiently<F: Future>(place: &str, what: &str, work: F) -> F::Output {
    let say = |seconds| tracing::info!("Waiting for {place} to take {what}: {seconds} s");
    saying(say, work).await
}

async fn saying<F: Future>(say: impl Fn(u64), work: F) -> F::Output {
    let (began, mut wait) = (Instant::now(), TOLD_AFTER);
    let mut work = std::pin::pin!(work);
    loop {
        match select(work.as_mut(), std::pin::pin!(sleep(wait))).await {
            Either::Left((out, _)) => return out,
            Either::Right(((), _)) => say(began.elapsed().as_secs()),
        }
        wait = TOLD_EVERY;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_is_told_now_and_then() {
        let told = RefCell::new(Vec::new());
        for seconds in [9, 75] {
            saying(|seconds| told.borrow_mut().push(seconds), sleep(Duration::from_secs(seconds))).await;
        }
        assert_eq!(*told.borrow(), [10, 40, 70]);
    }
}
