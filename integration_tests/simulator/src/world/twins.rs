//! What management calls leave behind beside objects: keys that were used, and budgets that begin later.

use chrono::{DateTime, TimeDelta, Utc};

/// The `request_id`s that made something (`docs/tiktok-api.md` 7.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Twins(Vec<Used>);

#[derive(Clone, Debug)]
struct Used {
    advertiser: u64,
    path: String,
    key: String,
    at: DateTime<Utc>,
}

impl Twins {
    /// Whether the key made something within the window before now.
    pub(crate) fn has(
        &self,
        (advertiser, path, key): (u64, &str, &str),
        now: DateTime<Utc>,
        window: TimeDelta,
    ) -> bool {
        let same = |used: &&Used| used.advertiser == advertiser && used.path == path && used.key == key;
        self.0.iter().filter(same).any(|used| now - used.at < window)
    }

    pub(crate) fn note(&mut self, (advertiser, path, key): (u64, &str, &str), now: DateTime<Utc>) {
        self.0.push(Used { advertiser, path: path.to_owned(), key: key.to_owned(), at: now });
    }
}

/// A daily budget that begins at the account's next midnight (`docs/tiktok-api.md` 7.3 [DOC 1739591133130817]).
#[derive(Clone, Debug)]
pub(crate) struct Scheduled {
    pub(crate) advertiser: u64,
    pub(crate) adgroup: u64,
    pub(crate) budget: f64,
    pub(crate) at: DateTime<Utc>,
}
