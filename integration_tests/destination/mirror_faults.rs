//! What goes wrong around a ledger: one sentence each, and nobody removed by mistake.

use std::fs;

use serde_json::json;
use simulator::{AUDIENCE_SMALL, IdType, Options, Simulator};

use super::kill::killed;
use super::mirror::{STREAM, emails, folder, generation, members, mirroring, person, says, whole};
use super::{audience, held, sha, writing};
use crate::harness::feed::{catalog_of, complete, entry, record, state, text};
use crate::harness::{options, small};

#[test]
fn an_audience_that_is_gone_at_tiktok_fails_its_stream_and_is_told() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..20)).succeeded();
    let gone = audience(&sim, AUDIENCE_SMALL);
    sim.mutate(|world| world.delete_audience(gone));
    // The name is free again, so the run makes another audience, whose ledger is its own: all members are sent.
    connector.write(&generation(2), &whole(2..20)).succeeded();
    assert_ne!(audience(&sim, AUDIENCE_SMALL), gone);
    assert_eq!(members(&sim), emails(2..20));
}

#[test]
fn a_place_that_cannot_be_written_is_named_before_anything_is_sent() {
    let sim = small();
    let connector = mirroring(&sim);
    fs::write(connector.dir().join("ledger"), "no folder").unwrap();
    let run = connector.write(&generation(1), &whole(0..5));
    assert!(run.error().contains("ledger") && run.error().contains("Not a directory"), "{}", run.error());
    assert!(members(&sim).is_empty());
    let status = connector.destination("check").connection_status();
    assert!(status.contains("ledger"), "{status}");
}

#[test]
fn a_log_that_cannot_be_written_keeps_its_members_from_being_sent() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..5)).succeeded();
    // Files that the next run writes before it sends; folders stand in their place.
    fs::create_dir(folder(&connector).join("log-2-1")).unwrap();
    let run = connector.write(&generation(2), &whole(1..7));
    assert!(run.error().contains("ledger"), "{}", run.error());
    assert_eq!(members(&sim), emails(0..5), "nothing that the ledger does not know is sent, and nobody leaves");
    assert_eq!(run.of_type("STATE").count(), 0);
    fs::remove_dir(folder(&connector).join("log-2-1")).unwrap();
    connector.write(&generation(2), &whole(1..7)).succeeded();
    assert_eq!(members(&sim), emails(1..7));
}

#[test]
fn several_audiences_in_one_stream_are_several_mirrors() {
    let sim = small();
    let connector = writing(&sim)
        .with("mappings", json!([{"stream": STREAM, "object": "audience_members", "mirror": true}]))
        .with("audience", json!({"ledger": "ledger", "create_missing": true}));
    let row = |audience: &str, at: usize| {
        let email = format!("person{at}@example.com");
        record(STREAM, &json!({"external_id": at.to_string(), "email": email, "audience_name": audience}))
    };
    let generation_of = |id: u64, east: std::ops::Range<usize>, west: std::ops::Range<usize>| {
        let mut lines: Vec<String> = east.map(|at| row("East", at)).collect();
        lines.extend(west.map(|at| row("West", at)));
        lines.push(complete(STREAM));
        connector.write(&generation(id), &lines).succeeded();
    };
    let members_of = |name: &str| held(&sim, audience(&sim, name), IdType::EmailSha256);
    generation_of(1, 0..20, 10..30);
    generation_of(2, 1..20, 10..28);
    assert_eq!(members_of("East"), emails(1..20));
    assert_eq!(members_of("West"), emails(10..28));
}

#[test]
fn many_members_change_by_a_percent() {
    const MEMBERS: usize = 30_000;
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..MEMBERS)).succeeded();
    let before = sim.requests().len();
    connector.write(&generation(2), &whole(300..MEMBERS + 300)).succeeded();
    let calls = sim.requests().len() - before;
    assert!(calls <= 3 + 1 + 4, "{calls} requests");
    assert_eq!(members(&sim), emails(300..MEMBERS + 300));
}

#[test]
fn whoever_was_removed_and_comes_back_is_sent_again_though_the_ledger_was_not_written() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..20)).succeeded();
    // The segment that the settlement writes after the removals; a folder stands in its place.
    let block = folder(&connector).join("segment-3-0");
    fs::create_dir(&block).unwrap();
    let run = connector.write(&generation(2), &whole(2..20));
    assert!(run.error().contains("ledger"), "{}", run.error());
    assert_eq!(members(&sim), emails(2..20), "removed at TikTok");
    fs::remove_dir(block).unwrap();
    connector.write(&generation(3), &whole(0..20)).succeeded();
    assert_eq!(members(&sim), emails(0..20));
}

#[test]
fn what_tiktok_refuses_stops_no_later_run_and_takes_nothing_away() {
    let poison = [sha("evil@example.com")].into();
    let sim = Simulator::start(Options { poison, ..options() }).unwrap();
    let connector = mirroring(&sim);
    let row = |at: usize| person(at, &format!("person{at}@example.com"));
    let mut lines: Vec<String> = (0..19).map(row).collect();
    lines.extend([person(19, "evil@example.com"), complete(STREAM)]);
    connector.write(&generation(1), &lines).succeeded();
    assert_eq!(members(&sim), emails(0..19));
    // Who is a member already stays one by the old address.
    let mut lines: Vec<String> = (1..19).map(row).collect();
    lines.extend([person(0, "evil@example.com"), complete(STREAM)]);
    let mapping = json!([{"stream": STREAM, "object": "audience_members", "audience_name": AUDIENCE_SMALL}]);
    connector.with("mappings", mapping).write(&generation(2), &lines).succeeded();
    assert_eq!(members(&sim), emails(0..19));
}

#[test]
fn a_rejected_row_names_its_member_who_stays_as_it_was() {
    for poisoned in [true, false] {
        let address = if poisoned { "evil@example.com" } else { "no address" };
        let poison = if poisoned { [sha(address)].into() } else { Default::default() };
        let sim = Simulator::start(Options { poison, ..options() }).unwrap();
        let connector = mirroring(&sim);
        connector.write(&generation(1), &whole(0..20)).succeeded();
        // The first row of a run is rejected before its ledger is open, the last one afterwards.
        let row = |at: usize| person(at, &format!("person{at}@example.com"));
        let mut lines = vec![person(0, address)];
        lines.extend((3..20).map(row));
        lines.extend([person(1, address), state(STREAM, &json!({"n": 1})), complete(STREAM)]);
        connector.write(&generation(2), &lines).succeeded();
        assert_eq!(members(&sim), emails((0..20).filter(|at| *at != 2)), "{address}");
        // The same where the generation goes on in a later run, because this one is killed or ends.
        killed(&connector, &generation(3), &text(&[row(4), person(0, address), state(STREAM, &json!({"n": 1}))]), 1);
        connector.write(&generation(3), &[row(5), person(1, address), state(STREAM, &json!({"n": 2}))]).succeeded();
        let mut lines: Vec<String> = (6..20).map(row).collect();
        lines.push(complete(STREAM));
        connector.write(&generation(3), &lines).succeeded();
        assert_eq!(members(&sim), emails((0..20).filter(|at| ![2, 3].contains(at))), "{address}");
    }
}

#[test]
fn deletions_that_were_acknowledged_are_done_by_the_next_run_even_if_it_brings_nothing() {
    let sim = small();
    let mapping = json!([{"stream": STREAM, "object": "audience_members", "audience_name": AUDIENCE_SMALL}]);
    let connector = mirroring(&sim).with("mappings", mapping);
    let catalog = catalog_of([entry(STREAM, None, "append")]);
    connector.write(&catalog, &whole(0..5)).succeeded();
    let gone = record(STREAM, &json!({"external_id": "shopper-1", "_op": "delete"}));
    killed(&connector, &catalog, &text(&[gone, state(STREAM, &json!({"n": 1}))]), 1);
    assert_eq!(members(&sim), emails(0..5), "the state is out before the removal");
    connector.write(&catalog, &[state(STREAM, &json!({"n": 2}))]).succeeded();
    assert_eq!(members(&sim), emails((0..5).filter(|at| *at != 1)));
}

#[test]
fn a_stream_that_the_platform_calls_incomplete_removes_nobody() {
    let sim = small();
    let connector = mirroring(&sim).with("audience", json!({"ledger": "ledger", "finish": "eof"}));
    connector.write(&generation(1), &whole(0..20)).succeeded();
    let cut = complete(STREAM).replace("COMPLETE", "INCOMPLETE");
    let mut lines = whole(2..20);
    lines.push(cut);
    connector.write(&generation(2), &lines).succeeded();
    assert_eq!(members(&sim), emails(0..20));
}

#[test]
fn rows_that_come_before_the_mirrors_own_count_as_those_behind_it() {
    let sim = small();
    let mapping =
        |stream: &str, object: &str| json!({"stream": stream, "object": object, "audience_name": AUDIENCE_SMALL});
    let connector = writing(&sim)
        .with("mappings", json!([mapping("all", "audience_snapshot"), mapping("extra", "audience_members")]))
        .with("audience", json!({"ledger": "ledger"}));
    let row = |stream: &str, at: usize| {
        record(stream, &json!({"external_id": at.to_string(), "email": format!("person{at}@example.com")}))
    };
    for id in 1..4 {
        let mut all = entry("all", None, "append");
        all["generation_id"] = id.into();
        all["minimum_generation_id"] = id.into();
        let mut lines: Vec<String> = (10..12).map(|at| row("extra", at)).collect();
        lines.extend((0..10).map(|at| row("all", at)));
        lines.push(complete("all"));
        connector.write(&catalog_of([all, entry("extra", None, "append")]), &lines).succeeded();
        assert_eq!(members(&sim), emails(0..12), "generation {id}");
    }
}

#[test]
fn a_dry_run_of_a_new_audience_ends_and_forgets_nobody() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..5)).succeeded();
    let mapping = json!([{"stream": STREAM, "object": "audience_members", "audience_name": "New", "mirror": true}]);
    let dry = connector.with("mappings", mapping).with("dry_run", json!(true));
    dry.write(&generation(2), &whole(0..5)).succeeded();
    let (done, told) = says(&dry, &["ledger", "forget", "--config", "config.json"], "shopper-1\n");
    assert!(!done && told.contains("`dry_run` is true"), "{told}");
    assert_eq!(members(&sim), emails(0..5));
}

#[test]
fn a_ledger_without_its_manifest_is_damaged() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..5)).succeeded();
    fs::remove_file(folder(&connector).join("manifest.json")).unwrap();
    let run = connector.write(&generation(2), &whole(1..5));
    assert!(run.error().contains("damaged or missing"), "{}", run.error());
    assert_eq!(members(&sim), emails(0..5));
}

#[test]
fn removals_that_are_all_refused_are_not_taken_as_done() {
    let sim = small();
    let connector = mirroring(&sim);
    connector.write(&generation(1), &whole(0..20)).succeeded();
    let refusing = || sim.faults("path=/segment/mapping/,rate=1,kind=40002".parse().unwrap());
    refusing();
    let run = connector.write(&generation(2), &whole(2..20));
    assert!(run.error().contains("Members could not be removed from the audience"), "{}", run.error());
    assert!(run.error().contains("TikTok refuses every removal from it"), "{}", run.error());
    assert_eq!(members(&sim), emails(0..20));
    sim.faults(Default::default());
    connector.write(&generation(3), &whole(2..20)).succeeded();
    assert_eq!(members(&sim), emails(2..20), "the ledger still knew who was to leave");
    refusing();
    let forget = ["ledger", "forget", "--config", "config.json"];
    let (done, told) = says(&connector, &forget, "shopper-3\n");
    assert!(!done && told.contains("Nobody was forgotten"), "{told}");
    assert_eq!(members(&sim), emails(2..20));
    sim.faults(Default::default());
    let (done, told) = says(&connector, &forget, "shopper-3\n");
    assert!(done && told.contains("forgotten"), "{told}");
    assert_eq!(members(&sim), emails((2..20).filter(|at| *at != 3)));
}
