//! Keeps the newest state of a run, so that a bare container goes on where the last one ended.
//!
//! A state is kept when everything before it is on stdout, and on the disk where that is a file, never earlier; how often is bounded by its size.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Mutex;

use super::state_place::StatePlace;
use crate::error::Result;
use crate::protocol::output::{self, Output};
use crate::protocol::state_book::{Snapshot, StateBook};

/// Between two states that are kept, at least.
const WAIT_MIN: Duration = Duration::from_secs(10);
/// What a killed run may lose is bounded all the same.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// Bytes a second of states that are kept, beyond [`WAIT_MIN`].
const BYTES_PER_SECOND: usize = 64 << 10;
/// After a signal, how long stdout may take for what was said, and the place for the last state: Kubernetes kills after
/// 30 s.
const OUTPUT_WAIT_MAX: Duration = Duration::from_secs(2);
const PUT_WAIT_MAX: Duration = Duration::from_secs(10);

/// Where the keeper of a run is found when it ends, however it does.
#[derive(Clone, Default)]
pub(super) struct Keeping(Arc<OnceLock<Arc<Keeper>>>);

/// Keeps the state of a run.
pub(super) struct Keeper {
    place: StatePlace,
    shard: u32,
    book: Arc<StateBook>,
    output: Output,
    /// The changes that are kept; held while a state is put, so that none overtakes a later one.
    kept: Mutex<u64>,
}

impl Keeping {
    /// Keeps the states of `output` from now on.
    pub(super) fn begin(&self, place: StatePlace, shard: u32, output: &Output, book: Arc<StateBook>) {
        output.keep_states(book.clone());
        let keeper = Arc::new(Keeper { place, shard, book, output: output.clone(), kept: Mutex::new(0) });
        if self.0.set(keeper.clone()).is_ok() {
            tokio::spawn(async move { keeper.keep_all().await });
        }
    }

    pub(super) fn keeper(&self) -> Option<&Keeper> {
        self.0.get().map(|keeper| &**keeper)
    }
}

impl Keeper {
    async fn keep_all(&self) {
        let mut changes = self.book.changes();
        while changes.changed().await.is_ok() {
            let wait = match self.keep().await {
                Ok(bytes) => wait(bytes),
                Err(error) => {
                    tracing::warn!("The state is not kept for now; the next one is tried again. {error}");
                    WAIT_MIN
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Keeps the newest state, if it is not kept already; how many bytes it has.
    pub(super) async fn keep(&self) -> Result<usize> {
        let mut kept = self.kept.lock().await;
        let Snapshot { changes, text } = self.book.snapshot();
        // What never came to stdout was brought to nobody.
        if changes == *kept || !self.output.written().await {
            return Ok(0);
        }
        tokio::task::spawn_blocking(output::sync_stdout).await.unwrap_or(Ok(()))?;
        let bytes = text.len();
        self.place.put(self.shard, text).await?;
        *kept = changes;
        Ok(bytes)
    }

    /// The same after a signal: not for long.
    pub(super) async fn keep_soon(&self) -> Result<()> {
        self.book.close();
        let written = tokio::time::timeout(OUTPUT_WAIT_MAX, self.output.written()).await;
        if !written.unwrap_or_default() {
            return Ok(());
        }
        match tokio::time::timeout(PUT_WAIT_MAX, self.keep()).await {
            Ok(kept) => kept.map(drop),
            Err(_) => {
                tracing::warn!("The last state could not be kept within {} s", PUT_WAIT_MAX.as_secs());
                Ok(())
            }
        }
    }
}

fn wait(bytes: usize) -> Duration {
    let seconds = u64::try_from(bytes / BYTES_PER_SECOND).unwrap_or(u64::MAX);
    Duration::from_secs(seconds).clamp(WAIT_MIN, WAIT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_states_are_kept_less_often() {
        for (bytes, seconds) in [(0, 10), (600_000, 10), (6_400_000, 97), (usize::MAX, 300)] {
            assert_eq!(wait(bytes), Duration::from_secs(seconds), "{bytes}");
        }
    }
}
