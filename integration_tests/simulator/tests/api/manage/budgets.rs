//! Budgets beside each other, and those that begin at midnight.

use super::{adgroup, made, new_adgroup, new_campaign, new_york, refused, row, with};
use crate::{small, start};
use chrono::TimeDelta;
use serde_json::json;
use simulator::{AdsOptions, Options, Rewrite};

#[test]
fn daily_budgets_begin_at_the_accounts_midnight() {
    let sim = small();
    let campaign = new_campaign(&sim, &json!({}));
    let id = new_adgroup(&sim, &campaign, &json!({}));
    let body =
        json!({"advertiser_id": new_york(&sim), "scheduled_budget": [{"adgroup_id": id, "scheduled_budget": 80}]});
    made(&sim, "/adgroup/budget/update/", &body);
    let now = row(&sim, "adgroup", &id);
    assert_eq!((&now["budget"], &now["scheduled_budget"]), (&json!(50.0), &json!(80.0)));
    // 16:00 UTC is 12:00 in New York.
    sim.advance(TimeDelta::hours(11) + TimeDelta::minutes(56));
    assert!(refused(&sim, "/adgroup/budget/update/", &body).1.contains("23:55"));
    sim.advance(TimeDelta::minutes(5));
    let then = row(&sim, "adgroup", &id);
    assert_eq!((&then["budget"], &then["scheduled_budget"]), (&json!(80.0), &json!(0.0)));
}

#[test]
fn each_kind_of_budget_has_its_list() {
    let sim = small();
    let campaign = new_campaign(&sim, &json!({"budget_mode": "BUDGET_MODE_TOTAL"}));
    let end = json!({"schedule_type": "SCHEDULE_START_END", "schedule_end_time": "2026-05-01 00:00:00"});
    let total = with(&end, &json!({"adgroup_name": "Total", "budget_mode": "BUDGET_MODE_TOTAL"}));
    let (daily, total) = (new_adgroup(&sim, &campaign, &json!({})), new_adgroup(&sim, &campaign, &total));
    let body = |list: &str, id: &str, budget: f64| json!({"advertiser_id": new_york(&sim), list: [{"adgroup_id": id, list: budget}]});
    let path = "/adgroup/budget/update/";
    made(&sim, path, &body("budget", &total, 99.5));
    assert_eq!(row(&sim, "adgroup", &total)["budget"], 99.5);
    for (list, id, budget, says) in [
        ("budget", &daily, 99.5, "scheduled_budget: "),
        ("scheduled_budget", &total, 99.5, "budget: "),
        ("budget", &total, 1.0, "budget: The budget must be"),
    ] {
        assert!(refused(&sim, path, &body(list, id, budget)).1.starts_with(says), "{list} {budget}");
    }
    assert!(refused(&sim, path, &json!({"advertiser_id": new_york(&sim)})).1.starts_with("Missing"));
    let lifetime_without_end =
        with(&adgroup(&sim, &campaign), &json!({"adgroup_name": "Open", "budget_mode": "BUDGET_MODE_TOTAL"}));
    assert!(refused(&sim, "/adgroup/create/", &lifetime_without_end).1.starts_with("schedule_type: "));
}

#[test]
fn a_campaign_that_has_the_budget_leaves_none_below() {
    for ignored in [false, true] {
        let ads = AdsOptions { adgroup_budgets_are_ignored: ignored, ..AdsOptions::default() };
        let sim = start(Options { ads, ..Options::default() });
        let campaign = new_campaign(&sim, &json!({"budget_optimize_on": true}));
        let with_budget = adgroup(&sim, &campaign);
        if ignored {
            assert_eq!(made(&sim, "/adgroup/create/", &with_budget)["budget"], 0.0);
        } else {
            assert!(refused(&sim, "/adgroup/create/", &with_budget).1.starts_with("budget: The campaign has"));
        }
        let without = json!({"adgroup_name": "None", "budget": null, "budget_mode": null});
        let id = new_adgroup(&sim, &campaign, &without);
        assert_eq!(row(&sim, "adgroup", &id)["budget_mode"], "BUDGET_MODE_INFINITE");
    }
}

#[test]
fn tiktok_may_store_something_else() {
    let rewrite = Rewrite { path: Some("/adgroup/create/"), field: "pacing", value: json!("PACING_MODE_FAST") };
    let ads = AdsOptions { rewrites: vec![rewrite], ..AdsOptions::default() };
    let sim = start(Options { ads, ..Options::default() });
    let campaign = new_campaign(&sim, &json!({}));
    let id = new_adgroup(&sim, &campaign, &json!({}));
    assert_eq!(row(&sim, "adgroup", &id)["pacing"], "PACING_MODE_FAST");
}
