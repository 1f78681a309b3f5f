//! What TikTok is asked, and how often.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use simulator::{Logged, TOKEN_GOOD};

use crate::harness::{Connector, catalog, expected, now, small};

fn of<'r>(requests: &'r [Logged], path: &str) -> Vec<&'r Logged> {
    requests.iter().filter(|request| request.path == path).collect()
}

#[test]
fn nothing_is_asked_twice() {
    let sim = small();
    Connector::to(&sim).read(&catalog::sampled()).succeeded();
    let requests = sim.requests();
    assert_eq!(of(&requests, "/oauth2/advertiser/get/").len(), 1);
    let mut seen = BTreeSet::new();
    for request in requests.iter().filter(|request| request.path != "/advertiser/info/") {
        assert!(seen.insert((&request.path, &request.raw_query)), "{request:?}");
        assert_eq!(request.code, Some(0), "{request:?}");
    }
    assert!(of(&requests, "/advertiser/info/").len() <= 2, "once for the clocks, once for the stream");
}

#[test]
fn pages_are_as_large_as_tiktok_allows() {
    let sim = small();
    Connector::to(&sim).read(&catalog::sampled()).succeeded();
    for request in sim.requests().iter().filter(|request| request.query.contains_key("page")) {
        let top_view = request.query.get("filtering").is_some_and(|filter| filter.contains("TOP_VIEW"));
        let size: u32 = request.query["page_size"].parse().unwrap();
        assert!(size == 1000 || (top_view && size == 100), "{request:?}");
    }
}

#[test]
fn no_day_is_asked_for_at_which_an_account_was_not_there() {
    let sim = small();
    Connector::to(&sim).with("skip_empty_days", false).read(&catalog::some(&["ads_reports_daily"])).succeeded();
    let requests = sim.requests();
    for account in expected::accounts(&sim.world(), TOKEN_GOOD) {
        let id = account.id.to_string();
        let own =
            of(&requests, "/report/integrated/get/").into_iter().filter(|one| one.advertiser.as_ref() == Some(&id));
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        // Days by how often they were asked for; a window has several pages.
        let mut days: BTreeMap<NaiveDate, u32> = BTreeMap::new();
        for request in own.filter(|one| one.query["page"] == "1") {
            let (start, end) = (day(&request.query["start_date"]), day(&request.query["end_date"]));
            assert!((end - start).num_days() < 30, "{request:?}");
            start.iter_days().take_while(|day| *day <= end).for_each(|day| *days.entry(day).or_default() += 1);
        }
        assert!(days.values().all(|count| *count == 1), "{}: {days:?}", account.name);
        assert_eq!(days.keys().next(), Some(&account.day_at(account.created)), "{}", account.name);
        assert_eq!(days.keys().last(), Some(&account.day_at(now())), "{}", account.name);
        let span = account.day_at(now()) - account.day_at(account.created);
        assert_eq!(days.len() as i64, span.num_days() + 1, "{} without a gap", account.name);
    }
}

#[test]
fn a_second_run_asks_for_one_window_an_advertiser() {
    let sim = small();
    let catalog = catalog::some(&["ads_reports_daily"]);
    let first = Connector::to(&sim).read(&catalog).succeeded();
    let before = sim.requests().len();
    Connector::to(&sim).read_from(&catalog, &first.state()).succeeded();
    let requests = &sim.requests()[before..];
    let reports = of(requests, "/report/integrated/get/");
    let advertisers: BTreeSet<_> = reports.iter().map(|request| &request.advertiser).collect();
    assert_eq!((reports.len(), advertisers.len()), (4, 4), "{reports:#?}");
}

#[test]
fn the_configured_limits_are_kept() {
    let sim = small();
    let connector = Connector::to(&sim).with("requests_per_second", 20).with("max_concurrent_requests", 2);
    connector.read(&catalog::some(&["campaigns", "ad_groups", "ads"])).succeeded();
    let requests = sim.requests();
    assert!(requests.iter().all(|request| request.in_flight <= 2), "{requests:#?}");
    let (first, last) = (requests.first().unwrap().at, requests.last().unwrap().at);
    let least = (requests.len() - 1) as f64 / 20.0;
    assert!((last - first).as_secs_f64() > least * 0.9, "{} in {:?}", requests.len(), last - first);
}

#[test]
fn spec_and_discover_ask_nothing() {
    let sim = small();
    for args in [["spec"].as_slice(), &["discover"], &["discover", "--config", "config.json"]] {
        Connector::to(&sim).run(args).succeeded();
    }
    assert_eq!(sim.requests().len(), 0);
}
