//! The tables of Fivetran's connector: which there are, and that they hold what our streams hold.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, TimeDelta};
use serde_json::{Value, json};
use simulator::{Level, Simulator};
use tiktok_ads::streams;

use crate::harness::{Connector, Run, catalog, expected, fixture, now, small};

/// A table, the stream of ours that knows the same, what a row is called in both, and columns beside our fields.
type Pair = (&'static str, &'static str, Columns, Columns);
type Columns = &'static [(&'static str, &'static str)];

const HOURLY: Columns = &[
    ("spend", "spend"),
    ("impressions", "impressions"),
    ("conversion", "conversion"),
    ("total_purchase_value", "total_purchase_value"),
    ("video_views_p_25", "video_views_p25"),
    ("video_watched_6_s", "video_watched_6s"),
];
const ID: Columns = &[("campaign_id", "campaign_id")];

const PAIRS: [Pair; 11] = [
    (
        "advertiser",
        "advertisers",
        &[("id", "advertiser_id")],
        &[("name", "name"), ("currency", "currency"), ("timezone", "timezone"), ("balance", "balance")],
    ),
    (
        "campaign_history",
        "campaigns",
        ID,
        &[
            ("updated_at", "modify_time"),
            ("campaign_name", "campaign_name"),
            ("status", "operation_status"),
            ("budget", "budget"),
        ],
    ),
    (
        "adgroup_history",
        "ad_groups",
        &[("adgroup_id", "adgroup_id")],
        &[
            ("updated_at", "modify_time"),
            ("category", "category_id"),
            ("interest_category_v_2", "interest_category_ids"),
            ("action_categories", "action_category_ids"),
            ("age_groups", "age_groups"),
        ],
    ),
    (
        "ad_history",
        "ads",
        &[("ad_id", "ad_id")],
        &[("updated_at", "modify_time"), ("landing_page_url", "landing_page_url"), ("ad_name", "ad_name")],
    ),
    ("ad_report_hourly", "ads_reports_hourly", &[("ad_id", "ad_id"), ("stat_time_hour", "stat_time_hour")], HOURLY),
    (
        "adgroup_report_hourly",
        "ad_groups_reports_hourly",
        &[("adgroup_id", "adgroup_id"), ("stat_time_hour", "stat_time_hour")],
        HOURLY,
    ),
    (
        "campaign_report_hourly",
        "campaigns_reports_hourly",
        &[("campaign_id", "campaign_id"), ("stat_time_hour", "stat_time_hour")],
        HOURLY,
    ),
    (
        "campaign_country_report",
        "campaigns_audience_reports_by_country_daily",
        &[("campaign_id", "campaign_id"), ("stat_time_day", "stat_time_day"), ("country_code", "country_code")],
        &[("spend", "spend"), ("clicks", "clicks"), ("cpm", "cpm")],
    ),
    (
        "location",
        "regions",
        &[("advertiser_id", "advertiser_id"), ("region_id", "region_id")],
        &[("region_name", "region_name"), ("region_level", "region_level"), ("parent_id", "parent_id")],
    ),
    ("creative_history", "ads", &[("creative_id", "ad_id")], &[("creative_name", "ad_name"), ("video_id", "video_id")]),
    (
        "smart_plus_ad_history",
        "smart_plus_ads",
        &[("smart_plus_ad_id", "smart_plus_ad_id")],
        &[("ad_name", "ad_name"), ("ad_text_list", "ad_text_list"), ("operation_status", "operation_status")],
    ),
];

fn tables() -> Vec<&'static str> {
    PAIRS.iter().map(|(table, ..)| *table).collect()
}

fn discovered(connector: &Connector) -> Vec<Value> {
    let run = connector.run(&["discover", "--config", "config.json"]).succeeded();
    run.messages[0]["catalog"]["streams"].as_array().unwrap().clone()
}

fn names(streams: &[Value]) -> Vec<&str> {
    streams.iter().map(|stream| stream["name"].as_str().unwrap()).collect()
}

/// A sync of so many days.
fn since(days: u64, sim: &Simulator) -> Connector {
    let start = (now() - Days::new(days)).date_naive();
    Connector::to(sim).with("start_date", start.to_string()).with("tables", "both").with("report_layout", "flat")
}

fn connector(sim: &Simulator) -> Connector {
    since(7, sim)
}

/// The rows of a stream by what they are called in these columns.
fn by<'r>(
    run: &'r Run,
    stream: &'r str,
    columns: impl Iterator<Item = &'static str> + Clone,
) -> BTreeMap<String, &'r Value> {
    let name = |row: &Value| columns.clone().map(|column| row[column].to_string()).collect::<Vec<_>>().join(" ");
    run.records(stream).map(|row| (name(row), row)).collect()
}

#[test]
fn the_option_says_which_tables_there_are() {
    let default = discovered(&Connector::offline());
    let of = |value: &str| discovered(&Connector::offline().with("tables", value));
    assert_eq!(of("airbyte"), default);
    let theirs = of("fivetran");
    assert_eq!(names(&theirs), tables());
    assert_eq!(of("both"), [default, theirs].concat());
}

#[test]
fn every_column_that_the_package_reads_is_declared() {
    let columns: BTreeMap<String, Vec<String>> = serde_json::from_str(&fixture("fivetran_tables.json")).unwrap();
    let found = discovered(&Connector::offline().with("tables", "fivetran"));
    assert_eq!(found.len(), columns.len());
    for stream in found {
        let declared = stream["json_schema"]["properties"].as_object().unwrap();
        for column in &columns[stream["name"].as_str().unwrap()] {
            let kind = declared.get(column).unwrap_or_else(|| panic!("{}: no `{column}`", stream["name"]));
            let is_id =
                column.ends_with("ad_id") || ["id", "campaign_id", "adgroup_id", "creative_id"].contains(&&**column);
            assert!(!is_id || kind["type"].to_string().contains("integer"), "{} {column}: {kind}", stream["name"]);
        }
    }
}

#[test]
fn what_the_option_leaves_out_is_told() {
    let run = |connector: Connector, stream: &str| connector.read(&catalog::some(&[stream])).error();
    insta::assert_snapshot!(run(Connector::offline(), "campaign_history"));
    insta::assert_snapshot!(run(Connector::offline().with("tables", "fivetran"), "campaigns"));
    insta::assert_snapshot!(run(Connector::offline().with("tables", "fivetran_ads"), "campaigns"));
}

#[test]
fn a_report_of_ones_own_has_no_tables_name() {
    let report = json!([{"name": "Location", "report_type": "BASIC", "data_level": "AUCTION_CAMPAIGN",
        "dimensions": ["campaign_id", "stat_time_day"], "metrics": ["spend"]}]);
    let connector = |tables: &str| Connector::offline().with("custom_reports", report.clone()).with("tables", tables);
    assert!(names(&discovered(&connector("airbyte"))).contains(&"Location"));
    let credentials = json!({"auth_type": "sandbox_access_token", "advertiser_id": "1", "access_token": "t"});
    let mut own = report.clone();
    (own[0]["name"], own[0]["data_level"]) = (json!("location"), json!("AUCTION_ADVERTISER"));
    own[0]["dimensions"] = json!(["advertiser_id", "stat_time_day"]);
    let sandbox = Connector::offline().with("credentials", credentials).with("custom_reports", own);
    assert!(
        names(&discovered(&sandbox)).contains(&"location"),
        "what is the user's own is not the sandbox's to leave out"
    );
    let told = connector("both").run(&["discover", "--config", "config.json"]).error();
    assert!(told.contains("there is a stream `location` already"), "{told}");
}

#[test]
fn tables_hold_what_the_streams_hold() {
    let sim = small();
    let all: BTreeSet<&str> = PAIRS.iter().flat_map(|(table, stream, ..)| [*table, *stream]).collect();
    let run = connector(&sim).read(&catalog::some(&all.into_iter().collect::<Vec<_>>())).succeeded();
    for (table, stream, key, columns) in PAIRS {
        let theirs = by(&run, table, key.iter().map(|(column, _)| *column));
        let mut ours = by(&run, stream, key.iter().map(|(_, field)| *field));
        if stream == "ads" {
            let in_smart_plus =
                |ad: &Value| ad["smart_plus_ad_id"].as_str().is_some_and(|id| !id.is_empty() && id != "0");
            ours.retain(|_, ad| in_smart_plus(ad) == (table == "creative_history"));
        }
        assert!(!ours.is_empty(), "{table}: the world has none");
        assert_eq!(theirs.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>(), "{table}");
        assert_eq!(run.records(table).count(), theirs.len(), "{table}: no row twice");
        for (name, row) in theirs {
            for (column, field) in columns {
                assert_eq!(row[column], ours[&name][field], "{table} {name}: {column}");
            }
            assert!(row["_fivetran_synced"].as_str().unwrap().ends_with('Z'), "{row}");
        }
    }
    let schemas: BTreeMap<String, Value> =
        discovered(&connector(&sim)).into_iter().map(|one| (one["name"].as_str().unwrap().to_owned(), one)).collect();
    for table in tables() {
        let declared: BTreeSet<_> = schemas[table]["json_schema"]["properties"].as_object().unwrap().keys().collect();
        for row in run.records(table) {
            assert_eq!(row.as_object().unwrap().keys().collect::<BTreeSet<_>>(), declared, "{table}");
        }
    }
}

#[test]
fn smart_plus_ads_have_a_time_and_pages_that_can_be_unnested() {
    let sim = small();
    let run = connector(&sim).read(&catalog::some(&["smart_plus_ad_history", "smart_plus_ads"])).succeeded();
    let ours = by(&run, "smart_plus_ads", ["smart_plus_ad_id"].into_iter());
    for (id, row) in by(&run, "smart_plus_ad_history", ["smart_plus_ad_id"].into_iter()) {
        let time = [&ours[&id]["modify_time"], &ours[&id]["create_time"]].into_iter().find(|time| !time.is_null());
        assert_eq!(Some(&row["modify_time"]), time, "{row}");
        let Some(pages) = row["landing_page_url_list"].as_str() else { continue };
        let pages: Vec<String> = serde_json::from_str(pages).unwrap();
        let list = ours[&id]["landing_page_url_list"].as_array().unwrap();
        assert_eq!(json!(pages), json!(list.iter().map(|one| &one["landing_page_url"]).collect::<Vec<_>>()));
    }
}

#[test]
fn a_second_sync_adds_what_changed_to_the_history() {
    let sim = small();
    let names = ["campaign_history", "campaign_report_hourly", "advertiser"];
    let first = since(40, &sim).read(&catalog::some(&names)).succeeded();
    let state = first.states("campaign_history").next_back().unwrap();
    assert!(state.to_string().contains("\"updated_at\""), "{state}");
    let known = first.records("campaign_history").last().unwrap();
    let (owner, id) = (known["advertiser_id"].as_u64().unwrap(), known["campaign_id"].as_u64().unwrap());
    sim.mutate(|world| {
        world.now = now() + TimeDelta::hours(1);
        let moment = world.now;
        let all = world.account_mut(owner).unwrap().all_mut(Level::Campaign);
        let campaign = all.iter_mut().find(|one| one.id == id).unwrap();
        campaign.modified = Some(moment);
        campaign.name = "Renamed".to_owned();
    });
    let second = since(40, &sim).read_from(&catalog::some(&names), &first.state()).succeeded();
    let of = |run: &Run| -> Vec<Value> {
        run.records("campaign_history").filter(|row| row["campaign_id"] == json!(id)).cloned().collect()
    };
    let (before, after) = (of(&first), of(&second));
    assert_eq!((before.len(), after.len()), (1, 1));
    assert!(after[0]["updated_at"].as_str() > before[0]["updated_at"].as_str(), "{before:?} {after:?}");
    assert_eq!(after[0]["campaign_name"], "Renamed");
    assert!(second.records("campaign_history").count() < first.records("campaign_history").count());
    let keys = |run: &Run| expected::by_key(run, streams::find("campaign_history").unwrap()).len();
    assert_eq!(keys(&second), second.records("campaign_history").count());
}

#[test]
fn a_table_asks_no_more_than_its_stream_does() {
    let asked = |stream: &str| {
        let sim = small();
        connector(&sim).read(&catalog::some(&[stream])).succeeded();
        sim.requests().len()
    };
    for (table, stream) in [("campaign_history", "campaigns"), ("campaign_report_hourly", "campaigns_reports_hourly")] {
        assert_eq!(asked(table), asked(stream), "{table}");
    }
}
