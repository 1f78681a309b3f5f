//! What one call heard while it was on its way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::tiktok::Watch;

/// Notices that TikTok left out something (docs/tiktok-api.md 1.2, `X-Tt-Ads-Throttle`); the rest is the stream's to hear.
pub(super) struct Noticing<'a> {
    inner: &'a dyn Watch,
    cut: AtomicBool,
}

impl<'a> Noticing<'a> {
    pub(super) fn new(inner: &'a dyn Watch) -> Self {
        Self { inner, cut: AtomicBool::new(false) }
    }

    pub(super) fn was_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }
}

impl Watch for Noticing<'_> {
    fn stream(&self) -> Option<&str> {
        self.inner.stream()
    }

    fn sent(&self) {
        self.inner.sent();
    }

    fn sent_again(&self) {
        self.inner.sent_again();
    }

    fn held_back(&self, wait: Duration) {
        self.inner.held_back(wait);
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }
}
