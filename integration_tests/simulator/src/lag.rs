//! What was made a moment ago and does not show yet: objects in lists, videos that are still in work.

use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// A list of an account, as `campaign`.
pub(crate) type Shelf = (u64, &'static str);

/// What waits, by the list that it will be in and its id there.
#[derive(Debug, Default)]
pub(crate) struct Lags(HashMap<(Shelf, String), Wait>);

#[derive(Debug)]
struct Wait {
    /// Looks that do not show it.
    looks: u32,
    until: DateTime<Utc>,
}

impl Lags {
    pub(crate) fn wait(&mut self, shelf: Shelf, id: &str, looks: u32, until: DateTime<Utc>) {
        self.0.insert((shelf, id.to_owned()), Wait { looks, until });
    }

    pub(crate) fn waits(&self, shelf: Shelf, id: &str, now: DateTime<Utc>) -> bool {
        !self.0.is_empty() && self.0.get(&(shelf, id.to_owned())).is_some_and(|wait| wait.looks > 0 || now < wait.until)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Somebody looked at a list.
    pub(crate) fn looked(&mut self, shelf: Shelf) {
        let on = |(key, _): &(&(Shelf, String), &mut Wait)| key.0 == shelf;
        self.0.iter_mut().filter(on).for_each(|(_, wait)| wait.looks = wait.looks.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_thing_shows_after_looks_and_time() {
        let (mut lags, now) = (Lags::default(), DateTime::UNIX_EPOCH);
        lags.wait((1, "ad"), "7", 1, now + TimeDelta::seconds(5));
        let later = now + TimeDelta::seconds(6);
        assert!(lags.waits((1, "ad"), "7", later) && !lags.waits((2, "ad"), "7", later));
        lags.looked((1, "ad"));
        assert!(lags.waits((1, "ad"), "7", now) && !lags.waits((1, "ad"), "7", later));
    }
}
