//! What a stream asks for: advertisers × slices, and the query of each slice. Pure.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::accounts::Account;
use super::cursors::{Cursors, Notation};
use super::stamp::Stamp;
use super::window::{Bounds, Window, windows};
use crate::config::SourceConfig;
use crate::streams::report::Report;
use crate::streams::{Read, StreamDef, Sweep};
use crate::tiktok::advertisers::INFO_IDS_MAX;

/// What of the config decides about requests.
#[derive(Debug, Clone)]
pub struct Scope {
    pub start_date: NaiveDate,
    pub end_date: Option<NaiveDate>,
    pub attribution_window: u16,
    pub include_deleted: bool,
    /// The moment the run began.
    pub now: DateTime<Utc>,
}

impl Scope {
    #[must_use]
    pub fn new(config: &SourceConfig, now: DateTime<Utc>) -> Self {
        Self {
            start_date: config.start_date,
            end_date: config.end_date,
            attribution_window: config.attribution_window,
            include_deleted: config.include_deleted,
            now,
        }
    }
}

/// The slices of one advertiser (or of one batch of them), oldest first. Its cursor moves over finished ones.
#[derive(Debug)]
pub struct Partition {
    /// None where a slice covers many advertisers.
    pub account: Option<Account>,
    pub slices: Vec<Slice>,
    /// Rows that were changed before it are known already.
    pub known_before: Option<Stamp>,
}

/// What is read as one: finished whole or not at all.
#[derive(Debug, Clone)]
pub enum Slice {
    Infos(Vec<Arc<str>>),
    Listing(&'static Sweep),
    Window(Window),
}

/// How the stream's cursors are written.
#[must_use]
pub fn notation(stream: &StreamDef) -> Notation {
    match stream.read {
        Read::Report(_) => Notation::Day,
        _ => Notation::Utc,
    }
}

/// All partitions of a stream.
#[must_use]
pub fn partitions(
    stream: &StreamDef,
    scope: &Scope,
    accounts: &[Account],
    cursors: Option<&Cursors>,
) -> Vec<Partition> {
    let cursor = |account: &Account| cursors.and_then(|cursors| cursors.of(&account.id));
    match &stream.read {
        Read::Advertisers => accounts
            .chunks(INFO_IDS_MAX)
            .map(|chunk| Slice::Infos(chunk.iter().map(|account| account.id.clone()).collect()))
            .map(|slice| Partition { account: None, slices: vec![slice], known_before: None })
            .collect(),
        Read::Listing(sweeps) => accounts
            .iter()
            .map(|account| Partition {
                account: Some(account.clone()),
                slices: sweeps.iter().map(Slice::Listing).collect(),
                known_before: Some(cursor(account).map_or(account.start_of(scope.start_date), |cursor| {
                    cursor.max(account.start_of(scope.start_date))
                })),
            })
            .collect(),
        Read::Report(report) => accounts
            .iter()
            .map(|account| {
                let windows = windows(&bounds(scope, account, cursor(account)), report.grain.days_max());
                Partition {
                    account: Some(account.clone()),
                    slices: windows.into_iter().map(Slice::Window).collect(),
                    known_before: None,
                }
            })
            .collect(),
    }
}

fn bounds(scope: &Scope, account: &Account, cursor: Option<Stamp>) -> Bounds {
    Bounds {
        start_date: scope.start_date,
        end_date: scope.end_date,
        created: account.created_on(),
        cursor: cursor.and_then(Stamp::date),
        lookback: scope.attribution_window,
        today: account.today(scope.now),
    }
}

/// A request's parameters without its page.
pub type Query = Vec<(&'static str, String)>;

/// How a slice is asked for. `metrics` is [`metrics_of`] the stream.
#[must_use]
pub fn query(stream: &StreamDef, scope: &Scope, account: Option<&Account>, slice: &Slice, metrics: &str) -> Query {
    let mut query: Query = account.map(|account| ("advertiser_id", account.id.to_string())).into_iter().collect();
    match (slice, &stream.read) {
        (Slice::Infos(ids), _) => {
            query.push(("advertiser_ids", json!(ids.iter().map(|id| &**id).collect::<Vec<_>>()).to_string()))
        }
        (Slice::Listing(sweep), _) => query.extend(filtering(sweep, scope.include_deleted)),
        (Slice::Window(window), Read::Report(report)) => {
            query.extend(report_query(report, *window, scope.include_deleted, metrics))
        }
        (Slice::Window(_), _) => {}
    }
    query
}

/// The metrics of a report as the query wants them; the same for every window.
#[must_use]
pub fn metrics_of(stream: &StreamDef) -> String {
    match &stream.read {
        Read::Report(report) => json!(report.metrics().map(|metric| metric.name).collect::<Vec<_>>()).to_string(),
        _ => String::new(),
    }
}

/// Rows of a page for this slice.
#[must_use]
pub fn page_size(stream: &StreamDef, slice: &Slice) -> u32 {
    match slice {
        Slice::Listing(sweep) => stream.page_size.min(sweep.page_size_max),
        _ => stream.page_size,
    }
}

/// An object in listings (tiktok-api.md 3.0), left out when it says nothing.
fn filtering(sweep: &Sweep, include_deleted: bool) -> Option<(&'static str, String)> {
    let mut filtering = serde_json::Map::new();
    if !sweep.buying_types.is_empty() {
        filtering.insert("buying_types".to_owned(), json!(sweep.buying_types));
    }
    if include_deleted {
        filtering.insert("primary_status".to_owned(), "STATUS_ALL".into());
    }
    (!filtering.is_empty()).then(|| ("filtering", serde_json::Value::Object(filtering).to_string()))
}

/// A list of conditions in reports, with JSON inside of text (tiktok-api.md 4.1).
fn report_query(report: &Report, window: Window, include_deleted: bool, metrics: &str) -> Query {
    let mut query = vec![
        ("service_type", "AUCTION".to_owned()),
        ("report_type", report.report_type.to_owned()),
        ("data_level", report.data_level.to_owned()),
        ("dimensions", json!(report.dimensions).to_string()),
        ("metrics", metrics.to_owned()),
        ("start_date", window.start.to_string()),
        ("end_date", window.end.to_string()),
    ];
    if let Some(field) = report.status_field.filter(|_| include_deleted) {
        let all = json!([{"field_name": field, "filter_type": "IN", "filter_value": "[\"STATUS_ALL\"]"}]);
        query.push(("filtering", all.to_string()));
    }
    query
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::streams;

    fn account(id: &str, zone: Tz, created: Option<&str>) -> Account {
        Account { id: id.into(), zone, created: created.map(|text| text.parse().unwrap()) }
    }

    fn scope() -> Scope {
        Scope {
            start_date: "2016-09-01".parse().unwrap(),
            end_date: None,
            attribution_window: 3,
            include_deleted: false,
            now: "2026-03-01T16:00:00Z".parse().unwrap(),
        }
    }

    /// Every slice of a stream as its query, the pages' sizes with it.
    fn asked(name: &str, scope: &Scope, accounts: &[Account], state: Option<&str>) -> Vec<String> {
        let stream = streams::find(name).unwrap();
        let state = state.map(|text| serde_json::from_str(text).unwrap());
        let cursors = stream.cursor.map(|field| Cursors::read(name, field, notation(stream), state.as_ref()).unwrap());
        let partitions = partitions(stream, scope, accounts, cursors.as_ref());
        let slices =
            partitions.iter().flat_map(|partition| partition.slices.iter().map(move |slice| (partition, slice)));
        slices
            .map(|(partition, slice)| {
                let query = query(stream, scope, partition.account.as_ref(), slice, "[…]");
                let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{} × {}", query.join("&"), page_size(stream, slice))
            })
            .collect()
    }

    #[test]
    fn advertisers_are_asked_for_by_the_hundred() {
        let accounts: Vec<_> = (0..101).map(|id| account(&id.to_string(), Tz::UTC, None)).collect();
        let asked = asked("advertisers", &scope(), &accounts, None);
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[1], "advertiser_ids=[\"100\"] × 100");
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
            let cursors = Cursors::read("campaigns", "modify_time", Notation::Utc, state.as_ref()).unwrap();
            partitions(stream, &scope, &accounts, Some(&cursors))[0].known_before.unwrap().to_string()
        };
        assert_eq!(known(None), "2026-01-01 15:00:00");
        assert_eq!(known(Some(r#"{"modify_time":"2026-01-05 00:00:00Z"}"#)), "2026-01-05 00:00:00");
        assert_eq!(known(Some(r#"{"modify_time":"2025-01-05 00:00:00Z"}"#)), "2026-01-01 15:00:00");
    }
}
