//! Upgraded Smart+ by its own calls.

use super::{made, new_campaign, new_york, refused, row, text, with};
use crate::client::get;
use crate::{small, start};
use serde_json::{Value, json};
use simulator::{AdsOptions, Options, Simulator};

fn campaign(sim: &Simulator) -> Value {
    json!({"advertiser_id": new_york(sim), "request_id": "1", "campaign_name": "Smart", "objective_type": "TRAFFIC", "budget": 100})
}

fn adgroup(sim: &Simulator, campaign: &str) -> Value {
    json!({"advertiser_id": new_york(sim), "request_id": "1", "campaign_id": campaign, "adgroup_name": "Group",
        "promotion_type": "WEBSITE", "optimization_goal": "CLICK", "bid_type": "BID_TYPE_NO_BID", "billing_event": "OCPM",
        "targeting_spec": {"location_ids": ["1"], "gender": "GENDER_MALE"}, "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": "2026-04-01 00:00:00"})
}

fn listed(sim: &Simulator, level: &str, id: &str) -> Value {
    let key = if level == "ad" { "smart_plus_ad_ids".to_owned() } else { format!("{level}_ids") };
    let (account, filtering) = (new_york(sim), json!({key: [id], "primary_status": "STATUS_ALL"}).to_string());
    let query = [("advertiser_id", account.as_str()), ("filtering", &filtering)];
    get(sim, &format!("/smart_plus/{level}/get/"), &query).json()["data"]["list"][0].clone()
}

fn group(sim: &Simulator) -> (String, String) {
    let campaign = text(&made(sim, "/smart_plus/campaign/create/", &campaign(sim)), "campaign_id");
    let group = text(&made(sim, "/smart_plus/adgroup/create/", &adgroup(sim, &campaign)), "adgroup_id");
    (campaign, group)
}

#[test]
fn what_was_written_is_read_by_both_gets() {
    let sim = small();
    let (campaign, group) = group(&sim);
    assert_eq!(row(&sim, "campaign", &campaign)["campaign_automation_type"], "UPGRADED_SMART_PLUS");
    assert_eq!(listed(&sim, "campaign", &campaign)["budget_optimize_on"], true);
    let more = json!({"advertiser_id": new_york(&sim), "campaign_id": campaign, "budget": 120});
    let after = made(&sim, "/smart_plus/campaign/update/", &more);
    assert_eq!((&after["budget"], &after["current_budget"]), (&json!(120.0), &json!(120.0)));
    let found = listed(&sim, "adgroup", &group);
    assert_eq!(
        (&found["targeting_spec"]["gender"], &found["targeting_spec"]["languages"]),
        (&json!("GENDER_MALE"), &json!([]))
    );
    let update =
        json!({"advertiser_id": new_york(&sim), "adgroup_id": group, "targeting_spec": {"location_ids": ["2"]}});
    let after = made(&sim, "/smart_plus/adgroup/update/", &update);
    assert_eq!(
        (&after["targeting_spec"]["location_ids"], &after["targeting_spec"]["gender"]),
        (&json!(["2"]), &json!("GENDER_UNLIMITED"))
    );
    assert_eq!(listed(&sim, "adgroup", &group), after);
}

#[test]
fn right_and_wrong() {
    let sim = small();
    let (smart, group) = group(&sim);
    let plain = new_campaign(&sim, &json!({}));
    for (path, body, code, says) in [
        (
            "/smart_plus/campaign/create/",
            with(&campaign(&sim), &json!({"request_id": null})),
            40002,
            "Missing required field(s): request_id.",
        ),
        ("/smart_plus/campaign/create/", campaign(&sim), 40050, "Duplicated"),
        (
            "/smart_plus/campaign/create/",
            with(&campaign(&sim), &json!({"request_id": "2", "budget": null})),
            40002,
            "Missing required field(s): budget.",
        ),
        (
            "/smart_plus/adgroup/create/",
            with(&adgroup(&sim, &plain), &json!({"request_id": "2"})),
            40002,
            "campaign_id: The campaign",
        ),
        (
            "/smart_plus/adgroup/create/",
            with(&adgroup(&sim, &smart), &json!({"request_id": "2", "budget": 50})),
            40002,
            "budget: The campaign has",
        ),
        (
            "/campaign/update/",
            json!({"advertiser_id": new_york(&sim), "campaign_id": smart, "budget": 70}),
            40002,
            "campaign_id: The campaign",
        ),
        (
            "/adgroup/status/update/",
            json!({"advertiser_id": new_york(&sim), "adgroup_ids": [group], "operation_status": "DISABLE"}),
            40002,
            "adgroup_id: The adgroup",
        ),
        (
            "/smart_plus/ad/create/",
            json!({"advertiser_id": new_york(&sim), "adgroup_id": group, "creative_list": [{"creative_info": {"ad_format": "SINGLE_VIDEO"}}]}),
            40002,
            "Missing required field(s): creative_list.0.creative_info.video_info.video_id",
        ),
        (
            "/smart_plus/ad/create/",
            json!({"advertiser_id": new_york(&sim), "adgroup_id": group, "creative_list": [{}]}),
            40002,
            "Missing required field(s): creative_list.0.creative_info.",
        ),
    ] {
        let (found, message) = refused(&sim, path, &body);
        assert!(found == code && message.starts_with(says), "{path} {body}: {message}");
    }
}

#[test]
fn an_ad_has_its_creatives_inside() {
    let ads = AdsOptions { media_must_exist: false, ..AdsOptions::default() };
    let sim = start(Options { ads, ..Options::default() });
    let (_, group) = group(&sim);
    let creative =
        |video: &str| json!({"creative_info": {"ad_format": "SINGLE_VIDEO", "video_info": {"video_id": video}}});
    let body = json!({"advertiser_id": new_york(&sim), "adgroup_id": group, "ad_name": "Smart ad", "operation_status": "DISABLE",
        "creative_list": [creative("v1"), creative("v2")], "ad_text_list": [{"ad_text": "One"}],
        "ad_configuration": {"creative_auto_add_toggle": true}});
    let ad = made(&sim, "/smart_plus/ad/create/", &body);
    let id = text(&ad, "smart_plus_ad_id");
    assert_eq!(listed(&sim, "ad", &id), ad);
    assert_eq!(ad["creative_list"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&ad["ad_text_list"], &ad["ad_configuration"]["creative_auto_add_toggle"]),
        (&json!([{"ad_text": "One"}]), &json!(true))
    );
    let update = json!({"advertiser_id": new_york(&sim), "smart_plus_ad_id": id, "creative_list": [creative("v3")],
        "ad_configuration": {"dark_post_status": "OFF"}});
    sim.advance(chrono::TimeDelta::hours(1));
    let after = made(&sim, "/smart_plus/ad/update/", &update);
    assert_eq!(after["create_time"], ad["create_time"]);
    assert!(text(&after, "modify_time").starts_with("2026-03-10 17:"));
    assert_eq!(after["creative_list"][0]["creative_info"]["video_info"]["video_id"], "v3");
    assert_eq!((after["creative_list"].as_array().unwrap().len(), &after["ad_name"]), (1, &json!("Smart ad")));
    assert_eq!(
        (&after["ad_text_list"], &after["ad_configuration"]["creative_auto_add_toggle"]),
        (&json!([{"ad_text": "One"}]), &json!(false))
    );
    let status = json!({"advertiser_id": new_york(&sim), "smart_plus_ad_ids": [id], "operation_status": "ENABLE"});
    made(&sim, "/smart_plus/ad/status/update/", &status);
    assert_eq!(listed(&sim, "ad", &id)["operation_status"], "ENABLE");
    made(&sim, "/smart_plus/ad/status/update/", &with(&status, &json!({"operation_status": "DELETE"})));
    assert!(refused(&sim, "/smart_plus/ad/status/update/", &status).1.contains("has been deleted"));
}

#[test]
fn what_a_parent_has_can_be_asked_for() {
    let ads = AdsOptions { media_must_exist: false, ..AdsOptions::default() };
    let sim = start(Options { ads, ..Options::default() });
    let shop = with(&campaign(&sim), &json!({"sales_destination": "WEBSITE"}));
    let shop = text(&made(&sim, "/smart_plus/campaign/create/", &shop), "campaign_id");
    let group = text(&made(&sim, "/smart_plus/adgroup/create/", &adgroup(&sim, &shop)), "adgroup_id");
    let creative = json!({"creative_info": {"ad_format": "SINGLE_VIDEO", "video_info": {"video_id": "v"}}});
    made(
        &sim,
        "/smart_plus/ad/create/",
        &json!({"advertiser_id": new_york(&sim), "adgroup_id": group, "creative_list": [creative]}),
    );
    let found =
        |level: &str, filtering: Value| super::listed(&sim, &format!("/smart_plus/{level}/get/"), &filtering).len();
    for level in ["campaign", "adgroup", "ad"] {
        assert_eq!(found(level, json!({"sales_destination": "WEBSITE"})), 1, "{level}");
        assert_eq!(found(level, json!({"sales_destination": "APP"})), 0, "{level}");
    }
    let of_group = |goal: &str| found("ad", json!({"adgroup_ids": [group], "optimization_goal": goal}));
    assert_eq!((of_group("CLICK"), of_group("CONVERT")), (1, 0));
}

#[test]
fn what_can_be_changed_is_changed() {
    let sim = small();
    let (campaign, _) = group(&sim);
    let body = json!({"advertiser_id": new_york(&sim), "campaign_ids": [campaign, "1"], "operation_status": "DISABLE"});
    let data = made(&sim, "/smart_plus/campaign/status/update/", &body);
    assert_eq!(
        (&data["campaign_list"][0]["campaign_id"], &data["error_list"][0]["campaign_id"]),
        (&json!(campaign), &json!("1"))
    );
    assert_eq!(listed(&sim, "campaign", &campaign)["operation_status"], "DISABLE");
}

/// A Smart+ ad with so many materials, and their ids.
fn with_materials(sim: &Simulator, count: usize) -> (String, Vec<String>) {
    let (_, group) = group(sim);
    let creative = json!({"creative_info": {"ad_format": "SINGLE_VIDEO", "tiktok_item_id": "7"}});
    let body = json!({"advertiser_id": new_york(sim), "adgroup_id": group, "creative_list": vec![creative; count]});
    let ad = made(sim, "/smart_plus/ad/create/", &body);
    let ids = ad["creative_list"].as_array().unwrap().iter().map(|one| text(one, "ad_material_id")).collect();
    (text(&ad, "smart_plus_ad_id"), ids)
}

const MATERIAL_STATUS: &str = "/smart_plus/ad/material_status/update/";

fn statuses(sim: &Simulator, ad: &str) -> Vec<String> {
    let ad = listed(sim, "ad", ad);
    ad["creative_list"].as_array().unwrap().iter().map(|one| text(one, "material_operation_status")).collect()
}

#[test]
fn materials_are_shown_or_not() {
    let sim = small();
    let (ad, ids) = with_materials(&sim, 3);
    let body = json!({"advertiser_id": new_york(&sim), "smart_plus_ad_id": ad, "ad_material_ids": ids[..2], "operation_status": "DISABLE"});
    let data = made(&sim, MATERIAL_STATUS, &body);
    assert_eq!((&data["ad_material_ids"], &data["material_status"]), (&json!(ids[..2]), &json!("DISABLE")));
    assert_eq!(statuses(&sim, &ad), ["DISABLE", "DISABLE", "ENABLE"]);
    made(&sim, MATERIAL_STATUS, &with(&body, &json!({"ad_material_ids": ids[1..], "operation_status": "ENABLE"})));
    assert_eq!(statuses(&sim, &ad), ["DISABLE", "ENABLE", "ENABLE"]);
    made(&sim, MATERIAL_STATUS, &with(&body, &json!({"ad_material_ids": ids})));
    assert_eq!(statuses(&sim, &ad), ["DISABLE"; 3], "even the last one");
}

#[test]
fn a_call_for_materials_is_strict() {
    let sim = small();
    let (ad, ids) = with_materials(&sim, 2);
    let (_, others) = one_more(&sim);
    let body = json!({"advertiser_id": new_york(&sim), "smart_plus_ad_id": ad, "ad_material_ids": ids, "operation_status": "DISABLE"});
    let many: Vec<String> = (1..=21).map(|id: u64| id.to_string()).collect();
    for (change, says) in [
        (json!({"smart_plus_ad_id": null}), "Missing required field(s): smart_plus_ad_id."),
        (json!({"ad_material_ids": null}), "Missing required field(s): ad_material_ids."),
        (json!({"operation_status": null}), "Missing required field(s): operation_status."),
        (json!({"operation_status": "DELETE"}), "operation_status"),
        (json!({"ad_material_ids": []}), "Missing required field(s): ad_material_ids."),
        (json!({"ad_material_ids": many}), "ad_material_ids"),
        (json!({"ad_material_ids": [ids[0].parse::<u64>().unwrap()]}), "ad_material_ids"),
        (json!({"smart_plus_ad_id": "1"}), "smart_plus_ad_id: The ad 1 doesn't exist."),
        (json!({"ad_material_ids": [ids[0], others[0]]}), "ad_material_ids: The material"),
    ] {
        let (code, message) = refused(&sim, MATERIAL_STATUS, &with(&body, &change));
        assert!(code == 40002 && message.starts_with(says), "{change}: {message}");
    }
    assert_eq!(statuses(&sim, &ad), ["ENABLE"; 2], "all or none");
}

/// One more ad beside the first, in a tree of its own.
fn one_more(sim: &Simulator) -> (String, Vec<String>) {
    let listed = super::listed(sim, "/smart_plus/adgroup/get/", &json!({}));
    let creative = json!({"creative_info": {"ad_format": "SINGLE_VIDEO", "tiktok_item_id": "8"}});
    let body = json!({"advertiser_id": new_york(sim), "adgroup_id": text(&listed[0], "adgroup_id"), "creative_list": [creative]});
    let ad = made(sim, "/smart_plus/ad/create/", &body);
    (text(&ad, "smart_plus_ad_id"), vec![text(&ad["creative_list"][0], "ad_material_id")])
}

#[test]
fn the_last_material_stays_where_tiktok_wants_one() {
    let ads = AdsOptions { an_ad_keeps_a_material: true, ..AdsOptions::default() };
    let sim = start(Options { ads, ..Options::default() });
    let (ad, ids) = with_materials(&sim, 2);
    let body = json!({"advertiser_id": new_york(&sim), "smart_plus_ad_id": ad, "ad_material_ids": ids, "operation_status": "DISABLE"});
    assert!(refused(&sim, MATERIAL_STATUS, &body).1.contains("At least one material"));
    made(&sim, MATERIAL_STATUS, &with(&body, &json!({"ad_material_ids": ids[..1]})));
    assert_eq!(statuses(&sim, &ad), ["DISABLE", "ENABLE"]);
}
