//! `/ad/create/` and `/ad/update/` (`docs/tiktok-api.md` 7.4 [TS 58029020030][GO model/ad][DOC 1782086241778690]).

use super::form::{Body, Form};
use super::media::known;
use super::order::{Order, record, serve};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Draft, Level, State, World};
use serde_json::{Value, json};

const CREATE: Form = Form(include_str!("forms/ad_create.txt"));
const UPDATE: Form = Form(include_str!("forms/ad_update.txt"));

/// What a new ad says [DOC 1782086241778690].
const IN_REVIEW: &str = "AD_STATUS_AUDIT";

/// All creatives or none; nothing guards against twins.
pub(super) fn create(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CREATE, |world, order| {
        let adgroup = order.id("adgroup_id")?;
        let campaign = order.alive(order.account(world)?, Level::AdGroup, adgroup)?.campaign;
        let creatives = creatives(order);
        for (at, creative) in creatives.iter().enumerate() {
            media(world, order, creative, at)?;
        }
        let mut ids = Vec::new();
        for creative in creatives {
            order.may_create(world, "", Level::Ad, None)?;
            let draft = Draft {
                campaign: Some(campaign),
                adgroup: Some(adgroup),
                name: text(&creative, "ad_name").to_owned(),
                state: if text(&creative, "operation_status") == "DISABLE" { State::Disabled } else { State::Enabled },
                review: order.options.review.then_some(IN_REVIEW),
                fields: creative,
                ..Draft::of(Level::Ad)
            };
            ids.push(order.make(world, draft)?);
        }
        answer(world, order, &ids)
    })
}

fn answer(world: &World, order: &Order<'_>, ids: &[u64]) -> Outcome {
    let account = order.account(world)?;
    let records: Vec<Body> = ids.iter().map(|id| record(account, Level::Ad, *id)).collect();
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    Ok(json!({"ad_ids": ids, "creatives": records, "need_audit": order.options.review}).into())
}

fn creatives(order: &Order<'_>) -> Vec<Body> {
    let list = order.body.get("creatives").and_then(Value::as_array).into_iter().flatten();
    let mut all: Vec<Body> = list.filter_map(Value::as_object).cloned().collect();
    all.iter_mut().for_each(|creative| creative.retain(|_, value| !value.is_null()));
    all
}

fn text<'b>(creative: &'b Body, name: &str) -> &'b str {
    creative.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A format needs its media, and the account must have them.
fn media(world: &World, order: &Order<'_>, creative: &Body, at: usize) -> Result<(), Refusal> {
    let images: Vec<&str> =
        creative.get("image_ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let (video, post) = (text(creative, "video_id"), text(creative, "tiktok_item_id"));
    let lacks = match text(creative, "ad_format") {
        "SINGLE_VIDEO" if video.is_empty() && post.is_empty() => "video_id",
        "SINGLE_IMAGE" | "CAROUSEL_ADS" if images.is_empty() && post.is_empty() => "image_ids",
        "CAROUSEL_ADS" if text(creative, "music_id").is_empty() && post.is_empty() => "music_id",
        _ => "",
    };
    if !lacks.is_empty() {
        return Err(Refusal::missing(&[&format!("creatives.{at}.{lacks}")]));
    }
    known(world, order, (video, &images), &format!("creatives.{at}"))
}

/// What a creative must have where it replaces the ad.
const WHOLE: [&str; 4] = ["ad_name", "identity_type", "identity_id", "ad_format"];

/// Replaces the creatives; with `patch_update` only the fields that are sent.
pub(super) fn update(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE, |world, order| {
        let adgroup = order.id("adgroup_id")?;
        let patch = order.flag("patch_update");
        let mut changes = Vec::new();
        for (at, creative) in creatives(order).into_iter().enumerate() {
            let id = params::id(&format!("creatives.{at}.ad_id"), text(&creative, "ad_id"))?;
            let merged = merged(world, order, (adgroup, id), creative.clone(), at)?;
            media(world, order, &merged, at)?;
            changes.push((id, creative));
        }
        let ids: Vec<u64> = changes.iter().map(|(id, _)| *id).collect();
        changes.into_iter().for_each(|(id, creative)| change(world, order, id, creative, patch));
        answer(world, order, &ids)
    })
}

/// What the ad would be, to be judged.
fn merged(
    world: &World,
    order: &Order<'_>,
    (adgroup, id): (u64, u64),
    creative: Body,
    at: usize,
) -> Result<Body, Refusal> {
    let account = order.account(world)?;
    if order.alive(account, Level::Ad, id)?.adgroup != adgroup {
        return Err(Refusal::param(format!("creatives.{at}.ad_id: The ad {id} is not in the ad group {adgroup}.")));
    }
    if !order.flag("patch_update") {
        let missing = WHOLE.iter().filter(|name| text(&creative, name).is_empty());
        let missing: Vec<String> = missing.map(|name| format!("creatives.{at}.{name}")).collect();
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        return if missing.is_empty() { Ok(creative) } else { Err(Refusal::missing(&missing)) };
    }
    let mut merged = record(account, Level::Ad, id);
    // What an ad had before is not looked for again.
    for name in ["video_id", "image_ids"].into_iter().filter(|name| !creative.contains_key(*name)) {
        if merged.get(name).is_some_and(|value| !value.is_null()) {
            merged.insert("tiktok_item_id".to_owned(), json!("kept"));
            merged.remove(name);
        }
    }
    merged.extend(creative);
    Ok(merged)
}

fn change(world: &mut World, order: &Order<'_>, id: u64, creative: Body, patch: bool) {
    let (fields, review) = (order.stored(creative), order.options.review.then_some(IN_REVIEW));
    world.edit(order.advertiser, (Level::Ad, id), order.call.now, |ad| {
        if !patch {
            ad.extra.clear();
        }
        if let Some(name) = fields.get("ad_name").and_then(Value::as_str) {
            name.clone_into(&mut ad.name);
        }
        ad.review = review;
        ad.write(fields);
    });
}
