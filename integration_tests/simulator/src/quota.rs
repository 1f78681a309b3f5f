//! Rate limits (`tiktok-api.md` 1.6): per app, of the streaming API, of events, and per advertiser and path.
//! Each second counts for itself; a refused call counts too.

use std::collections::HashMap;
use std::time::Duration;

/// Counts calls in seconds since the start.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    second: u64,
    app: u32,
    segment: u32,
    event: u32,
    paths: HashMap<(String, String), u32>,
}

impl Quota {
    /// Whether a call of the app is within `limit`.
    pub(crate) fn app(&mut self, now: Duration, limit: u32) -> bool {
        self.turn(now);
        self.app += 1;
        self.app <= limit
    }

    /// Whether a call to the streaming API is within `limit`.
    pub(crate) fn segment(&mut self, now: Duration, limit: u32) -> bool {
        self.turn(now);
        self.segment += 1;
        self.segment <= limit
    }

    /// Whether a call with events is within `limit`.
    pub(crate) fn event(&mut self, now: Duration, limit: u32) -> bool {
        self.turn(now);
        self.event += 1;
        self.event <= limit
    }

    /// Whether a call to a path for an advertiser is within `limit`.
    pub(crate) fn path(&mut self, now: Duration, advertiser: &str, path: &str, limit: u32) -> bool {
        self.turn(now);
        let count = self.paths.entry((advertiser.to_owned(), path.to_owned())).or_default();
        *count += 1;
        *count <= limit
    }

    fn turn(&mut self, now: Duration) {
        if now.as_secs() != self.second {
            *self = Self { second: now.as_secs(), ..Self::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_second_is_free_again() {
        let mut quota = Quota::default();
        let at = Duration::from_millis;
        assert!(quota.app(at(10), 2) && quota.app(at(20), 2) && !quota.app(at(999), 2));
        assert!(quota.app(at(1_000), 2));
    }

    #[test]
    fn paths_and_advertisers_count_apart() {
        let mut quota = Quota::default();
        let now = Duration::ZERO;
        assert!(quota.path(now, "1", "/a/", 1) && !quota.path(now, "1", "/a/", 1));
        assert!(quota.path(now, "2", "/a/", 1) && quota.path(now, "1", "/b/", 1));
    }
}
