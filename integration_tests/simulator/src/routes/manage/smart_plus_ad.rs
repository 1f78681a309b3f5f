//! Ads of Upgraded Smart+: one ad with its creatives inside (`docs/tiktok-api.md` 7.5
//! [DOC 1843317390059522, 1843317411665921, 1843317423164482, 1843317433577601]).

use super::form::{Body, Form};
use super::media;
use super::order::{Order, serve};
use super::smart_plus::{answer, marked};
use super::status;
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::Shared;
use crate::world::{CREATIVE, Draft, Entity, Level, MATERIAL_STATUS, World, smart_plus_material};
use serde_json::{Value, json};

const CREATE: Form = Form(include_str!("forms/smart_plus_ad_create.txt"));
const UPDATE: Form = Form(include_str!("forms/smart_plus_ad_update.txt"));
const STATUS: Form = Form(include_str!("forms/smart_plus_ad_status.txt"));
const MATERIALS: Form = Form(include_str!("forms/smart_plus_material_status.txt"));

pub(super) fn create(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CREATE, |world, order| {
        let adgroup = order.id("adgroup_id")?;
        let campaign = order.alive(order.account(world)?, Level::AdGroup, adgroup)?.campaign;
        order.may_create(world, "", Level::Ad, None)?;
        let creatives = creatives(world, order)?;
        let id = world.new_id();
        let name = order.text("ad_name").map_or_else(|| format!("Smart+ ad {id}"), str::to_owned);
        let draft = Draft {
            campaign: Some(campaign),
            adgroup: Some(adgroup),
            name,
            state: order.state(),
            smart_plus_ad: Some(id),
            fields: shared_fields(&order.body),
            ..Draft::of(Level::Ad)
        };
        for draft in drafts(&draft, creatives) {
            order.make(world, draft)?;
        }
        answer(world, order, Level::Ad, id)
    })
}

/// What all creatives of the ad share.
fn shared_fields(body: &Body) -> Body {
    let mut fields = marked(body);
    fields.remove("creative_list");
    fields
}

/// What the ad of a creative is to be.
fn drafts(draft: &Draft, creatives: Vec<Value>) -> impl Iterator<Item = Draft> {
    creatives.into_iter().map(|creative| {
        let mut draft = draft.clone();
        let video = creative.pointer("/video_info/video_id").cloned().unwrap_or_default();
        draft.fields.insert("video_id".to_owned(), video);
        draft.fields.insert(CREATIVE.to_owned(), creative);
        draft
    })
}

/// The ad keeps its id, and when it was made.
fn replace(world: &mut World, order: &Order<'_>, first: &Entity, drafts: impl Iterator<Item = Draft>) {
    world.unmake(order.advertiser, first.ad_v2());
    for draft in drafts {
        let draft = Draft { fields: order.stored(draft.fields), ..draft };
        let id = world.make(order.advertiser, draft, order.call.now).unwrap_or_default();
        world.edit(order.advertiser, (Level::Ad, id), order.call.now, |ad| ad.created = first.created);
    }
}

/// The creatives that were sent; their media must be there.
fn creatives(world: &World, order: &Order<'_>) -> Result<Vec<Value>, Refusal> {
    let list = order.body.get("creative_list").and_then(Value::as_array).into_iter().flatten();
    let all: Vec<Value> = list.map(|one| one.get(CREATIVE).cloned().unwrap_or(json!({}))).collect();
    for (at, info) in all.iter().enumerate() {
        let text = |path: &str| info.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let path = format!("creative_list.{at}.{CREATIVE}");
        let (video, post) = (text("/video_info/video_id"), text("/tiktok_item_id"));
        if text("/ad_format") == "SINGLE_VIDEO" && video.is_empty() && post.is_empty() {
            return Err(Refusal::missing(&[&format!("{path}.video_info.video_id")]));
        }
        let images = info.get("image_info").and_then(Value::as_array).into_iter().flatten();
        let images: Vec<&str> = images.filter_map(|image| image.get("web_uri")?.as_str()).collect();
        media::known(world, order, (video, &images), &path)?;
    }
    Ok(all)
}

/// The creatives of an ad that can be changed.
fn of<'w>(world: &'w World, order: &Order<'_>, id: u64) -> Result<Vec<&'w Entity>, Refusal> {
    let account = order.account(world)?;
    let gone = || Refusal::param(format!("smart_plus_ad_id: The ad {id} doesn't exist."));
    let mut all = account.smart_plus_ads().into_iter();
    let found = all.find(|ads| ads.first().is_some_and(|ad| ad.ad_v2() == id)).ok_or_else(gone)?;
    if let Some(first) = found.first() {
        order.alive(account, Level::Ad, first.id)?;
    }
    Ok(found)
}

/// Replaces what is sent, lists and objects whole; creatives that are sent make others of the ad.
pub(super) fn update(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE, |world, order| {
        let id = order.id("smart_plus_ad_id")?;
        let creatives = creatives(world, order)?;
        let known: Vec<Entity> = of(world, order, id)?.into_iter().cloned().collect();
        let kept = order.only(&UPDATE);
        if creatives.is_empty() {
            for ad in &known {
                kept.edit(world, Level::Ad, ad.id)?;
            }
        } else if let Some(first) = known.first() {
            // A new material is shown.
            let before = first.extra.clone().into_iter().filter(|(name, _)| name != MATERIAL_STATUS);
            let fields = before.chain(shared_fields(&kept.body)).collect();
            let draft = Draft {
                campaign: Some(first.campaign),
                adgroup: Some(first.adgroup),
                name: order.text("ad_name").unwrap_or(&first.name).to_owned(),
                state: first.state,
                smart_plus_ad: Some(id),
                fields,
                ..Draft::of(Level::Ad)
            };
            replace(world, order, first, drafts(&draft, creatives));
        }
        answer(world, order, Level::Ad, id)
    })
}

/// [?] All or none.
pub(super) fn status(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &STATUS, |world, order| {
        let ids = order.ids("smart_plus_ad_ids")?;
        let mut creatives = Vec::new();
        for id in &ids {
            creatives.extend(of(world, order, *id)?.iter().map(|ad| ad.id));
        }
        status::set(world, order, Level::Ad, &creatives);
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        Ok(json!({"smart_plus_ad_ids": ids, "status": order.text("operation_status")}).into())
    })
}

/// [?] All or none; a material of another ad is one that is not there.
pub(super) fn materials(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &MATERIALS, |world, order| {
        let ad = order.id("smart_plus_ad_id")?;
        let (own, wanted) = (of(world, order, ad)?, order.ids("ad_material_ids")?);
        let creative = |id: &u64| {
            let gone = || Refusal::param(format!("ad_material_ids: The material {id} doesn't exist in the ad {ad}."));
            own.iter().find(|one| smart_plus_material(one.id) == *id).map(|one| one.id).ok_or_else(gone)
        };
        let creatives: Vec<u64> = wanted.iter().map(creative).collect::<Result<_, _>>()?;
        let status = order.text("operation_status").unwrap_or_default().to_owned();
        let others = own.iter().filter(|one| !creatives.contains(&one.id));
        let left = others.filter(|one| one.material_status() == "ENABLE").count();
        if order.options.an_ad_keeps_a_material && status == "DISABLE" && left == 0 {
            return Err(Refusal::param("ad_material_ids: At least one material of an ad must be enabled."));
        }
        for id in creatives {
            world.edit(order.advertiser, (Level::Ad, id), order.call.now, |one| {
                one.extra.insert(MATERIAL_STATUS.to_owned(), json!(status));
            });
        }
        let ids: Vec<String> = wanted.iter().map(u64::to_string).collect();
        Ok(json!({"smart_plus_ad_id": [ad.to_string()], "ad_material_ids": ids, "material_status": status}).into())
    })
}
