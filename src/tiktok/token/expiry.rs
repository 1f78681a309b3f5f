//! When a token is used as it is, renewed, or warned about. Pure: the caller tells the time.

use chrono::{DateTime, TimeDelta, Utc};

/// A token with less than this left is renewed before it is used: longer than any sync may stand in a queue.
pub(crate) const RENEW_BEFORE: TimeDelta = TimeDelta::hours(6);
/// A refresh token that ends within this is warned about: nothing but a person can replace it.
pub(crate) const WARN_BEFORE: TimeDelta = TimeDelta::days(14);
/// After a renewal that failed by time, the next attempt.
pub(crate) const RENEWAL_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// A token whose whole life is short is renewed when this share of it is left, not with each request.
const SHORT_LIFE_SHARE: i32 = 2;

/// When tokens end, as far as anybody said so; a token without a time is used as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Times {
    pub access_ends: Option<DateTime<Utc>>,
    pub refresh_ends: Option<DateTime<Utc>>,
    /// When the access token was issued, where this run saw it.
    pub issued: Option<DateTime<Utc>>,
}

impl Times {
    /// Whether it is time to renew the access token.
    #[must_use]
    pub(crate) fn renewal_is_due(&self, now: DateTime<Utc>) -> bool {
        self.access_ends.is_some_and(|ends| ends - now < self.margin(ends))
    }

    fn margin(&self, ends: DateTime<Utc>) -> TimeDelta {
        let life = self.issued.map(|issued| (ends - issued) / SHORT_LIFE_SHARE);
        life.map_or(RENEW_BEFORE, |half| half.min(RENEW_BEFORE))
    }

    /// Days that the refresh token has left, when that is worth a warning; 0 when it is over.
    #[must_use]
    pub(crate) fn reconnect_within(&self, now: DateTime<Utc>) -> Option<i64> {
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
            assert_eq!(times(None, refresh, None).reconnect_within(now), told, "{refresh:?}");
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
