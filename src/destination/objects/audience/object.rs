//! The rows of audience members.

use futures::future::{BoxFuture, FutureExt};

use super::bound::{Bound, SNAPSHOT};
use super::field::Field;
use super::listed::Listed;
use super::{Members, audiences, check, mirror};
use crate::config::DestinationConfig;
use crate::config::destination::Operation;
use crate::destination::objects::def::{Each, FieldNeed, LaneDef, ObjectDef, Route, schema};
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::Client;
use crate::tiktok::endpoint::{AUDIENCES, SEGMENT_AUDIENCE, SEGMENT_MAPPING};

/// Audiences that are offered as objects of their own: as many as TikTok allows an advertiser. The protocol has no
/// way for operations to share a schema, so each costs 7 kB of the catalogue.
const OFFERED_MAX: usize = 400;

/// The same of snapshots: with them the catalogue stays below 4 MiB.
const SNAPSHOTS_OFFERED_MAX: usize = 150;

const PERSON: FieldNeed = FieldNeed {
    any_of: Field::IDENTIFIERS,
    what: "identifies a person",
    advice: "Name the columns of e-mail addresses, phone numbers or device ids in `mappings`",
};
const AUDIENCE_NAMED: FieldNeed = FieldNeed {
    any_of: &["audience_name", "audience_id"],
    what: "says which audience it is for",
    advice: "Set `audience_name` in the stream's mapping, or name the column in `mappings`",
};
const ADVERTISER: FieldNeed = FieldNeed {
    any_of: &["advertiser_id"],
    what: "says which advertiser it is for",
    advice: "Set `advertiser_id` in the config, or name the column in `mappings`",
};

static MEMBERS: LaneDef = LaneDef {
    name: "members",
    open: |opening, routes| Ok(Box::new(Erased::new(Members::open(opening.config, routes)?))),
    look: check::look,
    check: |_, _| Ok(()),
};

/// Members of audiences; the audience is a column.
pub(crate) static AUDIENCE_MEMBERS: ObjectDef = ObjectDef {
    name: "audience_members",
    modes: &["append", "append_dedup", "overwrite", "soft_delete"],
    matching_keys: &[
        &["external_id", "audience_name"],
        &["email", "audience_name"],
        &["phone", "audience_name"],
        &["maid", "audience_name"],
    ],
    schema: schema!("member"),
    called: "members",
    title: "Members of Audiences",
    settings: &["audience_name", "audience_id", "operation", "mirror"],
    fields: &[PERSON, AUDIENCE_NAMED, ADVERTISER],
    endpoints: &[&AUDIENCES, &SEGMENT_AUDIENCE, &SEGMENT_MAPPING],
    essential: true,
    wanted: None,
    each: None,
    bind,
    lane: &MEMBERS,
};

/// Members of one audience, which `audience: NAME (ID)` names.
pub(crate) static AUDIENCE: ObjectDef = ObjectDef {
    name: "audience: …",
    matching_keys: &[&["external_id"], &["email"], &["phone"], &["maid"]],
    fields: &[PERSON, ADVERTISER],
    endpoints: &[],
    each: Some(&Each { id, names }),
    ..AUDIENCE_MEMBERS
};

/// The same, to be made equal to the stream.
pub(crate) static AUDIENCE_SNAPSHOT: ObjectDef = ObjectDef {
    name: SNAPSHOT,
    modes: &["append", "append_dedup", "overwrite"],
    title: "Snapshots of Audiences",
    settings: &["audience_name", "audience_id"],
    endpoints: &[],
    ..AUDIENCE_MEMBERS
};

/// One audience, to be made equal to the stream, which `audience_snapshot: NAME (ID)` names.
pub(crate) static ONE_SNAPSHOT: ObjectDef = ObjectDef {
    name: "audience_snapshot: …",
    modes: AUDIENCE_SNAPSHOT.modes,
    // Without a ledger it would only make the catalogue long.
    wanted: Some(|config| config.audience.ledger.is_some()),
    each: Some(&Each { id: snapshot_id, names: snapshot_names }),
    ..AUDIENCE
};

fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    let bound = Bound::of(route);
    if bound.mirror && bound.operation == Operation::Delete {
        return Err(Error::config(format!(
            "Stream `{}` is to be mirrored and to delete its members, which would empty the audience",
            route.stream
        ))
        .advise("Take `mirror` out of the mapping, or choose a mode that adds."));
    }
    if bound.mirror {
        mirror::check_config(&route.stream, config)?;
    }
    let named = bound.audience.is_some();
    Ok(if named { vec![Field::AudienceName.name()] } else { Vec::new() })
}

/// The name of an audience's own object.
#[must_use]
pub(crate) fn name_of(audience: &str, id: &str) -> String {
    format!("audience: {audience} ({id})")
}

fn id(name: &str) -> Option<&str> {
    id_behind("audience:", name)
}

fn snapshot_id(name: &str) -> Option<&str> {
    id_behind("audience_snapshot:", name)
}

/// The id in a name that begins so.
#[must_use]
pub(crate) fn id_behind<'n>(prefix: &str, name: &'n str) -> Option<&'n str> {
    let id = name.strip_prefix(prefix)?.trim_end().strip_suffix(')')?.rsplit_once('(')?.1;
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then_some(id)
}

fn names<'a>(client: &'a Client, advertiser: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
    async move {
        let listed = streaming(client, advertiser).await?;
        Ok(listed.iter().map(|one| name_of(&one.name, &one.audience_id)).collect())
    }
    .boxed()
}

fn snapshot_names<'a>(client: &'a Client, advertiser: &'a str) -> BoxFuture<'a, Result<Vec<String>>> {
    async move {
        let listed = streaming(client, advertiser).await?;
        let offered = listed.iter().take(SNAPSHOTS_OFFERED_MAX);
        Ok(offered.map(|one| format!("{SNAPSHOT}: {} ({})", one.name, one.audience_id)).collect())
    }
    .boxed()
}

/// The audiences that are offered; no more pages are read than these take.
async fn streaming(client: &Client, advertiser: &str) -> Result<Vec<Listed>> {
    let streaming = |all: &[Listed]| all.iter().filter(|one| one.is_streaming()).count();
    let mut all = audiences::list_until(client, advertiser, |all| streaming(all) > OFFERED_MAX).await?;
    all.retain(Listed::is_streaming);
    if all.len() > OFFERED_MAX {
        all.truncate(OFFERED_MAX);
        tracing::warn!(
            "Advertiser {advertiser} has more than {OFFERED_MAX} streaming audiences; the others are no objects of \
             their own: choose `audience_members` and name the audience in a column or a mapping"
        );
    }
    Ok(all)
}
