//! The rows of audiences that files fill.

use futures::future::{BoxFuture, FutureExt};

use super::Files;
use crate::config::DestinationConfig;
use crate::config::destination::Operation;
use crate::destination::objects::audience::bound::Bound;
use crate::destination::objects::audience::choose::AUDIENCES_MAX;
use crate::destination::objects::audience::field::Field;
use crate::destination::objects::audience::listed::{Filled, Listed};
use crate::destination::objects::audience::object::{AUDIENCE, AUDIENCE_MEMBERS, id_behind};
use crate::destination::objects::audience::{audiences, check};
use crate::destination::objects::def::{Each, LaneDef, ObjectDef, Route};
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::tiktok::endpoint::{
    AUDIENCE_DETAILS, AUDIENCE_FILE_CREATE, AUDIENCE_FILE_UPDATE, AUDIENCE_FILE_UPLOAD, AUDIENCES,
};

const OBJECT: &str = "audience_file";

/// Audiences that are offered as objects of their own: with them the catalogue stays below 4 MiB.
const OFFERED_MAX: usize = 50;

static FILES: LaneDef = LaneDef {
    name: "audience_files",
    open: |opening, routes| Ok(Box::new(Erased::new(Files::open(opening.config, &routes)?))),
    look: check::look_files,
    check: |_, _| Ok(()),
};

/// Members of audiences that files fill; the audience is a column.
pub(crate) static AUDIENCE_FILE: ObjectDef = ObjectDef {
    name: OBJECT,
    title: "Audiences of Files",
    endpoints: &[&AUDIENCES, &AUDIENCE_DETAILS, &AUDIENCE_FILE_UPLOAD, &AUDIENCE_FILE_CREATE, &AUDIENCE_FILE_UPDATE],
    essential: false,
    // Its permissions are those of `audience_members`, which are looked at always.
    wanted: Some(|config| config.mappings.iter().any(|mapping| mapping.object.starts_with(OBJECT))),
    bind,
    lane: &FILES,
    ..AUDIENCE_MEMBERS
};

/// Members of one such audience, which `audience_file: NAME (ID)` names.
pub(crate) static ONE_AUDIENCE_FILE: ObjectDef = ObjectDef {
    name: "audience_file: …",
    matching_keys: &[&["external_id"], &["email"], &["phone"], &["maid"]],
    fields: AUDIENCE.fields,
    endpoints: &[],
    wanted: None,
    each: Some(&Each { id, names }),
    ..AUDIENCE_FILE
};

fn bind(route: &Route, _config: &DestinationConfig) -> Result<Vec<&'static str>> {
    let bound = Bound::of(route);
    if bound.mirror && bound.operation == Operation::Delete {
        return Err(Error::config(format!(
            "Stream `{}` is to replace its audience and to delete its members, which would empty it",
            route.stream
        ))
        .advise("Take `mirror` or `operation` out of the mapping, or choose another mode."));
    }
    Ok(bound.audience.map(|_| Field::AudienceName.name()).into_iter().collect())
}

fn id(name: &str) -> Option<&str> {
    id_behind("audience_file:", name)
}

fn names<'a>(client: &'a Client, advertiser: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
    async move {
        let of_files = |all: &[Listed]| all.iter().filter(|one| one.is(Filled::Files)).count();
        let is_enough = |all: &[Listed]| of_files(all) >= OFFERED_MAX || all.len() > AUDIENCES_MAX;
        let all = audiences::list_until(client, advertiser, is_enough).await?;
        let offered = all.iter().filter(|one| one.is(Filled::Files)).take(OFFERED_MAX);
        Ok(offered.map(|one| format!("{OBJECT}: {} ({})", one.name, one.audience_id)).collect())
    }
    .boxed()
}
