//! GMV Max by product, video and room.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;
use serde_json::{Value, json};
use simulator::{GmvMaxLeaf, TOKEN_GOOD};
use tiktok_ads::streams;

use crate::harness::{Connector, Run, catalog, expected, now, small};

const REPORT: &str = "/gmv_max/report/get/";
const OF_PRODUCTS: &str = "gmv_max_product_campaign_reports_daily";
const OF_LIVES: &str = "gmv_max_live_campaign_reports_daily";
const PRODUCTS: &str = "gmv_max_product_reports_daily";
const VIDEOS: &str = "gmv_max_video_reports_daily";
const ROOMS: &str = "gmv_max_room_reports_daily";

/// Cost in cents and orders of each campaign and day.
fn by_campaign(run: &Run, stream: &str) -> BTreeMap<String, (i64, i64)> {
    let mut all = BTreeMap::<String, (i64, i64)>::new();
    for row in expected::by_key(run, streams::find(stream).unwrap()).into_values() {
        let key =
            ["advertiser_id", "store_id", "campaign_id", "stat_time_day"].map(|name| row[name].to_string()).join(" ");
        let sums = all.entry(key).or_default();
        sums.0 += (row["cost"].as_f64().unwrap() * 100.0).round() as i64;
        sums.1 += row["orders"].as_i64().unwrap();
    }
    all
}

/// What rows are about, as the world has it.
fn leaves(sim: &simulator::Simulator, name: impl Fn(&GmvMaxLeaf) -> Option<String>) -> BTreeSet<String> {
    sim.read(|world| {
        let accounts = expected::accounts(world, TOKEN_GOOD).into_iter();
        accounts.flat_map(|account| world.gmv_max_leaves(account)).filter_map(|leaf| name(&leaf)).collect()
    })
}

fn named(run: &Run, stream: &str, names: &[&str]) -> BTreeSet<String> {
    let text = |value: &Value| value.to_string().replace('"', "");
    run.records(stream).map(|row| names.iter().map(|name| text(&row[*name])).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn products_videos_and_rooms_add_up_to_their_campaigns() {
    let sim = small();
    let start = (now() - Days::new(40)).date_naive();
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    let run = connector.read(&catalog::some(&[OF_PRODUCTS, OF_LIVES, PRODUCTS, VIDEOS, ROOMS])).succeeded();
    let whole = by_campaign(&run, OF_PRODUCTS);
    assert!(whole.len() > 20);
    assert_eq!(by_campaign(&run, PRODUCTS), whole);
    assert_eq!(by_campaign(&run, VIDEOS), whole);
    assert_eq!(by_campaign(&run, ROOMS), by_campaign(&run, OF_LIVES));
    let product = |leaf: &GmvMaxLeaf| (!leaf.live).then(|| format!("{} {}", leaf.campaign, leaf.product));
    assert!(named(&run, PRODUCTS, &["campaign_id", "item_group_id"]).is_subset(&leaves(&sim, product)));
    let video = |leaf: &GmvMaxLeaf| (!leaf.live).then(|| format!("{} {} {}", leaf.campaign, leaf.product, leaf.item));
    assert!(named(&run, VIDEOS, &["campaign_id", "item_group_id", "item_id"]).is_subset(&leaves(&sim, video)));
    let room = |leaf: &GmvMaxLeaf| leaf.live.then(|| format!("{} {}", leaf.campaign, leaf.product));
    assert!(named(&run, ROOMS, &["campaign_id", "room_id"]).is_subset(&leaves(&sim, room)));
}

#[test]
fn requests_name_what_tiktok_wants_named_and_are_as_few_as_can_be() {
    let sim = small();
    let start = (now() - Days::new(20)).date_naive();
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    connector.read(&catalog::some(&[VIDEOS, PRODUCTS])).succeeded();
    let requests = sim.requests();
    let asked = |dimensions: &Value| {
        let dimensions = dimensions.to_string();
        let is = |request: &&simulator::Logged| request.path == REPORT && request.query["dimensions"] == dimensions;
        requests.iter().filter(is).collect::<Vec<_>>()
    };
    let stores = sim.read(|world| {
        let all = expected::accounts(world, TOKEN_GOOD).into_iter();
        all.flat_map(|account| world.gmv_max_leaves(account)).map(|leaf| leaf.store).collect::<BTreeSet<_>>().len()
    });
    let products = asked(&json!(["campaign_id", "item_group_id", "stat_time_day"]));
    assert_eq!(products.len(), stores, "one for a store and a window");
    let videos = asked(&json!(["campaign_id", "item_group_id", "item_id", "stat_time_day"]));
    assert!(!videos.is_empty() && videos.len() <= stores);
    for request in products.iter().chain(&videos) {
        let filter: Value = serde_json::from_str(&request.query["filtering"]).unwrap();
        assert!((1..=100).contains(&filter["campaign_ids"].as_array().unwrap().len()), "{filter}");
        assert_eq!(request.query["page_size"], "1000");
    }
    for request in videos {
        let filter: Value = serde_json::from_str(&request.query["filtering"]).unwrap();
        assert!((1..=100).contains(&filter["item_group_ids"].as_array().unwrap().len()), "{filter}");
    }
}

#[test]
fn days_go_on_from_the_state() {
    let sim = small();
    let start = (now() - Days::new(40)).date_naive();
    let connector = Connector::to(&sim).with("start_date", start.to_string());
    let names = [PRODUCTS, VIDEOS, ROOMS];
    let first = connector.read(&catalog::some(&names)).succeeded();
    let second = connector.read_from(&catalog::some(&names), &first.state()).succeeded();
    for name in names {
        let days: BTreeSet<&str> = second.records(name).map(|row| row["stat_time_day"].as_str().unwrap()).collect();
        assert!(days.len() <= 5, "{name}: {days:?}");
        let key = |row: &Value| expected::key(streams::find(name).unwrap(), row);
        let known: BTreeSet<String> = first.records(name).map(key).collect();
        assert!(second.records(name).all(|row| known.contains(&key(row))), "{name}");
    }
}
