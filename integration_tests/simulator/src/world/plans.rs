//! Which accounts a kind of world has.

use super::WorldKind;
use chrono_tz::Tz;

/// The Business Center of all accounts but one.
pub(super) const BUSINESS: u64 = 7_009_876_543_210_987_654;
pub(super) const OTHER_BUSINESS: u64 = 7_009_876_543_219_999_999;

/// How an account is to be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    Nothing,
    /// This many ordinary campaigns, and one of each special kind.
    Everything(usize),
    /// Thousands of objects that deliver nearly every day.
    Pages,
    /// This many campaigns that ran for a few weeks each, and this many Smart+ ads.
    Bursts(usize, usize),
}

#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) zone: Tz,
    pub(super) zone_name: &'static str,
    pub(super) currency: &'static str,
    pub(super) country: &'static str,
    /// Days before today.
    pub(super) age: i64,
    pub(super) fill: Fill,
    pub(super) status: &'static str,
    pub(super) forbidden: bool,
    pub(super) agency: bool,
    pub(super) business: u64,
}

fn plan(name: &'static str, zone: Tz, currency: &'static str, age: i64, fill: Fill) -> Plan {
    Plan {
        name,
        zone,
        zone_name: zone.name(),
        currency,
        country: "US",
        age,
        fill,
        status: "STATUS_ENABLE",
        forbidden: false,
        agency: false,
        business: BUSINESS,
    }
}

/// Six accounts of different ages.
fn ages() -> Vec<Plan> {
    vec![
        plan("Elder Grove", Tz::America__New_York, "USD", 3_400, Fill::Bursts(40, 120)),
        plan("Mill & Sons", Tz::Europe__London, "GBP", 1_500, Fill::Bursts(12, 2)),
        Plan { country: "JP", ..plan("Spring 春", Tz::Asia__Tokyo, "JPY", 800, Fill::Bursts(6, 0)) },
        plan("Year One", Tz::Pacific__Auckland, "NZD", 370, Fill::Bursts(3, 1)),
        plan("Quarter Deck", Tz::America__Los_Angeles, "USD", 90, Fill::Bursts(2, 0)),
        plan("Newborn", Tz::Europe__Berlin, "EUR", 5, Fill::Bursts(1, 0)),
    ]
}

/// The accounts of a world.
pub(super) fn of(kind: WorldKind) -> Vec<Plan> {
    if kind == WorldKind::Ages {
        return ages();
    }
    let tokyo = Plan {
        zone_name: "Etc/GMT-9",
        country: "JP",
        ..plan("Tokyo \"Shop\" 東京店", Tz::Asia__Tokyo, "JPY", 730, Fill::Everything(5))
    };
    let new_york = plan("New York\nOutfitters", Tz::America__New_York, "USD", 200, Fill::Everything(4));
    let london = Plan {
        country: "GB",
        ..plan("London Tea\u{2028}House 🫖", Tz::Europe__London, "GBP", 45, Fill::Everything(2))
    };
    let empty = Plan { country: "DE", ..plan("Empty Shelf", Tz::Europe__Berlin, "EUR", 90, Fill::Nothing) };
    let forbidden = Plan {
        status: "STATUS_LIMIT",
        forbidden: true,
        ..plan("Forbidden Garden", Tz::America__Chicago, "USD", 300, Fill::Everything(1))
    };
    let mut all = vec![tokyo, new_york, london, empty, forbidden];
    if kind == WorldKind::Large {
        all.push(plan("Large Market", Tz::America__Los_Angeles, "USD", 400, Fill::Pages));
    }
    all
}

/// Accounts that only the agency's token reaches: in review, closed, of another business.
pub(super) fn agency() -> Vec<Plan> {
    let account =
        |name, status| Plan { status, agency: true, ..plan(name, Tz::Europe__Paris, "EUR", 20, Fill::Nothing) };
    vec![
        account("Pending Orchard", "STATUS_PENDING_CONFIRM"),
        account("Suspended Orchard", "STATUS_LIMIT"),
        account("Disabled Orchard", "STATUS_DISABLE"),
        Plan { business: OTHER_BUSINESS, ..account("Foreign Orchard", "STATUS_ENABLE") },
    ]
}

/// An account of nine years in which nothing ever was.
pub(super) fn quiet() -> Plan {
    plan("Quiet Corner", Tz::Europe__Paris, "EUR", 3_300, Fill::Nothing)
}
