//! One program for all targets: `FUZZ_TARGET` names the one that runs.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tiktok_ads::fuzz::{TARGETS, Target, target};

static CHOSEN: OnceLock<Target> = OnceLock::new();

fn chosen() -> Target {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    target(&name).unwrap_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        eprintln!("FUZZ_TARGET must be one of {}; it is {name:?}", names.join(", "));
        std::process::exit(2)
    })
}

fuzz_target!(|data: &[u8]| {
    CHOSEN.get_or_init(chosen)(data);
});
