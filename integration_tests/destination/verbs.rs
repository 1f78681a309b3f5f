//! `spec`, `check` and `discover`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use simulator::{
    AUDIENCE_BROKEN, AUDIENCE_EXPIRING, AUDIENCE_FILE, AUDIENCE_HARD, AUDIENCE_LOOKALIKE, Simulator, TOKEN_AGENCY,
    TOKEN_EXPIRED, TOKEN_REVOKED,
};

use super::{account, asked, without_ids, writing, writing_to};
use crate::harness::{Connector, large, small};

#[test]
fn spec_is_a_draft_seven_schema() {
    let run = Connector::offline().run(&["destination", "spec"]).succeeded();
    let [message] = &run.messages[..] else { panic!("{:#?}", run.messages) };
    jsonschema::draft7::meta::validate(&message["spec"]["connectionSpecification"]).unwrap();
    insta::assert_json_snapshot!(message["spec"]);
}

/// A name for the case, and the connector in it.
fn cases(sim: &Simulator) -> Vec<(&'static str, Connector)> {
    let agency = |name| writing_to(sim, name).token(TOKEN_AGENCY);
    let mut sandbox = writing(sim);
    let tokyo = account(sim, "Tokyo").to_string();
    sandbox.config["credentials"] = json!({
        "auth_type": "sandbox_access_token", "advertiser_id": tokyo, "access_token": simulator::TOKEN_GOOD,
    });
    vec![
        ("good", writing(sim)),
        ("no advertiser", Connector::to(sim)),
        ("an advertiser that is not there", Connector::to(sim).with("advertiser_id", "7123456789012345678")),
        ("an advertiser that the token may not see", writing_to(sim, "Forbidden")),
        ("an advertiser in words", Connector::to(sim).with("advertiser_id", "Tokyo Shop")),
        ("an expired token", writing(sim).token(TOKEN_EXPIRED)),
        ("a revoked token", writing(sim).token(TOKEN_REVOKED)),
        ("a pending account", agency("Pending")),
        ("a suspended account", agency("Suspended")),
        ("a disabled account", agency("Disabled")),
        ("sandbox", sandbox),
        ("no country", writing(sim).with("audience", json!({"default_country": "ZZ"}))),
        ("a folder that cannot be", writing(sim).with("rejected_records", "/dev/null/x")),
    ]
}

#[test]
fn check_says_what_is_wrong_and_ends_well() {
    let sim = small();
    let mut told = String::new();
    for (name, connector) in cases(&sim) {
        let run = connector.destination("check");
        assert_eq!(run.exit, Some(0), "{name}");
        assert!(run.errors().is_empty(), "{name}: {:#?}", run.errors());
        let warnings = run.logs().into_iter().filter(|log| log.starts_with("WARN"));
        let lines: Vec<String> = std::iter::once(run.connection_status()).chain(warnings).collect();
        told += &format!("{name}\n  {}\n", without_ids(&lines.join("\n  ")));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn check_refuses_mappings_that_no_write_could_use() {
    let sim = small();
    for (object, more, told) in [
        ("event_web", json!({"operation": "delete"}), "deletes, and `event_web` can only be added to"),
        ("event_web", json!({"event": "purchase"}), "The name is a slip of a standard one"),
        ("event_app", json!({"event": "x".repeat(51)}), "names an event that cannot be sent"),
        ("event_crm", json!({"event": "Purchase"}), "CRM events have names of your own only"),
        ("event_offline", json!({"event": "Sold"}), "Offline events have TikTok's standard names only"),
    ] {
        let mut mapping = json!({"stream": "s", "object": object});
        mapping.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let run = writing(&sim).with("mappings", json!([mapping])).destination("check");
        let status = run.connection_status();
        assert!(status.starts_with("FAILED") && status.contains(told), "{object}: {status}");
    }
}

/// The objects of conversion events.
const EVENTS: [&str; 4] = ["event_app", "event_crm", "event_offline", "event_web"];
const CREATIVES: [&str; 2] = ["creative_image", "creative_video"];
const MANAGED: [&str; 6] = ["ad", "adgroup", "campaign", "smart_plus_ad", "smart_plus_adgroup", "smart_plus_campaign"];

pub(super) fn operations(connector: &Connector) -> Vec<Value> {
    let run = connector.destination("discover").succeeded();
    let [catalog] = run.of_type("DESTINATION_CATALOG").collect::<Vec<_>>()[..] else { panic!("{:#?}", run.messages) };
    catalog["destination_catalog"]["operations"].as_array().unwrap().clone()
}

#[test]
fn discover_lists_every_streaming_audience_in_every_mode() {
    let sim = large();
    let found = operations(&writing_to(&sim, "Large"));
    let mut modes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for operation in &found {
        let mode = operation["sync_mode"].as_str().unwrap();
        modes.entry(operation["object_name"].as_str().unwrap()).or_default().push(mode);
        jsonschema::draft7::meta::validate(&operation["json_schema"]).unwrap();
        let is_event = operation["object_name"].as_str().unwrap().starts_with("event_");
        assert_eq!(operation["matching_keys"].as_array().is_some_and(|keys| !keys.is_empty()), !is_event);
    }
    for event in EVENTS {
        assert_eq!(modes.remove(event), Some(vec!["append"]));
    }
    for managed in MANAGED {
        assert_eq!(modes.remove(managed), Some(vec!["append", "update", "append_dedup", "soft_delete"]));
    }
    assert_eq!(modes.remove("smart_plus_material"), Some(vec!["append", "update", "append_dedup"]));
    assert_eq!(modes.remove("split_test"), Some(vec!["append", "update"]));
    for creative in CREATIVES {
        assert_eq!(modes.remove(creative), Some(vec!["append", "append_dedup"]));
    }
    assert_eq!(modes.remove("lookalike_audience"), Some(vec!["append", "append_dedup"]));
    assert_eq!(modes.remove("audience_apply"), Some(vec!["append", "append_dedup", "soft_delete"]));
    assert_eq!(modes.remove("audience_share"), Some(vec!["append", "append_dedup", "soft_delete"]));
    assert_eq!(modes.remove("audience_snapshot"), Some(vec!["append", "append_dedup"]));
    assert!(modes.values().all(|modes| *modes == ["append", "append_dedup", "soft_delete"]));
    let market = account(&sim, "Large");
    let audiences = sim.read(|world| {
        let all = world.audiences_of(market).into_iter().filter(|one| one.kind == simulator::AudienceKind::Partner);
        all.map(|one| format!("audience: {} ({})", one.name, one.id)).collect::<Vec<_>>()
    });
    assert!(audiences.len() > 250, "several pages");
    assert!(audiences.iter().all(|name| modes.contains_key(name.as_str())), "{modes:?}");
    let files = modes.keys().filter(|name| name.starts_with("audience_file: ")).count();
    assert!(files > 0 && modes.contains_key("audience_file"), "{modes:?}");
    assert_eq!(modes.len(), audiences.len() + files + 2);
    assert!(modes.contains_key("audience_members"));
}

#[test]
fn discover_keeps_names_to_the_letter_and_leaves_other_kinds_out() {
    let sim = small();
    let found = operations(&writing(&sim));
    let names: Vec<&str> = found.iter().map(|operation| operation["object_name"].as_str().unwrap()).collect();
    let count = |name: &str| names.iter().filter(|found| found.starts_with(&format!("audience: {name} ("))).count();
    for name in [AUDIENCE_HARD, AUDIENCE_EXPIRING] {
        assert_eq!(count(name), 3, "{name}");
    }
    for name in [AUDIENCE_FILE, AUDIENCE_BROKEN, AUDIENCE_LOOKALIKE] {
        assert_eq!(count(name), 0, "{name}");
    }
}

#[test]
fn discover_is_bounded_and_reads_no_more_than_it_shows() {
    let sim = small();
    let tokyo = account(&sim, "Tokyo");
    sim.mutate(|world| {
        for at in 0..10_000 {
            world.create_audience(tokyo, &format!("Group {at}"));
        }
    });
    let run = writing(&sim).destination("discover").succeeded();
    let [catalog] = run.of_type("DESTINATION_CATALOG").collect::<Vec<_>>()[..] else { panic!("{:#?}", run.messages) };
    let operations = catalog["destination_catalog"]["operations"].as_array().unwrap();
    assert_eq!(
        operations.len(),
        3 + EVENTS.len() + MANAGED.len() * 4 + CREATIVES.len() * 2 + 3 + 2 + 2 + 2 + 3 + 3 + 3 + 400 * 3
    );
    assert_eq!(operations[0]["object_name"], "audience_members");
    assert!(catalog.to_string().len() < 4 << 20, "{}", catalog.to_string().len());
    assert!(run.logs().iter().any(|log| log.starts_with("WARN") && log.contains("more than 400")), "{:?}", run.logs());
    assert_eq!(asked(&sim, "/dmp/custom_audience/list/"), 5 + 5, "for those of streaming, and for those of files");
}

#[test]
fn slips_in_keys_are_told_and_ids_may_be_numbers() {
    let sim = small();
    let tokyo = account(&sim, "Tokyo");
    let mut connector = Connector::to(&sim).with("advertiser_id", tokyo).with("requests_per_second", 100.0);
    connector.config["audience"] = json!({"create_mising": false});
    connector.config["events"] = json!({"event_source": "", "event_source_id": null});
    connector.config["credentials"]["auth_type"] = "prod_access_token".into();
    for run in [connector.destination("check"), connector.write(&super::plain(), &[])] {
        let told: Vec<String> = run.logs().into_iter().filter(|log| log.contains("no setting")).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        assert_eq!(
            told,
            ["WARN `audience.create_mising` is no setting and has no effect; did you mean `audience.create_missing`?"]
        );
        assert_eq!(run.exit, Some(0), "{:#?}", run.messages);
    }
    assert_eq!(connector.destination("check").connection_status(), "SUCCEEDED");
    connector.config["advertiser_id"] = json!(7.011111111111111e18);
    connector.config["credentials"]["auth_type"] = "password".into();
    connector.config["requests_per_second"] = json!(2.5);
    connector.config["audience"] = json!({"default_country": "ZZ", "create_missing": "yes"});
    connector.config["mappings"] = json!([{"stream": "s", "fields": {"email": 5}, "audience_name": "a\nb"}, {}]);
    insta::assert_snapshot!(connector.destination("check").connection_status());
}

#[test]
fn discover_without_an_advertiser_lists_the_generic_objects() {
    let found = operations(&Connector::to(&small()));
    let names: BTreeSet<&str> = found.iter().map(|operation| operation["object_name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        EVENTS
            .into_iter()
            .chain(MANAGED)
            .chain(CREATIVES)
            .chain(["smart_plus_material", "split_test", "lookalike_audience", "audience_apply", "audience_share"])
            .chain(["audience_members", "audience_snapshot", "audience_file"])
            .collect()
    );
    assert_eq!(found.len(), 7 + 4 * MANAGED.len() + 2 * CREATIVES.len() + 3 + 2 + 2 + 2 + 3 + 3 + 3);
}
