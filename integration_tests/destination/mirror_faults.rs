//! What goes wrong around a ledger: one sentence each, and nobody removed by mistake.

use std::fs;

use serde_json::json;
use simulator::{AUDIENCE_SMALL, IdType};

use super::mirror::{STREAM, emails, folder, generation, members, mirroring, whole};
use super::{audience, held, writing};
use crate::harness::feed::{complete, record};
use crate::harness::small;

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
