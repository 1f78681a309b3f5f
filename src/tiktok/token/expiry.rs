//! When a token is renewed, and when its end deserves a warning. Pure: the caller passes the time.

use chrono::{DateTime, TimeDelta, Utc};

/// A token with less time left is renewed before use. No sync waits longer in a queue.
pub(crate) const RENEW_BEFORE: TimeDelta = TimeDelta::hours(6);
/// A refresh token that ends within this time deserves a warning: only a person can replace it.
pub(crate) const WARN_BEFORE: TimeDelta = TimeDelta::days(14);
/// The time between two attempts at an early renewal.
pub(crate) const RENEWAL_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// A short-lived token is renewed when one part in this many of its life is left, or each request would renew it.
const SHORT_LIFE_SHARE: i32 = 2;

/// When the tokens end, if known. A token without an expiry is used as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Times {
    pub access_ends: Option<DateTime<Utc>>,
    pub refresh_ends: Option<DateTime<Utc>>,
    /// When the access token was issued, if this run requested it.
    pub issued: Option<DateTime<Utc>>,
}

impl Times {
    /// Whether the access token should be renewed now.
    #[must_use]
    pub(crate) fn renewal_is_due(&self, now: DateTime<Utc>) -> bool {
        self.access_ends.is_some_and(|ends| ends - now < self.margin(ends))
    }

    fn margin(&self, ends: DateTime<Utc>) -> TimeDelta {
        let life = self.issued.map(|issued| (ends - issued) / SHORT_LIFE_SHARE);
        life.map_or(RENEW_BEFORE, |half| half.min(RENEW_BEFORE))
    }

    /// The days until the refresh token ends, if few enough for a warning. 0: it has ended, or ends within a day.
    #[must_use]
    pub(crate) fn days_until_reconnect(&self, now: DateTime<Utc>) -> Option<i64> {
        let left = self.refresh_ends? - now;
        (left < WARN_BEFORE).then(|| left.num_days().max(0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn times(access: Option<&str>, refresh: Option<&str>, issued: Option<&str>) -> Times {
        Times { access_ends: access.map(at), refresh_ends: refresh.map(at), issued: issued.map(at) }
    }

    #[test]
    fn a_token_is_renewed_when_less_than_six_hours_remain() {
        let now = at("2026-03-01T12:00:00Z");
        for (access, issued, due) in [
            (None, None, false),
            (Some("2026-03-01T18:00:00Z"), None, false),
            (Some("2026-03-01T17:59:59Z"), None, true),
            (Some("2026-03-01T11:00:00Z"), None, true),
            // A day's token that this run got: six hours. An hour's: half of it, or each request would renew it.
            (Some("2026-03-01T17:59:59Z"), Some("2026-02-28T17:59:59Z"), true),
            (Some("2026-03-01T12:59:59Z"), Some("2026-03-01T11:59:59Z"), false),
            (Some("2026-03-01T12:29:00Z"), Some("2026-03-01T11:29:00Z"), true),
        ] {
            assert_eq!(times(access, None, issued).renewal_is_due(now), due, "{access:?} {issued:?}");
        }
    }

    #[test]
    fn the_end_of_the_refresh_token_is_told_two_weeks_before() {
        let now = at("2026-03-01T12:00:00Z");
        for (refresh, told) in [
            (None, None),
            (Some("2026-03-15T12:00:00Z"), None),
            (Some("2026-03-15T11:59:59Z"), Some(13)),
            (Some("2026-03-01T13:00:00Z"), Some(0)),
            (Some("2025-01-01T00:00:00Z"), Some(0)),
        ] {
            assert_eq!(times(None, refresh, None).days_until_reconnect(now), told, "{refresh:?}");
        }
    }

    proptest! {
        #[test]
        fn a_fresh_token_is_never_due_at_once(life in 2_i64..100_000_000) {
            let now = at("2026-03-01T12:00:00Z");
            let fresh = Times { access_ends: Some(now + TimeDelta::seconds(life)), refresh_ends: None, issued: Some(now) };
            prop_assert!(!fresh.renewal_is_due(now));
            prop_assert!(fresh.renewal_is_due(now + TimeDelta::seconds(life)));
        }
    }
}
