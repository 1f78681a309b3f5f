//! `discover`: the objects there are, one operation per object and mode.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::config::DestinationConfig;
use crate::destination::objects::audience::audiences;
use crate::destination::objects::audience::listed::Listed;
use crate::destination::objects::{AUDIENCE, Object, ObjectDef, audience_object};
use crate::error::{Error, Kind, Result};
use crate::protocol::json;
use crate::tiktok::Client;

/// Audiences that are offered as objects of their own: as many as TikTok allows an advertiser. The protocol has no
/// way for operations to share a schema, so each costs 7 kB of the catalogue.
const AUDIENCES_MAX: usize = 400;

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

/// DestinationCatalog, on one line: the generic objects, and one for each streaming audience of the account.
pub(crate) async fn catalog(client: &Client, config: &DestinationConfig) -> Result<Box<RawValue>> {
    let mut schemas = Vec::new();
    let mut offered = Vec::new();
    for def in Object::GENERIC.iter().map(Object::def) {
        offered.push(Offered { name: def.name.to_owned(), def, schema: schemas.len() });
        schemas.push(json::one_line(def.schema).map_err(broken)?);
    }
    if let Some(advertiser) = config.target() {
        let schema = schemas.len();
        schemas.push(json::one_line(AUDIENCE.schema).map_err(broken)?);
        let listed = streaming(client, advertiser).await?;
        let name = |one: &Listed| audience_object(&one.name, &one.audience_id);
        offered.extend(listed.iter().map(|one| Offered { name: name(one), def: &AUDIENCE, schema }));
    }
    let operations = offered.iter().flat_map(|object| operations(object, &schemas)).collect();
    serde_json::value::to_raw_value(&Catalog { operations }).map_err(broken)
}

/// The audiences that are offered; no more pages are read than these take.
async fn streaming(client: &Client, advertiser: &str) -> Result<Vec<Listed>> {
    let streaming = |all: &[Listed]| all.iter().filter(|one| one.is_streaming()).count();
    let mut all = audiences::list_until(client, advertiser, |all| streaming(all) > AUDIENCES_MAX).await?;
    all.retain(Listed::is_streaming);
    if all.len() > AUDIENCES_MAX {
        all.truncate(AUDIENCES_MAX);
        tracing::warn!(
            "Advertiser {advertiser} has more than {AUDIENCES_MAX} streaming audiences; the others are no objects of \
             their own: choose `audience_members` and name the audience in a column or a mapping"
        );
    }
    Ok(all)
}

fn operations<'a>(object: &'a Offered, schemas: &'a [Box<RawValue>]) -> impl Iterator<Item = Operation<'a>> {
    let def = object.def;
    schemas.get(object.schema).into_iter().flat_map(move |schema| {
        def.modes.iter().map(move |mode| Operation {
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
