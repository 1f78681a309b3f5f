//! What a stream asks for: advertisers × slices. Pure.
//!
//! | word | meaning |
//! |---|---|
//! | partition | what has one cursor: an advertiser's rows of a stream, or those below one of its stores |
//! | slice | what is finished or not: the smallest part of a partition that a cursor can pass |
//! | window | the days of a slice, both ends counted |
//! | sweep | one pass over a list, with its own filter |
//! | stretch | days in a row that are asked for, or passed because they hold nothing |
//! | piece | days that are looked at at once for whether they hold anything: one, or a chunk of 30 |
//! | part | a share of a slice that TikTok will not give whole |

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod ahead;
pub(crate) mod cursors;
pub(crate) mod forecast;
pub(crate) mod frontier;
pub(crate) mod given;
pub(crate) mod joined;
pub(crate) mod keep;
pub(crate) mod learned_limits;
pub(crate) mod offer;
pub(crate) mod query;
pub(crate) mod queue;
pub(crate) mod refusal;
pub(crate) mod reread;
pub(crate) mod select;
pub(crate) mod shards;
mod slice;
pub(crate) mod together;
pub(crate) mod verdict;
pub(crate) mod window;
pub(crate) mod withdrawn;
pub(crate) mod zone;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};

use self::account::Account;
use self::activity::Activity;
use self::cursors::{Cursors, Place};
use self::given::Form;
use self::given::Notation;
use self::reread::{Digests, Rereading};
pub(crate) use self::slice::{ListSlice, ReportSlice, Slice};
use self::window::{Bounds, Need, stretches};
use crate::config::{Reread, SourceConfig, StartDate};
use crate::source::record::timestamp::Timestamp;
use crate::streams::report::{Grain, Report};
use crate::streams::{Deleted, Listing, Owner, Parent, Read, StreamDef};
use crate::tiktok::advertisers::INFO_IDS_MAX;

/// What of the config decides about requests.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub start_date: StartDate,
    pub end_date: Option<NaiveDate>,
    pub attribution_window: u16,
    pub reread: Reread,
    pub include_deleted: bool,
    /// The moment the run began.
    pub now: DateTime<Utc>,
}

impl Scope {
    #[must_use]
    pub(crate) fn new(config: &SourceConfig, now: DateTime<Utc>) -> Self {
        Self {
            start_date: config.start_date,
            end_date: config.end_date,
            attribution_window: config.attribution_window,
            reread: config.reread,
            include_deleted: config.include_deleted,
            now,
        }
    }
}

impl Scope {
    /// The first day of reports for an advertiser.
    #[must_use]
    pub(crate) fn start(&self, account: &Account) -> NaiveDate {
        self.start_date.on(account.today(self.now))
    }
}

/// Whether `start_date` is yet to come for every advertiser, so that no report has a day to read.
#[must_use]
pub(crate) fn starts_later(scope: &Scope, accounts: &[Account]) -> bool {
    !accounts.is_empty() && accounts.iter().all(|account| account.today(scope.now) < scope.start(account))
}

/// The slices of one place (or of many advertisers), oldest first. Its cursor moves over finished ones.
#[derive(Debug)]
pub(crate) struct Partition {
    /// None where a slice is about many advertisers, or about none.
    pub account: Option<Account>,
    /// Whose cursor moves.
    pub place: Option<Place>,
    pub slices: Vec<Slice>,
    /// Rows that were changed before it are known already.
    pub known_before: Option<Timestamp>,
    /// How the days of its attribution window are read again, where not all are.
    pub rereading: Option<Rereading>,
}

/// The ids of a stream's parents, by the advertiser who has them; under none what the token has.
pub(crate) type Parents = HashMap<Option<Arc<str>>, Vec<Arc<str>>>;

/// What is known of the days of advertisers.
pub(crate) type Activities = HashMap<Arc<str>, Activity>;

/// What a plan needs to know of its advertisers.
#[derive(Default)]
pub(crate) struct Learnt {
    /// Of those that could be asked for theirs.
    pub parents: Parents,
    /// Of those whose days were looked at.
    pub activities: Activities,
    /// What the sums say of the days of advertisers, where that decides what is read again.
    pub digests: HashMap<Arc<str>, Digests>,
}

/// How the stream's cursors are written.
#[must_use]
pub(crate) fn notation(stream: &StreamDef) -> Notation {
    match &stream.read {
        Read::Report(report) if report.grain == Grain::Hour => Notation::Hour,
        Read::Report(_) | Read::ChangeLog => Notation::Day,
        _ => Notation::Utc,
    }
}

/// What the stream's states look like, if it has a cursor.
#[must_use]
pub(crate) fn form(stream: &StreamDef) -> Option<Form<'_>> {
    let parent = match stream.read {
        Read::Report(_) => goes_on_by(stream.parent()),
        _ => None,
    };
    Some(Form { stream: &stream.name, field: stream.cursor?, notation: notation(stream), parent })
}

/// What a parent's id is called, where the rows of each go on apart.
fn goes_on_by(parent: Option<Parent>) -> Option<&'static str> {
    parent.and_then(|parent| parent.id.last()).copied()
}

/// What an advertiser's clock shows, as the stream's cursors count time.
#[must_use]
pub(crate) fn clock(stream: &StreamDef, account: &Account, now: DateTime<Utc>) -> Timestamp {
    match notation(stream) {
        Notation::Utc => Timestamp::utc(now),
        Notation::Day | Notation::Hour => Timestamp::naive(account.zone.local(now)),
    }
}

/// All partitions of a stream.
#[must_use]
pub(crate) fn partitions(
    stream: &StreamDef,
    scope: &Scope,
    accounts: &[Account],
    learnt: &Learnt,
    cursors: Option<&Cursors>,
) -> Vec<Partition> {
    let parent = stream.parent();
    // Whose parents are not known is not read; that is told elsewhere.
    let ids = |owner: Option<&Account>| match parent {
        Some(_) => learnt.parents.get(&owner.map(|account| account.id.clone())).map(Vec::as_slice),
        None => Some(&[] as &[Arc<str>]),
    };
    match &stream.read {
        Read::Advertisers => advertisers(accounts),
        Read::AdvertiserList => vec![unowned(vec![Slice::AdvertiserList])],
        // It is read from no advertiser.
        Read::Files(_) => Vec::new(),
        Read::ChangeLog => accounts.iter().map(|account| changes(scope, account, cursors)).collect(),
        Read::Listing(listing) if listing.owner == Owner::Token => {
            ids(None).map(|ids| unowned(listed(listing, scope, ids))).into_iter().collect()
        }
        Read::Listing(listing) => accounts
            .iter()
            .filter_map(|account| {
                let place = Place { advertiser: account.id.clone(), parent: None };
                let start = account.start_of(scope.start(account));
                let cursor = cursors.map(|cursors| cursors.of(&place).map_or(start, |cursor| cursor.max(start)));
                Some(Partition {
                    slices: listed(listing, scope, ids(Some(account))?),
                    known_before: cursor,
                    rereading: None,
                    account: Some(account.clone()),
                    place: Some(place),
                })
            })
            .collect(),
        Read::Report(report) => accounts
            .iter()
            .filter_map(|account| Some((account, ids(Some(account))?)))
            .flat_map(|(account, ids)| {
                places(account, parent, ids).into_iter().map(move |(place, ids)| {
                    let bounds = bounds(scope, account, cursors.and_then(|cursors| cursors.of(&place)));
                    let rereading = learnt.digests.get(&account.id).map(|now| {
                        let kept = cursors.and_then(|cursors| cursors.kept(&place));
                        Rereading::new(report, &bounds, kept, now.clone())
                    });
                    let known = Known { activity: learnt.activities.get(&account.id), rereading: rereading.as_ref() };
                    Partition {
                        slices: reported(report, &bounds, known, &ids),
                        known_before: None,
                        account: Some(account.clone()),
                        place: Some(place),
                        rereading,
                    }
                })
            })
            .collect(),
    }
}

fn advertisers(accounts: &[Account]) -> Vec<Partition> {
    let ids = |chunk: &[Account]| chunk.iter().map(|account| account.id.clone()).collect();
    accounts.chunks(INFO_IDS_MAX).map(|chunk| unowned(vec![Slice::Advertisers(ids(chunk))])).collect()
}

/// A partition that is no single advertiser's and has no cursor.
fn unowned(slices: Vec<Slice>) -> Partition {
    Partition { account: None, place: None, slices, known_before: None, rereading: None }
}

/// Every sweep of a list, for every parent where it has some.
#[must_use]
pub(crate) fn listed(listing: &Listing, scope: &Scope, parents: &[Arc<str>]) -> Vec<Slice> {
    let apart = match listing.deleted {
        Deleted::Apart(sweeps) if scope.include_deleted => sweeps,
        _ => &[],
    };
    let sweeps = |parents: &[Arc<str>]| -> Vec<Slice> {
        let sweeps = listing.sweeps.iter().chain(apart);
        sweeps.map(|sweep| Slice::List(ListSlice { listing: *listing, sweep, parents: parents.to_vec() })).collect()
    };
    match listing.parent {
        Some(parent) => parents.chunks(parent.at_once.unwrap_or(1)).flat_map(sweeps).collect(),
        None => sweeps(&[]),
    }
}

/// Days of one task of the change log, both ends counted (docs/tiktok-api.md 3.8).
const TASK_DAYS_MAX: u64 = 30;
/// Days that are read again: the last one was not over, and its last changes may have been on their way.
const CHANGES_LOOKBACK: u16 = 1;

/// The change log of an advertiser.
fn changes(scope: &Scope, account: &Account, cursors: Option<&Cursors>) -> Partition {
    let place = Place { advertiser: account.id.clone(), parent: None };
    let cursor = cursors.and_then(|cursors| cursors.of(&place));
    let bounds = Bounds { lookback: CHANGES_LOOKBACK, ..bounds(scope, account, cursor) };
    let windows = stretches(&bounds, TASK_DAYS_MAX, |_| Need::Request).into_iter();
    Partition {
        slices: windows.map(|stretch| Slice::Changes(stretch.window)).collect(),
        known_before: None,
        account: Some(account.clone()),
        place: Some(place),
        rereading: None,
    }
}

/// The places of an advertiser whose reports go on apart, and the parents to name for each.
fn places(account: &Account, parent: Option<Parent>, parents: &[Arc<str>]) -> Vec<(Place, Vec<Arc<str>>)> {
    let place = |parent| Place { advertiser: account.id.clone(), parent };
    match goes_on_by(parent) {
        Some(name) => parents.iter().map(|id| (place(Some((name, id.clone()))), vec![id.clone()])).collect(),
        None => vec![(place(None), Vec::new())],
    }
}

/// What is known of the days of a place before they are read.
#[derive(Clone, Copy)]
struct Known<'a> {
    activity: Option<&'a Activity>,
    rereading: Option<&'a Rereading>,
}

impl Known<'_> {
    fn need(self, day: NaiveDate) -> Need {
        if self.rereading.is_some_and(|rereading| rereading.passes(day)) {
            return Need::Unmoved;
        }
        if self.activity.is_none_or(|activity| activity.may_hold(day)) { Need::Request } else { Need::Nothing }
    }
}

fn reported(report: &Arc<Report>, bounds: &Bounds, known: Known<'_>, parents: &[Arc<str>]) -> Vec<Slice> {
    let days_max = report.grain.days_max();
    let slice = |window| {
        let (report, parents) = (report.clone(), parents.to_vec());
        Slice::Report(ReportSlice::of(report, window, parents))
    };
    let windows = |bounds: &Bounds| {
        let stretches = stretches(bounds, days_max, |day| known.need(day)).into_iter();
        let slices = stretches.map(|stretch| match stretch.need {
            Need::Request => slice(Some(stretch.window)),
            Need::Nothing => Slice::Empty(stretch.window),
            Need::Unmoved => Slice::Unmoved(stretch.window),
        });
        slices.collect()
    };
    match report.grain {
        Grain::Lifetime => vec![slice(None)],
        Grain::Recent => windows(&last_days(Bounds { end_date: None, ..*bounds }, days_max)),
        Grain::Total => windows(&last_days(*bounds, days_max)),
        Grain::Hour | Grain::Day => windows(bounds),
    }
}

/// What bounds the days of one place.
#[must_use]
pub(crate) fn bounds(scope: &Scope, account: &Account, cursor: Option<Timestamp>) -> Bounds {
    Bounds {
        start_date: scope.start(account),
        end_date: scope.end_date,
        created: account.created_on(),
        cursor: cursor.and_then(Timestamp::date),
        lookback: scope.attribution_window,
        today: account.today(scope.now),
    }
}

/// Sums over days cannot be put together from pieces, so what one request cannot hold is left out at its start.
fn last_days(bounds: Bounds, days_max: u64) -> Bounds {
    let last = bounds.end_date.map_or(bounds.today, |end| end.min(bounds.today));
    let first = last.checked_sub_days(Days::new(days_max - 1)).unwrap_or(last);
    Bounds { start_date: bounds.start_date.max(first), ..bounds }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::window::Window;
    use super::*;
    use crate::source::plan::frontier::Frontier;
    use crate::source::plan::query;
    use crate::streams;

    fn account(id: &str, zone: Tz, created: Option<&str>) -> Account {
        Account { id: id.into(), zone: zone.into(), created: created.map(|text| text.parse().unwrap()), owner: None }
    }

    fn scope() -> Scope {
        Scope {
            start_date: "2016-09-01".parse().unwrap(),
            end_date: None,
            attribution_window: 3,
            reread: Reread::All,
            include_deleted: false,
            now: "2026-03-01T16:00:00Z".parse().unwrap(),
        }
    }

    /// Advertiser 5 has eleven parents of every kind, and the token two.
    fn parents() -> Parents {
        let ids = |count: usize| (1..=count).map(|id| id.to_string().into()).collect();
        Parents::from([(Some("5".into()), ids(11)), (None, ids(2))])
    }

    /// Every slice of a stream as its query, the pages' sizes with it.
    fn asked(name: &str, scope: &Scope, accounts: &[Account], state: Option<&str>) -> Vec<String> {
        let stream = streams::find(name).unwrap();
        let state = state.map(|text| serde_json::from_str(text).unwrap());
        let cursors = form(stream).map(|form| Cursors::read(&form, state.as_ref()).unwrap());
        let learnt = Learnt { parents: parents(), ..Learnt::default() };
        let partitions = partitions(stream, scope, accounts, &learnt, cursors.as_ref());
        let slices =
            partitions.iter().flat_map(|partition| partition.slices.iter().map(move |slice| (partition, slice)));
        slices
            .map(|(partition, slice)| {
                let query = query::query(stream, scope, partition.account.as_ref(), slice, "[…]");
                let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{} × {}", query.join("&"), query::page_size(stream, slice))
            })
            .collect()
    }

    #[test]
    fn advertisers_are_asked_for_by_the_hundred() {
        let accounts: Vec<_> = (0..101).map(|id| account(&id.to_string(), Tz::UTC, None)).collect();
        let asked = asked("advertisers", &scope(), &accounts, None);
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[1], "advertiser_ids=[\"100\"] × 4294967295");
    }

    #[test]
    fn listings_ask_for_topview_too() {
        let accounts = [account("5", Tz::UTC, None)];
        assert_eq!(
            asked("ad_groups", &scope(), &accounts, None),
            ["advertiser_id=5 × 1000", "advertiser_id=5&filtering={\"buying_types\":[\"RESERVATION_TOP_VIEW\"]} × 100"]
        );
        let deleted = Scope { include_deleted: true, ..scope() };
        assert_eq!(
            asked("ads", &deleted, &accounts, None),
            [
                "advertiser_id=5&filtering={\"primary_status\":\"STATUS_ALL\"} × 1000",
                "advertiser_id=5&filtering={\"buying_types\":[\"RESERVATION_TOP_VIEW\"],\"primary_status\":\"STATUS_ALL\"} × 100",
            ]
        );
    }

    #[test]
    fn reports_end_on_the_advertisers_own_day() {
        let accounts = [
            account("5", Tz::Asia__Tokyo, Some("2026-02-20T00:00:00Z")),
            account("6", Tz::America__New_York, Some("2026-02-20T00:00:00Z")),
        ];
        let asked = asked("ads_reports_daily", &Scope { include_deleted: true, ..scope() }, &accounts, None);
        assert_eq!(asked.len(), 2);
        assert_eq!(
            asked[0],
            "advertiser_id=5&service_type=AUCTION&report_type=BASIC&data_level=AUCTION_AD&dimensions=[\"ad_id\",\"stat_time_day\"]\
             &metrics=[…]&start_date=2026-02-20&end_date=2026-03-02\
             &filtering=[{\"field_name\":\"ad_status\",\"filter_type\":\"IN\",\"filter_value\":\"[\\\"STATUS_ALL\\\"]\"}] × 1000"
        );
        assert!(asked[1].contains("&start_date=2026-02-19&end_date=2026-03-01&"), "{}", asked[1]);
    }

    #[test]
    fn each_advertiser_goes_on_from_its_own_cursor() {
        let accounts =
            [account("5", Tz::UTC, Some("2026-02-01T00:00:00Z")), account("6", Tz::UTC, Some("2026-02-15T00:00:00Z"))];
        let state = r#"{"states":[{"partition":{"advertiser_id":"5"},"cursor":{"stat_time_day":"2026-02-27"}}]}"#;
        let asked = asked("ads_reports_daily", &scope(), &accounts, Some(state));
        assert!(asked[0].contains("start_date=2026-02-24&end_date=2026-03-01"), "{}", asked[0]);
        assert!(asked[1].contains("start_date=2026-02-15&end_date=2026-03-01"), "{}", asked[1]);
    }

    #[test]
    fn listings_know_what_was_read_before() {
        let stream = streams::find("campaigns").unwrap();
        let accounts = [account("5", Tz::Asia__Tokyo, None)];
        let scope = Scope { start_date: "2026-01-02".parse().unwrap(), ..scope() };
        let known = |state: Option<&str>| {
            let state = state.map(|text| serde_json::from_str(text).unwrap());
            let cursors = Cursors::read(&form(stream).unwrap(), state.as_ref()).unwrap();
            partitions(stream, &scope, &accounts, &Learnt::default(), Some(&cursors))[0]
                .known_before
                .unwrap()
                .to_string()
        };
        assert_eq!(known(None), "2026-01-01 15:00:00");
        assert_eq!(known(Some(r#"{"modify_time":"2026-01-05 00:00:00Z"}"#)), "2026-01-05 00:00:00");
        assert_eq!(known(Some(r#"{"modify_time":"2025-01-05 00:00:00Z"}"#)), "2026-01-01 15:00:00");
    }

    #[test]
    fn hours_are_asked_for_day_by_day_and_lifetimes_once() {
        let accounts = [account("5", Tz::UTC, Some("2026-02-27T00:00:00Z"))];
        let hourly = asked("campaigns_reports_hourly", &scope(), &accounts, None);
        assert_eq!(hourly.len(), 3);
        assert!(hourly[2].contains("&start_date=2026-03-01&end_date=2026-03-01"), "{}", hourly[2]);
        let state =
            r#"{"states":[{"partition":{"advertiser_id":"5"},"cursor":{"stat_time_hour":"2026-03-01 15:00:00"}}]}"#;
        let hourly =
            asked("campaigns_reports_hourly", &Scope { attribution_window: 0, ..scope() }, &accounts, Some(state));
        assert_eq!(hourly.len(), 1, "the whole day again");
        let lifetime = asked("ads_reports_lifetime", &scope(), &accounts, None);
        assert_eq!(lifetime.len(), 1);
        assert!(lifetime[0].contains("query_lifetime=true") && !lifetime[0].contains("start_date"), "{}", lifetime[0]);
    }

    #[test]
    fn sums_hold_as_many_days_as_a_request_takes() {
        let accounts = [account("5", Tz::UTC, None), account("6", Tz::UTC, Some("2026-02-20T00:00:00Z"))];
        let asked = asked("advertisers_audience_reports_lifetime", &scope(), &accounts, None);
        assert!(asked[0].contains("&start_date=2025-03-02&end_date=2026-03-01"), "{}", asked[0]);
        assert!(asked[1].contains("&start_date=2026-02-20&end_date=2026-03-01"), "{}", asked[1]);
    }

    #[test]
    fn parents_are_named_as_their_parameter_wants_them() {
        let accounts = [account("5", Tz::UTC, None), account("6", Tz::UTC, None)];
        let pixels = asked("pixel_events_statistics", &scope(), &accounts, None);
        assert_eq!(pixels.len(), 2, "eleven pixels of advertiser 5; those of advertiser 6 are not known");
        assert_eq!(
            pixels[1],
            "advertiser_id=5&pixel_ids=[\"11\"]&date_range={\"start_date\":\"2026-01-31\",\"end_date\":\"2026-03-01\"} × 4294967295"
        );
        let assets = asked("bc_assets", &scope(), &accounts, None);
        assert_eq!(assets.len(), 16);
        assert_eq!(assets[15], "bc_id=2&asset_type=TT_ACCOUNT × 50");
        let comments = asked("comments", &scope(), &accounts, None);
        assert_eq!(
            comments[10],
            "advertiser_id=5&search_value=11&search_field=ADGROUP_ID&start_time=2016-09-01&end_time=2026-03-01 × 100"
        );
    }

    #[test]
    fn stores_go_on_apart() {
        let accounts = [account("5", Tz::UTC, Some("2026-02-01T00:00:00Z"))];
        let state = r#"{"states":[{"partition":{"advertiser_id":"5","store_id":"2"},"cursor":{"stat_time_day":"2026-02-27"}}]}"#;
        let asked = asked("gmv_max_live_campaign_reports_daily", &scope(), &accounts, Some(state));
        assert_eq!(asked.len(), 11);
        assert!(
            asked[0].contains("&store_ids=[\"1\"]&") && asked[0].contains("&start_date=2026-02-01&"),
            "{}",
            asked[0]
        );
        assert!(
            asked[1].contains("&store_ids=[\"2\"]&") && asked[1].contains("&start_date=2026-02-24&"),
            "{}",
            asked[1]
        );
        assert!(asked[1].contains("&filtering={\"gmv_max_promotion_types\":[\"LIVE\"]} "), "{}", asked[1]);
    }

    /// The days that slices bring or know to be empty.
    fn days(slices: &[Slice]) -> BTreeSet<NaiveDate> {
        let window = |slice: &Slice| match slice {
            Slice::Empty(window) | Slice::Unmoved(window) => Some(*window),
            slice => slice.window(),
        };
        let each = |window: Window| window.start.iter_days().take_while(move |day| *day <= window.end);
        slices.iter().filter_map(window).flat_map(each).collect()
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (0_u64..200).prop_map(|days| NaiveDate::from_ymd_opt(2025, 9, 1).unwrap() + Days::new(days))
    }

    proptest! {
        /// Whatever the state, the start and the age: a run that dies anywhere, with its slices finished in any order,
        /// and the run that goes on from what it said are one whole run.
        #[test]
        fn what_was_kept_and_what_comes_next_are_the_whole(
            start_date in any_day(), created in prop::option::of(any_day()), cursor in prop::option::of(any_day()),
            active in prop::collection::btree_set(any_day(), 0..30), judged in prop::option::of((any_day(), any_day())),
            attribution_window in 0_u16..40, hourly in any::<bool>(), seed in any::<u64>(), died in 0_usize..300,
        ) {
            let name = if hourly { "campaigns_reports_hourly" } else { "ads_reports_daily" };
            let stream = streams::find(name).unwrap();
            let scope = Scope { start_date: StartDate::On(start_date), attribution_window, ..scope() };
            let created = created.map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc().to_rfc3339());
            let account = account("5", Tz::UTC, created.as_deref());
            let known = judged.map(|(one, other)| Window { start: one.min(other), end: one.max(other) });
            let known = known.map(|window| (Arc::from("5"), Activity::new(window, active)));
            let learnt = Learnt { activities: known.into_iter().collect(), ..Learnt::default() };
            let mut cursors = Cursors::read(&form(stream).unwrap(), None).unwrap();
            let place = Place { advertiser: "5".into(), parent: None };
            if let Some(day) = cursor {
                cursors.advance(&place, Timestamp::from(day));
            }
            let plan = |cursors: &Cursors| {
                let mut all = partitions(stream, &scope, std::slice::from_ref(&account), &learnt, Some(cursors));
                all.pop().map(|partition| partition.slices).unwrap_or_default()
            };
            let first = plan(&cursors);
            let whole = days(&first);
            let bounds = bounds(&scope, &account, cursor.map(Timestamp::from)).days();
            prop_assert_eq!(whole.first().copied(), (bounds.0 <= bounds.1).then_some(bounds.0));
            let mut order: Vec<usize> = (0..first.len()).collect();
            fastrand::Rng::with_seed(seed).shuffle(&mut order);
            let mut frontier = Frontier::new(first.len());
            let mut kept = BTreeSet::new();
            for at in order.into_iter().take(died) {
                if let Some(reached) = frontier.finish(at) {
                    kept = days(&first[..=reached]);
                    cursors.advance(&place, Timestamp::from(*kept.last().unwrap()));
                }
            }
            let next = days(&plan(&cursors));
            prop_assert_eq!(&kept | &next, &whole | &next);
            // What was finished is not read again, but for the look-back.
            let again = kept.intersection(&next).count();
            prop_assert!(again <= usize::from(attribution_window) + 1, "{}", again);
        }
    }

    #[test]
    fn passes_of_lists_are_json_where_they_say_something() {
        for stream in streams::all() {
            let Read::Listing(listing) = &stream.read else { continue };
            for sweep in listing.sweeps.iter().filter(|sweep| !sweep.filtering.is_empty()) {
                assert!(
                    serde_json::from_str::<serde_json::Value>(sweep.filtering).unwrap().is_object(),
                    "{}",
                    stream.name
                );
            }
        }
    }
}
