//! The row of lookalike audiences.

use futures::future::FutureExt;

use super::job::OBJECT;
use super::wish::{self, Wish};
use crate::config::DestinationConfig;
use crate::destination::objects::def::{FieldNeed, LaneDef, Looked, ObjectDef, Route};
use crate::destination::objects::single::Singles;
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::endpoint::{AUDIENCE_DETAILS, AUDIENCES, LOOKALIKE_CREATE, LOOKALIKE_UPDATE};

static LOOKALIKES: LaneDef = LaneDef {
    name: "lookalikes",
    open: |opening, routes| Ok(Box::new(Erased::new(Singles::<Wish>::open(opening, routes)))),
    look: |_| std::future::ready(Looked::default()).boxed(),
    check: |_, _| Ok(()),
};

const KEY: FieldNeed = FieldNeed {
    any_of: &["audience_id", "audience_name"],
    what: "names the audience",
    advice: "Name the column in `mappings`",
};

pub(crate) static LOOKALIKE_AUDIENCE: ObjectDef = ObjectDef {
    name: OBJECT,
    modes: &["append", "append_dedup"],
    matching_keys: &[&["audience_id"], &["audience_name"]],
    schema: wish::SCHEMA,
    called: "lookalike audiences",
    title: "Lookalike Audiences",
    settings: &[],
    fields: &[KEY],
    endpoints: &[&AUDIENCES, &AUDIENCE_DETAILS, &LOOKALIKE_CREATE, &LOOKALIKE_UPDATE],
    essential: false,
    wanted: Some(|config| config.ads.allow.contains_key(OBJECT)),
    each: None,
    bind,
    lane: &LOOKALIKES,
};

fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    if config.ads.allow.get(OBJECT).is_none_or(Vec::is_empty) {
        return Err(Error::config(format!(
            "Stream `{}` manages lookalike audiences, and `ads.allow` lets none be",
            route.stream
        ))
        .advise("Set `ads.allow`, such as {\"lookalike_audience\": [\"create\"]}."));
    }
    Ok(Vec::new())
}
