//! Split tests from their beginning to a promoted winner.

use super::{listed, made, new_adgroup, new_campaign, new_york, refused, row, text, with};
use crate::client::get;
use crate::{small, start};
use chrono::TimeDelta;
use serde_json::{Value, json};
use simulator::{AdsOptions, Options, Simulator, SplitTestStatus};

fn groups(sim: &Simulator) -> [String; 2] {
    let campaign = new_campaign(sim, &json!({"operation_status": "ENABLE"}));
    ["A", "B"].map(|name| new_adgroup(sim, &campaign, &json!({"adgroup_name": name})))
}

fn test(sim: &Simulator, objects: &[String]) -> Value {
    json!({"advertiser_id": new_york(sim), "split_test_level": "ADGROUP", "object_ids": objects, "test_variable": "TARGTING",
        "key_metric": "COST_PER_CLICK", "start_time": "2026-03-11 00:00:00", "end_time": "2026-03-18 00:00:00"})
}

fn begun(sim: &Simulator, objects: &[String]) -> String {
    text(&made(sim, "/split_test/create/", &test(sim, objects)), "split_test_group_id")
}

fn result(sim: &Simulator, id: &str) -> Value {
    let account = new_york(sim);
    get(sim, "/split_test/result/get/", &[("advertiser_id", &account), ("split_test_group_id", id)]).json()["data"]
        .clone()
}

#[test]
fn a_test_goes_on_and_its_winner_is_promoted_once() {
    let sim = small();
    let groups = groups(&sim);
    let id = begun(&sim, &groups);
    let promote = json!({"advertiser_id": new_york(&sim), "split_test_group_id": id, "winning_object_id": groups[0]});
    for (hours, status) in [(0, "NOT_STARTED"), (9, "IN_PROGRESS"), (7 * 24, "REPORTING_GENERATING"), (24, "COMPLETED")]
    {
        sim.advance(TimeDelta::hours(hours));
        assert_eq!(result(&sim, &id)["split_test_status"], status);
        let group = row(&sim, "adgroup", &groups[1]);
        assert_eq!((&group["split_test_group_id"], &group["split_test_status"]), (&json!(id), &json!(status)));
        if status != "COMPLETED" {
            assert!(refused(&sim, "/split_test/promote/", &promote).1.contains("not completed"));
            assert_eq!(result(&sim, &id)["p_value_info"], json!([]));
        }
    }
    let found = result(&sim, &id);
    assert_eq!(found["p_value_info"][0], json!({"metric": "COST_PER_CLICK", "p_value": 0.05}));
    assert_eq!(
        found["object_info"][0],
        json!({"adgroup_id": groups[0], "adgroup_name": "A", "optimization_goal": "CLICK"})
    );
    assert!(
        refused(&sim, "/split_test/promote/", &with(&promote, &json!({"winning_object_id": "1"})))
            .1
            .starts_with("winning_object_id")
    );
    made(&sim, "/split_test/promote/", &promote);
    assert_eq!(row(&sim, "adgroup", &groups[0])["budget"], 100.0);
    refused(&sim, "/split_test/promote/", &promote);
    assert_eq!(row(&sim, "adgroup", &groups[0])["budget"], 100.0);
    let tested = listed(&sim, "/adgroup/get/", &json!({"split_test_enabled": true}));
    assert_eq!(tested.len(), 2);
    assert!(!listed(&sim, "/adgroup/get/", &json!({"split_test_enabled": false})).is_empty());
}

#[test]
fn right_and_wrong() {
    let sim = small();
    let groups = groups(&sim);
    let body = test(&sim, &groups);
    for (wrong, says) in [
        (json!({"test_variable": "TARGETING"}), "test_variable: one or more value"),
        (json!({"key_metric": "CLICKS"}), "key_metric: one or more value"),
        (json!({"object_ids": null}), "Missing required field(s): object_ids."),
        (json!({"object_ids": [groups[0]]}), "object_ids: Length must be 2"),
        (json!({"object_ids": [groups[0], groups[0]]}), "object_ids: An object can be there once"),
        (json!({"object_ids": [groups[0], "1"]}), "adgroup_id: The adgroup 1 doesn't exist."),
        (json!({"split_test_level": "CAMPAIGN"}), "campaign_id: The campaign"),
        (json!({"end_time": "2026-03-10 23:00:00"}), "end_time: Must be later"),
        (json!({"start_time": null}), "Missing required field(s): start_time."),
    ] {
        assert!(refused(&sim, "/split_test/create/", &with(&body, &wrong)).1.starts_with(says), "{wrong}");
    }
    let id = begun(&sim, &groups);
    assert!(refused(&sim, "/split_test/create/", &body).1.contains("is in another split test"));
    let moved = json!({"advertiser_id": new_york(&sim), "split_test_group_id": id, "start_time": "2026-03-10 12:00:00", "end_time": "2026-03-20 00:00:00"});
    made(&sim, "/split_test/update/", &moved);
    assert_eq!(
        (&result(&sim, &id)["end_time"], &result(&sim, &id)["split_test_status"]),
        (&json!("2026-03-20 00:00:00"), &json!("IN_PROGRESS"))
    );
    let end = json!({"advertiser_id": new_york(&sim), "split_test_group_id": id});
    made(&sim, "/split_test/end/", &end);
    assert!(refused(&sim, "/split_test/end/", &end).1.contains("is over"));
    for group in &groups {
        assert_eq!(row(&sim, "adgroup", group)["operation_status"], "DISABLE");
    }
    let account = new_york(&sim).parse().unwrap();
    let now = sim.clock();
    let status = sim.read(|world| world.split_tests_of(account)[0].status_at(now));
    assert_eq!(status, SplitTestStatus::ReportingGenerating);
}

#[test]
fn a_promotion_may_need_a_winner() {
    for (p, code) in [(0.1, 0), (0.11, 40002)] {
        let ads = AdsOptions { split_test_p_value: p, promotion_needs_a_winner: true, ..AdsOptions::default() };
        let sim = start(Options { ads, ..Options::default() });
        let groups = groups(&sim);
        let id = begun(&sim, &groups);
        sim.advance(TimeDelta::days(30));
        let promote =
            json!({"advertiser_id": new_york(&sim), "split_test_group_id": id, "winning_object_id": groups[1]});
        assert_eq!(super::send(&sim, "/split_test/promote/", &promote)["code"], code);
    }
}
