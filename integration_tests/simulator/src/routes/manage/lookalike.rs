//! Lookalike audiences: made and refreshed (`docs/tiktok-api.md` 5.2 [SDK dmp_custom_audience_lookalike_create.yml,
//! dmp_custom_audience_lookalike_update.yml]).

use super::form::Form;
use super::order::{Order, serve};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{LOOKALIKE_NAMES_ARE_UNIQUE, LOOKALIKE_SEED_MIN};
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Audience, AudienceKind, MAX_AUDIENCES, World};
use serde_json::{Value, json};

const CREATE: Form = Form(include_str!("forms/lookalike_create.txt"));
const UPDATE: Form = Form(include_str!("forms/lookalike_update.txt"));

pub(super) fn create(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &CREATE, |world, order| {
        let name = order.text("custom_audience_name").unwrap_or_default();
        let spec = order.body.get("lookalike_spec").cloned().unwrap_or_default();
        seed(world, order, &spec)?;
        free(world, order, name)?;
        let id = world.create_audience(order.advertiser, name);
        if let Some(audience) = world.audience_mut(id) {
            (audience.kind, audience.lookalike) = (AudienceKind::Lookalike, Some(spec));
        }
        Ok(json!({"custom_audience_id": id.to_string()}).into())
    })
}

/// Room in the account, and for the name.
fn free(world: &World, order: &Order<'_>, name: &str) -> Result<(), Refusal> {
    let all = world.audiences_of(order.advertiser);
    if all.len() >= MAX_AUDIENCES {
        let text = format!("The number of audiences has reached the upper limit {MAX_AUDIENCES}.");
        return Err(Refusal::param(text));
    }
    if LOOKALIKE_NAMES_ARE_UNIQUE && all.iter().any(|one| one.name == name) {
        return Err(Refusal::param("custom_audience_name: The audience name already exists."));
    }
    Ok(())
}

/// What it is to be like: an audience of the account that is no lookalike itself and has enough people.
fn seed(world: &World, order: &Order<'_>, spec: &Value) -> Result<(), Refusal> {
    const NAME: &str = "lookalike_spec.source_audience_id";
    let lists = ["placements", "location_ids"];
    if let Some(empty) = lists.iter().find(|name| spec[**name].as_array().is_none_or(Vec::is_empty)) {
        return Err(Refusal::param(format!("lookalike_spec.{empty}: Length must be at least 1")));
    }
    let source = own(world, order, NAME, spec["source_audience_id"].as_str().unwrap_or_default())?;
    if source.kind == AudienceKind::Lookalike {
        return Err(Refusal::param(format!("{NAME}: A lookalike audience can't be a source audience.")));
    }
    let rate = world.match_rate;
    if !source.is_valid(rate, world.now) || source.cover_num(rate) < LOOKALIKE_SEED_MIN {
        return Err(Refusal::param(format!("{NAME}: The source audience is not available.")));
    }
    Ok(())
}

fn own<'w>(world: &'w World, order: &Order<'_>, name: &str, id: &str) -> Result<&'w Audience, Refusal> {
    let id = params::id(name, id)?;
    let found = world.audience(id).filter(|audience| audience.advertiser == order.advertiser);
    found.ok_or_else(|| Refusal::param(format!("The audience {id} doesn't exist or has been deleted.")))
}

/// Reckons lookalikes anew.
pub(super) fn update(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &UPDATE, |world, order| {
        let ids = order.ids("custom_audience_ids")?;
        if ids.is_empty() {
            return Err(Refusal::missing(&["custom_audience_ids"]));
        }
        for id in &ids {
            let audience = own(world, order, "custom_audience_ids", &id.to_string())?;
            if audience.kind != AudienceKind::Lookalike {
                return Err(Refusal::param(format!("custom_audience_ids: {id} is no lookalike audience.")));
            }
        }
        let now = world.now;
        for id in ids {
            if let Some(audience) = world.audience_mut(id) {
                audience.note("update", "0".to_owned(), now);
            }
        }
        Ok(json!({}).into())
    })
}
