//! TikTok cuts what is too much or refuses it: the reader gets it whole all the same, or a WARN that says what is not.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use simulator::{Collection, Level, Logged, Options, ReportOptions, Simulator};
use tiktok_ads::streams::{self, metrics};

use crate::harness::expected::{self, Scope};
use crate::harness::{Connector, Run, catalog, fail, large, now, options, small};

/// Reports of every level below the advertiser, grain and type.
const BY_CAMPAIGN: [&str; 6] = [
    "campaigns_reports_daily",
    "ad_groups_reports_daily",
    "ads_reports_daily",
    "ads_audience_reports_daily",
    "campaigns_reports_hourly",
    "ads_reports_lifetime",
];
const OF_ADVERTISER: &str = "advertisers_reports_daily";
/// Days of a read.
const DAYS: u64 = 6;

fn start(days: u64) -> NaiveDate {
    now().date_naive() - Days::new(days)
}

fn started(options: Options) -> Simulator {
    Simulator::start(options).unwrap()
}

fn connector(sim: &Simulator, days: u64) -> Connector {
    Connector::to(sim).with("start_date", start(days).to_string())
}

/// How many ads the campaign with the most of them has, and its id.
fn largest(sim: &Simulator) -> (usize, u64) {
    let mut ads: BTreeMap<u64, usize> = BTreeMap::new();
    sim.read(|world| {
        let all = expected::accounts(world, simulator::TOKEN_GOOD).into_iter().flat_map(|one| one.all(Level::Ad));
        all.for_each(|ad| *ads.entry(ad.campaign).or_default() += 1);
    });
    let (campaign, count) = ads.into_iter().max_by_key(|(_, count)| *count).unwrap();
    (count, campaign)
}

fn assert_whole(run: &Run, sim: &Simulator, names: &[&str], days: u64) {
    for name in names {
        let stream = streams::find(name).unwrap();
        let rows = sim.read(|world| expected::rows(world, stream, Scope::since(start(days))));
        assert!(!rows.is_empty(), "{name}");
        expected::assert_brought(run, stream, &rows);
    }
}

/// The WARNs of streams that are not whole.
fn not_whole(run: &Run) -> Vec<String> {
    run.logs().into_iter().filter(|log| log.starts_with("WARN") && log.contains("is not whole")).collect()
}

fn answers(sim: &Simulator, code: i64) -> usize {
    sim.requests().iter().filter(|request| request.code == Some(code)).count()
}

fn by_campaign(request: &&Logged) -> bool {
    request.query.get("filtering").is_some_and(|filtering| filtering.contains("campaign_ids"))
}

#[test]
fn reports_of_too_many_ads_are_read_by_campaign() {
    let sim = started(Options {
        reports: ReportOptions { max_ads: largest(&small()).0 + 1, ..ReportOptions::default() },
        ..options()
    });
    let names: Vec<&str> = BY_CAMPAIGN.into_iter().chain([OF_ADVERTISER]).collect();
    let run = connector(&sim, DAYS).read(&catalog::some(&names)).succeeded();
    assert!(sim.requests().iter().filter(by_campaign).count() > 0);
    assert_whole(&run, &sim, &BY_CAMPAIGN, DAYS);
    let warnings = not_whole(&run);
    assert!(!warnings.is_empty(), "an advertiser's sums cannot be put together from campaigns");
    assert!(warnings.iter().all(|warning| warning.contains(OF_ADVERTISER)), "{warnings:#?}");
}

#[test]
fn a_campaign_that_is_too_large_alone_is_named() {
    let (most, campaign) = largest(&small());
    let sim = started(Options { reports: ReportOptions { max_ads: most, ..ReportOptions::default() }, ..options() });
    let run = connector(&sim, 40).read(&catalog::some(&["ads_reports_daily"])).succeeded();
    let warnings = not_whole(&run);
    let of_largest: Vec<_> = warnings.iter().filter(|warning| warning.contains(&campaign.to_string())).collect();
    // One for each of its windows.
    assert!(!of_largest.is_empty() && of_largest.len() <= 2, "{warnings:#?}");
    assert!(of_largest.iter().all(|warning| warning.contains("`ads_reports_daily`")), "{of_largest:#?}");
}

#[test]
fn where_asking_by_campaign_does_not_help_it_is_soon_given_up() {
    let ads = largest(&small()).0 + 1;
    let counted = Options {
        reports: ReportOptions { max_ads: ads, ads_counted_after_filter: false, ..ReportOptions::default() },
        ..options()
    };
    let sim = started(counted);
    let run = connector(&sim, 200).with("skip_empty_days", false).read(&catalog::some(&["ads_reports_daily"]));
    assert!(not_whole(&run.succeeded()).len() >= 7, "every window is told");
    let requests = sim.requests();
    let reports: Vec<_> = requests.iter().filter(|request| request.path == "/report/integrated/get/").collect();
    assert!(reports.iter().copied().filter(by_campaign).count() * 2 < reports.len() * 3, "{}", reports.len());
}

#[test]
fn a_query_that_is_too_large_is_asked_in_parts_and_rows_are_the_same() {
    // Less than a day of ads with all metrics.
    let options = Options { reports: ReportOptions { max_size: Some(600), ..ReportOptions::default() }, ..options() };
    let names = ["ads_reports_daily", "campaigns_reports_hourly"];
    let sim = started(options.clone());
    let run = connector(&sim, 6).read(&catalog::some(&names)).succeeded();
    assert_whole(&run, &sim, &names, 6);
    let (refused, all) = (answers(&sim, 40_067), sim.requests().len());
    assert!(refused > 0 && refused * 5 < all, "what was too large is remembered: {refused} of {all}");

    let sim = started(options);
    let run = connector(&sim, 2).with("report_layout", "flat").read(&catalog::some(&["ads_reports_daily"])).succeeded();
    let stream = streams::find("ads_reports_daily").unwrap().flat();
    let rows = sim.read(|world| expected::rows(world, &stream, Scope::since(start(2))));
    expected::assert_brought(&run, &stream, &rows);
}

/// Reports of an ad's days: one of 230 metrics, and three that have them between them.
fn wide() -> (Vec<Value>, Value) {
    let names: Vec<&str> = metrics::all()
        .filter(|metric| metric.asked == metrics::Asked::Always && metric.name != "ad_id")
        .map(|metric| metric.name)
        .take(230)
        .collect();
    assert_eq!(names.len(), 230);
    let report = |name: &str, metrics: &[&str]| {
        json!({"name": name, "report_type": "BASIC", "data_level": "AUCTION_AD",
            "dimensions": ["ad_id", "stat_time_day"], "metrics": metrics})
    };
    let mut reports = vec![report("all", &names)];
    reports.extend(names.chunks(90).enumerate().map(|(at, part)| report(&format!("part {at}"), part)));
    let entry = |report: &Value| catalog::one(report["name"].as_str().unwrap(), "incremental", "append");
    let entries: Vec<_> = reports.iter().map(entry).collect();
    (reports, json!({"streams": entries}))
}

/// A wide report's rows by their key, each once.
fn by_ad_and_day(run: &Run, name: &str) -> BTreeMap<String, Value> {
    let mut rows = BTreeMap::new();
    for row in run.records(name) {
        let key = format!("{} {}", row["ad_id"], row["stat_time_day"]);
        assert!(rows.insert(key, row.clone()).is_none(), "{name}: twice {row}");
    }
    rows
}

#[test]
fn more_metrics_than_a_request_takes_are_joined() {
    let sim = small();
    let (reports, catalog) = wide();
    let run = connector(&sim, 3).with("custom_reports", json!(reports)).read(&catalog).succeeded();
    let all = by_ad_and_day(&run, "all");
    assert!(!all.is_empty());
    for at in 0..reports.len() - 1 {
        let part = by_ad_and_day(&run, &format!("part {at}"));
        assert_eq!(part.len(), all.len());
        for (key, row) in part {
            let differs = row.as_object().unwrap().iter().find(|(name, value)| all[&key].get(*name) != Some(*value));
            assert_eq!(differs, None, "{key}: {}", all[&key]);
        }
    }
}

#[test]
fn a_page_that_breaks_breaks_no_join() {
    let sim = large();
    let (mut reports, mut catalog) = wide();
    reports.truncate(1);
    reports[0]["metrics"].as_array_mut().unwrap().truncate(110);
    catalog["streams"].as_array_mut().unwrap().truncate(1);
    let read = || connector(&sim, 0).with("custom_reports", json!(reports)).read(&catalog).succeeded();
    let whole = by_ad_and_day(&read(), "all");
    fail(&sim, "path=/report/integrated/get/,rate=0.3,max=2,kinds=truncate|html502|50000|drop|empty");
    let before = sim.requests().len();
    let broken = by_ad_and_day(&read(), "all");
    let requests = sim.requests().split_off(before);
    let later = |request: &&Logged| request.query.get("page").is_some_and(|page| page != "1");
    assert!(requests.iter().filter(later).any(|request| request.fault.is_some()), "a later page broke");
    assert_eq!(broken, whole);
}

#[test]
fn more_assets_than_tiktok_lists_are_told() {
    let sim = small();
    let tokyo = sim.mutate(|world| {
        let tokyo = world.account_named("Tokyo").unwrap().id;
        let images = world.records_mut(tokyo, Collection::Image);
        let first = images[0].clone();
        for at in images.len()..10_001 {
            let mut image = first.clone();
            image["image_id"] = json!(format!("ad-site-i18n-sg/{at}"));
            images.push(image);
        }
        tokyo
    });
    let run = Connector::to(&sim).read(&catalog::some(&["creative_assets_images"])).succeeded();
    let [warning] = &not_whole(&run)[..] else { panic!("{:#?}", run.logs()) };
    assert!(warning.contains("`creative_assets_images`") && warning.contains(&tokyo.to_string()), "{warning}");
}
