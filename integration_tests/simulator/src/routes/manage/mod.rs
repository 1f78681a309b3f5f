//! Campaigns, ad groups and ads, made and changed (`docs/tiktok-api.md` 7.1–7.5
//! [DOC 1739318962329602, 1739320422086657, 1739320994354178, 1739499616346114, 1739586761631745,
//! 1739591716326402, 1739591133130817]).

mod change;
mod create;
mod rules;
mod status;

use super::{Route, post};
use crate::answer::Refusal;
use crate::body;
use crate::call::Call;
use crate::params;
use crate::world::{Entity, Level, State, World};
use serde_json::{Map, Value};

pub(super) static ROUTES: &[Route] = &[
    post("/campaign/create/", |world, call| create::create(world, call, Kind::plain(Level::Campaign))),
    post("/adgroup/create/", |world, call| create::create(world, call, Kind::plain(Level::AdGroup))),
    post("/ad/create/", create::ads),
    post("/campaign/update/", |world, call| change::update(world, call, Kind::plain(Level::Campaign))),
    post("/adgroup/update/", |world, call| change::update(world, call, Kind::plain(Level::AdGroup))),
    post("/ad/update/", change::ads),
    post("/campaign/status/update/", |world, call| status::set(world, call, Kind::plain(Level::Campaign))),
    post("/adgroup/status/update/", |world, call| status::set(world, call, Kind::plain(Level::AdGroup))),
    post("/ad/status/update/", |world, call| status::set(world, call, Kind::plain(Level::Ad))),
    post("/adgroup/budget/update/", change::budgets),
    post("/smart_plus/campaign/create/", |world, call| create::create(world, call, Kind::smart(Level::Campaign))),
    post("/smart_plus/adgroup/create/", |world, call| create::create(world, call, Kind::smart(Level::AdGroup))),
    post("/smart_plus/campaign/update/", |world, call| change::update(world, call, Kind::smart(Level::Campaign))),
    post("/smart_plus/adgroup/update/", |world, call| change::update(world, call, Kind::smart(Level::AdGroup))),
    post("/smart_plus/campaign/status/update/", |world, call| status::set(world, call, Kind::smart(Level::Campaign))),
    post("/smart_plus/adgroup/status/update/", |world, call| status::set(world, call, Kind::smart(Level::AdGroup))),
];

/// The largest body of a call.
const MAX_BODY: usize = 1 << 20;

/// A level, and whether the calls are those of Smart+.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    level: Level,
    smart: bool,
}

impl Kind {
    const fn plain(level: Level) -> Self {
        Self { level, smart: false }
    }

    const fn smart(level: Level) -> Self {
        Self { level, smart: true }
    }

    fn id(self) -> &'static str {
        match self.level {
            Level::Campaign => "campaign_id",
            Level::AdGroup => "adgroup_id",
            Level::Ad => "ad_id",
        }
    }

    fn name(self) -> &'static str {
        match self.level {
            Level::Campaign => "campaign_name",
            Level::AdGroup => "adgroup_name",
            Level::Ad => "ad_name",
        }
    }
}

/// The body of a call, and the account that it writes to.
fn open(world: &World, call: &Call) -> Result<(Map<String, Value>, u64), Refusal> {
    let body = body::object(call, MAX_BODY)?;
    let advertiser = params::id("advertiser_id", body::text(&body, "advertiser_id")?)?;
    let account = call.write_to(world, advertiser)?;
    if account.status != "STATUS_ENABLE" {
        return Err(Refusal::param(format!("The advertiser {advertiser} is not approved: {}.", account.status)));
    }
    Ok((body, advertiser))
}

/// An object of the account that is not deleted, nor its parents.
fn alive(world: &World, advertiser: u64, level: Level, id: &str) -> Result<Entity, Refusal> {
    let what = level.stem();
    let number = params::id(what, id)?;
    let account = world.account(advertiser);
    let found = account.and_then(|account| account.find(level, number).map(|entity| (account, entity)));
    let Some((account, entity)) = found else {
        return Err(Refusal::param(format!("The {what} {id} doesn't exist.")));
    };
    if account.secondary_status(entity).ends_with("_DELETE") {
        return Err(Refusal::param(format!("This {what} has been deleted.")));
    }
    Ok(entity.clone())
}

/// Changes an object.
fn amend(world: &mut World, advertiser: u64, level: Level, id: u64, change: impl FnOnce(&mut Entity)) {
    let now = world.now;
    let Some(account) = world.account_mut(advertiser) else { return };
    if let Some(entity) = account.all_mut(level).iter_mut().find(|entity| entity.id == id) {
        change(entity);
        entity.modified = Some(now);
    }
    account.forget_rendered();
}

/// The state of a word.
fn state(word: &str) -> Option<State> {
    match word {
        "ENABLE" => Some(State::Enabled),
        "DISABLE" => Some(State::Disabled),
        "DELETE" => Some(State::Deleted),
        _ => None,
    }
}
