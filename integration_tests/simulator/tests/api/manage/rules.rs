//! Each rule of a create or update with a right and a wrong value.

use super::{adgroup, campaign, listed, made, new_adgroup, new_campaign, refused, row, text, with};
use crate::client::post_as;
use crate::{small, start};
use serde_json::{Value, json};
use simulator::{AdsOptions, Immutable, Options, Role, TOKEN_AGENCY, TOKEN_GOOD, TOKEN_NARROW};

#[test]
fn what_was_written_is_read() {
    let sim = small();
    let id = new_campaign(&sim, &json!({"po_number": "P1"}));
    let campaign = row(&sim, "campaign", &id);
    for (name, value) in [
        ("campaign_name", json!("Spring")),
        ("budget", json!(500.0)),
        ("po_number", json!("P1")),
        ("operation_status", json!("DISABLE")),
        ("secondary_status", json!("CAMPAIGN_STATUS_DISABLE")),
    ] {
        assert_eq!(campaign[name], value, "{name}");
    }
    assert!(text(&campaign, "create_time").starts_with("2026-03-10 16:"));
    let group = new_adgroup(&sim, &id, &json!({"operation_status": "DISABLE", "bid_price": 2}));
    let adgroup = row(&sim, "adgroup", &group);
    assert_eq!(adgroup["campaign_name"], "Spring");
    assert_eq!((&adgroup["bid_type"], &adgroup["bid_price"]), (&json!("BID_TYPE_CUSTOM"), &json!(2.0)));
    made(
        &sim,
        "/campaign/update/",
        &json!({"advertiser_id": super::new_york(&sim), "campaign_id": id, "campaign_name": "Midsummer 2026", "budget": 600}),
    );
    assert_eq!(row(&sim, "adgroup", &group)["campaign_name"], "Midsummer 2026");
    assert_eq!(row(&sim, "campaign", &id)["budget"], 600.0);
    assert_eq!(listed(&sim, "/campaign/get/", &json!({"campaign_name": "midsummer"})).len(), 1);
}

#[test]
fn campaigns_right_and_wrong() {
    let sim = small();
    for (number, (right, wrong, says)) in [
        (json!({"budget": 50}), json!({"budget": 49.99}), "budget: The budget must be"),
        (json!({"budget": 50}), json!({"budget": "50,00"}), "budget: Not a valid number"),
        (json!({"budget": 50}), json!({"budget": null}), "Missing required field(s): budget."),
        (
            json!({"budget_mode": "BUDGET_MODE_INFINITE", "budget": null}),
            json!({"budget_mode": null}),
            "Missing required field(s): budget_mode.",
        ),
        (json!({"budget_mode": "BUDGET_MODE_TOTAL"}), json!({"budget_mode": "DAY"}), "budget_mode: one or more value"),
        (json!({"objective_type": "REACH"}), json!({"objective_type": "REACHED"}), "objective_type: one or more value"),
        (
            json!({"objective_type": "APP_PROMOTION", "app_promotion_type": "APP_INSTALL"}),
            json!({"objective_type": "APP_PROMOTION"}),
            "Missing required field(s): app_promotion_type.",
        ),
        (
            json!({"special_industries": ["CREDIT"]}),
            json!({"special_industries": ["BANK"]}),
            "special_industries.0: one or more",
        ),
        (json!({"campaign_name": "x".repeat(512)}), json!({"campaign_name": "x".repeat(513)}), "campaign_name: Length"),
        (
            json!({"campaign_name": "春".repeat(256)}),
            json!({"campaign_name": "春".repeat(257)}),
            "campaign_name: Length",
        ),
        (json!({"campaign_name": "Tea – house"}), json!({"campaign_name": "Tea 🫖"}), "campaign_name: Emojis"),
        (
            json!({"budget_optimize_on": true}),
            json!({"budget_optimize_on": true, "budget_mode": "BUDGET_MODE_INFINITE"}),
            "budget_mode: A budget is required",
        ),
        (json!({"request_id": "9007199254740993"}), json!({"request_id": "abc"}), "request_id: Not a valid integer"),
        (
            json!({}),
            json!({"campaign_name": null, "objective_type": null}),
            "Missing required field(s): objective_type, campaign_name.",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let named = with(&campaign(&sim), &json!({"campaign_name": format!("Campaign {number}")}));
        assert!(refused(&sim, "/campaign/create/", &with(&named, &wrong)).1.starts_with(says), "{wrong}");
        made(&sim, "/campaign/create/", &with(&named, &right));
    }
}

#[test]
fn adgroups_right_and_wrong() {
    let sim = small();
    let id = new_campaign(&sim, &json!({}));
    let week = |text: &str| text.repeat(336 / text.len());
    for (number, (right, wrong, says)) in [
        (json!({"budget": 20}), json!({"budget": 19}), "budget: The budget must be"),
        (json!({}), json!({"budget_mode": "BUDGET_MODE_TOTAL"}), "budget_mode: An ad group of a campaign with a daily"),
        (json!({}), json!({"budget_mode": "BUDGET_MODE_INFINITE"}), "budget_mode: BUDGET_MODE_INFINITE is for"),
        (
            json!({}),
            json!({"location_ids": [], "promotion_type": null}),
            "Missing required field(s): promotion_type, location_ids.",
        ),
        (
            json!({"zipcode_ids": ["1"], "location_ids": null}),
            json!({"location_ids": [1]}),
            "location_ids.0: Not a valid string",
        ),
        (
            json!({"schedule_type": "SCHEDULE_START_END", "schedule_end_time": "2026-05-01 00:00:00"}),
            json!({"schedule_type": "SCHEDULE_START_END"}),
            "Missing required field(s): schedule_end_time.",
        ),
        (json!({}), json!({"schedule_start_time": "tomorrow"}), "schedule_start_time: Not a valid datetime"),
        (
            json!({}),
            json!({"schedule_end_time": "2026-03-31 00:00:00"}),
            "schedule_end_time: Must be later than schedule_start",
        ),
        (
            json!({}),
            json!({"schedule_start_time": "2026-01-01 00:00:00", "schedule_end_time": "2026-02-01 00:00:00"}),
            "schedule_end_time: Must be later than the current",
        ),
        (json!({"dayparting": week("01")}), json!({"dayparting": week("02")}), "dayparting: Must be 336"),
        (json!({"dayparting": week("1")}), json!({"dayparting": "0"}), "dayparting: Must be 336"),
        (
            json!({"audience_ids": ["1"], "excluded_audience_ids": ["2"]}),
            json!({"audience_ids": ["1"], "excluded_audience_ids": ["2", "1"]}),
            "excluded_audience_ids: 1 is in",
        ),
        (
            json!({"included_custom_actions": [{"code": "PURCHASE", "days": 180}]}),
            json!({"included_custom_actions": [{"code": "PURCHASE", "days": 181}]}),
            "included_custom_actions.0.days: The value 181",
        ),
        (json!({}), json!({"campaign_id": "1"}), "campaign_id: The campaign 1 doesn't exist."),
    ]
    .into_iter()
    .enumerate()
    {
        let named = with(&adgroup(&sim, &id), &json!({"adgroup_name": format!("Ad group {number}")}));
        let (code, message) = refused(&sim, "/adgroup/create/", &with(&named, &wrong));
        assert!(code == 40002 && message.starts_with(says), "{wrong}: {message}");
        made(&sim, "/adgroup/create/", &with(&named, &right));
    }
    let zeros = new_adgroup(&sim, &id, &json!({"adgroup_name": "Zeros", "dayparting": week("0")}));
    assert_eq!(row(&sim, "adgroup", &zeros)["dayparting"], week("1"));
}

#[test]
fn an_update_of_an_adgroup_replaces_what_it_names() {
    let sim = small();
    let campaign = new_campaign(&sim, &json!({}));
    let id = new_adgroup(&sim, &campaign, &json!({"languages": ["en", "de"]}));
    let body = json!({"advertiser_id": super::new_york(&sim), "adgroup_id": id, "languages": ["fr"], "budget": 60.5, "optimization_goal": "REACH"});
    let after = made(&sim, "/adgroup/update/", &body);
    assert_eq!((&after["languages"], &after["budget"]), (&json!(["fr"]), &json!(60.5)));
    assert_eq!((&after["optimization_goal"], &after["location_ids"]), (&json!("CLICK"), &json!(["6252001"])));
    assert!(refused(&sim, "/adgroup/update/", &with(&body, &json!({"budget": 1}))).1.starts_with("budget: "));
    assert_eq!(row(&sim, "adgroup", &id), after);
}

#[test]
fn fields_that_cannot_change_are_ignored_or_refused() {
    for (immutable, works) in [(Immutable::Ignored, true), (Immutable::Refused, false)] {
        let ads = AdsOptions { immutable, no_update: true, ..AdsOptions::default() };
        let sim = start(Options { ads, ..Options::default() });
        let id = new_campaign(&sim, &json!({}));
        let body =
            json!({"advertiser_id": super::new_york(&sim), "campaign_id": id, "objective_type": "REACH", "budget": 70});
        match works {
            true => assert_eq!(made(&sim, "/campaign/update/", &body)["objective_type"], "TRAFFIC"),
            false => assert!(refused(&sim, "/campaign/update/", &body).1.starts_with("objective_type: ")),
        }
        let same = with(&body, &json!({"objective_type": "TRAFFIC", "budget": if works { 70 } else { 500 }}));
        assert_eq!(refused(&sim, "/campaign/update/", &same).0, 40012);
    }
}

#[test]
fn states_go_together_up_to_twenty() {
    let sim = small();
    let campaign = new_campaign(&sim, &json!({}));
    let ids: Vec<String> =
        (0..21).map(|n| new_adgroup(&sim, &campaign, &json!({"adgroup_name": format!("Group {n}")}))).collect();
    let body = |ids: &[String], status: &str| json!({"advertiser_id": super::new_york(&sim), "adgroup_ids": ids, "operation_status": status});
    let path = "/adgroup/status/update/";
    assert!(refused(&sim, path, &body(&ids, "DISABLE")).1.starts_with("adgroup_ids: Length must be between 1 and 20"));
    assert!(refused(&sim, path, &body(&ids[..1], "PAUSE")).1.starts_with("operation_status: one or more value"));
    made(&sim, path, &body(&ids[..20], "DISABLE"));
    assert_eq!(row(&sim, "adgroup", &ids[0])["operation_status"], "DISABLE");
    made(&sim, path, &body(&ids[..1], "DELETE"));
    assert!(refused(&sim, path, &body(&ids[..2], "ENABLE")).1.contains("has been deleted"));
    assert_eq!(row(&sim, "adgroup", &ids[1])["operation_status"], "DISABLE");
    let part = with(&body(&ids[..2], "ENABLE"), &json!({"allow_partial_success": true}));
    let data = made(&sim, path, &part);
    assert_eq!((&data["adgroup_ids"], &data["error_list"][0]["adgroup_id"]), (&json!([ids[1]]), &json!(ids[0])));
    assert_eq!(row(&sim, "adgroup", &ids[1])["operation_status"], "ENABLE");
    let of_campaign =
        json!({"advertiser_id": super::new_york(&sim), "campaign_ids": [campaign], "operation_status": "DELETE"});
    made(&sim, "/campaign/status/update/", &of_campaign);
    assert_eq!(row(&sim, "adgroup", &ids[1])["secondary_status"], "ADGROUP_STATUS_CAMPAIGN_DELETE");
    assert!(refused(&sim, "/campaign/status/update/", &of_campaign).1.contains("This campaign has been deleted."));
    assert!(listed(&sim, "/adgroup/get/", &json!({"campaign_ids": [campaign]})).is_empty());
    assert_eq!(
        listed(&sim, "/adgroup/get/", &json!({"campaign_ids": [campaign], "primary_status": "STATUS_ALL"})).len(),
        21
    );
}

#[test]
fn who_may_not_write_is_told() {
    let sim = small();
    let body = campaign(&sim);
    let code = |token: &str, body: &Value| {
        post_as(&sim, token, "/campaign/create/", "application/json", &body.to_string()).code()
    };
    assert_eq!(code(TOKEN_NARROW, &body), 40001);
    let id: u64 = text(&body, "advertiser_id").parse().unwrap();
    sim.mutate(|world| world.token_mut(TOKEN_GOOD).unwrap().roles.insert(id, Role::Analyst));
    assert_eq!(code(TOKEN_GOOD, &body), 40001);
    for (name, expected) in [("Pending", 40002), ("Suspended", 40002), ("Foreign", 0)] {
        let other = crate::id_of(&sim, name).to_string();
        assert_eq!(code(TOKEN_AGENCY, &with(&body, &json!({"advertiser_id": other}))), expected, "{name}");
    }
    assert!(sim.requests().iter().all(|request| request.body.is_some() && request.advertiser.is_some()));
}
