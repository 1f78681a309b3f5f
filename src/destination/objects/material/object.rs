//! The row of materials of Smart+ ads.

use super::lane::Materials;
use super::wish::{self, OBJECT};
use crate::config::DestinationConfig;
use crate::destination::objects::ads::look;
use crate::destination::objects::def::{FieldNeed, LaneDef, ObjectDef, Route};
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::endpoint::{SMART_PLUS_ADS, SMART_PLUS_MATERIAL_STATUS};

static MATERIALS: LaneDef = LaneDef {
    name: "materials",
    open: |opening, routes| Ok(Box::new(Erased::new(Materials::open(opening, routes)))),
    look: look::look,
    check: |_, _| Ok(()),
};

const AD: FieldNeed = FieldNeed {
    any_of: &["smart_plus_ad_id"],
    what: "names the Smart+ ad",
    advice: "Name the column of its id in `mappings`",
};
const MATERIAL: FieldNeed = FieldNeed {
    any_of: &["ad_material_id"],
    what: "names the material",
    advice: "Name the column of its id in `mappings`",
};
const STATUS: FieldNeed = FieldNeed {
    any_of: &["operation_status", "_op"],
    what: "says whether the material is shown",
    advice: "Name the column of ENABLE or DISABLE in `mappings`",
};

pub(crate) static SMART_PLUS_MATERIAL: ObjectDef = ObjectDef {
    name: OBJECT,
    modes: &["append", "update", "append_dedup"],
    matching_keys: &[&["smart_plus_ad_id", "ad_material_id"]],
    schema: wish::SCHEMA,
    called: "materials of Smart+ ads",
    title: "Smart+ Materials",
    settings: &[],
    fields: &[AD, MATERIAL, STATUS],
    endpoints: &[&SMART_PLUS_ADS, &SMART_PLUS_MATERIAL_STATUS],
    essential: false,
    wanted: Some(|config| config.ads.allow.contains_key(OBJECT)),
    each: None,
    bind,
    lane: &MATERIALS,
};

fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    if config.ads.allow.get(OBJECT).is_none_or(Vec::is_empty) {
        return Err(Error::config(format!(
            "Stream `{}` pauses and resumes materials, and `ads.allow` lets none be",
            route.stream
        ))
        .advise("Set `ads.allow`, such as {\"smart_plus_material\": [\"pause\"]}."));
    }
    Ok(Vec::new())
}
