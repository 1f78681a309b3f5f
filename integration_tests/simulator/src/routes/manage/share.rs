//! Audiences shared with other accounts (`docs/tiktok-api.md` 5.2 [SDK dmp_custom_audience_share.yml,
//! dmp_custom_audience_share_cancel.yml, dmp_custom_audience_share_log.yml][TS 57949158155]).

use super::form::Form;
use super::order::{Order, serve};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{SHARED, SHARES_ARE_REPEATABLE};
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Audience, World};
use serde_json::{Value, json};

const SHARE: Form = Form(include_str!("forms/share.txt"));
const CANCEL: Form = Form(include_str!("forms/share_cancel.txt"));

/// Audiences and accounts of one call.
const MOST: usize = 10;

pub(super) fn share(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &SHARE, |world, order| {
        let audiences = some(order, "custom_audience_ids")?;
        let others = some(order, "shared_advertiser_ids")?;
        for audience in &audiences {
            own(world, order.advertiser, *audience)?;
        }
        for other in &others {
            receives(world, order, *other)?;
        }
        for (audience, other) in audiences.iter().flat_map(|audience| others.iter().map(move |other| (audience, other)))
        {
            let Some(audience) = world.audience_mut(*audience) else { continue };
            if !audience.shared_with.insert(*other) && !SHARES_ARE_REPEATABLE {
                return Err(Refusal::param(format!("The audience has been shared with {other} already.")));
            }
        }
        Ok(json!({}).into())
    })
}

pub(super) fn cancel(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CANCEL, |world, order| {
        let id = |name: &str| params::id(name, order.text(name).unwrap_or_default());
        let (audience, other) = (id("custom_audience_id")?, id("shared_advertiser_id")?);
        own(world, order.advertiser, audience)?;
        let is_shared = world.audience_mut(audience).is_some_and(|audience| audience.shared_with.remove(&other));
        if !is_shared && !SHARES_ARE_REPEATABLE {
            return Err(Refusal::param(format!("The audience isn't shared with {other}.")));
        }
        Ok(json!({}).into())
    })
}

/// Who has an audience, in the order of the accounts' ids.
pub(super) fn log(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "custom_audience_id"])?;
    let account = call.account(world)?;
    let id = call.params.id("custom_audience_id")?.unwrap_or_default();
    let audience = own(world, account.id, id)?;
    let row = |other: &u64| {
        json!({
            "custom_audience_id": id.to_string(),
            "shared_advertiser_id": other.to_string(),
            "shared_advertiser_name": world.account(*other).map(|account| account.name.clone()),
            "status": SHARED,
        })
    };
    let rows: Vec<Value> = audience.shared_with.iter().map(row).collect();
    Ok(json!({ "list": rows }).into())
}

fn some(order: &Order<'_>, name: &str) -> Result<Vec<u64>, Refusal> {
    let ids = order.ids(name)?;
    if ids.is_empty() || ids.len() > MOST {
        return Err(Refusal::param(format!("{name}: Length must be between 1 and {MOST}")));
    }
    Ok(ids)
}

fn own(world: &World, advertiser: u64, id: u64) -> Result<&Audience, Refusal> {
    let found = world.audience(id).filter(|audience| audience.advertiser == advertiser);
    found.ok_or_else(|| Refusal::param(format!("The audience {id} doesn't exist or has been deleted.")))
}

/// An account of the same Business Center, which the token need not reach.
fn receives(world: &World, order: &Order<'_>, other: u64) -> Result<(), Refusal> {
    let own = order.account(world)?.business;
    match world.account(other) {
        Some(account) if account.id == order.advertiser => {
            Err(Refusal::param("shared_advertiser_ids: An audience can't be shared with its own advertiser."))
        }
        Some(account) if account.business == own => Ok(()),
        _ => Err(Refusal::param(format!(
            "shared_advertiser_ids: The advertiser {other} doesn't belong to the same Business Center."
        ))),
    }
}
