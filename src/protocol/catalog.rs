//! The configured catalogue: which streams the platform wants, and how.

use std::collections::HashSet;

use serde_json::Value;

use crate::error::{Error, Result};

/// One stream of the catalogue, with the settings that this connector acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfiguredStream {
    pub name: String,
    pub sync_mode: SyncMode,
    /// Whether the destination replaces what it has (`destination_sync_mode`).
    pub overwrites: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SyncMode {
    FullRefresh,
    Incremental,
}

impl SyncMode {
    /// The protocol's word for it.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::FullRefresh => "full_refresh",
            Self::Incremental => "incremental",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::FullRefresh, Self::Incremental].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// Parses a ConfiguredAirbyteCatalog. It ignores unknown keys and nulls. A missing value is a config error that names
/// its place.
pub(crate) fn parse(text: &str) -> Result<Vec<ConfiguredStream>> {
    let catalog: Value =
        serde_json::from_str(text).map_err(|error| fault(format!("The catalog is not JSON: {error}")))?;
    let streams = catalog
        .get("streams")
        .and_then(Value::as_array)
        .ok_or_else(|| fault(format!("The catalog has no list `streams`; found {}", found(catalog.get("streams")))))?;
    streams.iter().enumerate().map(|(at, stream)| configured(at, stream)).collect()
}

/// The streams that every run reads whole.
#[must_use]
pub(crate) fn full_refreshes(streams: &[ConfiguredStream]) -> HashSet<String> {
    let whole = streams.iter().filter(|stream| stream.sync_mode == SyncMode::FullRefresh);
    whole.map(|stream| stream.name.clone()).collect()
}

fn configured(at: usize, entry: &Value) -> Result<ConfiguredStream> {
    let name = entry.pointer("/stream/name");
    let name = name.and_then(Value::as_str).ok_or_else(|| {
        fault(format!("The catalog's `streams[{at}].stream.name` must be text; found {}", found(name)))
    })?;
    let mode = entry.get("sync_mode");
    let sync_mode = mode.and_then(Value::as_str).and_then(SyncMode::parse).ok_or_else(|| {
        fault(format!(
            "The catalog's `sync_mode` of stream `{name}` must be full_refresh or incremental; found {}",
            found(mode)
        ))
    })?;
    let overwrites = entry.get("destination_sync_mode").is_some_and(|mode| mode == "overwrite");
    Ok(ConfiguredStream { name: name.to_owned(), sync_mode, overwrites })
}

fn found(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_string().chars().take(80).collect())
}

fn fault(message: String) -> Error {
    Error::config(message).advise(
        "Write a ConfiguredAirbyteCatalog: {\"streams\": [{\"stream\": {\"name\": …}, \"sync_mode\": …, \
         \"destination_sync_mode\": …}]}; `discover` lists the names and modes.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extra_keys_and_nulls_are_fine() {
        let text = r#"{"streams":[{"stream":{"name":"ads","json_schema":{},"namespace":null,"x":1},
            "sync_mode":"incremental","destination_sync_mode":"append","cursor_field":null}],"y":null}"#;
        let expected = ConfiguredStream { name: "ads".into(), sync_mode: SyncMode::Incremental, overwrites: false };
        assert_eq!(parse(text).unwrap(), [expected]);
    }

    #[test]
    fn faults_say_what_was_found_where() {
        let message = |text: &str| parse(text).unwrap_err().message().to_owned();
        assert!(message("{").starts_with("The catalog is not JSON: "));
        assert_eq!(message("{\"streams\":3}"), "The catalog has no list `streams`; found 3");
        assert_eq!(
            message("{\"streams\":[{\"stream\":{\"name\":7}}]}"),
            "The catalog's `streams[0].stream.name` must be text; found 7"
        );
        assert_eq!(
            message("{\"streams\":[{\"stream\":{\"name\":\"ads\"},\"sync_mode\":\"INVALID\"}]}"),
            "The catalog's `sync_mode` of stream `ads` must be full_refresh or incremental; found \"INVALID\""
        );
    }
}
