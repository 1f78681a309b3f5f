//! Names, and calls that are sent twice.

use super::{adgroup, campaign, listed, made, new_campaign, refused, with};
use crate::start;
use chrono::TimeDelta;
use serde_json::json;
use simulator::{AdsOptions, Level, Options, UniqueNames};

#[test]
fn a_key_makes_one_object_in_ten_seconds() {
    let sim = start(Options::default());
    let body = with(&campaign(&sim), &json!({"request_id": "77"}));
    made(&sim, "/campaign/create/", &body);
    assert_eq!(refused(&sim, "/campaign/create/", &body).0, 40050);
    made(&sim, "/campaign/create/", &with(&body, &json!({"request_id": "78"})));
    sim.advance(TimeDelta::seconds(11));
    made(&sim, "/campaign/create/", &body);
    let id = super::new_york(&sim).parse().unwrap();
    assert_eq!(sim.read(|world| world.named(id, Level::Campaign, "Spring").len()), 3);
    assert_eq!(listed(&sim, "/campaign/get/", &json!({"campaign_name": "Spring"})).len(), 3);
}

#[test]
fn a_name_is_taken_where_the_option_says() {
    for (unique_names, elsewhere, beside) in
        [(UniqueNames::Account, 40002, 40002), (UniqueNames::Parent, 0, 40002), (UniqueNames::Nowhere, 0, 0)]
    {
        let ads = AdsOptions { unique_names, ..AdsOptions::default() };
        let sim = start(Options { ads, ..Options::default() });
        let (one, other) = (new_campaign(&sim, &json!({})), new_campaign(&sim, &json!({"campaign_name": "Other"})));
        let code = |body| super::send(&sim, "/adgroup/create/", &body)["code"].as_i64().unwrap();
        assert_eq!(code(adgroup(&sim, &one)), 0);
        assert_eq!(code(adgroup(&sim, &other)), elsewhere, "{unique_names:?}");
        assert_eq!(code(adgroup(&sim, &one)), beside, "{unique_names:?}");
        assert_eq!(code(with(&adgroup(&sim, &one), &json!({"request_id": "5"}))), 0);
    }
}

#[test]
fn a_taken_name_cannot_be_given_and_the_own_one_can() {
    let sim = start(Options::default());
    new_campaign(&sim, &json!({}));
    let id = new_campaign(&sim, &json!({"campaign_name": "Other"}));
    let body = |name: &str| json!({"advertiser_id": super::new_york(&sim), "campaign_id": id, "campaign_name": name});
    assert!(
        refused(&sim, "/campaign/update/", &body("Spring")).1.starts_with("campaign_name: The name already exists")
    );
    made(&sim, "/campaign/update/", &body("Other"));
}

#[test]
fn one_that_refuses_spoils_the_others_unless_a_part_is_allowed() {
    let ads = AdsOptions { frozen: vec!["Ice"], ..AdsOptions::default() };
    let sim = start(Options { ads, ..Options::default() });
    let campaign = new_campaign(&sim, &json!({}));
    let [one, ice] = ["One", "Ice"].map(|name| super::new_adgroup(&sim, &campaign, &json!({"adgroup_name": name})));
    let body =
        json!({"advertiser_id": super::new_york(&sim), "adgroup_ids": [one, ice], "operation_status": "DISABLE"});
    assert!(refused(&sim, "/adgroup/status/update/", &body).1.contains("cannot be changed"));
    assert_eq!(super::row(&sim, "adgroup", &one)["operation_status"], "ENABLE");
    let data = made(&sim, "/adgroup/status/update/", &with(&body, &json!({"allow_partial_success": true})));
    assert_eq!((&data["adgroup_ids"], &data["error_list"][0]["adgroup_id"]), (&json!([one]), &json!(ice)));
}

#[test]
fn a_name_is_free_again_after_deletion_unless_told() {
    for (deleted_names_are_taken, code) in [(false, 0), (true, 40002)] {
        let ads = AdsOptions { deleted_names_are_taken, ..AdsOptions::default() };
        let sim = start(Options { ads, ..Options::default() });
        let id = new_campaign(&sim, &json!({}));
        let delete =
            json!({"advertiser_id": super::new_york(&sim), "campaign_ids": [id], "operation_status": "DELETE"});
        made(&sim, "/campaign/status/update/", &delete);
        assert_eq!(super::send(&sim, "/campaign/create/", &campaign(&sim))["code"], code);
    }
}

#[test]
fn an_answer_can_be_lost_after_the_object_was_made() {
    let sim = start(Options::default());
    sim.faults("path=/campaign/create/,times=1,kind=drop,committed=true".parse().unwrap());
    let lost = crate::client::post(&sim, "/campaign/create/", &campaign(&sim).to_string());
    assert!(lost.body.is_empty());
    assert_eq!(listed(&sim, "/campaign/get/", &json!({"campaign_name": "Spring"})).len(), 1);
    assert_eq!(refused(&sim, "/campaign/create/", &campaign(&sim)).0, 40002);
    assert_eq!(sim.requests().iter().filter(|request| request.path == "/campaign/create/").count(), 2);
}

#[test]
fn an_account_may_have_so_many() {
    let sim = start(Options::default());
    let id = super::new_york(&sim);
    let quota = |sim: &simulator::Simulator| {
        crate::client::get(sim, "/adgroup/quota/", &[("advertiser_id", &id)]).json()["data"].clone()
    };
    let used = quota(&sim)["used_adgroup_quota"].as_u64().unwrap() as usize;
    let sim = start(Options { ads: AdsOptions { quota: used + 1, ..AdsOptions::default() }, ..Options::default() });
    let campaign = new_campaign(&sim, &json!({}));
    super::new_adgroup(&sim, &campaign, &json!({}));
    let body = with(&adgroup(&sim, &campaign), &json!({"adgroup_name": "One more"}));
    assert_eq!(refused(&sim, "/adgroup/create/", &body).0, 40502);
    assert_eq!(quota(&sim)["used_adgroup_quota"], quota(&sim)["total_adgroup_quota"]);
}
