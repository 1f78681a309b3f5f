//! The row of audiences that are connected to ad groups.

use futures::future::FutureExt;

use super::job::OBJECT;
use super::wish::{self, Wish};
use crate::config::DestinationConfig;
use crate::destination::objects::def::{FieldNeed, LaneDef, Looked, ObjectDef, Route};
use crate::destination::objects::single::Singles;
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::endpoint::{AD_GROUPS, AUDIENCE_APPLY, AUDIENCES, CAMPAIGNS};

static APPLIES: LaneDef = LaneDef {
    name: "applies",
    open: |opening, routes| Ok(Box::new(Erased::new(Singles::<Wish>::open(opening, routes)))),
    look: |_| std::future::ready(Looked::default()).boxed(),
    check: |_, _| Ok(()),
};

const AUDIENCE: FieldNeed = FieldNeed {
    any_of: &["custom_audience_id", "audience_name"],
    what: "names the audience",
    advice: "Name the column in `mappings`",
};
const AD_GROUP: FieldNeed = FieldNeed {
    any_of: &["adgroup_id", "adgroup_name"],
    what: "names the ad group",
    advice: "Name the column in `mappings`",
};

pub(crate) static AUDIENCE_APPLIES: ObjectDef = ObjectDef {
    name: OBJECT,
    modes: &["append", "append_dedup", "soft_delete"],
    matching_keys: &[
        &["custom_audience_id", "adgroup_id", "usage_mode"],
        &["audience_name", "adgroup_id", "usage_mode"],
        &["custom_audience_id", "campaign_name", "adgroup_name", "usage_mode"],
        &["audience_name", "campaign_name", "adgroup_name", "usage_mode"],
    ],
    schema: wish::SCHEMA,
    called: "audiences of ad groups",
    title: "Audiences of Ad Groups",
    settings: &[],
    fields: &[AUDIENCE, AD_GROUP],
    endpoints: &[&AUDIENCES, &AD_GROUPS, &CAMPAIGNS, &AUDIENCE_APPLY],
    essential: false,
    wanted: Some(|config| config.ads.allow.contains_key(OBJECT)),
    each: None,
    bind,
    lane: &APPLIES,
};

fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    if config.ads.allow.get(OBJECT).is_none_or(Vec::is_empty) {
        return Err(Error::config(format!(
            "Stream `{}` connects audiences to ad groups, and `ads.allow` lets none be",
            route.stream
        ))
        .advise("Set `ads.allow`, such as {\"audience_apply\": [\"create\", \"delete\"]}."));
    }
    Ok(Vec::new())
}
