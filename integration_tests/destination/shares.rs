//! Audiences shared with other advertisers as rows, black-box.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use simulator::{AUDIENCE_FILE, AUDIENCE_SMALL, AUDIENCE_TWINS, Simulator};

use super::ads::{actions, lines, posts, streams};
use super::{account, asked, writing};
use crate::harness::{Connector, at_once, catalog, fail, small};

const OBJECT: &str = "audience_share";
const SHARE: &str = "/dmp/custom_audience/share/";
const CANCEL: &str = "/dmp/custom_audience/share/cancel/";
const LOG: &str = "/dmp/custom_audience/share/log/";

fn sharing(sim: &Simulator) -> Connector {
    allowing(sim, json!({"allow": {OBJECT: ["create", "delete"]}}))
}

fn allowing(sim: &Simulator, ads: Value) -> Connector {
    writing(sim).with("ads", ads).keeping_results().keeping_rejects()
}

fn row(sim: &Simulator, audience: &str, other: &str) -> Value {
    json!({"audience_name": audience, "shared_advertiser_id": account(sim, other).to_string()})
}

/// Who has Tokyo's audience of a name.
fn shared_with(sim: &Simulator, name: &str) -> BTreeSet<u64> {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| {
        let all = world.audiences_of(tokyo);
        all.into_iter().find(|one| one.name == name).unwrap().shared_with.clone()
    })
}

fn reasons(connector: &Connector) -> Vec<String> {
    connector.rejects().iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_is_shared_once_and_taken_back_once() {
    let sim = small();
    let connector = sharing(&sim);
    let rows = [row(&sim, AUDIENCE_SMALL, "New York"), row(&sim, AUDIENCE_SMALL, "London")];
    let others = BTreeSet::from([account(&sim, "New York"), account(&sim, "London")]);
    for _ in 0..2 {
        let before = asked(&sim, LOG);
        connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &rows)).succeeded();
        assert_eq!(asked(&sim, LOG) - before, 1, "one look at an audience");
        assert_eq!(shared_with(&sim, AUDIENCE_SMALL), others);
    }
    assert_eq!((asked(&sim, SHARE), posts(&sim)), (2, 2));
    for _ in 0..2 {
        connector.write(&streams(&[OBJECT], "soft_delete"), &lines(OBJECT, &rows[..1])).succeeded();
        assert_eq!(shared_with(&sim, AUDIENCE_SMALL), BTreeSet::from([account(&sim, "London")]));
    }
    assert_eq!((asked(&sim, CANCEL), posts(&sim)), (1, 3));
    let told = BTreeMap::from([("created".to_owned(), 2), ("unchanged".to_owned(), 3), ("deleted".to_owned(), 1)]);
    assert_eq!(actions(&connector), told);
}

#[test]
fn a_row_says_itself_that_it_takes_back() {
    for (name, value) in [("_op", json!("delete")), ("_ab_cdc_deleted_at", json!("2026-01-01T00:00:00Z"))] {
        let sim = small();
        let connector = sharing(&sim);
        let mut one = row(&sim, AUDIENCE_SMALL, "London");
        connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &[one.clone()])).succeeded();
        one[name] = value;
        connector.write(&streams(&[OBJECT], "append_dedup"), &lines(OBJECT, &[one])).succeeded();
        assert!(shared_with(&sim, AUDIENCE_SMALL).is_empty(), "{name}");
    }
}

#[test]
fn rows_that_cannot_be_are_rejected_each_with_its_reason() {
    let sim = small();
    let london = || row(&sim, AUDIENCE_SMALL, "London");
    let but = |name: &str, value: Value| {
        let mut row = london();
        row[name] = value;
        row
    };
    let foreign = sim.mutate(|world| {
        let london = world.account_named("London").unwrap().id;
        world.account_mut(london).unwrap().business += 1;
        london
    });
    let outside =
        json!({"allow": {OBJECT: ["create"]}, "scope": {"advertiser_ids": [account(&sim, "Tokyo").to_string()]}});
    let open = json!({"allow": {OBJECT: ["create"]}});
    let own = account(&sim, "Tokyo").to_string();
    for (ads, row, reason) in [
        (&open, but("audience_name", json!("Nobody")), "audience_not_found"),
        (&open, but("audience_name", json!(AUDIENCE_TWINS)), "ambiguous"),
        (&open, but("custom_audience_id", json!("7123456789012345678")), "audience_not_found"),
        (&open, but("custom_audience_id", json!(1.95e17)), "invalid_id"),
        (&open, but("shared_advertiser_id", json!(7e18)), "invalid_id"),
        (&open, but("shared_advertiser_id", json!("London")), "invalid_advertiser"),
        (&open, but("shared_advertiser_id", json!(own)), "shared_with_itself"),
        (&open, but("shared_advertiser_id", Value::Null), "key_missing"),
        (&open, but("_op", json!("pause")), "invalid_operation"),
        (&open, but("_op", json!("delete")), "not_allowed"),
        (&outside, london(), "out_of_scope"),
        (&open, london(), "refused_by_tiktok"),
    ] {
        let connector = allowing(&sim, ads.clone());
        connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &[row]));
        assert_eq!(reasons(&connector), [reason]);
    }
    assert!(!shared_with(&sim, AUDIENCE_SMALL).contains(&foreign));
    assert_eq!(asked(&sim, SHARE), 1, "what TikTok itself refuses");
}

#[test]
fn a_lost_answer_is_looked_for() {
    let faults: Vec<(&str, &str)> =
        ["reset", "html502"].into_iter().flat_map(|kind| [(kind, "true"), (kind, "false")]).collect();
    at_once(&faults, |(kind, committed)| {
        let sim = small();
        fail(&sim, &format!("path={SHARE},times=1,kind={kind},committed={committed}"));
        let connector = sharing(&sim);
        let rows = [row(&sim, AUDIENCE_SMALL, "London")];
        connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &rows)).succeeded();
        assert_eq!(shared_with(&sim, AUDIENCE_SMALL).len(), 1, "{kind} {committed}");
        assert_eq!(actions(&connector), BTreeMap::from([("created".to_owned(), 1)]), "{kind} {committed}");
    });
}

#[test]
fn a_dry_run_shares_nothing() {
    let sim = small();
    let connector = sharing(&sim).with("dry_run", json!(true));
    let rows = [row(&sim, AUDIENCE_SMALL, "London")];
    connector.write(&streams(&[OBJECT], "append"), &lines(OBJECT, &rows)).succeeded();
    assert_eq!(posts(&sim), 0);
}

#[test]
fn the_stream_tells_who_has_what_and_asks_for_own_audiences_alone() {
    let sim = small();
    let (tokyo, london) = (account(&sim, "Tokyo"), account(&sim, "London"));
    let ids = sim.mutate(|world| {
        let named = |name: &str| world.audiences_of(tokyo).iter().find(|one| one.name == name).unwrap().id;
        let ids = [named(AUDIENCE_SMALL), named(AUDIENCE_FILE)];
        for id in ids {
            world.audience_mut(id).unwrap().shared_with.insert(london);
        }
        ids
    });
    let source = Connector::to(&sim);
    let run = source.read(&catalog::some(&["audience_share_log"])).succeeded();
    let told: BTreeSet<_> = run
        .records("audience_share_log")
        .map(|row| {
            (row["advertiser_id"].clone(), row["custom_audience_id"].clone(), row["shared_advertiser_id"].clone())
        })
        .map(|(owner, id, other)| (owner.to_string(), id.to_string(), other.to_string()))
        .collect();
    let row = |id: &u64| (tokyo.to_string(), format!("\"{id}\""), format!("\"{london}\""));
    assert_eq!(told, ids.iter().map(row).collect());
}
