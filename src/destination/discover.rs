//! `discover`: the objects there are, one operation per object and mode.

use serde::Serialize;
use serde_json::value::RawValue;

use super::member::audiences;
use super::object::{AUDIENCE, Object, ObjectDef, audience_object};
use crate::config::DestinationConfig;
use crate::error::{Error, Kind, Result};
use crate::protocol::json;
use crate::tiktok::Client;

#[derive(Serialize)]
struct Catalog {
    operations: Vec<Operation>,
}

#[derive(Serialize)]
struct Operation {
    object_name: String,
    sync_mode: &'static str,
    json_schema: Box<RawValue>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    matching_keys: &'static [&'static [&'static str]],
}

/// DestinationCatalog, on one line: the generic objects, and one for each streaming audience of the account.
pub async fn catalog(client: &Client, config: &DestinationConfig) -> Result<Box<RawValue>> {
    let mut operations = Vec::new();
    for object in Object::GENERIC.iter().map(Object::def) {
        operations.extend(self::operations(object.name, object)?);
    }
    if let Some(advertiser) = config.target() {
        for listed in audiences::list(client, advertiser).await?.iter().filter(|listed| listed.is_streaming()) {
            operations.extend(self::operations(&audience_object(&listed.name, &listed.audience_id), &AUDIENCE)?);
        }
    }
    serde_json::value::to_raw_value(&Catalog { operations }).map_err(broken)
}

fn operations(name: &str, object: &'static ObjectDef) -> Result<Vec<Operation>> {
    let operation = |mode: &&'static str| {
        Ok(Operation {
            object_name: name.to_owned(),
            sync_mode: mode,
            json_schema: json::one_line(object.schema).map_err(broken)?,
            matching_keys: object.matching_keys,
        })
    };
    object.modes.iter().map(operation).collect()
}

fn broken(error: serde_json::Error) -> Error {
    Error::new(Kind::Unexpected, "The built-in objects are broken").because(error)
}
