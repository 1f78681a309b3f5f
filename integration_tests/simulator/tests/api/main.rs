//! The simulator seen from outside: requests over TCP, answers compared with the world.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod access;
mod assets;
mod audiences;
mod client;
mod entities;
mod events;
mod failures;
mod files;
mod gmv_max;
mod identity;
mod manage;
mod member_files;
mod more_reports;
mod reports;
mod segment;
mod smart_plus;
mod sources;
mod steered;

use chrono::NaiveDate;
use simulator::{Options, Simulator};

/// A small world on a fixed day.
fn small() -> Simulator {
    start(Options::default())
}

fn start(options: Options) -> Simulator {
    let now = NaiveDate::from_ymd_opt(2026, 3, 10).map(simulator::afternoon_of);
    Simulator::start(Options { now, ..options }).unwrap()
}

fn id_of(sim: &Simulator, name: &str) -> u64 {
    sim.read(|world| world.account_named(name).unwrap().id)
}
