//! Audiences that are connected to ad groups, and shared with other accounts.

use super::{made, new_adgroup, new_campaign, new_york, refused, row};
use crate::client::get;
use crate::id_of;
use serde_json::{Value, json};
use simulator::{Options, Simulator};

const APPLY: &str = "/dmp/custom_audience/apply/";
const SHARE: &str = "/dmp/custom_audience/share/";
const LOG: &str = "/dmp/custom_audience/share/log/";
const CANCEL: &str = "/dmp/custom_audience/share/cancel/";

/// An audience of New York's.
fn guests(sim: &Simulator) -> String {
    sim.mutate(|world| {
        let id = world.account_named("New York").unwrap().id;
        world.create_audience(id, "Guests").to_string()
    })
}

fn listed(sim: &Simulator, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
    get(sim, path, query).json()["data"]["list"].as_array().unwrap().clone()
}

#[test]
fn an_audience_is_connected_and_disconnected_and_both_are_told() {
    let sim = Simulator::start(Options::default()).unwrap();
    let (audience, group) = (guests(&sim), new_adgroup(&sim, &new_campaign(&sim, &json!({})), &json!({})));
    let body = |mode: &str, usage: &str| {
        json!({"advertiser_id": new_york(&sim), "custom_audience_id": audience, "adgroup_ids": [group],
            "action_mode": mode, "usage_mode": usage})
    };
    for (mode, usage) in [("apply", "Include"), ("Apply", "include")] {
        assert_eq!(refused(&sim, APPLY, &body(mode, usage)).0, 40002, "{mode} {usage}");
    }
    made(&sim, APPLY, &body("Apply", "Exclude"));
    assert_eq!(row(&sim, "adgroup", &group)["excluded_audience_ids"], json!([audience]));
    made(&sim, APPLY, &body("Disconnect", "Exclude"));
    assert_eq!(row(&sim, "adgroup", &group)["excluded_audience_ids"], json!([]));
    let (own, ids) = (new_york(&sim), json!([audience]).to_string());
    let log =
        listed(&sim, "/dmp/custom_audience/apply/log/", &[("advertiser_id", &own), ("custom_audience_ids", &ids)]);
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|row| row["adgroup_id"] == group && row["usage_mode"] == "Exclude"), "{log:?}");
}

#[test]
fn an_audience_is_shared_within_a_business_center_and_seen_by_who_gets_it() {
    let sim = Simulator::start(Options::default()).unwrap();
    let audience = guests(&sim);
    let london = id_of(&sim, "London").to_string();
    let body = |others: Value| json!({"advertiser_id": new_york(&sim), "custom_audience_ids": [audience], "shared_advertiser_ids": others});
    let many: Vec<String> = (0..11).map(|at| (7_000_000_000_000_000_001_u64 + at).to_string()).collect();
    for (others, said) in [
        (json!([]), "Missing required"),
        (json!(many), "between 1 and 10"),
        (json!([new_york(&sim)]), "own advertiser"),
        (json!(["7000000000000000001"]), "same Business Center"),
    ] {
        let (code, text) = refused(&sim, SHARE, &body(others));
        assert!(code == 40002 && text.contains(said), "{code} {text}");
    }
    made(&sim, SHARE, &body(json!([london])));
    let own = new_york(&sim);
    let log = listed(&sim, LOG, &[("advertiser_id", &own), ("custom_audience_id", &audience)]);
    assert_eq!((log.len(), &log[0]["shared_advertiser_id"]), (1, &json!(london)));
    let seen = listed(&sim, "/dmp/custom_audience/list/", &[("advertiser_id", &london)]);
    let seen = seen.iter().find(|one| one["audience_id"] == audience).unwrap();
    assert_eq!((&seen["shared"], &seen["is_creator"]), (&json!(true), &json!(false)));
    // Only its owner is told who has it.
    let reply = get(&sim, LOG, &[("advertiser_id", &london), ("custom_audience_id", &audience)]).json();
    assert_eq!(reply["code"], 40002);
    let back = json!({"advertiser_id": new_york(&sim), "custom_audience_id": audience, "shared_advertiser_id": london});
    made(&sim, CANCEL, &back);
    assert_eq!(refused(&sim, CANCEL, &back).0, 40002, "it is not shared any more");
}
