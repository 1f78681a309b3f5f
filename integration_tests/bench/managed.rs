//! Rows of campaigns that are as they say already.

use std::io::Write;
use std::time::Duration;

use serde_json::json;
use simulator::{Options, Simulator};

use super::Result;
use super::write::{Load, MEMORY_MAX_MIB};

const CPU_PER_ROW_MAX: Duration = Duration::from_micros(20);

pub(crate) fn run(rows: u64) -> Result<()> {
    let simulator = Simulator::start(Options::default())?;
    let load = Load {
        stream: "plans",
        what: ("row", "the name and objective of a campaign"),
        count: rows,
        cpu_max: CPU_PER_ROW_MAX,
        data,
        config: json!({"ads": {"allow": {"campaign": ["create", "update"]}, "max_daily_budget": 500, "currency": "JPY"}}),
        is_whole: false,
        memory_max: MEMORY_MAX_MIB,
    };
    load.run(&simulator, json!({"object": "campaign"}))?;
    let posts = simulator.requests().iter().filter(|request| request.path == "/campaign/update/").count();
    if posts == 0 { Ok(()) } else { Err(format!("{posts} changes of what is so already").into()) }
}

/// Each row names one campaign and its parts.
fn data(out: &mut dyn Write, row: u64) -> std::io::Result<()> {
    let operation = if row == 1 { "create" } else { "update" };
    write!(
        out,
        "{{\"_op\":\"{operation}\",\"campaign_name\":\"Benchmark\",\"objective_type\":\"TRAFFIC\",\
         \"budget_mode\":\"BUDGET_MODE_DAY\",\"budget\":120.50,\"special_industries\":[],\"note\":\"row {row}\"}}"
    )
}
