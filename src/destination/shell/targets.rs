//! What a run knows of the targets it writes to: which took something, and which failed for good.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::MutexGuard;

use super::bisect::SHOWN_ALONE_MAX;
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

    /// Nothing more comes: what took nothing of all that it was shown is to blame for that.
    pub(crate) fn condemn(&self) {
        let all = lock(&self.0);
        let fell = |whole: &String| all.get(&(whole.clone(), None)).is_some_and(|whole| whole.failure().is_some());
        // Where all of an account fell, none of its parts is to blame.
        let standing = all.iter().filter(|((whole, _), _)| !fell(whole)).map(|(_, standing)| standing);
        standing.for_each(|standing| standing.condemn());
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

/// What speaks against a target that took nothing yet.
#[derive(Debug, Default)]
struct Doubt {
    /// Rows that were refused alone.
    refused: usize,
    /// What is told of it, should it never take any.
    reason: Option<Error>,
}

/// How a target stands.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    accepted: AtomicBool,
    failed: OnceLock<Arc<Error>>,
    doubt: Mutex<Doubt>,
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

    /// It takes nothing, as is told once; the first reason stays.
    pub(crate) fn fail(&self, error: Error) {
        let error = Arc::new(error);
        if self.failed.set(error.clone()).is_ok() {
            tracing::warn!("{error} Nothing more is sent there; what goes elsewhere goes on.");
        }
    }

    /// It refused so many more rows, one by one, and took none. `reason` tells of all of them, whose number it is
    /// given. Enough of them are its own fault.
    pub(crate) fn doubt(&self, rows: usize, reason: impl FnOnce(usize) -> Error) {
        let mut doubt = lock(&self.doubt);
        doubt.refused += rows;
        let reason = reason(doubt.refused);
        if doubt.refused >= SHOWN_ALONE_MAX {
            self.fail(reason);
        } else {
            doubt.reason = Some(reason);
        }
    }

    /// Nothing more comes.
    fn condemn(&self) {
        let reason = lock(&self.doubt).reason.take();
        if let Some(reason) = reason.filter(|_| !self.has_accepted()) {
            self.fail(reason);
        }
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
