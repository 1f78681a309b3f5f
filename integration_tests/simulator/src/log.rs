//! What was asked, in order of arrival.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Logged {
    /// Since the start of the simulator.
    pub at: Duration,
    pub method: String,
    /// Without `/open_api/v1.3`.
    pub path: String,
    /// Decoded; of a repeated parameter the first.
    pub query: BTreeMap<String, String>,
    /// As it came over the wire.
    pub raw_query: String,
    /// Of several the first.
    pub advertiser: Option<String>,
    /// Bytes of the body.
    pub bytes: usize,
    /// Rows of `batch_data`, or events of `data`, whether or not the call was accepted.
    pub rows: Option<usize>,
    /// The body of a call to `/segment/*` or `/event/track/`, if it is small and JSON.
    pub body: Option<serde_json::Value>,
    /// The code in the body; `None` while unanswered, or when the answer was no envelope.
    pub code: Option<i64>,
    /// `None` while unanswered, or when no HTTP answer was sent.
    pub status: Option<u16>,
    /// The fault that was played.
    pub fault: Option<String>,
    /// Requests under way when this one arrived, itself included.
    pub in_flight: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    requests: Vec<Logged>,
    running: usize,
}

/// A request under way; when dropped it no longer counts as such.
pub(crate) struct Entry<'l> {
    log: &'l Log,
    at: usize,
}

impl Log {
    pub(crate) fn begin(&self, mut request: Logged) -> Entry<'_> {
        let mut inner = self.lock();
        inner.running += 1;
        request.in_flight = inner.running;
        inner.requests.push(request);
        Entry { log: self, at: inner.requests.len() - 1 }
    }

    pub(crate) fn all(&self) -> Vec<Logged> {
        self.lock().requests.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry<'_> {
    pub(crate) fn note(&self, change: impl FnOnce(&mut Logged)) {
        self.log.lock().requests.get_mut(self.at).map(change);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.log.lock().running -= 1;
    }
}
