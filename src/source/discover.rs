//! `discover`: the catalogue, from the table of streams, without a network.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::error::{Error, Kind, Result};
use crate::protocol::json;
use crate::streams::StreamDef;

#[derive(Serialize)]
struct Catalog<'a> {
    streams: Vec<Stream<'a>>,
}

#[derive(Serialize)]
struct Stream<'a> {
    name: &'a str,
    json_schema: Box<RawValue>,
    supported_sync_modes: &'static [&'static str],
    source_defined_cursor: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_cursor_field: Option<[&'static str; 1]>,
    source_defined_primary_key: Vec<[&'a str; 1]>,
    is_resumable: bool,
    is_file_based: bool,
}

/// AirbyteCatalog of these streams, on one line.
pub(crate) fn catalog(offered: &[Arc<StreamDef>]) -> Result<Box<RawValue>> {
    let streams = offered.iter().map(|def| stream(def)).collect::<Result<_>>()?;
    serde_json::value::to_raw_value(&Catalog { streams }).map_err(broken)
}

fn stream(def: &StreamDef) -> Result<Stream<'_>> {
    Ok(Stream {
        name: &def.name,
        json_schema: json::one_line(&def.schema()).map_err(broken)?,
        supported_sync_modes: if def.is_incremental() { &["full_refresh", "incremental"] } else { &["full_refresh"] },
        source_defined_cursor: def.is_incremental(),
        default_cursor_field: def.cursor.map(|field| [field]),
        source_defined_primary_key: def.primary_key.iter().map(|field| [*field]).collect(),
        is_resumable: def.is_incremental(),
        is_file_based: false,
    })
}

fn broken(error: serde_json::Error) -> Error {
    Error::new(Kind::Unexpected, "The built-in catalogue is broken").because(error)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::streams;

    #[test]
    fn the_catalogue_has_every_stream_of_the_table() {
        let catalog: Value = serde_json::from_str(catalog(streams::all()).unwrap().get()).unwrap();
        let names: Vec<_> =
            catalog["streams"].as_array().unwrap().iter().map(|stream| stream["name"].as_str().unwrap()).collect();
        assert_eq!(names, streams::all().iter().map(|stream| &*stream.name).collect::<Vec<_>>());
        assert!(!super::catalog(streams::all()).unwrap().get().contains('\n'));
    }
}
