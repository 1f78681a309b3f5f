//! Lists that do not have what is new.

use super::{ad, adgroup, creative, listed, made, new_adgroup, new_campaign, text, with};
use crate::start;
use chrono::TimeDelta;
use serde_json::json;
use simulator::{AdsOptions, IndexLag, Level, Options};

fn lagging(index_lag: IndexLag) -> simulator::Simulator {
    let ads = AdsOptions { index_lag, ..AdsOptions::default() };
    start(Options { ads, ..Options::default() })
}

#[test]
fn a_new_object_shows_after_so_many_lists() {
    let sim = lagging(IndexLag { lists: 2, ..IndexLag::NONE });
    let id = new_campaign(&sim, &json!({}));
    let found = || listed(&sim, "/campaign/get/", &json!({"campaign_ids": [id]})).len();
    assert_eq!([found(), found(), found(), found()], [0, 0, 1, 1]);
    // It is there for all else.
    let group = new_adgroup(&sim, &id, &json!({}));
    assert!(super::refused(&sim, "/adgroup/create/", &adgroup(&sim, &id)).1.starts_with("adgroup_name"));
    made(&sim, "/ad/create/", &ad(&sim, &group, &[creative(&sim, "One")]));
    let ads = || listed(&sim, "/ad/get/", &json!({"adgroup_ids": [group]})).len();
    assert_eq!([ads(), ads(), ads()], [0, 0, 1]);
}

#[test]
fn or_after_some_time() {
    let sim = lagging(IndexLag { time: TimeDelta::seconds(6), ..IndexLag::NONE });
    let body = json!({"advertiser_id": super::new_york(&sim), "request_id": "1", "campaign_name": "Smart",
        "objective_type": "TRAFFIC", "budget": 100});
    let id = text(&made(&sim, "/smart_plus/campaign/create/", &body), "campaign_id");
    let found = |path: &str| listed(&sim, path, &json!({"campaign_ids": [id]})).len();
    assert_eq!([found("/campaign/get/"), found("/smart_plus/campaign/get/")], [0, 0]);
    sim.advance(TimeDelta::seconds(7));
    assert_eq!([found("/campaign/get/"), found("/smart_plus/campaign/get/")], [1, 1]);
    let account = super::new_york(&sim).parse().unwrap();
    assert_eq!(sim.read(|world| world.named(account, Level::Campaign, "Smart")[0].id.to_string()), id);
    assert_eq!(sim.posts("/smart_plus/campaign/create/"), 1);
    super::refused(&sim, "/campaign/create/", &with(&super::campaign(&sim), &json!({"budget": 1})));
    assert_eq!(sim.posts("/campaign/create/"), 1);
}
