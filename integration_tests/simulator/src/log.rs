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
    /// Decoded; of a repeated parameter the first. The `secret` is left out.
    pub query: BTreeMap<String, String>,
    /// As it came over the wire, but for the `secret`.
    pub raw_query: String,
    /// The last four characters of the `Access-Token` that it came with.
    pub token: Option<String>,
    /// The last four characters of the access token that the answer gave.
    pub issued: Option<String>,
    /// Of several the first.
    pub advertiser: Option<String>,
    /// Bytes of the body.
    pub bytes: usize,
    /// Rows of `batch_data`, or events of `data`, whether or not the call was accepted.
    pub rows: Option<usize>,
    /// The body of a write that is told no secret, if it is small and JSON.
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

impl Logged {
    /// Whether it came with this `Access-Token`.
    #[must_use]
    pub fn came_with(&self, token: &str) -> bool {
        self.token.as_deref() == Some(ending(token))
    }

    /// Whether the answer gave this access token.
    #[must_use]
    pub fn gave(&self, token: &str) -> bool {
        self.issued.as_deref() == Some(ending(token))
    }
}

/// What of a token is logged.
pub(crate) fn ending(token: &str) -> &str {
    let start = token.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    token.get(start..).unwrap_or_default()
}

/// A query without the value of `secret`.
pub(crate) fn without_secret(raw_query: &str) -> String {
    let masked = |pair: &str| match pair.split_once('=') {
        Some((name @ ("secret" | "client_secret"), _)) => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    raw_query.split('&').map(masked).collect::<Vec<_>>().join("&")
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

    pub(crate) fn count(&self, keep: impl Fn(&Logged) -> bool) -> usize {
        self.lock().requests.iter().filter(|request| keep(request)).count()
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
