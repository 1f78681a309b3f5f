//! Configured catalogues.

use serde_json::{Value, json};
use tiktok_ads::streams::{self, StreamDef};

/// Every stream there is, incremental where it can be.
pub(crate) fn all() -> Value {
    of(streams::all().iter())
}

/// Some streams, by name.
pub(crate) fn some(names: &[&str]) -> Value {
    of(names.iter().map(|name| streams::find(name).unwrap()))
}

fn of<'s>(streams: impl Iterator<Item = &'s StreamDef>) -> Value {
    let entry = |stream: &StreamDef| {
        let mode = if stream.is_incremental() { "incremental" } else { "full_refresh" };
        one(stream.name, mode, "append")
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
