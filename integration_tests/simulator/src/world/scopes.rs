//! What tokens were allowed when they were given (`docs/tiktok-api.md` 2.5 and appendix E [AE scopes]).

pub(crate) const MEASUREMENT: u64 = 5;
pub(crate) const OFFLINE_EVENTS: u64 = 7_043_626_160_646_946_818;
pub(crate) const CRM_EVENTS: u64 = 7_294_180_478_502_830_081;

/// Everything of the first level that a connector can use; some ids are above 2^53.
pub(super) const ALL: &[u64] =
    &[1, 2, 3, 4, MEASUREMENT, 6, 7, 8, 9, 10_000, 15_000_000, 18_000_000, 19_000_000, OFFLINE_EVENTS, CRM_EVENTS];

/// Accounts, campaigns, ad groups, ads and their reports.
pub(super) const NARROW: &[u64] = &[4, 100, 200, 210, 220];

/// Ads, audiences and reports; no pixel, no app, no event set, no event.
pub(super) const WITHOUT_EVENTS: &[u64] = &[1, 2, 3, 4, 6];
