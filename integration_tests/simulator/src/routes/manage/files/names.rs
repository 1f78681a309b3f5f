//! Names of files: whether they are taken, and changing them (`docs/tiktok-api.md` 7.6
//! [DOC 1759130033155073, 1740049987749890, 1740039806891010]).

use super::super::form::Form;
use super::super::order::{Order, serve};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Collection, Record, World};
use serde_json::{Value, json};

const RENAME_IMAGE: Form = Form(include_str!("../forms/image_rename.txt"));
const RENAME_VIDEO: Form = Form(include_str!("../forms/video_rename.txt"));

/// Names that can be asked about at once.
const MOST: usize = 20;

/// The file of an account that has a name.
pub(super) fn holder<'w>(world: &'w World, advertiser: u64, kind: Collection, name: &str) -> Option<&'w Record> {
    world.records(advertiser, kind).iter().find(|record| record.get("file_name").is_some_and(|known| known == name))
}

/// Refuses a name that another file of the kind has.
pub(super) fn free(world: &World, order: &Order<'_>, kind: Collection, name: &str) -> Result<(), Refusal> {
    match holder(world, order.advertiser, kind, name) {
        Some(_) => Err(Refusal::new(40911, format!("file_name: The name {name} already exists."))),
        None => Ok(()),
    }
}

pub(super) fn check(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let account = call.account(world)?.id;
    let Some(files) = call.params.array("files")? else {
        call.params.require(&["file_name"])?;
        let kind = call.params.choice("file_type", &["VIDEO", "IMAGE"])?;
        return Ok(one(world, account, call.params.text("file_name").unwrap_or_default(), kind).into());
    };
    if files.is_empty() || files.len() > MOST {
        return Err(Refusal::param(format!("files: Length must be between 1 and {MOST}")));
    }
    let mut results = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let text = |name: &str| file.get(name).and_then(Value::as_str);
        let name = text("file_name").ok_or_else(|| Refusal::missing(&[&format!("files.{at}.file_name")]))?;
        let kind = text("file_type");
        if let Some(wrong) = kind.filter(|kind| !["VIDEO", "IMAGE"].contains(kind)) {
            return Err(Refusal::choice(&format!("files.{at}.file_type"), &["VIDEO", "IMAGE"], wrong));
        }
        results.push(one(world, account, name, kind));
    }
    Ok(json!({"batch_results": results}).into())
}

fn one(world: &World, account: u64, name: &str, kind: Option<&str>) -> Value {
    let kind = if kind == Some("IMAGE") { Collection::Image } else { Collection::Video };
    let holder = holder(world, account, kind, name);
    json!({"file_name": name, "duplicate": holder.is_some(), "duplicate_material_id": holder.and_then(|record| record.get("material_id"))})
}

pub(super) fn rename_image(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &RENAME_IMAGE, |world, order| rename(world, order, Collection::Image, "image_id"))
}

pub(super) fn rename_video(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &RENAME_VIDEO, |world, order| rename(world, order, Collection::Video, "video_id"))
}

fn rename(world: &mut World, order: &Order<'_>, kind: Collection, key: &str) -> Outcome {
    let (id, name) = (order.text(key).unwrap_or_default(), order.text("file_name").unwrap_or_default());
    free(world, order, kind, name)?;
    let mut all = world.records_mut(order.advertiser, kind).iter_mut();
    let found = all.find(|record| record.get(key).is_some_and(|known| known == id));
    let found = found.ok_or_else(|| Refusal::new(40905, format!("{key}: The file {id} doesn't exist.")))?;
    found.insert("file_name".to_owned(), json!(name));
    Ok(json!({}).into())
}
