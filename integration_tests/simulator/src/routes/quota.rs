//! `/campaign/quota/info/` (`docs/tiktok-api.md` 7.2 [DOC 1752256376677378]).

use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::NOT_YOUR_SOURCE_CODE;
use crate::call::Call;
use crate::state::Shared;
use crate::world::World;
use serde_json::{Value, json};

pub(super) static ROUTES: &[Route] = &[get("/campaign/quota/info/", quota)];

/// Campaigns that an app may have.
const CAMPAIGNS: u64 = 11;

fn quota(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "app_id"])?;
    let app = call.params.id("app_id")?.unwrap_or_default();
    let (campaign, adgroup) = (call.params.id("campaign_id")?, call.params.id("adgroup_id")?);
    let own = call.params.flag("has_advertiser_quota")?;
    let account = call.account(world)?;
    let Some(known) = world.sources.apps_of(account.id).into_iter().find(|known| known.id == app) else {
        return Err(Refusal::new(NOT_YOUR_SOURCE_CODE, format!("No permission to operate app id: {app}.")));
    };
    // [?] The page is about SKAN Dedicated Campaigns and says nothing of other apps; the strictest reading.
    if !known.ios {
        return Err(Refusal::param("app_id: The app is not an iOS app"));
    }
    let used = app % CAMPAIGNS;
    let by_advertiser =
        own.then(|| json!([{"advertiser_id": account.id.to_string(), "used_campaign_quota": used, "releasing_campaign_quota": 0}]));
    let of_campaigns = |used: u64| {
        json!({
            "total_campaign_quota_info": {
                "total_campaign_quota": CAMPAIGNS,
                "used_campaign_quota": used,
                "releasing_campaign_quota": 0,
                "available_campaign_quota": CAMPAIGNS - used,
                "used_campaign_ids": (0..used).map(|number| (app + number).to_string()).collect::<Vec<_>>(),
                "releasing_campaign_ids": [],
            },
            "campaign_quota_by_adv": by_advertiser,
        })
    };
    let groups = campaign.map(|id| {
        json!({"total_adgroup_quota": 5, "used_adgroup_quota": 1, "available_adgroup_quota": 4,
            "placements": ["PLACEMENT_TIKTOK"], "campaign_id": id.to_string()})
    });
    let ads = adgroup.map(
        |id| json!({"total_ad_quota": 20, "used_ad_quota": 1, "available_ad_quota": 19, "adgroup_id": id.to_string()}),
    );
    Ok(json!({
        "split_test_quota": {"max_test_number": 2, "available_test_group": 1, "used_test_group": 1,
            "releasing_test_group": 0, "used_quota": 2, "releasing_quota": 0},
        "campaign_quota_info": {
            "tiktok_campaign_quota_info": of_campaigns(used),
            "pangle_campaign_quota_info": of_campaigns(0),
        },
        "adgroup_quota_info": groups.unwrap_or(Value::Null),
        "ad_quota_info": ads.unwrap_or(Value::Null),
    })
    .into())
}
