//! The rows of creatives.

use futures::future::FutureExt;

use super::Creatives;
use crate::config::DestinationConfig;
use crate::config::ads::Action;
use crate::destination::engines::library::Kind;
use crate::destination::objects::def::{FieldNeed, LaneDef, Looked, ObjectDef, Route, schema};
use crate::destination::record::fault::Fault;
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::endpoint::{FILE_FINISH, FILE_START, FILE_TRANSFER, IMAGE_UPLOAD, IMAGES, VIDEO_UPLOAD, VIDEOS};

pub(super) const NOT_ALLOWED: Fault =
    Fault::new(None, "not_allowed", "`ads.allow` does not let creatives of this kind be created.");

static CREATIVES: LaneDef = LaneDef {
    name: "creatives",
    open: |opening, routes| Ok(Box::new(Erased::new(Creatives::open(opening, routes)?))),
    look: |_| std::future::ready(Looked::default()).boxed(),
    check: |_, _| Ok(()),
};

const SOURCE: FieldNeed = FieldNeed {
    any_of: &["url", "path", "content_base64"],
    what: "says where the file is",
    advice: "Name the column of its address, its path or its content in `mappings`",
};

pub(crate) static CREATIVE_IMAGE: ObjectDef = ObjectDef {
    name: "creative_image",
    modes: &["append", "append_dedup"],
    matching_keys: &[&["file_name"]],
    schema: schema!("creative"),
    called: "creatives",
    title: "Images",
    settings: &[],
    fields: &[SOURCE],
    endpoints: &[&IMAGES, &IMAGE_UPLOAD],
    essential: false,
    wanted: Some(|config| config.ads.allow.contains_key("creative_image")),
    each: None,
    bind,
    lane: &CREATIVES,
};

pub(crate) static CREATIVE_VIDEO: ObjectDef = ObjectDef {
    name: "creative_video",
    title: "Videos",
    endpoints: &[&VIDEOS, &FILE_START, &FILE_TRANSFER, &FILE_FINISH, &VIDEO_UPLOAD],
    wanted: Some(|config| config.ads.allow.contains_key("creative_video")),
    ..CREATIVE_IMAGE
};

fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    let object = route.object.name;
    if !config.ads.allows(object, Action::Create) && [Kind::Image.object(), Kind::Video.object()].contains(&object) {
        return Err(Error::config(format!(
            "Stream `{}` uploads files, and `ads.allow` lets no `{object}` be created",
            route.stream
        ))
        .advise(format!("Set `ads.allow`, such as {{\"{object}\": [\"create\"]}}.")));
    }
    Ok(Vec::new())
}
