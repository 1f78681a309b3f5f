//! Rate limits (`docs/tiktok-api.md` 1.6): per app, of the streaming API, of events, and per advertiser and path.
//! Each second counts for itself; a refused call counts too.

use crate::options::Limits;
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

/// Counts calls to each endpoint by second, minute and day: what the sandbox allows.
#[derive(Debug, Default)]
pub(crate) struct EndpointQuota(HashMap<String, [Window; 3]>);

/// A span of time, by its number since the start, and the calls in it.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    number: u64,
    calls: u32,
}

impl EndpointQuota {
    /// Whether a call to a path is within all limits.
    pub(crate) fn admits(&mut self, now: Duration, path: &str, limits: Limits) -> bool {
        let spans = [(1, limits.second), (60, limits.minute), (86_400, limits.day)];
        let windows = self.0.entry(path.to_owned()).or_default();
        windows.iter_mut().zip(spans).fold(true, |within, (window, (seconds, limit))| {
            let number = now.as_secs() / seconds;
            let before = if window.number == number { window.calls } else { 0 };
            *window = Window { number, calls: before + 1 };
            window.calls <= limit && within
        })
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
    fn endpoints_have_minutes_and_days() {
        let limits = Limits { second: 1, minute: 2, day: 6 };
        let calls = [(0, true), (0, false), (1, false), (60, true), (60, false), (61, false)];
        let mut quota = EndpointQuota::default();
        for (at, within) in calls {
            assert_eq!(quota.admits(Duration::from_secs(at), "/a/", limits), within, "{at}");
        }
        assert!(!quota.admits(Duration::from_secs(120), "/a/", limits), "the day is used up");
        assert!(quota.admits(Duration::from_secs(86_400), "/a/", limits));
        assert!(quota.admits(Duration::from_secs(120), "/b/", limits));
    }

    #[test]
    fn paths_and_advertisers_count_apart() {
        let mut quota = Quota::default();
        let now = Duration::ZERO;
        assert!(quota.path(now, "1", "/a/", 1) && !quota.path(now, "1", "/a/", 1));
        assert!(quota.path(now, "2", "/a/", 1) && quota.path(now, "1", "/b/", 1));
    }
}
