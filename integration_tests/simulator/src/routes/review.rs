//! `/adgroup/review_info/` (`docs/tiktok-api.md` 7.3 [DOC 1740554277061634]).

use super::listing::asked_ids;
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::ADGROUPS_PER_REVIEW;
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Account, Entity, Level, World, time};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[get("/adgroup/review_info/", adgroups)];

/// Two maps from id to review: [?] the official table shows only what a value has.
fn adgroups(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "adgroup_ids"])?;
    let wanted = asked_ids(call, "adgroup_ids", ADGROUPS_PER_REVIEW)?.unwrap_or_default();
    let account = call.account(world)?;
    let (mut groups, mut ads) = (Map::new(), Map::new());
    for id in wanted {
        let group = id.parse().ok().and_then(|id| account.find(Level::AdGroup, id));
        let group = group.ok_or_else(|| Refusal::param(format!("The ad group {id} doesn't exist.")))?;
        let own: Vec<&Entity> = account.all(Level::Ad).iter().filter(|ad| ad.adgroup == group.id).collect();
        groups.insert(id, review(world, account, group, own.iter().any(|ad| is_refused(ad))));
        ads.extend(own.into_iter().map(|ad| (ad.id.to_string(), review(world, account, ad, is_refused(ad)))));
    }
    Ok(json!({"ad_group_review_map": groups, "ad_review_map": ads}).into())
}

/// Every seventh.
fn is_refused(ad: &Entity) -> bool {
    ad.id.is_multiple_of(7)
}

fn review(world: &World, account: &Account, entity: &Entity, refused: bool) -> Value {
    let group = entity.level == Level::AdGroup;
    let available = match (refused, group) {
        (false, _) => "ALL_AVAILABLE",
        (true, true) => "PART_AVAILABLE",
        (true, false) => "UNAVAILABLE",
    };
    let why = json!([{
        "suggestion": "Use a text that does not promise results.",
        "reasons": ["Misleading claim"],
        "forbidden_ages": [],
        "forbidden_locations": [account.country],
        "forbidden_placements": ["PLACEMENT_TIKTOK"],
        "content_info": {
            "content_type": "MODE_STRING",
            "text_content": entity.extra.get("ad_text"),
            "image_content": null,
            "video_content": {"video_id": entity.extra.get("video_id")},
            "carousel_music_content": null,
        },
    }]);
    let mut all = json!({
        "is_approved": !refused || group,
        "review_status": available,
        "appeal_status": "NOT_APPEALED",
        "forbidden_placements": [],
        "forbidden_ages": [],
        "forbidden_locations": if refused { json!([account.country]) } else { json!([]) },
        "forbidden_operation_systems": [],
        "last_audit_time": time(entity.modified.unwrap_or(entity.created).min(world.now)),
        "reject_info": if refused && !group { why } else { json!([]) },
    });
    if let Some(map) = all.as_object_mut() {
        map.insert(format!("{}_id", entity.level.stem()), json!(entity.id.to_string()));
        if group {
            map.insert("contain_rejected_ads".to_owned(), json!(refused));
        }
    }
    all
}
