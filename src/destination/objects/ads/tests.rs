//! Rows of managed objects through plan and guards, as tables: what is there, what a row says, what becomes of it.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::kind::{self, KINDS, KindDef};
use super::known::{Account, Listing};
use super::plan::{self, Plan, Stop};
use super::wish::Wish;
use super::{guard, start_paused, tell, traps};
use crate::config::ads::AdsOptions;
use crate::destination::objects::def::Mode;
use crate::destination::record::columns::{Columns, Record};

/// An account with a campaign of 100 a day, one that distributes its own budget, and what is in them.
fn account() -> Account {
    let mut account = Account::new("USD".into());
    let records = json!({
        "campaign": [
            {"campaign_id": "1", "campaign_name": "Sale", "budget_mode": "BUDGET_MODE_DAY", "budget": 100.0, "objective_type": "TRAFFIC", "operation_status": "ENABLE"},
            {"campaign_id": "2", "campaign_name": "Own", "budget_mode": "BUDGET_MODE_DAY", "budget": 50.0, "budget_optimize_on": true, "operation_status": "DISABLE"},
            {"campaign_id": "3", "campaign_name": "Twin", "budget_mode": "BUDGET_MODE_INFINITE", "budget": 0.0, "operation_status": "DISABLE"},
            {"campaign_id": "4", "campaign_name": "Twin", "budget_mode": "BUDGET_MODE_INFINITE", "budget": 0.0},
            {"campaign_id": "5", "campaign_name": "Old", "secondary_status": "CAMPAIGN_STATUS_DELETE"},
            {"campaign_id": "6", "campaign_name": "Clever", "budget_mode": "BUDGET_MODE_DAY", "budget": 80, "campaign_automation_type": "UPGRADED_SMART_PLUS"},
        ],
        "adgroup": [
            {"adgroup_id": "12", "adgroup_name": "In own", "campaign_id": "1", "budget_mode": "BUDGET_MODE_DAY", "budget": 90.0, "operation_status": "ENABLE"},
            {"adgroup_id": "13", "adgroup_name": "In twin", "campaign_id": "3", "budget_mode": "BUDGET_MODE_DAY", "budget": 70.0, "operation_status": "ENABLE"},
            {"adgroup_id": "14", "adgroup_name": "Dear", "campaign_id": "4", "budget_mode": "BUDGET_MODE_DAY", "budget": 190.0, "scheduled_budget": 195.0, "bid_price": 9.0, "operation_status": "DISABLE"},
            {"adgroup_id": "11", "adgroup_name": "A", "campaign_id": "1", "budget_mode": "BUDGET_MODE_TOTAL", "budget": 500.0, "schedule_type": "SCHEDULE_START_END", "schedule_end_time": "2026-12-24 00:00:00", "audience_ids": ["7"]},
        ],
        "ad": [{"ad_id": "21", "ad_name": "X", "adgroup_id": "11", "campaign_id": "1", "ad_text": "hello"}],
    });
    for kind in KINDS {
        let mut listing = Listing::default();
        let own = records[kind.object].as_array().into_iter().flatten();
        own.for_each(|record| listing.add(kind, record.as_object().unwrap()));
        account.listed(kind, listing);
    }
    account
}

fn options(ads: &Value) -> AdsOptions {
    let mut all = json!({
        "allow": KINDS.iter().map(|kind| (kind.object.to_owned(), json!(["create", "update", "pause", "resume", "delete"]))).collect::<Map<_, _>>(),
        "max_daily_budget": 200, "max_lifetime_budget": 1000, "max_bid": 5, "currency": "USD",
    });
    for (key, value) in ads.as_object().unwrap() {
        all[key] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

/// What becomes of a row, in a line.
fn told(kind: &'static KindDef, mode: Mode, row: &Value, options: &AdsOptions) -> String {
    let columns = Columns::new(kind.fields().names, &std::collections::BTreeMap::new(), &[]);
    let data = serde_json::value::RawValue::from_string(row.to_string()).unwrap();
    let record = Record::read(&columns, &data).unwrap();
    let account = account();
    let wish = Wish::read(kind, mode, &record, Some("7"));
    let wish = match wish.and_then(|wish| guard::before_lookup(&wish, options).map(|()| wish)) {
        Ok(wish) => wish,
        Err(fault) => return format!("{}: {}", fault.reason, fault.message),
    };
    let now = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap().and_hms_opt(12, 0, 0).unwrap();
    match plan::plan(&wish, &account) {
        Err(Stop::Reject(fault)) => format!("{}: {}", fault.reason, fault.message),
        Err(Stop::Waits(_)) => "waits".to_owned(),
        Ok(Plan::Unchanged { id }) => format!("unchanged {}", id.unwrap_or_default()),
        Ok(Plan::Change(mut change)) => {
            start_paused(&mut change, options);
            let judged = traps::check(&change, &account, now).and_then(|()| guard::judge(&change, &account, options));
            match judged {
                Err(fault) => format!("{}: {}", fault.reason, fault.message),
                Ok(()) => {
                    let changes = Value::Object(tell::changes(&change));
                    format!(
                        "{} {} by {} {changes}",
                        change.action.word(),
                        change.id.unwrap_or_default(),
                        change.kind.object
                    )
                }
            }
        }
    }
}

fn table(rows: &[(&str, Mode, Value, Value)]) -> String {
    let line = |(object, mode, row, ads): &(&str, Mode, Value, Value)| {
        let kind = kind::find(object).unwrap();
        let guards = if *ads == json!({}) { String::new() } else { format!(" with {ads}") };
        format!("{object} {} {row}{guards}\n  → {}", mode.word(), told(kind, *mode, row, &options(ads)))
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

const UPSERT: Mode = Mode::AppendDedup;

#[test]
fn a_row_and_what_is_there_make_a_plan() {
    let none = || json!({});
    let new = |budget: Value| json!({"campaign_name": "New", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": budget, "operation_status": "ENABLE"});
    insta::assert_snapshot!(table(&[
        ("campaign", UPSERT, new(json!(50)), none()),
        ("campaign", UPSERT, new(json!(50)), json!({"start_paused": false})),
        ("campaign", Mode::Append, json!({"campaign_name": "Sale", "budget": 120}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "budget": 100.00}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "budget": "120.5"}), none()),
        ("campaign", UPSERT, json!({"campaign_id": 1, "campaign_name": "Big sale"}), none()),
        ("campaign", UPSERT, json!({"campaign_id": "1", "budget": 120, "operation_status": "DISABLE"}), none()),
        ("campaign", UPSERT, json!({"campaign_id": "1", "budget": 120, "_op": "pause"}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Own", "_op": "resume"}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Own", "_op": "pause"}), none()),
        ("campaign", Mode::SoftDelete, json!({"campaign_name": "Sale"}), none()),
        ("campaign", Mode::SoftDelete, json!({"campaign_name": "Old"}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "_ab_cdc_deleted_at": "2026-11-25T22:03:23Z"}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Never", "_ab_cdc_deleted_at": "2026-11-25T22:03:23Z"}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "_ab_cdc_deleted_at": "gone"}), none()),
        ("campaign", Mode::SoftDelete, json!({"campaign_id": "5"}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Clever", "budget": 90}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "objective_type": "REACH"}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Twin", "budget": 5}), none()),
        ("campaign", Mode::Update, json!({"campaign_name": "Nowhere"}), none()),
        ("campaign", UPSERT, json!({"campaign_id": "99"}), none()),
        ("campaign", UPSERT, json!({"campaign_id": "5", "budget": 9}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "New", "budget": 9}), none()),
        ("campaign", UPSERT, json!({"budget": 9}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "_op": "destroy"}), none()),
        ("adgroup", UPSERT, json!({"adgroup_name": "B", "campaign_name": "Later"}), none()),
        ("adgroup", UPSERT, json!({"adgroup_name": "B", "campaign_id": "99"}), none()),
        ("adgroup", UPSERT, json!({"adgroup_name": "B", "campaign_name": "Twin"}), none()),
        ("adgroup", UPSERT, json!({"adgroup_name": "B"}), none()),
        ("adgroup", UPSERT, json!({"adgroup_name": "A", "campaign_name": "Sale", "budget": 600}), none()),
        ("adgroup", UPSERT, json!({"adgroup_name": "A", "campaign_name": "Sale", "audience_ids": ["7"]}), none()),
        ("adgroup", UPSERT, json!({"adgroup_name": "A", "campaign_name": "Sale", "scheduled_budget": 90}), none()),
        ("ad", UPSERT, json!({"ad_name": "X", "adgroup_name": "A", "campaign_name": "Sale", "ad_text": "bye"}), none()),
        (
            "ad",
            UPSERT,
            json!({"ad_name": "Y", "adgroup_id": "11", "identity_type": "TT_USER", "identity_id": "5", "ad_format": "SINGLE_VIDEO"}),
            none()
        ),
        ("smart_plus_ad", UPSERT, json!({"ad_name": "Z", "adgroup_name": "none", "creative_list": [{}]}), none()),
    ]));
}

#[test]
fn each_guard_and_trap_has_its_sentence() {
    let none = || json!({});
    let new = |mode: &str, budget: Value| json!({"campaign_name": "New", "objective_type": "TRAFFIC", "budget_mode": mode, "budget": budget});
    insta::assert_snapshot!(table(&[
        ("campaign", Mode::Append, new("BUDGET_MODE_DAY", json!(50)), json!({"allow": {}})),
        (
            "campaign",
            UPSERT,
            json!({"campaign_name": "Sale", "budget": 120}),
            json!({"allow": {"campaign": ["pause"]}})
        ),
        (
            "campaign",
            UPSERT,
            json!({"campaign_name": "Sale", "budget": 120, "operation_status": "DISABLE"}),
            json!({"allow": {"campaign": ["update"]}})
        ),
        ("campaign", UPSERT, new("BUDGET_MODE_DAY", json!(201)), none()),
        ("campaign", UPSERT, new("BUDGET_MODE_TOTAL", json!(900)), none()),
        ("campaign", UPSERT, new("BUDGET_MODE_TOTAL", json!(900)), json!({"max_lifetime_budget": null})),
        ("campaign", UPSERT, new("BUDGET_MODE_INFINITE", json!(null)), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "budget": 151}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "budget": 19}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "budget": 150}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Own", "_op": "resume"}), json!({"max_daily_budget": 40})),
        ("campaign", UPSERT, json!({"campaign_name": "Own", "_op": "resume"}), json!({"max_total_daily_budget": 200})),
        ("campaign", UPSERT, json!({"campaign_name": "Own", "_op": "resume"}), json!({"max_total_daily_budget": 230})),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "budget": 120}), json!({"max_total_daily_budget": 190})),
        ("campaign", UPSERT, json!({"campaign_id": "3", "_op": "resume"}), json!({"max_total_daily_budget": 240})),
        ("campaign", UPSERT, json!({"campaign_id": "3", "_op": "resume"}), json!({"max_total_daily_budget": 250})),
        ("adgroup", UPSERT, json!({"adgroup_id": "12", "budget": 95}), json!({"max_total_daily_budget": 100})),
        (
            "campaign",
            UPSERT,
            json!({"campaign_name": "Sale", "budget": 120}),
            json!({"scope": {"advertiser_ids": ["8"]}})
        ),
        (
            "campaign",
            UPSERT,
            json!({"campaign_name": "Sale", "budget": 120}),
            json!({"scope": {"campaign_ids": ["2"]}})
        ),
        ("campaign", UPSERT, new("BUDGET_MODE_DAY", json!(50)), json!({"scope": {"campaign_ids": ["2"]}})),
        (
            "campaign",
            UPSERT,
            json!({"campaign_id": "1", "campaign_name": "Auto"}),
            json!({"scope": {"name_prefix": "Sa"}})
        ),
        ("adgroup", UPSERT, json!({"adgroup_id": "11", "budget": 600}), json!({"scope": {"name_prefix": "Own"}})),
    ]));
}

#[test]
fn money_has_no_way_around_its_bounds() {
    let none = || json!({});
    let new = |mode: &str, budget: Value| json!({"campaign_name": "New", "objective_type": "TRAFFIC", "budget_mode": mode, "budget": budget});
    let group = |more: Value| {
        let mut row = json!({"_op": "update"});
        for (key, value) in more.as_object().unwrap() {
            row[key] = value.clone();
        }
        row
    };
    insta::assert_snapshot!(table(&[
        ("campaign", UPSERT, new("BUDGET_MODE_INFINITE", json!(500_000)), none()),
        ("campaign", UPSERT, new("BUDGET_MODE_DAY", json!(null)), none()),
        ("adgroup", UPSERT, group(json!({"adgroup_id": "12", "scheduled_budget": 300})), none()),
        ("adgroup", UPSERT, group(json!({"adgroup_id": "12", "scheduled_budget": 180})), none()),
        ("adgroup", UPSERT, group(json!({"adgroup_id": "12", "scheduled_budget": 10})), none()),
        ("adgroup", UPSERT, group(json!({"adgroup_id": "12", "scheduled_budget": 120})), none()),
        ("adgroup", UPSERT, group(json!({"adgroup_id": "14", "scheduled_budget": 300})), none()),
        (
            "adgroup",
            UPSERT,
            group(json!({"adgroup_id": "13", "scheduled_budget": 100})),
            json!({"max_total_daily_budget": 180})
        ),
        ("adgroup", UPSERT, group(json!({"adgroup_id": "14", "operation_status": "ENABLE"})), none()),
        ("adgroup", UPSERT, group(json!({"adgroup_id": "14", "operation_status": "ENABLE"})), json!({"max_bid": 10})),
        (
            "adgroup",
            UPSERT,
            group(json!({"adgroup_id": "14", "operation_status": "ENABLE"})),
            json!({"max_bid": 10, "max_daily_budget": 192})
        ),
        ("adgroup", UPSERT, json!({"adgroup_name": "B", "campaign_name": "Sale", "scheduled_budget": 50}), none()),
        ("campaign", UPSERT, json!({"campaign_id": "3", "_op": "resume"}), json!({"max_daily_budget": 60})),
        ("campaign", UPSERT, json!({"campaign_id": "3", "_op": "resume"}), none()),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "budget": 90}), json!({"max_total_daily_budget": 50})),
        ("campaign", UPSERT, json!({"campaign_name": "Sale", "budget": 101}), json!({"max_total_daily_budget": 50})),
        ("smart_plus_campaign", UPSERT, json!({"campaign_name": "Sale", "objective_type": "TRAFFIC"}), none()),
        ("campaign", UPSERT, json!({"campaign_id": 1.78e18, "budget": 90}), none()),
        ("adgroup", UPSERT, json!({"adgroup_name": "A", "campaign_id": "1.78e18", "budget": 90}), none()),
        ("campaign", UPSERT, json!({"campaign_id": "1", "advertiser_id": 7.1e18}), none()),
        (
            "campaign",
            UPSERT,
            json!({"campaign_name": "Clever", "budget": 90}),
            json!({"allow": {"smart_plus_campaign": ["update"]}})
        ),
        (
            "campaign",
            UPSERT,
            json!({"campaign_name": "Clever", "budget": 90}),
            json!({"allow": {"campaign": ["update"]}})
        ),
        (
            "smart_plus_campaign",
            UPSERT,
            json!({"campaign_id": "6", "budget": 90}),
            json!({"allow": {"campaign": ["update"]}})
        ),
    ]));
}

#[test]
fn ad_groups_have_guards_and_traps_of_their_own() {
    let none = || json!({});
    let group = |more: Value| {
        let mut row = json!({"adgroup_name": "B", "campaign_name": "Sale", "promotion_type": "WEBSITE", "location_ids": ["1"],
            "budget_mode": "BUDGET_MODE_DAY", "budget": 20, "schedule_type": "SCHEDULE_START_END",
            "schedule_start_time": "2026-12-01 00:00:00", "schedule_end_time": "2026-12-31 00:00:00",
            "optimization_goal": "CLICK", "billing_event": "CPC", "pacing": "PACING_MODE_SMOOTH"});
        for (key, value) in more.as_object().unwrap() {
            row[key] = value.clone();
        }
        row
    };
    insta::assert_snapshot!(table(&[
        ("adgroup", UPSERT, group(none()), none()),
        ("adgroup", UPSERT, group(json!({"bid_price": 6})), none()),
        ("adgroup", UPSERT, group(json!({"bid_price": 6})), json!({"max_bid": null})),
        ("adgroup", UPSERT, group(json!({"search_keywords": [{"keyword": "x", "keyword_bid": 5.5}]})), none()),
        ("adgroup", UPSERT, group(json!({"campaign_name": "Own"})), none()),
        ("adgroup", UPSERT, group(json!({"campaign_name": "Own", "budget": null, "budget_mode": null})), none()),
        ("adgroup", UPSERT, group(json!({"budget_mode": "BUDGET_MODE_TOTAL"})), none()),
        (
            "adgroup",
            UPSERT,
            group(json!({"campaign_id": "3", "budget_mode": "BUDGET_MODE_TOTAL", "schedule_end_time": null})),
            none()
        ),
        (
            "adgroup",
            UPSERT,
            group(json!({"budget_mode": "BUDGET_MODE_INFINITE", "budget": null, "campaign_id": "3"})),
            none()
        ),
        ("adgroup", UPSERT, group(json!({"schedule_start_time": "2026-11-01 00:00:00"})), none()),
        ("adgroup", UPSERT, group(json!({"schedule_end_time": "2026-12-01 00:00:00"})), none()),
        ("adgroup", UPSERT, group(json!({"audience_ids": ["5"], "excluded_audience_ids": ["5"]})), none()),
        ("adgroup", UPSERT, json!({"adgroup_id": "11", "excluded_audience_ids": ["7"]}), none()),
        ("adgroup", UPSERT, group(json!({"dayparting": "0".repeat(336)})), none()),
        (
            "smart_plus_campaign",
            UPSERT,
            json!({"campaign_name": "S", "objective_type": "TRAFFIC", "budget": 50, "budget_mode": "BUDGET_MODE_DAY", "budget_auto_adjust_strategy": "AUTO_BUDGET_INCREASE"}),
            none()
        ),
    ]));
}
