//! Configured catalogues.

use serde_json::{Value, json};
use tiktok_ads::streams::{self, StreamDef};

/// One stream of each way to read; what they prove holds for the others, which differ in data alone.
const SAMPLE: [&str; 5] = ["advertisers", "campaigns", "ad_groups", "ads", "ads_reports_daily"];

pub(crate) fn sample() -> impl Iterator<Item = &'static StreamDef> {
    SAMPLE.into_iter().map(|name| &**streams::find(name).unwrap())
}

/// The sample, incremental where it can be.
pub(crate) fn sampled() -> Value {
    of(sample())
}

/// Some streams, by name.
pub(crate) fn some(names: &[&str]) -> Value {
    of(names.iter().map(|name| &**streams::find(name).unwrap()))
}

fn of<'s>(streams: impl Iterator<Item = &'s StreamDef>) -> Value {
    let entry = |stream: &StreamDef| {
        let mode = if stream.is_incremental() { "incremental" } else { "full_refresh" };
        one(&stream.name, mode, "append")
    };
    json!({"streams": streams.map(entry).collect::<Vec<_>>()})
}

/// An entry of a catalogue, with the nulls that platforms write.
pub(crate) fn one(name: &str, mode: &str, destination: &str) -> Value {
    json!({
        "stream": {"name": name, "json_schema": {}, "supported_sync_modes": [mode], "namespace": null},
        "sync_mode": mode, "destination_sync_mode": destination, "cursor_field": null, "generation_id": 0,
    })
}
