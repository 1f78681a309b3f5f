//! Several authorizations in one config: the union of advertisers, each with a token that sees it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{Simulator, TOKEN_GOOD, TOKEN_REVOKED, TOKEN_WITH_FORBIDDEN};

use tiktok_ads::streams;

use crate::harness::feed::{catalog_of, entry, record, state};
use crate::harness::{Connector, Run, catalog, small};

/// Anna sees Tokyo and New York, Ben New York and London, by tokens of the world that are bent for it.
const ANNA: &str = TOKEN_GOOD;
const BEN: &str = TOKEN_WITH_FORBIDDEN;

fn id(sim: &Simulator, name: &str) -> u64 {
    sim.read(|world| world.account_named(name).unwrap().id)
}

fn team() -> Simulator {
    let sim = small();
    let [tokyo, york, london] = ["Tokyo", "New York", "London"].map(|name| id(&sim, name));
    sim.mutate(|world| {
        for (token, sees) in [(ANNA, vec![tokyo, york]), (BEN, vec![york, london])] {
            let token = world.token_mut(token).unwrap();
            (token.lists, token.reaches) = (sees.clone(), sees);
        }
    });
    sim
}

fn with(sim: &Simulator, first: &str, more: &[&str]) -> Connector {
    let more: Vec<Value> = more.iter().map(|token| json!({"access_token": token})).collect();
    let mut connector = Connector::to(sim).token(first);
    connector.config["credentials"]["additional_authorizations"] = more.into();
    connector
}

fn advertisers(run: &Run) -> BTreeSet<u64> {
    run.records("advertisers").map(|record| record["advertiser_id"].as_u64().unwrap()).collect()
}

#[test]
fn everybodys_advertisers_are_read_each_once() {
    let sim = team();
    let all: BTreeSet<u64> = ["Tokyo", "New York", "London"].map(|name| id(&sim, name)).into();
    let run = with(&sim, ANNA, &[BEN]).read(&catalog::some(&["advertisers", "campaigns"])).succeeded();
    assert_eq!(advertisers(&run), all);
    assert_eq!(run.records("advertisers").count(), 3);
    let campaigns: BTreeSet<u64> = run.records("campaigns").map(|one| one["advertiser_id"].as_u64().unwrap()).collect();
    assert!(campaigns.len() >= 2 && campaigns.is_subset(&all));
    // Nobody was asked with a token that does not see it.
    let requests = sim.requests();
    assert!(requests.iter().all(|request| request.code == Some(0)), "{requests:#?}");
    let london = id(&sim, "London").to_string();
    let of_london = requests
        .iter()
        .filter(|request| request.path == "/campaign/get/" && request.advertiser.as_deref() == Some(&london));
    assert!(of_london.clone().count() > 0 && of_london.clone().all(|request| request.came_with(BEN)));
}

#[test]
fn a_token_that_fails_hides_nobody_else() {
    let sim = team();
    for (first, more) in [(TOKEN_REVOKED, [ANNA, BEN]), (ANNA, [TOKEN_REVOKED, BEN])] {
        let connector = with(&sim, first, &more);
        let run = connector.read(&catalog::some(&["advertisers", "campaigns"])).succeeded();
        assert_eq!(advertisers(&run).len(), 3, "{:#?}", run.logs());
        assert!(run.logs().iter().any(|log| log.starts_with("WARN") && log.contains("left out")), "{:#?}", run.logs());
        let run = connector.check().succeeded();
        assert_eq!(run.connection_status(), "SUCCEEDED");
        assert!(run.logs().iter().any(|log| log.starts_with("WARN warning | access token")), "{:#?}", run.logs());
    }
    let run = with(&sim, TOKEN_REVOKED, &[simulator::TOKEN_EXPIRED]).check();
    assert!(
        run.connection_status().starts_with("FAILED: TikTok says: the access token"),
        "{}",
        run.connection_status()
    );
}

#[test]
fn named_advertisers_are_found_without_a_list() {
    let sim = team();
    let named: Vec<String> = ["Tokyo", "London"].map(|name| id(&sim, name).to_string()).to_vec();
    let mut connector = with(&sim, ANNA, &[BEN]).with("advertiser_ids", json!(named));
    for name in ["app_id", "secret"] {
        connector.config["credentials"].as_object_mut().unwrap().shift_remove(name);
    }
    let run = connector.read(&catalog::some(&["advertisers", "ads"])).succeeded();
    assert_eq!(advertisers(&run).len(), 2);
    assert_eq!(connector.check().succeeded().connection_status(), "SUCCEEDED");
}

#[test]
fn a_destination_writes_with_the_token_that_sees_the_target() {
    let sim = team();
    let london = id(&sim, "London");
    let stream = "audience_members";
    let member = record(stream, &json!({"email": "person1@example.com", "audience_name": "Team"}));
    let connector = with(&sim, ANNA, &[BEN]).with("advertiser_id", london.to_string());
    assert_eq!(connector.destination("check").succeeded().connection_status(), "SUCCEEDED");
    let run = connector.write(&catalog_of([entry(stream, None, "append")]), &[member, state(stream, &json!({"n": 1}))]);
    assert_eq!((run.exit, run.of_type("STATE").count()), (Some(0), 1), "{:#?}", run.errors());
    let mapping = sim.requests().into_iter().rfind(|request| request.path == "/segment/mapping/").unwrap();
    assert!(mapping.came_with(BEN) && mapping.code == Some(0));
}

#[test]
fn what_is_the_tokens_own_is_read_of_all_of_them() {
    let sim = team();
    let streams = ["advertiser_ids", "business_centers", "bc_assets"];
    let rows = |connector: &Connector| {
        let run = connector.read(&catalog::some(&streams)).succeeded();
        streams.map(|stream| {
            let key = &streams::find(stream).unwrap().primary_key;
            let of = |record: &Value| key.iter().map(|field| record[*field].to_string()).collect::<Vec<_>>().join(" ");
            let all: Vec<String> = run.records(stream).map(of).collect();
            let unique: BTreeSet<String> = all.iter().cloned().collect();
            assert_eq!(all.len(), unique.len(), "{stream}: each once");
            unique
        })
    };
    let (anna, ben) = (rows(&with(&sim, ANNA, &[])), rows(&with(&sim, BEN, &[])));
    let together = rows(&with(&sim, ANNA, &[BEN]));
    for at in 0..streams.len() {
        let either: BTreeSet<String> = anna[at].union(&ben[at]).cloned().collect();
        assert!(!either.is_empty(), "{}", streams[at]);
        assert_eq!(together[at], either, "{}", streams[at]);
    }
    assert_eq!(together[0].len(), 3);
    let with_a_dead_one = rows(&with(&sim, TOKEN_REVOKED, &[ANNA, BEN]));
    assert_eq!(with_a_dead_one, together);
}
