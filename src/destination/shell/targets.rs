//! What a run knows of the targets it writes to: which took something, and which failed for good.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::MutexGuard;

use crate::error::Error;
use crate::lock::lock;

/// A target within an account: an audience. An event source has but one.
pub(crate) type Part = u32;

/// An account or event source and, within, a part; without one, it is the whole.
type Place = (String, Option<Part>);

/// The targets of a run.
#[derive(Default)]
pub(crate) struct Targets(Mutex<HashMap<Place, Arc<Standing>>>);

impl Targets {
    /// The one target, known from now on.
    #[must_use]
    pub(crate) fn of(&self, whole: &str, part: Option<Part>) -> Arc<Standing> {
        lock(&self.0).entry((whole.to_owned(), part)).or_default().clone()
    }

    /// Whether a target that was written to may still take something.
    #[must_use]
    pub(crate) fn any_stands(&self) -> bool {
        let all = lock(&self.0);
        let fell =
            |whole: &String| all.get(&(whole.clone(), None)).is_some_and(|standing| standing.failure().is_some());
        all.iter().any(|((whole, part), standing)| part.is_some() && standing.failure().is_none() && !fell(whole))
    }
}

/// How a target stands.
#[derive(Default)]
pub(crate) struct Standing {
    accepted: AtomicBool,
    failed: OnceLock<Arc<Error>>,
    judging: tokio::sync::Mutex<()>,
}

impl Standing {
    /// It took something.
    pub(crate) fn accept(&self) {
        self.accepted.store(true, Ordering::Relaxed);
    }

    /// Whether it ever took something.
    #[must_use]
    pub(crate) fn has_accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
    }

    /// It takes nothing; the first reason stays. Whether this was it.
    pub(crate) fn fail(&self, error: Error) -> bool {
        self.failed.set(Arc::new(error)).is_ok()
    }

    #[must_use]
    pub(crate) fn failure(&self) -> Option<Arc<Error>> {
        self.failed.get().cloned()
    }

    /// One at a time finds out whether it takes anything; the others wait for what comes of it.
    pub(crate) async fn judge(&self) -> MutexGuard<'_, ()> {
        self.judging.lock().await
    }
}
