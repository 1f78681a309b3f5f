//! `discover`: the objects there are, one operation per object and mode.

use serde::Serialize;
use serde_json::value::RawValue;

use super::objects::OBJECTS;
use super::objects::def::{Mode, ObjectDef};
use crate::config::DestinationConfig;
use crate::error::{Error, Kind, Result};
use crate::protocol::json;
use crate::tiktok::Client;

#[derive(Serialize)]
struct Catalog<'a> {
    operations: Vec<Operation<'a>>,
}

#[derive(Serialize)]
struct Operation<'a> {
    object_name: &'a str,
    sync_mode: &'static str,
    json_schema: &'a RawValue,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    matching_keys: &'static [&'static [&'static str]],
}

/// An object with its schema on one line, which all its operations share here.
struct Offered {
    name: String,
    def: &'static ObjectDef,
    schema: usize,
}

/// DestinationCatalog, on one line: the objects of every account, and those that this one has many of.
pub(crate) async fn catalog(client: &Client, config: &DestinationConfig) -> Result<Box<RawValue>> {
    let mut schemas = Vec::new();
    let mut offered = Vec::new();
    for def in OBJECTS.iter().copied() {
        let schema = schemas.len();
        schemas.push(json::one_line(def.schema).map_err(broken)?);
        let names = names(def, client, config).await?;
        offered.extend(names.into_iter().map(|name| Offered { name, def, schema }));
    }
    let operations = offered.iter().flat_map(|object| operations(object, &schemas)).collect();
    serde_json::value::to_raw_value(&Catalog { operations }).map_err(broken)
}

async fn names(def: &ObjectDef, client: &Client, config: &DestinationConfig) -> Result<Vec<String>> {
    match (def.each, config.target()) {
        (None, _) => Ok(vec![def.name.to_owned()]),
        _ if def.wanted.is_some_and(|wanted| def.each.is_some() && !wanted(config)) => Ok(Vec::new()),
        (Some(each), Some(advertiser)) => (each.names)(client, advertiser).await,
        (Some(_), None) => Ok(Vec::new()),
    }
}

fn operations<'a>(object: &'a Offered, schemas: &'a [Box<RawValue>]) -> impl Iterator<Item = Operation<'a>> {
    let def = object.def;
    schemas.get(object.schema).into_iter().flat_map(move |schema| {
        // Where the platform names the object, it never overwrites: a snapshot says what that would mean.
        def.modes.iter().filter(|mode| **mode != Mode::Overwrite.word()).map(move |mode| Operation {
            object_name: &object.name,
            sync_mode: mode,
            json_schema: schema,
            matching_keys: def.matching_keys,
        })
    })
}

fn broken(error: serde_json::Error) -> Error {
    Error::new(Kind::Unexpected, "The built-in objects are broken").because(error)
}
