//! The destination, verb by verb and fault by fault.

mod ads;
mod ads_whole;
mod applies;
mod audience_files;
mod audiences;
mod bad_input;
mod events;
mod kill;
mod lookalikes;
mod materials;
mod members;
mod mirror;
mod mirror_faults;
mod mirror_guards;
mod mirror_looks;
mod outcome;
mod poison;
mod rejects;
mod report;
mod results;
mod routing;
mod shares;
mod states;
mod steering;
mod syncs;
mod verbs;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::{IdType, Simulator};

use crate::harness::Connector;
use crate::harness::feed::{catalog_of, entry};

/// The stream of most tests.
const STREAM: &str = "audience_members";

/// What TikTok is to get of an identifier in its normal form.
fn sha(normal: &str) -> String {
    Sha256::digest(normal.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An account by the start of its name.
fn account(sim: &Simulator, name: &str) -> u64 {
    sim.read(|world| world.account_named(name).unwrap().id)
}

/// The connector with an account as its target.
fn writing_to(sim: &Simulator, name: &str) -> Connector {
    Connector::to(sim).advertiser(account(sim, name))
}

/// With Tokyo's, where there is one of every kind of audience.
fn writing(sim: &Simulator) -> Connector {
    writing_to(sim, "Tokyo")
}

/// The id of Tokyo's only audience of a name.
fn audience(sim: &Simulator, name: &str) -> u64 {
    let tokyo = account(sim, "Tokyo");
    sim.read(|world| {
        let [one] = world.audiences_named(tokyo, name)[..] else { panic!("not one audience {name:?}") };
        one.id
    })
}

/// The hashes that an audience holds.
fn held(sim: &Simulator, audience: u64, id_type: IdType) -> BTreeSet<String> {
    sim.read(|world| world.audience(audience).unwrap().members(id_type).into_iter().collect())
}

/// The catalogue of the one stream that is called like its object.
fn plain() -> Value {
    catalog_of([entry(STREAM, None, "append")])
}

/// `count` members of an audience, `person0@example.com` and so on.
fn people(name: &str, count: usize) -> Vec<Value> {
    (0..count).map(|at| json!({"email": format!("person{at}@example.com"), "audience_name": name})).collect()
}

/// The hashes of the same people.
fn hashes(count: usize) -> BTreeSet<String> {
    (0..count).map(|at| sha(&format!("person{at}@example.com"))).collect()
}

/// Requests of a path so far.
fn asked(sim: &Simulator, path: &str) -> usize {
    sim.requests().iter().filter(|request| request.path == path).count()
}

/// Ids are the simulator's; sentences are ours.
pub(crate) fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        out += if digits.len() >= 12 { "[id]" } else { &digits };
        digits.clear();
        out.extend(Some(c).filter(|c| *c != '\0'));
    }
    out
}
