//! The scenario of the first issue, end to end: spec, check, discover, read, and read on.

use serde_json::{Value, json};
use simulator::Level;
use tiktok_ads::streams;

use crate::harness::expected::{self, Scope};
use crate::harness::{Connector, catalog, now, small};

#[test]
fn a_platform_sets_a_source_up_and_syncs_it_twice() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", (now() - chrono::Days::new(30)).date_naive().to_string());

    let spec = connector.run(&["spec"]).succeeded();
    let form = &spec.messages[0]["spec"]["connectionSpecification"];
    assert!(jsonschema::validator_for(form).unwrap().is_valid(&connector.config), "the config fits the form");
    assert_eq!(connector.check().succeeded().connection_status(), "SUCCEEDED");

    // The catalogue goes back as it came, each stream in its best mode.
    let discovered = connector.run(&["discover", "--config", "config.json"]).succeeded();
    let streams = discovered.messages[0]["catalog"]["streams"].as_array().unwrap();
    let sampled = |stream: &&Value| catalog::sample().any(|one| stream["name"] == *one.name);
    let configured = streams.iter().filter(sampled).map(|stream| {
        let modes = stream["supported_sync_modes"].as_array().unwrap();
        json!({"stream": stream, "sync_mode": modes.last(), "destination_sync_mode": "append_dedup",
            "cursor_field": stream["default_cursor_field"], "primary_key": stream["source_defined_primary_key"]})
    });
    let catalog = json!({"streams": configured.collect::<Vec<Value>>()});

    let start = connector.config["start_date"].as_str().unwrap().parse().unwrap();
    let first = connector.read(&catalog).succeeded();
    sim.read(|world| expected::assert_whole(&first, world, Scope::since(start)));

    let added = sim.mutate(|world| {
        world.now = now() + chrono::TimeDelta::minutes(1);
        let tokyo = world.account_named("Tokyo").unwrap().id;
        world.create(tokyo, Level::Campaign).unwrap().to_string()
    });
    let second = connector.read_from(&catalog, &first.state()).succeeded();
    assert!(expected::by_key(&second, streams::find("campaigns").unwrap()).contains_key(&added));
    assert!(second.messages.len() < first.messages.len() / 2, "the second run brings what is new");
}
