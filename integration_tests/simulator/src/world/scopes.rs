//! What a token was allowed when it was given (`tiktok-api.md` 2.5 and appendix E [AE scopes]).

use super::tokens::Token;

/// A permission: a call needs one of these ids; the first is its own, the others are the
/// parents, which grant their children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    pub(crate) name: &'static str,
    ids: &'static [u64],
}

pub(crate) const READ_PIXELS: Scope = Scope { name: "Read Pixels", ids: &[800, 80, 8] };
pub(crate) const PIXEL_REPORTS: Scope = Scope { name: "Pixel Level Reporting", ids: &[802, 80, 8] };
pub(crate) const READ_APPS: Scope = Scope { name: "Read Apps", ids: &[700, 70, 7] };
pub(crate) const READ_OFFLINE: Scope =
    Scope { name: "Read Offline Events", ids: &[7_224_195_155_857_833_986, OFFLINE_EVENTS] };
pub(crate) const READ_CRM: Scope = Scope { name: "Read CRM Event Sets", ids: &[7_294_180_478_502_846_465, CRM_EVENTS] };
/// [?] A child of Measurement; the list does not say whose child it is.
pub(crate) const REPORT_EVENTS: Scope =
    Scope { name: "Report Conversion Event", ids: &[7_224_195_155_857_866_754, MEASUREMENT] };

const MEASUREMENT: u64 = 5;
const OFFLINE_EVENTS: u64 = 7_043_626_160_646_946_818;
const CRM_EVENTS: u64 = 7_294_180_478_502_830_081;

/// Everything of the first level that a connector can use.
pub(super) const ALL: &[u64] = &[1, 2, 3, 4, MEASUREMENT, 6, 7, 8, 9, 15_000_000, OFFLINE_EVENTS, CRM_EVENTS];

/// Ads, audiences and reports; no pixel, no app, no event set, no event.
pub(super) const WITHOUT_EVENTS: &[u64] = &[1, 2, 3, 4, 6];

impl Token {
    /// Whether it was given a permission or one above it.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        scope.ids.iter().any(|id| self.scopes.contains(id))
    }
}
