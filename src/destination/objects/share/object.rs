//! The row of audiences that are shared.

use futures::future::FutureExt;

use super::job::OBJECT;
use super::wish::{self, Wish};
use crate::config::DestinationConfig;
use crate::destination::objects::def::{FieldNeed, LaneDef, Looked, ObjectDef, Route};
use crate::destination::objects::single::Singles;
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::endpoint::{AUDIENCE_SHARE, AUDIENCE_SHARE_CANCEL, AUDIENCE_SHARE_LOG, AUDIENCES};

static SHARES: LaneDef = LaneDef {
    name: "shares",
    open: |opening, routes| Ok(Box::new(Erased::new(Singles::<Wish>::open(opening, routes)))),
    look: |_| std::future::ready(Looked::default()).boxed(),
    check: |_, _| Ok(()),
};

const AUDIENCE: FieldNeed = FieldNeed {
    any_of: &["custom_audience_id", "audience_name"],
    what: "names the audience",
    advice: "Name the column in `mappings`",
};
const OTHER: FieldNeed = FieldNeed {
    any_of: &["shared_advertiser_id"],
    what: "names the advertiser that gets the audience",
    advice: "Name the column in `mappings`",
};

pub(crate) static AUDIENCE_SHARES: ObjectDef = ObjectDef {
    name: OBJECT,
    modes: &["append", "append_dedup", "soft_delete"],
    matching_keys: &[&["custom_audience_id", "shared_advertiser_id"], &["audience_name", "shared_advertiser_id"]],
    schema: wish::SCHEMA,
    called: "shared audiences",
    title: "Shared Audiences",
    settings: &[],
    fields: &[AUDIENCE, OTHER],
    endpoints: &[&AUDIENCES, &AUDIENCE_SHARE_LOG, &AUDIENCE_SHARE, &AUDIENCE_SHARE_CANCEL],
    essential: false,
    wanted: Some(|config| config.ads.allow.contains_key(OBJECT)),
    each: None,
    bind,
    lane: &SHARES,
};

fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    if config.ads.allow.get(OBJECT).is_none_or(Vec::is_empty) {
        return Err(Error::config(format!("Stream `{}` shares audiences, and `ads.allow` lets none be", route.stream))
            .advise("Set `ads.allow`, such as {\"audience_share\": [\"create\", \"delete\"]}."));
    }
    Ok(Vec::new())
}
