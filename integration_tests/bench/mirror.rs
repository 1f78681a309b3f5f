//! A mirror of many members: the first load, a generation in which nothing changed, and one in which 1 % did.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use simulator::{AudienceOptions, Options, Simulator};

use super::write::Load;
use super::{Result, say};

const CPU_FIRST_MAX: Duration = Duration::from_micros(8);
const CPU_UNCHANGED_MAX: Duration = Duration::from_micros(3);
const LEDGER_BYTES_MAX: u64 = 80;
const MEMORY_MAX_MIB: u64 = 128;
/// Every so many members one has another address in the third generation.
const CHANGED_EVERY: u64 = 100;

pub(crate) fn run(members: u64) -> Result<()> {
    let simulator = Simulator::start(Options {
        audiences: AudienceOptions { remember_rows: 0, max_rows: 10_000, ..AudienceOptions::default() },
        ..Options::default()
    })?;
    let ledger = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ledger");
    let _ = std::fs::remove_dir_all(&ledger);
    let mut sent = Vec::new();
    for (what, cpu_max, data) in [
        ("a first generation", CPU_FIRST_MAX, first as fn(&mut dyn Write, u64) -> std::io::Result<()>),
        ("nothing changed", CPU_UNCHANGED_MAX, first),
        ("1 % changed", CPU_UNCHANGED_MAX, changed),
    ] {
        let load = Load {
            stream: "members",
            what: ("member", what),
            count: members,
            cpu_max,
            data,
            config: json!({"audience": {"ledger": ledger}}),
            is_whole: true,
            memory_max: MEMORY_MAX_MIB,
        };
        let before = simulator.requests().len();
        load.run(&simulator, json!({"object": "audience_members", "audience_name": "Mirror", "mirror": true}))?;
        sent.push(simulator.requests().len() - before);
    }
    let bytes = size(&ledger)? / members.max(1);
    say(&format!("  ledger  {bytes:>7} bytes a member   (at most {LEDGER_BYTES_MAX})"));
    say(&format!("  calls   {sent:?}: all, none, and the changes"));
    std::fs::remove_dir_all(&ledger)?;
    Ok(())
}

fn size(path: &Path) -> std::io::Result<u64> {
    if path.is_file() {
        return path.metadata().map(|meta| meta.len());
    }
    std::fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}

fn first(out: &mut dyn Write, member: u64) -> std::io::Result<()> {
    row(out, member, 0)
}

fn changed(out: &mut dyn Write, member: u64) -> std::io::Result<()> {
    row(out, member, u64::from(member.is_multiple_of(CHANGED_EVERY)))
}

fn row(out: &mut dyn Write, member: u64, version: u64) -> std::io::Result<()> {
    let phone = member % 10_000_000;
    write!(
        out,
        "{{\"external_id\":{member},\"email\":\"First.Last{member}v{version}+news@example{}.com\",\"phone\":\"+1415{phone:07}\"}}",
        member % 97
    )
}
